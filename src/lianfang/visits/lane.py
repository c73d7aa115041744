"""The scan lane: concurrent scans share a transaction, and each is answered only after its COMMIT.

submit → bounded queue → batch: read people and holds, decide each scan purely, one INSERT, COMMIT → answer all
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
import structlog

from lianfang.codes import store as codes
from lianfang.codes.model import worst_active
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import UNAVAILABLE, Connection, Database
from lianfang.kit.errors import BUSY, INTERNAL, NOT_SIGNED_IN, Problem
from lianfang.kit.identifiers import mask_name
from lianfang.kit.ids import uuid7_time
from lianfang.venues.answers import Answer
from lianfang.venues.doors import Door
from lianfang.visits import store
from lianfang.visits.decide import decide
from lianfang.visits.model import Source, Verdict
from lianfang.visits.problems import CONTENT_CHANGED, PERSON_UNKNOWN
from lianfang.visits.store import Key, NewVisit

log = structlog.get_logger()
RETRY_AFTER_S = 2
RING_EVERY_S = 0.1
NAMES_KEPT = 100_000


class Arrival(NamedTuple):
    """A scan whose form is checked and whose sender is known. `epoch` is given for residents: their session must still hold."""

    person_id: int
    epoch: int | None
    scan_id: UUID
    door: Door
    answers: dict[str, Answer]
    at: datetime
    offline: bool
    source: Source
    recorded_by: int | None
    content: bytes


class Outcome(NamedTuple):
    """What happened at the door; `replayed`: it had happened before."""

    at: datetime
    verdict: Verdict
    reason: str
    person: str
    replayed: bool


@dataclass(slots=True, eq=False)
class Waiting:
    """An arrival and whoever waits for its answer."""

    arrival: Arrival
    answer: "asyncio.Future[Outcome]"

    def done(self, outcome: Outcome) -> None:
        if not self.answer.done():  # the phone may have hung up; the visit is stored all the same
            self.answer.set_result(outcome)

    def fail(self, problem: Problem) -> None:
        if not self.answer.done():
            self.answer.set_exception(problem)

    @property
    def key(self) -> Key:
        return self.arrival.person_id, self.arrival.scan_id


class Lane:
    """Takes scans and answers them once they are durable."""

    def __init__(self, db: Database, keys: Keys, *, queue: int, batch: int, connections: int) -> None:
        self._db = db
        self._keys = keys
        self._limit = queue
        self._batch = batch
        self._connections = connections
        self._queue: deque[Waiting] = deque()
        self._arrived = asyncio.Event()
        self._days: set[date] = set()
        self._names: dict[int, tuple[bytes, str]] = {}
        self._rung: set[int] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = False

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(self._run()) for _ in range(self._connections)]
        self._tasks.append(asyncio.create_task(self._ring()))

    async def stop(self) -> None:
        """Commits what was taken, then stops."""
        self._closing = True
        self._arrived.set()
        await asyncio.gather(*self._tasks)

    async def submit(self, arrival: Arrival) -> Outcome:
        """The outcome, after COMMIT. Problem `busy` where the queue is full or the database away: nothing is promised then."""
        if self._closing or len(self._queue) >= self._limit:
            raise BUSY(retry_after_s=RETRY_AFTER_S, seconds=RETRY_AFTER_S)
        waiting = Waiting(arrival, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._arrived.set()
        return await waiting.answer

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            if not self._queue:
                if self._closing:
                    return
                self._arrived.clear()
                continue
            # while a commit is on its way the next batch gathers by itself: no timer is needed
            batch = [self._queue.popleft() for _ in range(min(self._batch, len(self._queue)))]
            await self._answer(batch)

    async def _answer(self, batch: list[Waiting]) -> None:
        try:
            await self._commit(batch)
        except UNAVAILABLE as error:
            log.warning("lane_unavailable", error=type(error).__name__, scans=len(batch))
            self._days.clear()
            for waiting in batch:
                waiting.fail(BUSY(retry_after_s=RETRY_AFTER_S, seconds=RETRY_AFTER_S))
        except Exception as error:
            # one that fails must not take its neighbours along: each gets a transaction of its own
            if len(batch) > 1:
                for waiting in batch:
                    await self._answer([waiting])
                return
            incident = f"{id(batch):x}"
            log.error("lane_failed", error=type(error).__name__, incident=incident, scans=len(batch))
            for waiting in batch:
                waiting.fail(INTERNAL(incident=incident))

    async def _commit(self, batch: Sequence[Waiting]) -> None:
        await self._ensure_days({uuid7_time(waiting.arrival.scan_id).date() for waiting in batch})
        answers: list[tuple[Waiting, Outcome | Problem]]
        async with self._db.transaction() as conn:
            answers = await self._record(conn, batch)
        # committed: only now may anybody hear of it
        for waiting, outcome in answers:
            if isinstance(outcome, Problem):
                waiting.fail(outcome)
            else:
                waiting.done(outcome)
                if not outcome.replayed:
                    self._rung.add(waiting.arrival.door.checkpoint_id)

    async def _record(self, conn: Connection, batch: Sequence[Waiting]) -> list[tuple[Waiting, Outcome | Problem]]:
        ids = list({waiting.arrival.person_id for waiting in batch})
        people = await store.lane_people(conn, ids)
        holds = await codes.lane_holds(conn, ids, min(waiting.arrival.at for waiting in batch))
        now = clock_now()
        answers: list[tuple[Waiting, Outcome | Problem]] = []
        fresh: dict[Key, NewVisit] = {}
        known: list[Waiting] = []
        for waiting in batch:
            arrival = waiting.arrival
            person = people.get(arrival.person_id)
            if person is None or (arrival.epoch is not None and arrival.epoch != person.epoch):
                unknown = PERSON_UNKNOWN() if arrival.epoch is None else NOT_SIGNED_IN()
                answers.append((waiting, unknown))
                continue
            known.append(waiting)
            if waiting.key not in fresh:  # the same scan twice in one batch: the first one counts
                hold = worst_active(holds.get(arrival.person_id, ()), arrival.at)
                fresh[waiting.key] = self._visit(arrival, decide(hold), now)
        # in the order of their keys: two batches that hold the same retries wait for each other, and never in a circle
        visits = [fresh[key] for key in sorted(fresh)]
        stored = await store.lane_insert(conn, visits) if visits else set()
        earlier = (
            await store.lane_existing(conn, there) if (there := [key for key in fresh if key not in stored]) else {}
        )
        for waiting in known:
            name = self._masked(people[waiting.arrival.person_id])
            answers.append(
                (waiting, self._outcome(waiting, fresh[waiting.key], earlier.get(waiting.key), stored, name))
            )
        return answers

    def _visit(self, arrival: Arrival, decision: "tuple[Verdict, str, int | None]", now: datetime) -> NewVisit:
        verdict, reason, hold_id = decision
        place = f"visits.answers:{arrival.person_id}:{arrival.scan_id}"
        return NewVisit(
            person_id=arrival.person_id,
            scan_id=arrival.scan_id,
            at=arrival.at,
            recorded_at=now,
            ord=arrival.door.ord,
            checkpoint_id=arrival.door.checkpoint_id,
            template_id=arrival.door.template.id,
            hold_id=hold_id,
            recorded_by=arrival.recorded_by,
            verdict=verdict,
            source=arrival.source,
            clock="client" if arrival.offline else "server",
            reason=reason,
            content=arrival.content,
            answers=self._keys.encrypt(msgspec.json.encode(arrival.answers).decode(), place)
            if arrival.answers
            else None,
        )

    def _outcome(
        self, waiting: Waiting, visit: NewVisit, earlier: store.Existing | None, stored: set[Key], name: str
    ) -> Outcome | Problem:
        first = earlier or visit
        if bytes(first.content) != waiting.arrival.content:
            return CONTENT_CHANGED()
        # of twins within one batch, one was stored by this commit and the others met it
        replayed = waiting.key not in stored
        stored.discard(waiting.key)
        return Outcome(first.at, first.verdict, first.reason, name, replayed)

    def _masked(self, person: store.LanePerson) -> str:
        kept = self._names.get(person.id)
        if kept is None or kept[0] != person.name:
            if len(self._names) >= NAMES_KEPT:
                self._names.clear()
            name = mask_name(self._keys.decrypt(person.name, f"people.name:{person.id}"))
            kept = self._names[person.id] = (person.name, name)
        return kept[1]

    async def _ensure_days(self, days: set[date]) -> None:
        if days <= self._days:
            return
        async with self._db.transaction() as conn:
            self._days = await store.lane_days(conn)
            for day in sorted(days - self._days):
                await store.lane_ensure_day(conn, day)
        self._days |= days

    async def _ring(self) -> None:
        """Tells gates about new visits, after their commit and apart from it: NOTIFY would make commits wait for each other."""
        while not (self._closing and not self._rung):
            await asyncio.sleep(RING_EVERY_S)
            if not self._rung:
                continue
            rung, self._rung = sorted(self._rung), set()
            try:
                async with self._db.transaction() as conn:
                    for start in range(0, len(rung), 300):  # a payload is at most 8,000 bytes
                        await store.lane_ring(conn, rung[start : start + 300])
            except UNAVAILABLE:
                if not self._closing:
                    self._rung |= set(rung)
