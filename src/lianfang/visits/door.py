"""POST /api/v1/scans: raw ASGI in front of the router, because every microsecond here is paid ten thousand times a second.

Read, authenticate in memory, check the form, submit, answer.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec

from lianfang.access.scope import Scope
from lianfang.kit import ids
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys, digest
from lianfang.kit.errors import (
    FORBIDDEN,
    MALFORMED,
    METHOD,
    NOT_SIGNED_IN,
    TOO_LARGE,
    FieldError,
    Language,
    invalid,
    schema_error,
    wrong_field,
)
from lianfang.kit.failures import as_problem
from lianfang.kit.http import (
    AsgiScope,
    Headers,
    Receive,
    Send,
    check_media_type,
    check_same_site,
    respond,
    respond_problem,
)
from lianfang.people import tokens
from lianfang.venues.doors import Door, Doors
from lianfang.visits.lane import Arrival, Lane, Outcome
from lianfang.visits.model import Scan, Stamp, StampedCheckpoint, reason_text
from lianfang.visits.problems import PERSON_UNKNOWN
from lianfang.visits.store import SKEW

PATH = "/api/v1/scans"
BODY_MAX_KIB = 16
EARLIEST = datetime(1971, 1, 3, tzinfo=UTC)  # where everything is kept; the first partition there can be is 1971-01-01
AHEAD = timedelta(minutes=5)  # an offline client's clock may run ahead this much

_decode = msgspec.json.Decoder(Scan).decode
_encode = msgspec.json.Encoder().encode


class Importer(Protocol):
    """A staff session that may register visits for others."""

    @property
    def account_id(self) -> int: ...
    @property
    def scope(self) -> Scope: ...


# the token of a staff session → the session if it may import visits
FindImporter = Callable[[str], Awaitable[Importer | None]]


class LaneDoor:
    """The ASGI handler of the scan lane."""

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

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        headers = Headers(scope["headers"])
        try:
            stamp = await self._answer(scope, headers, receive)
        except Exception as error:  # no router stands around this handler to answer it
            await respond_problem(send, as_problem(error, PATH), headers.language)
        else:
            await respond(send, 200 if stamp.replayed else 201, _encode(stamp))

    async def _answer(self, scope: AsgiScope, headers: Headers, receive: Receive) -> Stamp:
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
        arrival = await self._arrival(headers, scan, now)
        return _stamp(arrival, await self._lane.submit(arrival), headers.language)

    async def _arrival(self, headers: Headers, scan: Scan, now: datetime) -> Arrival:
        person_id, epoch, importer = await self._sender(headers, scan, now)
        door = self._doors.known(scan.code) or await self._doors.find(scan.code)
        if importer is not None and not importer.scope.covers(door.ord):
            raise FORBIDDEN()
        errors = self._time_errors(scan, now)
        answers, wrong = door.form.check(scan.answers)
        if errors or wrong:
            raise invalid(*errors, *wrong)
        at = (scan.at or now).astimezone(UTC)
        # not the time: a phone that never heard the first answer sends the same scan again as an offline one
        content = digest(_encode((person_id, door.checkpoint_id, sorted(answers.items()))))
        return Arrival(
            person_id,
            epoch,
            scan.scan_id,
            door,
            answers,
            at,
            scan.at is not None,
            "resident" if importer is None else "import",
            None if importer is None else importer.account_id,
            content,
        )

    async def _sender(self, headers: Headers, scan: Scan, now: datetime) -> tuple[int, int | None, Importer | None]:
        """Who the scan is for: the resident who sends it, or the person that an import account names."""
        if scan.person is None:
            token = headers.cookie("lf_resident")
            resident = tokens.read(self._keys, token, now) if token else None
            if resident is None:
                raise NOT_SIGNED_IN()
            return resident.person_id, resident.epoch, None
        token = headers.bearer or headers.cookie("lf_staff")
        if not token:
            raise NOT_SIGNED_IN()
        importer = await self._find_importer(token)
        if importer is None:
            raise FORBIDDEN()
        person_id = tokens.referred(self._keys, scan.person, importer.account_id)
        if person_id is None:
            raise PERSON_UNKNOWN()
        return person_id, None, importer

    def _time_errors(self, scan: Scan, now: datetime) -> list[FieldError]:
        if scan.scan_id.version != 7:
            return [wrong_field("scan_id", "version", "编号应为 UUIDv7。", "scan_id must be a UUIDv7.")]
        at = scan.at or now
        if at.tzinfo is None:
            return [
                wrong_field(
                    "at", "zone", "时间须带时区，如 2026-01-31T08:00:00Z。", "at needs a zone: 2026-01-31T08:00:00Z."
                )
            ]
        if at > now + AHEAD:
            return [
                wrong_field(
                    "at", "future", "时间在未来，请校准手机时钟。", "at lies in the future; check the phone's clock."
                )
            ]
        oldest = now - self._retention if self._retention else EARLIEST
        if at < oldest:
            return [
                wrong_field(
                    "at",
                    "too_old",
                    "早于 {day} 的登记已不再保存，不能补登。",
                    "Visits before {day} are not kept and can no longer be registered.",
                    day=oldest.date(),
                )
            ]
        if abs(ids.uuid7_time(scan.scan_id) - at) > SKEW:
            return [
                wrong_field(
                    "scan_id",
                    "clock",
                    "手机时钟与系统相差太多，请校准后重新扫码。",
                    "The phone's clock is too far from the system's; set it and scan again.",
                )
            ]
        return []


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


def _stamp(arrival: Arrival, outcome: Outcome, language: Language) -> Stamp:
    door: Door = arrival.door
    return Stamp(
        arrival.scan_id,
        ids.serial(arrival.scan_id),
        StampedCheckpoint(door.checkpoint_id, door.name, door.category),
        outcome.at,
        outcome.verdict,
        outcome.reason,
        reason_text(outcome.reason, language),
        outcome.person,
        outcome.replayed,
    )
