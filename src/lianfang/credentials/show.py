"""GET /api/v1/residents/me/show: what a resident's own code shows now. Every open code asks for it twice a minute, so it passes
by the router and, as it usually comes, by ASGI; those that ask at the same time are answered by one look into the database, which
begins after all of them have asked. Nothing is remembered between two looks: no colour is older than its `server_time`."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from lianfang.codes import store as codes
from lianfang.codes.model import worst_active
from lianfang.credentials import store
from lianfang.credentials.model import Colour
from lianfang.credentials.shelf import Shelf
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database, Kept
from lianfang.kit.errors import BUSY, NOT_SIGNED_IN, Problem, response_parts
from lianfang.kit.express import Reply
from lianfang.kit.failures import as_problem
from lianfang.kit.http import JSON_HEADERS, AsgiScope, Headers, Receive, Send, head, respond, respond_problem
from lianfang.people import tokens

PATH: Final = "/api/v1/residents/me/show"
AT_ONCE: Final = 2000
WAITING_MAX: Final = 20_000
REST_S: Final = 0.008
"""Between two looks, unless enough people wait: a look costs as much as fifty answers, and at 500 questions a second nobody else
would share it."""
ENOUGH: Final = 32
_encode = msgspec.json.Encoder().encode
_OK: Final = head(200, JSON_HEADERS)


class ShownColour(msgspec.Struct, frozen=True):
    """`until`: when the hold ends that decides the colour; null where it is green. `status_version`: of the gates' lists."""

    colour: Colour
    until: datetime | None
    status_version: int
    server_time: datetime


Answered = ShownColour | Problem


class _Asked(NamedTuple):
    """`epoch` None: whoever asks has looked themselves. `tell` is called once; with the answer in JSON, as it is the same for all
    who are green."""

    person_id: int
    epoch: int | None
    tell: Callable[[Answered, bytes], None]


class ShowDesk:
    """Answers at the express counter, for ASGI, and for the router's handler. While one look is under way, the next gathers."""

    def __init__(self, lane_db: Database, keys: Keys, shelf: Shelf) -> None:
        self._kept = Kept(lane_db)
        self._keys = keys
        self._shelf = shelf
        self._waiting: list[_Asked] = []
        self._working: asyncio.Task[None] | None = None
        self._rested_at = 0.0
        self._enough = ENOUGH
        """As many as last time: where everybody asks again as soon as they are answered, all of them come back."""
        self._gathered: asyncio.Event = asyncio.Event()

    async def stop(self) -> None:
        if self._working:
            await self._working
        await self._kept.give_back()

    def take(self, headers: Headers, body: bytes, reply: Reply) -> bool:
        """At the counter. Who isn't signed in is told so the ordinary way."""
        if body or len(self._waiting) >= WAITING_MAX:
            return False
        cookie = headers.cookie("lf_resident")
        resident = tokens.read(self._keys, cookie, clock_now()) if cookie else None
        if resident is None:
            return False

        def tell(found: Answered, encoded: bytes) -> None:
            if isinstance(found, Problem):
                status, lines, body = response_parts(found, headers.language)
                reply(head(status, lines), body)
            else:
                reply(_OK, encoded)

        self._ask(_Asked(resident.person_id, resident.epoch, tell))
        return True

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

        def tell(found: Answered, _: bytes) -> None:
            if answer.done():  # whoever hung up is not told
                return
            if isinstance(found, Problem):
                answer.set_exception(found)
            else:
                answer.set_result(found)

        self._ask(_Asked(person_id, epoch, tell))
        return await answer

    def _ask(self, asked: _Asked) -> None:
        self._waiting.append(asked)
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        elif len(self._waiting) == self._enough:
            self._gathered.set()

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                rest = self._rested_at - loop.time()
                if rest > 0 and len(self._waiting) < self._enough:
                    self._gathered.clear()
                    timer = loop.call_later(rest, self._gathered.set)
                    await self._gathered.wait()
                    timer.cancel()
                batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
                try:
                    found = await self._look(batch)
                except Exception as error:
                    problem = as_problem(error, PATH)
                    for asked in batch:
                        asked.tell(problem, b"")
                else:
                    for asked, (answer, encoded) in zip(batch, found, strict=True):
                        asked.tell(answer, encoded)
                self._rested_at = loop.time() + REST_S
                self._enough = max(ENOUGH, len(batch))
        finally:
            self._working = None

    async def _look(self, batch: list[_Asked]) -> list[tuple[Answered, bytes]]:
        now = clock_now()
        people = {asked.person_id for asked in batch}
        version = await self._shelf.version()
        async with self._kept.connection() as conn, conn.pipeline():
            asked_epochs = await store.lane_ask_epochs(conn, people)
            asked_holds = await codes.lane_ask_holds(conn, people, now)
            epochs = dict(await asked_epochs.fetchall())
            holds = codes.by_person(await asked_holds.fetchall())
        green = ShownColour("green", None, version, now)
        as_green = (green, _encode(green))
        found: list[tuple[Answered, bytes]] = []
        for person_id, epoch, _ in batch:
            if person_id not in epochs or epoch not in (None, epochs[person_id]):
                found.append((NOT_SIGNED_IN(), b""))
            elif (hold := worst_active(holds.get(person_id, ()), now)) is None:
                found.append(as_green)
            else:
                shown = ShownColour(hold.colour, hold.ends_at, version, now)
                found.append((shown, _encode(shown)))
        return found
