"""The scan lane: concurrent scans share a transaction, and each is answered only after its COMMIT.

submit → bounded queue → batch: read people and holds, decide each scan purely, one INSERT, COMMIT → answer all
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from datetime import date
from time import monotonic
from typing import NamedTuple

import structlog

from lianfang.kit.crypto import Keys
from lianfang.kit.db import UNAVAILABLE, Database, Kept
from lianfang.kit.errors import INTERNAL, Problem, busy
from lianfang.kit.ids import uuid7_days
from lianfang.visits import metrics, store
from lianfang.visits.batch import Arrival, Batches
from lianfang.visits.ringer import Ringer
from lianfang.visits.stamps import Outcome, Wait

log = structlog.get_logger()
STUCK_AFTER_S = 15
BUSY = 16


Answered = Callable[[Outcome | Wait | Problem], None]
"""Told what came of a scan. Must not raise."""


class Submitted(NamedTuple):
    """An arrival and whoever waits for its answer."""

    arrival: Arrival
    tell: Answered
    since: float


class Lane:
    """Takes scans and answers them once they are durable."""

    def __init__(
        self,
        db: Database,
        keys: Keys,
        ringer: Ringer,
        *,
        queue: int,
        wait_s: float,
        batch: int,
        gather_s: float,
        connections: int,
        fever_celsius: float,
    ) -> None:
        self._db = db
        self._batches = Batches(keys, fever_celsius)
        self._ringer = ringer
        self._limit = queue
        self._wait_s = wait_s
        self._batch = batch
        self._gather_s = gather_s
        self._enough = 1  # scans that make a batch worth beginning
        self._connections = connections
        self._queue: deque[Submitted] = deque()
        self._arrived = asyncio.Event()
        self._days: set[date] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = False
        self._moved = 0.0
        self.on_room: Callable[[], None] = lambda: None
        """Called when scans have left the queue."""
        self.turned_away = 0
        """Scans refused because the queue was full, since somebody last looked (`look`)."""

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(self._run(Kept(self._db))) for _ in range(self._connections)]

    async def stop(self) -> None:
        """Commits what was taken, then stops."""
        self._closing = True
        self._arrived.set()
        await asyncio.gather(*self._tasks)

    @property
    def full(self) -> bool:
        """Whether one more scan would be refused: it would wait for longer than a phone does before it sends the scan again.
        The first in the queue tells how long that is now."""
        if not self._queue:
            return self._closing or self._limit == 0
        waited = monotonic() - self._queue[0].since
        return self._closing or waited > self._wait_s or len(self._queue) >= self._limit

    def take(self, arrival: Arrival, tell: Answered) -> None:
        """Tells the outcome after COMMIT, or the Problem `busy` where the database is away: nothing is promised then.
        For whoever has seen that the lane is not `full`."""
        self._queue.append(Submitted(arrival, tell, monotonic()))
        if len(self._queue) >= self._enough and not self._arrived.is_set():
            self._arrived.set()

    async def submit(self, arrival: Arrival) -> Outcome | Wait:
        """The outcome, after COMMIT; Problem as in `take`, and where the lane is full."""
        if self.full:
            self.turned_away += 1
            raise busy()
        answer: asyncio.Future[Outcome | Wait] = asyncio.get_running_loop().create_future()

        def tell(found: Outcome | Wait | Problem) -> None:
            if answer.done():  # the phone may have hung up; the scan is stored all the same
                return
            if isinstance(found, Problem):
                answer.set_exception(found)
            else:
                answer.set_result(found)

        self.take(arrival, tell)
        return await answer

    async def _run(self, line: Kept) -> None:
        while True:
            await self._arrived.wait()
            if not self._queue:
                if self._closing:
                    await line.give_back()
                    return
                self._arrived.clear()
                continue
            # while a commit is on its way the next batch gathers by itself: no timer is needed
            batch = [self._queue.popleft() for _ in range(min(self._batch, len(self._queue)))]
            asyncio.get_running_loop().call_soon(self.on_room)  # apart: nothing that fails there may end this
            await self._answer(batch, line)
            await self._gather(len(batch))
            self._moved = monotonic()

    async def _gather(self, before: int) -> None:
        """Whoever was answered a moment ago is about to send the next scan: half as many batches, twice as large, cost the
        database and this process a third less a scan. Where few come nobody waits."""
        if before < BUSY:
            return
        self._enough = min(before, self._batch)
        if len(self._queue) < self._enough and not self._closing:
            self._arrived.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._gather_s):
                    await self._arrived.wait()
        self._enough = 1
        self._arrived.set()

    async def _answer(self, batch: list[Submitted], line: Kept) -> None:
        try:
            await self._commit(batch, line)
        except UNAVAILABLE as error:
            log.warning("lane_unavailable", error=type(error).__name__, scans=len(batch))
            metrics.lost("busy", len(batch))
            self._days.clear()
            for submitted in batch:
                submitted.tell(busy())
        except Exception as error:
            # one that fails must not take its neighbours along: each gets a transaction of its own
            if len(batch) > 1:
                for submitted in batch:
                    await self._answer([submitted], line)
                return
            incident = f"{id(batch):x}"
            log.error("lane_failed", error=type(error).__name__, incident=incident, scans=len(batch))
            metrics.lost("failed", len(batch))
            for submitted in batch:
                submitted.tell(INTERNAL(incident=incident))

    async def _commit(self, batch: Sequence[Submitted], line: Kept) -> None:
        await self._ensure_days(uuid7_days(submitted.arrival.scan_id for submitted in batch))
        began = monotonic()
        async with line.connection() as conn:
            recorded = await self._batches.record(conn, [submitted.arrival for submitted in batch])
        metrics.committed(recorded.answers, len(batch), monotonic() - began)
        # committed: only now may anybody hear of it
        for submitted, outcome in zip(batch, recorded.answers, strict=True):
            submitted.tell(outcome)
            if isinstance(outcome, Wait) or (isinstance(outcome, Outcome) and not outcome.replayed):
                self._ringer.checkpoint(submitted.arrival.door.checkpoint_id)
        self._ringer.alerts(recorded.alerts)

    def look(self) -> int:
        """Once a second: tells the figures what is so now; how many scans were turned away since."""
        metrics.QUEUE.set(len(self._queue))
        if not self._queue:
            self._moved = monotonic()
        turned_away, self.turned_away = self.turned_away, 0
        metrics.lost("busy", turned_away)
        return turned_away

    @property
    def stuck(self) -> bool:
        """Whether scans wait and nothing has been answered for too long."""
        return bool(self._queue) and monotonic() - self._moved > STUCK_AFTER_S

    async def _ensure_days(self, days: set[date]) -> None:
        if days <= self._days:
            return
        async with self._db.transaction() as conn:
            self._days = await store.lane_days(conn)
            for day in sorted(days - self._days):
                await store.lane_ensure_day(conn, day)
        self._days |= days
