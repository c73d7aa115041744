"""One batch of scans: read what decides them, decide each purely, write what came of it in one transaction.

Scans that pass cost two journeys to the database a batch: what decides them, and one INSERT that is its own transaction. Another
one follows where a scan was sent before. What the other doors need is read and written only where a batch has scans of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from lianfang.codes.model import Hold, worst_active
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection
from lianfang.kit.errors import NOT_SIGNED_IN, Problem
from lianfang.kit.identifiers import mask_name
from lianfang.people.tokens import KnownAs, mark_of
from lianfang.requirements.decide import lacks
from lianfang.requirements.model import Known, Lack
from lianfang.venues.answers import Answer
from lianfang.venues.doors import Door
from lianfang.visits import guarded as guarding
from lianfang.visits import notes, store
from lianfang.visits.decide import LAPSES_AFTER, NOTHING, Reading, Undecided, Wants, decide, still_valid
from lianfang.visits.guarded import Guardian
from lianfang.visits.model import Need, Source
from lianfang.visits.problems import CONTENT_CHANGED, PERSON_UNKNOWN, SCAN_LAPSED
from lianfang.visits.rows import (
    Existing,
    Key,
    LanePerson,
    NewAlert,
    NewTemperature,
    NewVisit,
    NewWaiting,
    Number,
    number,
)
from lianfang.visits.stamps import Outcome, Visiting, Wait

NAMES_KEPT = 100_000


class Measured(NamedTuple):
    """A temperature that came with a scan."""

    celsius: float
    reusable: bool


class Arrival(NamedTuple):
    """A scan whose form is checked and whose sender is known. `epoch` is given for residents: their session must still hold.
    `guardian` is given where it is for somebody in the care of the resident who sends it."""

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
    seat: str | None = None
    tenant_id: int | None = None
    measured: Measured | None = None
    known_as: KnownAs | None = None
    guardian: Guardian | None = None

    @property
    def key(self) -> Key:
        return self.person_id, self.scan_id

    @property
    def visiting(self) -> Visiting | None:
        tenant = self.door.tenants.get(self.tenant_id) if self.tenant_id else None
        return Visiting(tenant.floor, tenant.name) if tenant else None

    @property
    def wants(self) -> Wants:
        """What the door wants of this scan: an import tells of the past, nobody stands at the door."""
        door = self.door
        if not door.waits or self.source == "import":
            return NOTHING
        return Wants(door.temperature_valid_min is not None, door.review)

    def lacking(self, known: Mapping[int, Sequence[Known]]) -> tuple[Lack, ...]:
        """What this person lacks of what the door required then; an import tells of the past."""
        if self.source == "import":
            return ()
        return lacks(self.door.requirements_at(self.at), known.get(self.person_id, ()), self.at)


class Recorded(NamedTuple):
    """The answer to each arrival, and the fever alerts that were raised."""

    answers: list[Outcome | Wait | Problem]
    alerts: list[int]


@dataclass(slots=True)
class _Rows:
    """What a batch came to, and the temperatures that counted."""

    visits: dict[Number, NewVisit] = field(default_factory=dict)
    waiting: dict[Number, NewWaiting] = field(default_factory=dict)
    taken: dict[Number, Reading] = field(default_factory=dict)


class Batches:
    """Records batches. Remembers masked names that no session has: they are costly to decrypt."""

    def __init__(self, keys: Keys, fever_celsius: float) -> None:
        self._keys = keys
        self._fever = fever_celsius
        self._names: dict[int, tuple[bytes, str]] = {}

    async def record(self, conn: Connection, arrivals: Sequence[Arrival]) -> Recorded:
        """Commits the batch on a connection that is in no transaction; only then are the answers returned."""
        wanting = [arrival for arrival in arrivals if arrival.door.waits and arrival.wants != NOTHING]
        ids = {arrival.person_id for arrival in arrivals}
        since = min(arrival.at for arrival in arrivals)
        # the first attempt counts, whatever it came to: a scan that waits must not become a visit by being sent again
        sent_before = [arrival.key for arrival in wanting]
        facts = await store.lane_facts(conn, ids, since, _reusing(wanting), sent_before, _asked(arrivals))
        people, holds, readings, earlier, known = facts
        now = clock_now()
        numbers = [(arrival.person_id, arrival.scan_id.int) for arrival in arrivals]
        guarded = {scan: a.guardian for scan, a in zip(numbers, arrivals, strict=True) if a.guardian}
        refused = await guarding.refused(conn, guarded) if guarded else {}
        rows, names = _Rows(), {}
        visits, waiting = rows.visits, rows.waiting
        for scan, arrival in zip(numbers, arrivals, strict=True):
            person = people.get(arrival.person_id)
            if person is None or arrival.epoch not in (None, person.epoch) or (arrival.guardian and scan in refused):
                continue
            names[person.id] = self.masked(person, arrival.known_as)
            if scan in visits or scan in waiting or scan in earlier:
                continue  # the same scan twice in one batch: the first one counts
            reading = _reading(arrival, readings)
            if reading:
                rows.taken[scan] = reading
            lacking = arrival.lacking(known) if arrival.door.requires else ()
            row = self._decided(arrival, holds.get(arrival.person_id, ()), reading, lacking, now)
            if isinstance(row, NewVisit):
                visits[scan] = row
            else:
                waiting[scan] = row
        stored, alerts = await self._write(conn, arrivals, rows)
        if there := [row for rows_of in (visits, waiting) for scan, row in rows_of.items() if scan not in stored]:
            earlier |= await store.lane_existing(conn, [(row.person_id, row.scan_id) for row in there])
        answers: list[Outcome | Wait | Problem] = []
        for scan, arrival in zip(numbers, arrivals, strict=True):
            person = people.get(arrival.person_id)
            if arrival.guardian and scan in refused:
                answers.append(refused[scan])
            elif person is None or arrival.epoch not in (None, person.epoch):
                answers.append(PERSON_UNKNOWN() if arrival.epoch is None else NOT_SIGNED_IN())
            elif first := earlier.get(scan):
                answers.append(self.found(first, arrival.content, names[person.id], now))
            else:
                new = visits.get(scan) or waiting[scan]
                name, taken, replayed = names[person.id], rows.taken.get(scan), scan not in stored
                answers.append(_first(arrival, new, taken, name, replayed=replayed))
                stored.discard(scan)  # of twins within one batch, one was stored by this commit and the others met it
        return Recorded(answers, alerts)

    async def _write(self, conn: Connection, arrivals: Sequence[Arrival], rows: _Rows) -> tuple[set[Number], list[int]]:
        """Commits; keys of what was stored now, and the alerts that were raised."""
        # in the order of their keys: two batches that hold the same retries wait for each other, and never in a circle
        visits = [rows.visits[key] for key in sorted(rows.visits)]
        measured = [(arrival, arrival.measured) for arrival in arrivals if arrival.measured]
        fevers = [row for row in visits if row.reason == "fever"]
        if not (rows.waiting or measured or fevers):
            # a statement by itself is a transaction, and two journeys fewer
            return await store.lane_insert(conn, visits) if visits else set(), []
        async with conn.transaction():
            stored = await store.lane_insert(conn, visits) if visits else set()
            if rows.waiting:
                stored |= await store.lane_insert_waiting(conn, [rows.waiting[key] for key in sorted(rows.waiting)])
            if new := [
                _temperature(arrival, taken)
                for arrival, taken in measured
                if (arrival.person_id, arrival.scan_id.int) in stored
            ]:
                await store.lane_insert_temperatures(conn, new)
            warned = [alert_of(row) for row in fevers if number(row) in stored]
            alerts = await store.lane_insert_alerts(conn, warned) if warned else []
        return stored, alerts

    def _decided(
        self,
        arrival: Arrival,
        holds: Sequence[Hold],
        reading: Reading | None,
        lacking: tuple[Lack, ...],
        now: datetime,
    ) -> NewVisit | NewWaiting:
        decision = decide(
            worst_active(holds, arrival.at) if holds else None,
            arrival.wants,
            celsius=reading.celsius if reading else None,
            fever=self._fever,
            lacking=lacking,
            can_wait=arrival.at > now - LAPSES_AFTER,
        )
        if isinstance(decision, Undecided):
            return self._waiting(arrival, decision.needs, reading, now)
        verdict, reason, hold_id = decision
        visit = NewVisit(
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
            answers=self._answers(arrival),
            seat=arrival.seat,
            tenant_id=arrival.tenant_id,
        )
        if reading is None:
            return visit
        return msgspec.structs.replace(
            visit, celsius=reading.celsius, celsius_at=reading.at, celsius_checkpoint_id=reading.checkpoint_id
        )

    def _waiting(self, arrival: Arrival, needs: tuple[Need, ...], reading: Reading | None, now: datetime) -> NewWaiting:
        return NewWaiting(
            person_id=arrival.person_id,
            scan_id=arrival.scan_id,
            at=arrival.at,
            recorded_at=now,
            ord=arrival.door.ord,
            checkpoint_id=arrival.door.checkpoint_id,
            template_id=arrival.door.template.id,
            recorded_by=arrival.recorded_by,
            source=arrival.source,
            clock="client" if arrival.offline else "server",
            content=arrival.content,
            answers=self._answers(arrival),
            seat=arrival.seat,
            tenant_id=arrival.tenant_id,
            needs_temperature="temperature" in needs,
            needs_review="review" in needs,
            celsius=reading.celsius if reading else None,
            celsius_at=reading.at if reading else None,
            celsius_checkpoint_id=reading.checkpoint_id if reading else None,
        )

    def _answers(self, arrival: Arrival) -> bytes | None:
        if not arrival.answers:
            return None
        place = f"visits.answers:{arrival.person_id}:{arrival.scan_id}"
        return self._keys.encrypt(msgspec.json.encode(arrival.answers).decode(), place)

    def found(self, row: Existing, content: bytes, name: str, now: datetime) -> Outcome | Wait | Problem:
        """What came of a scan that was sent before."""
        return CONTENT_CHANGED() if row.content != content else standing(self._keys, row, name, now)

    def masked(self, person: LanePerson, known_as: KnownAs | None) -> str:
        """The name for the stamp: as the session has it, unless the person has another name since."""
        if known_as is not None and known_as.mark == mark_of(person.name):
            return known_as.masked
        kept = self._names.get(person.id)
        if kept is None or kept[0] != person.name:
            if len(self._names) >= NAMES_KEPT:
                self._names.clear()
            name = mask_name(self._keys.decrypt(person.name, f"people.name:{person.id}"))
            kept = self._names[person.id] = (person.name, name)
        return kept[1]


def standing(keys: Keys, row: Existing, name: str, now: datetime) -> Outcome | Wait | Problem:
    """Where a scan stands now."""
    if row.verdict is None:
        return SCAN_LAPSED() if row.at <= now - LAPSES_AFTER else Wait(row.at, row.needs, name)
    visiting = Visiting(row.floor, row.tenant) if row.floor and row.tenant else None
    return Outcome(
        row.at, row.verdict, row.reason, name, True, row.reading, row.seat, notes.unlock(keys, row), visiting
    )


def _first(
    arrival: Arrival, row: NewVisit | NewWaiting, reading: Reading | None, name: str, *, replayed: bool
) -> Outcome | Wait | Problem:
    """What came of a scan that this batch has taken."""
    if row.content != arrival.content:
        return CONTENT_CHANGED()
    if isinstance(row, NewWaiting):
        return Wait(row.at, row.needs, name)
    return Outcome(row.at, row.verdict, row.reason, name, replayed, reading, row.seat, visiting=arrival.visiting)


def _reusing(wanting: Iterable[Arrival]) -> store.Reusing | None:
    """Of whom a door would reuse a temperature: of those whom nobody measured now."""
    reusing = [arrival for arrival in wanting if arrival.door.temperature_valid_min and not arrival.measured]
    if not reusing:
        return None
    times = [arrival.at for arrival in reusing]
    return store.Reusing({arrival.person_id for arrival in reusing}, min(times), max(times))


def _asked(arrivals: Sequence[Arrival]) -> store.Asked | None:
    """Whose evidence the batch's doors ask for."""
    asking = [arrival for arrival in arrivals if arrival.door.requires and arrival.source != "import"]
    if not asking:
        return None
    return store.Asked({arrival.person_id for arrival in asking}, min(arrival.at for arrival in asking))


def _reading(arrival: Arrival, readings: dict[int, list[Reading]]) -> Reading | None:
    """The temperature that counts: the one that was measured with the scan, else the last one that this door may reuse."""
    door = arrival.door
    if arrival.measured:
        return Reading(arrival.measured.celsius, arrival.at, door.checkpoint_id, door.name)
    if not door.temperature_valid_min or arrival.source == "import":
        return None
    return still_valid(readings.get(arrival.person_id, ()), arrival.at, door.temperature_valid_min)


def _temperature(arrival: Arrival, measured: Measured) -> NewTemperature:
    return NewTemperature(
        person_id=arrival.person_id,
        id=arrival.scan_id,
        celsius=measured.celsius,
        at=arrival.at,
        ord=arrival.door.ord,
        checkpoint_id=arrival.door.checkpoint_id,
        recorded_by=arrival.recorded_by,
        reusable=measured.reusable,
    )


def alert_of(visit: NewVisit) -> NewAlert:
    """The alert that a visit refused for a fever raises."""
    assert visit.celsius is not None
    assert visit.celsius_at is not None
    assert visit.celsius_checkpoint_id is not None
    return NewAlert(
        ord=visit.ord,
        checkpoint_id=visit.checkpoint_id,
        person_id=visit.person_id,
        scan_id=visit.scan_id,
        celsius=visit.celsius,
        at=visit.celsius_at,
        celsius_checkpoint_id=visit.celsius_checkpoint_id,
    )
