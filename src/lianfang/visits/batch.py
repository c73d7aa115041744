"""One batch of scans, in the lane's transaction: read what decides them, decide each purely, write what came of it.

Doors that want neither temperature nor review cost two reads and one INSERT a batch, and another read where a scan was sent
before. What the other doors need is read and written only where a batch has scans of them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from lianfang.codes import store as codes
from lianfang.codes.model import Hold, worst_active
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection
from lianfang.kit.errors import NOT_SIGNED_IN, Problem
from lianfang.kit.identifiers import mask_name
from lianfang.venues.answers import Answer
from lianfang.venues.doors import Door
from lianfang.visits import notes, store
from lianfang.visits.decide import LAPSES_AFTER, NOTHING, Reading, Undecided, Wants, decide, still_valid
from lianfang.visits.model import Need, Source
from lianfang.visits.problems import CONTENT_CHANGED, PERSON_UNKNOWN, SCAN_LAPSED
from lianfang.visits.rows import Existing, Key, LanePerson, NewAlert, NewTemperature, NewVisit, NewWaiting
from lianfang.visits.stamps import Outcome, Wait

NAMES_KEPT = 100_000


class Measured(NamedTuple):
    """A temperature that came with a scan."""

    celsius: float
    reusable: bool


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
    seat: str | None = None
    tenant_id: int | None = None
    measured: Measured | None = None

    @property
    def key(self) -> Key:
        return self.person_id, self.scan_id

    @property
    def wants(self) -> Wants:
        """What the door wants of this scan: an import tells of the past, nobody stands at the door."""
        door = self.door
        if not door.waits or self.source == "import":
            return NOTHING
        return Wants(door.temperature_valid_min is not None, door.review)


class Recorded(NamedTuple):
    """The answer to each arrival, and the fever alerts that were raised."""

    answers: list[Outcome | Wait | Problem]
    alerts: list[int]


class Batches:
    """Records batches. Remembers masked names, which are costly to decrypt."""

    def __init__(self, keys: Keys, fever_celsius: float) -> None:
        self._keys = keys
        self._fever = fever_celsius
        self._names: dict[int, tuple[bytes, str]] = {}

    async def record(self, conn: Connection, arrivals: Sequence[Arrival]) -> Recorded:
        ids = list({arrival.person_id for arrival in arrivals})
        people = await store.lane_people(conn, ids)
        holds = await codes.lane_holds(conn, ids, min(arrival.at for arrival in arrivals))
        wanting = [arrival for arrival in arrivals if arrival.door.waits and arrival.wants != NOTHING]
        readings = await self._readings(conn, wanting)
        # the first attempt counts, whatever it came to: a scan that waits must not become a visit by being sent again
        earlier = await store.lane_existing(conn, [arrival.key for arrival in wanting]) if wanting else {}
        now = clock_now()
        answers: list[Outcome | Wait | Problem | None] = [_stranger(arrival, people) for arrival in arrivals]
        visits: dict[Key, NewVisit] = {}
        waiting: dict[Key, NewWaiting] = {}
        taken: dict[Key, Reading] = {}
        for arrival, stranger in zip(arrivals, answers, strict=True):
            key = arrival.key
            if stranger or key in visits or key in waiting or key in earlier:
                continue  # the same scan twice in one batch: the first one counts
            reading = _reading(arrival, readings)
            if reading:
                taken[key] = reading
            row = self._decided(arrival, holds.get(arrival.person_id, ()), reading, now)
            if isinstance(row, NewVisit):
                visits[key] = row
            else:
                waiting[key] = row
        # in the order of their keys: two batches that hold the same retries wait for each other, and never in a circle
        stored = await store.lane_insert(conn, [visits[key] for key in sorted(visits)]) if visits else set()
        if waiting:
            stored |= await store.lane_insert_waiting(conn, [waiting[key] for key in sorted(waiting)])
        if there := [key for key in (*visits, *waiting) if key not in stored]:
            earlier |= await store.lane_existing(conn, there)
        alerts = await self._warn(conn, arrivals, visits, stored) if taken else []
        for index, arrival in enumerate(arrivals):
            if answers[index]:
                continue
            key = arrival.key
            name = self.masked(people[arrival.person_id])
            if first := earlier.get(key):
                answers[index] = self.found(first, arrival.content, name, now)
            else:
                new = visits.get(key) or waiting[key]
                answers[index] = _first(arrival, new, taken.get(key), name, replayed=key not in stored)
                stored.discard(key)  # of twins within one batch, one was stored by this commit and the others met it
        return Recorded([answer for answer in answers if answer], alerts)

    async def _warn(
        self, conn: Connection, arrivals: Iterable[Arrival], visits: dict[Key, NewVisit], stored: set[Key]
    ) -> list[int]:
        """Stores what was measured with these scans, and raises the alerts of those that show a fever."""
        if measured := [_temperature(a, a.measured) for a in arrivals if a.measured and a.key in stored]:
            await store.lane_insert_temperatures(conn, measured)
        fevers = [row for key, row in visits.items() if row.reason == "fever" and key in stored]
        return await store.lane_insert_alerts(conn, list(map(alert_of, fevers))) if fevers else []

    async def _readings(self, conn: Connection, wanting: Iterable[Arrival]) -> dict[int, list[Reading]]:
        """The last day's temperatures before these scans, of those whose door would reuse one."""
        reusing = [arrival for arrival in wanting if arrival.door.temperature_valid_min and not arrival.measured]
        if not reusing:
            return {}
        times = [arrival.at for arrival in reusing]
        ids = list({arrival.person_id for arrival in reusing})
        return await store.lane_readings(conn, ids, min(times), max(times))

    def _decided(
        self, arrival: Arrival, holds: Iterable[Hold], reading: Reading | None, now: datetime
    ) -> NewVisit | NewWaiting:
        decision = decide(
            worst_active(holds, arrival.at),
            arrival.wants,
            celsius=reading.celsius if reading else None,
            fever=self._fever,
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

    def masked(self, person: LanePerson) -> str:
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
    return Outcome(row.at, row.verdict, row.reason, name, True, row.reading, row.seat, notes.unlock(keys, row))


def _first(
    arrival: Arrival, row: NewVisit | NewWaiting, reading: Reading | None, name: str, *, replayed: bool
) -> Outcome | Wait | Problem:
    """What came of a scan that this batch has taken."""
    if row.content != arrival.content:
        return CONTENT_CHANGED()
    if isinstance(row, NewWaiting):
        return Wait(row.at, row.needs, name)
    return Outcome(row.at, row.verdict, row.reason, name, replayed, reading, row.seat)


def _stranger(arrival: Arrival, people: dict[int, LanePerson]) -> Problem | None:
    person = people.get(arrival.person_id)
    if person is not None and arrival.epoch in (None, person.epoch):
        return None
    return PERSON_UNKNOWN() if arrival.epoch is None else NOT_SIGNED_IN()


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
