"""The gate's live list: what is committed at a checkpoint appears within a second, and nothing is missed over a lost connection."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Container, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from lianfang.access.scope import Scope, scoped
from lianfang.kit import ids
from lianfang.kit.clock import local_day
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import UNAVAILABLE, Connection, Database
from lianfang.kit.errors import Language
from lianfang.people import store as people
from lianfang.people.model import StoredPerson, masked, unlock
from lianfang.visits import store, waiting
from lianfang.visits.gate_model import FeverAlert, ScanDecided, WaitingPerson
from lianfang.visits.model import GateRecent, GateVisit
from lianfang.visits.notes import explained
from lianfang.visits.rows import FeverRow, Key, SeenVisit

PING_S = 15.0
GATHER_S = 0.15  # a burst at a busy door is read once, not scan by scan
LATE = timedelta(seconds=10)  # a batch may commit after a later one: look back this far and drop what was shown
PAGE = 200
RECENT = 50
DAY = timedelta(days=1)


class Bell:
    """Wakes whoever watches a checkpoint (rung by NOTIFY lianfang_visits), or one scan (NOTIFY lianfang_decided)."""

    def __init__(self) -> None:
        self._watchers: dict[str, set[asyncio.Event]] = defaultdict(set)
        self.closed = False

    def ring(self, payload: str) -> None:
        for watched in payload.split(","):
            for event in self._watchers.get(watched, ()):
                event.set()

    def ring_all(self) -> None:
        for events in self._watchers.values():
            for event in events:
                event.set()

    def close(self) -> None:
        self.closed = True
        self.ring_all()

    @contextlib.contextmanager
    def watch(self, watched: object) -> Iterator[asyncio.Event]:
        event, key = asyncio.Event(), str(watched)
        self._watchers[key].add(event)
        try:
            yield event
        finally:
            self._watchers[key].discard(event)
            if not self._watchers[key]:
                del self._watchers[key]


async def recent(
    db: Database, keys: Keys, zone: ZoneInfo, scope: Scope, checkpoint_id: int, language: Language
) -> GateRecent:
    """The last visits of the past day, and today's number."""
    now = clock_now()
    midnight, _ = local_day(now.astimezone(zone).date(), zone)
    async with scoped(db, scope) as conn:
        rows = await store.gate_recent(scope, conn, checkpoint_id, since=now - DAY, midnight=midnight, limit=RECENT)
        known = await people.find_many(scope, conn, list({row.person_id for row in rows}))
    return GateRecent([_shown(keys, row, known, language) for row in rows], rows[0].today if rows else 0)


class Event(NamedTuple):
    """What a gate is told: `visit`, `waiting`, `decided` or `fever`. `cursor`: where to go on after a lost connection."""

    name: str
    data: GateVisit | WaitingPerson | ScanDecided | FeverAlert
    cursor: str | None = None


async def follow(
    db: Database,
    lane_db: Database,
    keys: Keys,
    bell: Bell,
    scope: Scope,
    checkpoint_id: int,
    language: Language,
    since: datetime | None,
) -> AsyncIterator[Event | None]:
    """What happens at a checkpoint, None as a sign of life. `since` is the cursor of the last visit that was received; a
    receiver that comes back may be sent the last few seconds again, and drops what it has by id. It begins with everybody
    who waits; who was decided meanwhile is found by reading that list again."""
    now = clock_now()
    cursor = min(max(since, now - DAY), now) if since else now
    shown: dict[Key, datetime] = {}
    fevers: dict[int, datetime] = {}
    present: dict[UUID, WaitingPerson] = {}
    with bell.watch(checkpoint_id) as rung:
        rung.set()  # the first look is for what was committed before the bell was watched
        while not bell.closed:
            try:
                await asyncio.wait_for(rung.wait(), PING_S)
            except TimeoutError:
                yield None
            await asyncio.sleep(GATHER_S)
            rung.clear()
            try:
                async with scoped(db, scope) as conn:
                    new = await _unseen(scope, conn, checkpoint_id, cursor, shown)
                    raised = await store.gate_fevers(scope, conn, checkpoint_id, since=cursor - LATE, limit=PAGE)
                    raised = [row for row in raised if row.id not in fevers]
                    known = await people.find_many(
                        scope, conn, list({row.person_id for row in new} | {row.person_id for row in raised})
                    )
                    waits = await waiting.read(scope, conn, lane_db, keys, checkpoint_id, language)
            except UNAVAILABLE:
                continue
            for row in new:
                shown[row.person_id, row.scan_id] = row.recorded_at
                cursor = max(cursor, row.recorded_at)
                yield Event("visit", _shown(keys, row, known, language), cursor.isoformat())
            for alert in raised:
                fevers[alert.id] = alert.recorded_at
                yield Event("fever", _fever(keys, alert, known))
            for person in waits:
                if present.get(person.scan_id) != person:
                    yield Event("waiting", person)
            for scan_id in present.keys() - {waits_on.scan_id for waits_on in waits}:
                yield Event("decided", ScanDecided(scan_id))
            present = {person.scan_id: person for person in waits}
            if len(new) >= PAGE:
                rung.set()
            shown = {key: recorded_at for key, recorded_at in shown.items() if recorded_at > cursor - LATE}
            fevers = {id: recorded_at for id, recorded_at in fevers.items() if recorded_at > cursor - LATE}


async def _unseen(
    scope: Scope, conn: Connection, checkpoint_id: int, cursor: datetime, shown: Container[Key]
) -> list[SeenVisit]:
    """What was recorded since shortly before the cursor and is not shown yet, oldest first; about a page of it."""
    new: list[SeenVisit] = []
    after = (cursor - LATE, 0, UUID(int=0))
    while len(new) < PAGE:
        rows = await store.gate_since(scope, conn, checkpoint_id, floor=cursor - DAY, after=after, limit=PAGE)
        new += [row for row in rows if (row.person_id, row.scan_id) not in shown]
        if len(rows) < PAGE:
            break
        after = (rows[-1].recorded_at, rows[-1].person_id, rows[-1].scan_id)
    return new


def _fever(keys: Keys, row: FeverRow, known: dict[int, StoredPerson]) -> FeverAlert:
    person = known.get(row.person_id)
    name = masked(unlock(keys, person)).name if person else ""
    return FeverAlert(row.id, row.scan_id, row.person_id, name, row.celsius, row.at, row.recorded_at)


def _shown(keys: Keys, row: SeenVisit, known: dict[int, StoredPerson], language: Language) -> GateVisit:
    person = known.get(row.person_id)
    return GateVisit(
        row.scan_id,
        ids.serial(row.scan_id),
        row.at,
        masked(unlock(keys, person)).name if person else "",
        row.verdict,
        row.reason,
        explained(keys, row, language),
        row.source,
        row.celsius,
        row.seat,
    )
