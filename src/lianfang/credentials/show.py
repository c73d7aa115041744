"""GET /api/v1/residents/me/show: what a resident's own code shows now. Every open code asks for it twice a minute, so it passes
by the router, and those that ask at the same time are answered by one look into the database."""

import asyncio
from datetime import datetime
from typing import Final

import msgspec

from lianfang.codes import store as codes
from lianfang.codes.model import worst_active
from lianfang.credentials import store
from lianfang.credentials.model import Colour
from lianfang.credentials.shelf import Shelf
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import BUSY, NOT_SIGNED_IN, Problem
from lianfang.kit.failures import as_problem
from lianfang.kit.http import AsgiScope, Headers, Receive, Send, respond, respond_problem
from lianfang.people import tokens

PATH: Final = "/api/v1/residents/me/show"
AT_ONCE: Final = 2000
WAITING_MAX: Final = 20_000
_encode = msgspec.json.Encoder().encode


class ShownColour(msgspec.Struct, frozen=True):
    """`until`: when the hold ends that decides the colour; null where it is green. `status_version`: of the gates' lists."""

    colour: Colour
    until: datetime | None
    status_version: int
    server_time: datetime


Asked = tuple[int, int | None, "asyncio.Future[ShownColour]"]


class ShowDesk:
    """Answers for ASGI, and for the router's handler. While one look is under way, the next gathers."""

    def __init__(self, lane_db: Database, keys: Keys, shelf: Shelf) -> None:
        self._db = lane_db
        self._keys = keys
        self._shelf = shelf
        self._waiting: list[Asked] = []
        self._working: asyncio.Task[None] | None = None

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        headers = Headers(scope["headers"])
        try:
            cookie = headers.cookie("lf_resident")
            resident = tokens.read(self._keys, cookie, clock_now()) if cookie else None
            if resident is None:
                raise NOT_SIGNED_IN()
            shown = await self.show(resident.person_id, resident.epoch)
        except Exception as error:  # no router stands around this handler to answer it
            await respond_problem(send, as_problem(error, PATH), headers.language)
        else:
            await respond(send, 200, _encode(shown))

    async def show(self, person_id: int, epoch: int | None = None) -> ShownColour:
        """The colour now; with an `epoch`, Problem `not_signed_in` where it is not that of the person any more."""
        if len(self._waiting) >= WAITING_MAX:
            raise BUSY(retry_after_s=2)
        answer: asyncio.Future[ShownColour] = asyncio.get_running_loop().create_future()
        self._waiting.append((person_id, epoch, answer))
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
                try:
                    await self._look(batch)
                except Exception as error:
                    problem = as_problem(error, PATH)
                    for _, _, answer in batch:
                        _fail(answer, problem)
        finally:
            self._working = None

    async def _look(self, batch: list[Asked]) -> None:
        now = clock_now()
        people = {person_id for person_id, _, _ in batch}
        version = await self._shelf.version()
        async with self._db.connection() as conn, conn.pipeline():
            asked_epochs = await store.lane_ask_epochs(conn, people)
            asked_holds = await codes.lane_ask_holds(conn, people, now)
            epochs = dict(await asked_epochs.fetchall())
            holds = codes.by_person(await asked_holds.fetchall())
        for person_id, epoch, answer in batch:
            if person_id not in epochs or epoch not in (None, epochs[person_id]):
                _fail(answer, NOT_SIGNED_IN())
            elif not answer.done():  # whoever hung up is not told
                hold = worst_active(holds.get(person_id, ()), now)
                answer.set_result(
                    ShownColour(hold.colour if hold else "green", hold.ends_at if hold else None, version, now)
                )


def _fail(answer: "asyncio.Future[ShownColour]", problem: Problem) -> None:
    if not answer.done():
        answer.set_exception(problem)
