"""Sends a plan to an instance: signs in, creates people and places, then every scan until it is answered."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, TypeVar

import msgspec

from lianfang.replay.plan import Plan, Scan
from lianfang.replay.wire import Answer, Line, Wire

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Called with (rows done, rows in all), about five times a second."""

_API: Final = "/api/v1"
_CHUNK: Final = 1_000  # people or places in one call
_TRIES: Final = 8  # of one scan that the server fails on (5xx other than 503)
_PAUSE_MAX_S: Final = 2.0


class ReplayError(Exception):
    """The replay could not begin: signing in or creating people and places was refused or never answered."""

    def __init__(self, step: str, code: str, detail: str) -> None:
        super().__init__(f"{step}: {code}: {detail}")
        self.step: Final = step
        self.code: Final = code
        self.detail: Final = detail


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the file's rows: sent = stored + duplicates + rejected + unknown.

    `sent` counts every row that was taken up, `duplicates` those the server knew already (a scan whose first answer was
    lost on the way is one), `rejected` also those refused before the wire (reasons `row.COLUMN`), `unknown` those sent
    but never answered, `not_sent` those that were left when the server was gone.
    `seconds` is the time of the scans alone, `scans_per_s` the answered scans in it.
    """

    sent: int
    stored: int
    duplicates: int
    rejected: int
    unknown: int
    not_sent: int
    reasons: dict[str, int]
    people: int
    checkpoints: int
    seconds: float
    scans_per_s: float


class _FieldError(msgspec.Struct):
    field: str = ""
    code: str = ""


class _Problem(msgspec.Struct):
    code: str = ""
    detail: str = ""
    errors: list[_FieldError] = []


class _Unit(msgspec.Struct):
    id: int


class _Session(msgspec.Struct):
    unit: _Unit


class _PersonItem(msgspec.Struct):
    document_number: str
    person: str


class _People(msgspec.Struct):
    items: list[_PersonItem]


class _PlaceItem(msgspec.Struct):
    ref: str
    code: str


class _Places(msgspec.Struct):
    items: list[_PlaceItem]


class _ScanBody(msgspec.Struct):
    scan_id: str
    code: str
    person: str
    at: str
    answers: dict[str, str]


async def replay(
    plan: Plan,
    base_url: str,
    username: str,
    password: str,
    *,
    connections: int = 128,
    progress: Progress | None = None,
    ledger: Path | None = None,
    patience_s: float = 30.0,
) -> Result:
    """Plays the plan through HTTP as the import account `username`; best under uvloop.

    Each scan is repeated with the same id until it is answered: on 503 and 429 after Retry-After, on a lost connection
    after a short random pause. When nothing has been answered for `patience_s` the replay ends and says what is
    unknown. `ledger` gets a line `scan_id,user` for every acknowledged scan, written before the next is sent.
    ReplayError when the replay can't begin.
    """
    wire = Wire(base_url)
    setup = _Setup(wire, patience_s)
    try:
        unit_id = await setup.sign_in(username, password)
        codes = await setup.places(plan, unit_id)
        people = await setup.people(plan)
    finally:
        setup.close()
    with _Ledger(ledger) as acknowledged:
        lanes = _Lanes(plan, wire, codes, people, acknowledged, patience_s)
        return await lanes.run(connections, progress)


def _problem(answer: Answer) -> _Problem:
    try:
        problem = msgspec.json.decode(answer.body, type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Problem(code=f"http_{answer.status}")
    if not problem.code:
        problem.code = f"http_{answer.status}"
    return problem


def _pause(tries: int, answer: Answer | None) -> float:
    """Seconds until the next try: what the server asked for and some jitter, else a random part of a growing limit."""
    if answer is not None and answer.retry_after is not None:
        return answer.retry_after + random.random() * min(0.5, answer.retry_after + 0.05)  # noqa: S311 -- jitter
    return random.random() * min(_PAUSE_MAX_S, 0.05 * (1 << min(tries, 10)))  # noqa: S311 -- jitter


class _Setup:
    """The calls before the scans, one after the other."""

    def __init__(self, wire: Wire, patience_s: float) -> None:
        self._wire = wire
        self._line = Line(wire)
        self._patience_s = patience_s

    def close(self) -> None:
        self._line.close()

    async def sign_in(self, username: str, password: str) -> int:
        """The id of the account's unit; later requests carry the session's cookie."""
        body = {"username": username, "password": password}
        return (await self._post("sign in", "/session", body, _Session)).unit.id

    async def places(self, plan: Plan, unit_id: int) -> list[str | None]:
        """The code of each of the plan's places, None for one that the server refused."""
        known: dict[str, str] = {}
        for start in range(0, len(plan.places), _CHUNK):
            body = {"unit_id": unit_id, "checkpoints": plan.places[start : start + _CHUNK]}
            answer = await self._post("create checkpoints", "/checkpoints/bulk", body, _Places)
            known |= {item.ref: item.code for item in answer.items}
        return [known.get(place.ref) for place in plan.places]

    async def people(self, plan: Plan) -> list[str | None]:
        """The reference of each of the plan's users, None for one that the server refused."""
        known: dict[str, str] = {}
        documents = [f"{plan.stream}-{user}" for user in plan.users]
        for start in range(0, len(documents), _CHUNK):
            chunk = [
                {"document_type": "other", "document_number": document, "name": f"{plan.stream} {user}"}
                for document, user in zip(documents[start : start + _CHUNK], plan.users[start:], strict=False)
            ]
            answer = await self._post("create people", "/people/bulk", {"people": chunk}, _People)
            known |= {item.document_number: item.person for item in answer.items}
        return [known.get(document) for document in documents]

    async def _post(self, step: str, path: str, body: object, expected: type[T]) -> T:
        """The decoded answer; busy and unreachable servers are asked again until the patience ends."""
        head, content = self._wire.head("POST", _API + path), msgspec.json.encode(body)
        deadline = time.monotonic() + self._patience_s
        tries = 0
        while True:
            answer: Answer | None = None
            try:
                answer = await self._line.ask(head, content)
            except OSError as error:
                problem = _Problem(code="no_answer", detail=str(error))
            else:
                if answer.status < 300:
                    self._wire.remember(answer)
                    return _decoded(answer, step, expected)
                problem = _problem(answer)
            pause = _pause(tries, answer)
            again = answer is None or answer.status == 503
            if not again or time.monotonic() + pause > deadline:
                raise ReplayError(step, problem.code, problem.detail)
            await asyncio.sleep(pause)
            tries += 1


def _decoded(answer: Answer, step: str, expected: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.body, type=expected)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ReplayError(step, "not_lianfang", str(error)) from None


class _Ledger:
    """Acknowledged scans, each written through to the file at once."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def __enter__(self) -> "_Ledger":
        if self._path is not None:
            self._file = self._path.open("ab", buffering=0)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, scan_id: str, user: str) -> None:
        if self._file is not None:
            self._file.write(f"{scan_id},{user}\n".encode())


class _Lanes:
    """The scans, shared by as many lanes as there are connections."""

    def __init__(
        self,
        plan: Plan,
        wire: Wire,
        codes: list[str | None],
        people: list[str | None],
        ledger: _Ledger,
        patience_s: float,
    ) -> None:
        self._plan = plan
        self._wire = wire
        self._codes = codes
        self._people = people
        self._ledger = ledger
        self._patience_s = patience_s
        self._head = wire.head("POST", _API + "/scans")
        self._encode = msgspec.json.Encoder().encode
        self._reasons = Counter(f"row.{bad.column}" for bad in plan.rejected)
        self._rejected = len(plan.rejected)
        self._stored = self._duplicates = self._unknown = 0
        self._gone = False
        self._answered_at = time.monotonic()

    @property
    def _done(self) -> int:
        return self._stored + self._duplicates + self._rejected + self._unknown

    async def run(self, connections: int, progress: Progress | None) -> Result:
        rows = iter(self._plan.scans)
        begin = self._answered_at = time.monotonic()
        ticker = asyncio.create_task(self._tick(progress)) if progress else None
        async with asyncio.TaskGroup() as lanes:
            for _ in range(max(1, min(connections, len(self._plan.scans)))):
                lanes.create_task(self._lane(rows))
        if ticker and progress:
            ticker.cancel()
            progress(self._done, self._plan.rows)
        seconds = time.monotonic() - begin
        answered = self._done - self._unknown - len(self._plan.rejected)
        return Result(
            sent=self._done,
            stored=self._stored,
            duplicates=self._duplicates,
            rejected=self._rejected,
            unknown=self._unknown,
            not_sent=self._plan.rows - self._done,
            reasons=dict(self._reasons.most_common()),
            people=sum(person is not None for person in self._people),
            checkpoints=sum(code is not None for code in self._codes),
            seconds=round(seconds, 3),
            scans_per_s=round(answered / seconds, 1) if seconds else 0.0,
        )

    async def _tick(self, progress: Progress) -> None:
        while True:
            progress(self._done, self._plan.rows)
            await asyncio.sleep(0.2)

    async def _lane(self, rows: Iterator[Scan]) -> None:
        line = Line(self._wire)
        try:
            for scan in rows:
                code, person = self._codes[scan.venue], self._people[scan.user]
                if code is None or person is None:
                    self._reject("checkpoint_refused" if code is None else "person_refused")
                    continue
                body = self._encode(_ScanBody(scan.scan_id, code, person, scan.at, {}))
                self._count(scan, await self._delivered(line, body))
                if self._gone:
                    return
        finally:
            line.close()

    async def _delivered(self, line: Line, body: bytes) -> Answer | None:
        """The final answer to a scan; None when there is none, because the server is gone or keeps failing on it."""
        tries = failures = 0
        while True:
            answer: Answer | None = None
            with suppress(OSError):
                answer = await line.ask(self._head, body)
            if answer is not None:
                if answer.status < 500 and answer.status != 429:
                    self._answered_at = time.monotonic()
                    return answer
                failures += answer.status not in (429, 503)
                if failures >= _TRIES:
                    self._reasons[f"http_{answer.status}"] += 1
                    return None
            await asyncio.sleep(_pause(tries, answer))
            tries += 1
            if self._gone or time.monotonic() - self._answered_at > self._patience_s:
                self._gone = True
                return None

    def _count(self, scan: Scan, answer: Answer | None) -> None:
        if answer is None:
            self._unknown += 1
        elif answer.status in (200, 201):
            self._ledger.write(scan.scan_id, self._plan.users[scan.user])
            if answer.status == 201:
                self._stored += 1
            else:
                self._duplicates += 1
        else:
            problem = _problem(answer)
            first = problem.errors[0] if problem.errors else None
            self._reject(f"{problem.code}:{first.field}.{first.code}" if first else problem.code)

    def _reject(self, reason: str) -> None:
        self._rejected += 1
        self._reasons[reason] += 1
