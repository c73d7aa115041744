"""POST /api/v1/scans, in front of the router, because every microsecond here is paid ten thousand times a second.

Read, authenticate in memory, check the form, submit, answer.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol

import msgspec

from lianfang.access.scope import Scope
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys, digest
from lianfang.kit.errors import (
    BUSY,
    FORBIDDEN,
    INTERNAL,
    MALFORMED,
    METHOD,
    NOT_SIGNED_IN,
    TOO_LARGE,
    FieldError,
    Problem,
    invalid,
    schema_error,
    wrong_field,
)
from lianfang.kit.express import BODY_MAX_KIB, Reply
from lianfang.kit.failures import as_problem
from lianfang.kit.http import (
    JSON_HEADERS,
    AsgiScope,
    Headers,
    Receive,
    Send,
    check_media_type,
    check_same_site,
    head,
    respond,
    respond_problem,
)
from lianfang.people import tokens
from lianfang.people.tokens import KnownAs
from lianfang.venues.answers import Answer
from lianfang.venues.doors import Door, Doors
from lianfang.visits import metrics
from lianfang.visits.batch import Arrival
from lianfang.visits.guarded import Guardian
from lianfang.visits.lane import Lane
from lianfang.visits.model import Scan, Stamp, Waiting
from lianfang.visits.porch import WAIT_S, Porch, raw, turn_away
from lianfang.visits.problems import PERSON_UNKNOWN
from lianfang.visits.stamps import Outcome, Wait, answer
from lianfang.visits.times import time_errors

PATH = "/api/v1/scans"
_decode = msgspec.json.Decoder(Scan).decode
_encode = msgspec.json.Encoder().encode
_HEADS = {status: head(status, JSON_HEADERS) for status in (200, 201, 202)}
_COUNTED_AS = {BUSY.code: "busy", INTERNAL.code: "failed"}


class Importer(Protocol):
    """A staff session that may register visits for others."""

    @property
    def account_id(self) -> int: ...
    @property
    def scope(self) -> Scope: ...


# the token of a staff session → the session if it may import visits
FindImporter = Callable[[str], Awaitable[Importer | None]]


class Sender(NamedTuple):
    """Who sends a scan; with an `importer` it is the person whom they name. `epoch` is that of the resident's session."""

    person_id: int
    epoch: int | None
    importer: Importer | None
    known_as: KnownAs | None = None


class LaneDoor:
    """The scan lane's handler: at the express counter (`take`), and for ASGI."""

    def __init__(
        self,
        lane: Lane,
        doors: Doors,
        keys: Keys,
        find_importer: FindImporter,
        hosts: frozenset[str],
        retention: timedelta | None,
    ) -> None:
        self._lane = lane
        self._doors = doors
        self._keys = keys
        self._find_importer = find_importer
        self._hosts = hosts
        self._retention = retention
        self._porch = Porch()
        lane.on_room = self.look

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        headers = Headers(scope["headers"])
        arrival = None
        try:
            arrival = await self._received(scope, headers, receive)
            found = await self._lane.submit(arrival)
        except Exception as error:  # no router stands around this handler to answer it
            problem = as_problem(error, PATH)
            if arrival is None:  # the lane counts what it was given
                metrics.lost(_COUNTED_AS.get(problem.type.code, "rejected"), 1)
            await respond_problem(send, problem, headers.language)
        else:
            answered = answer(arrival.scan_id, arrival.door, found, headers.language)
            await respond(send, status_of(answered), _encode(answered))

    def take(self, headers: Headers, body: bytes, reply: Reply) -> bool:
        """The scan as it usually comes: of a resident, at a door in memory, with nothing wrong. Anything else is answered the
        ordinary way, which says what is wrong. Where the lane is full it waits, and is told so here if that is in vain."""
        if len(self._porch) or self._lane.full:
            if not self._porch.wait(headers, body, reply, time.monotonic()):
                self._lane.turned_away += 1
                turn_away(headers, reply)
            return True
        return self._admit(headers, body, reply)

    def look(self) -> None:
        """Once a second, and where the lane has room again: lets in who waits, sends home who waited for too long."""
        self._porch.let_in(lambda: self._lane.full, self._admit)
        if len(self._porch):
            self._lane.turned_away += self._porch.send_home(time.monotonic() - WAIT_S)

    def _admit(self, headers: Headers, body: bytes, reply: Reply) -> bool:
        language = headers.language
        now = clock_now()
        try:
            check_media_type(headers)
            check_same_site(headers, self._hosts)
            scan = _decode(body)
            door = self._doors.known(scan.code)
            if door is None or scan.person is not None or scan.template_id not in (None, door.template.id):
                return False
            arrival = self._arrival(scan, self._resident(headers, now), door, now)
        except (Problem, msgspec.DecodeError, UnicodeDecodeError):
            return False

        def tell(found: Outcome | Wait | Problem) -> None:
            if isinstance(found, Problem):
                reply(*raw(found, language))
            else:
                answered = answer(arrival.scan_id, door, found, language)
                reply(_HEADS[status_of(answered)], _encode(answered))

        self._lane.take(arrival, tell)
        return True

    async def _received(self, scope: AsgiScope, headers: Headers, receive: Receive) -> Arrival:
        if scope["method"] != "POST":
            raise METHOD()
        check_media_type(headers)
        check_same_site(headers, self._hosts)
        body = await _read(receive, headers)
        try:
            scan = _decode(body)
        except msgspec.ValidationError as error:
            detail, _, path = str(error).partition(" - at `$")  # «Expected `str`, got `int` - at `$.code`»
            raise invalid(schema_error(path.strip("`."), detail)) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MALFORMED(reason=str(error)) from None
        now = clock_now()
        sender = await self._sender(headers, scan, now)
        door = self._doors.known(scan.code) or await self._doors.find(scan.code)
        door = await self._doors.answered(door, scan.template_id)
        return self._arrival(scan, sender, door, now)

    def _arrival(self, scan: Scan, sender: Sender, door: Door, now: datetime) -> Arrival:
        person_id, epoch, importer, known_as = sender
        if importer is not None and not importer.scope.covers(door.ord):
            raise FORBIDDEN()
        offline = scan.at is not None
        errors = time_errors(scan.scan_id, scan.at, now, self._retention)
        seat = None
        if scan.seat:
            seat = scan.seat.strip() or None
            errors += seat_error(scan.seat)
        if door.tenants or scan.tenant:
            errors += door.tenant_error(scan.tenant, required=importer is None, offline=offline)
        answers, wrong = door.form.check(scan.answers)
        if errors or wrong:
            raise invalid(*errors, *wrong)
        guardian = None
        if scan.member is not None and epoch is not None:
            guardian, person_id, epoch, known_as = Guardian(person_id, epoch), scan.member, None, None
        return Arrival(
            person_id,
            epoch,
            scan.scan_id,
            door,
            answers,
            now if scan.at is None else scan.at.astimezone(UTC),
            offline,
            "import" if importer else "family" if guardian else "resident",
            importer.account_id if importer else guardian.person_id if guardian else None,
            content_of(person_id, door, answers, seat, scan.tenant),
            seat,
            scan.tenant,
            known_as=known_as,
            guardian=guardian,
        )

    def _resident(self, headers: Headers, now: datetime) -> Sender:
        token = headers.cookie("lf_resident")
        resident = tokens.read(self._keys, token, now) if token else None
        if resident is None:
            raise NOT_SIGNED_IN()
        return Sender(resident.person_id, resident.epoch, None, resident.known_as)

    async def _sender(self, headers: Headers, scan: Scan, now: datetime) -> Sender:
        """Who the scan is for: the resident who sends it, or the person that an import account names."""
        if scan.person is None:
            return self._resident(headers, now)
        token = headers.bearer or headers.cookie("lf_staff")
        if not token:
            raise NOT_SIGNED_IN()
        importer = await self._find_importer(token)
        if importer is None:
            raise FORBIDDEN()
        person_id = tokens.referred(self._keys, scan.person, importer.account_id)
        if person_id is None:
            raise PERSON_UNKNOWN()
        return Sender(person_id, None, importer)


async def _read(receive: Receive, headers: Headers) -> bytes:
    limit = BODY_MAX_KIB * 1024
    if headers.length > limit:
        raise TOO_LARGE(limit_kib=BODY_MAX_KIB)
    body: bytes = b""
    while True:
        message: dict[str, Any] = await receive()
        if message["type"] == "http.disconnect":
            raise MALFORMED(reason="disconnected")
        body += message.get("body", b"")
        if len(body) > limit:
            raise TOO_LARGE(limit_kib=BODY_MAX_KIB)
        if not message.get("more_body"):
            return body


def status_of(answered: Stamp | Waiting) -> int:
    """202: an attendant has to decide; 200: it was registered before."""
    if isinstance(answered, Waiting):
        return 202
    return 200 if answered.replayed else 201


def content_of(person_id: int, door: Door, answers: dict[str, Answer], *more: object) -> bytes:
    """The digest by which a scan that is sent again is known. Not the time: a phone that never heard the first answer sends
    the same scan again as an offline one."""
    given = () if all(part is None for part in more) else more
    return digest(_encode((person_id, door.checkpoint_id, sorted(answers.items()), *given)))


def seat_error(seat: str | None) -> list[FieldError]:
    if "\0" not in (seat or ""):
        return []
    return [
        wrong_field("seat", "format", "座位号含有无法保存的字符。", "The seat holds a character that cannot be stored.")
    ]
