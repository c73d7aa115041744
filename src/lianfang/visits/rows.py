"""Rows of the visits room's tables, as they are written and read."""

from datetime import datetime
from uuid import UUID

import msgspec

from lianfang.venues.model import Category
from lianfang.visits.decide import Reading
from lianfang.visits.model import Clock, LeftHow, Need, Source, Verdict

Key = tuple[int, UUID]
"""A scan: of whom, and which."""

Number = tuple[int, int]
"""The same as dictionaries hold it: a UUID is hashed and compared in Python, at ten times the cost of the number it is."""


def number(of: "NewVisit | NewWaiting") -> Number:
    return of.person_id, of.scan_id.int


def needs_of(temperature: bool, review: bool) -> tuple[Need, ...]:
    return (*(("temperature",) if temperature else ()), *(("review",) if review else ()))


class NewVisit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A row of visits. `answers` and `note` are ciphertext. What is None by default is left out of the statement's JSON."""

    person_id: int
    scan_id: UUID
    at: datetime
    recorded_at: datetime
    ord: int
    checkpoint_id: int
    template_id: int
    hold_id: int | None
    recorded_by: int | None
    verdict: Verdict
    source: Source
    clock: Clock
    reason: str
    content: bytes
    answers: bytes | None
    celsius: float | None = None
    celsius_at: datetime | None = None
    celsius_checkpoint_id: int | None = None
    seat: str | None = None
    tenant_id: int | None = None
    decided_by: int | None = None
    note: bytes | None = None


class NewWaiting(msgspec.Struct, frozen=True, kw_only=True):
    """A row of waiting. `answers` is ciphertext."""

    person_id: int
    scan_id: UUID
    at: datetime
    recorded_at: datetime
    ord: int
    checkpoint_id: int
    template_id: int
    recorded_by: int | None
    source: Source
    clock: Clock
    content: bytes
    answers: bytes | None
    seat: str | None
    tenant_id: int | None
    needs_temperature: bool
    needs_review: bool
    celsius: float | None
    celsius_at: datetime | None
    celsius_checkpoint_id: int | None

    @property
    def needs(self) -> tuple[Need, ...]:
        return needs_of(self.needs_temperature, self.needs_review)


class NewTemperature(msgspec.Struct, frozen=True, kw_only=True):
    """A measurement by a person of the staff, or by a thermometer of ours."""

    person_id: int
    id: UUID
    celsius: float
    at: datetime
    ord: int
    checkpoint_id: int
    recorded_by: int | None = None
    device_id: int | None = None
    reusable: bool = True


class NewDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What an attendant did. `content` is a digest: the same id with other content is refused."""

    person_id: int
    id: UUID
    scan_id: UUID
    at: datetime
    recorded_at: datetime
    ord: int
    checkpoint_id: int
    decided_by: int
    action: str
    content: bytes


class NewAlert(msgspec.Struct, frozen=True, kw_only=True):
    """A fever, where it was measured, and at which door it showed."""

    ord: int
    checkpoint_id: int
    person_id: int
    scan_id: UUID | None
    celsius: float
    at: datetime
    celsius_checkpoint_id: int
    recorded_at: datetime | None = None
    """None: now."""


class LanePerson(msgspec.Struct, frozen=True, gc=False):
    id: int
    epoch: int
    name: bytes


class ReadingRow(msgspec.Struct, frozen=True, gc=False):
    person_id: int
    celsius: float
    at: datetime
    checkpoint_id: int
    place: str


class Existing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a scan that was sent before stands, and the door where it was made; verdict None: it waits."""

    person_id: int
    scan_id: UUID
    at: datetime
    verdict: Verdict | None
    reason: str
    content: bytes
    note: bytes | None
    seat: str | None
    decided_by: int | None
    needs_temperature: bool
    needs_review: bool
    celsius: float | None
    celsius_at: datetime | None
    celsius_checkpoint_id: int | None
    place: str | None
    checkpoint_id: int
    name: str
    category: Category
    checkout: bool
    tenant_id: int | None
    floor: str | None
    tenant: str | None
    site: str = ""
    """Left out: it was told the first time."""

    @property
    def needs(self) -> tuple[Need, ...]:
        return needs_of(self.needs_temperature, self.needs_review)

    @property
    def reading(self) -> Reading | None:
        if self.celsius is None or self.celsius_at is None or self.celsius_checkpoint_id is None:
            return None
        return Reading(self.celsius, self.celsius_at, self.celsius_checkpoint_id, self.place or "")


class SeenVisit(msgspec.Struct, frozen=True):
    """A visit as gates list it."""

    person_id: int
    scan_id: UUID
    at: datetime
    recorded_at: datetime
    verdict: Verdict
    reason: str
    source: Source
    celsius: float | None
    seat: str | None
    note: bytes | None


class CountedVisit(SeenVisit, frozen=True):
    """The same, with how many visits the gate has had today."""

    today: int


class WaitingRow(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who waits, as gates list them. `place` is None where the reader may not know it."""

    person_id: int
    scan_id: UUID
    at: datetime
    checkpoint_id: int
    template_id: int
    answers: bytes | None
    seat: str | None
    needs_temperature: bool
    needs_review: bool
    celsius: float | None
    celsius_at: datetime | None
    celsius_checkpoint_id: int | None
    place: str | None
    floor: str | None
    tenant: str | None
    last_visit_at: datetime | None


class FeverRow(msgspec.Struct, frozen=True):
    id: int
    scan_id: UUID | None
    person_id: int
    celsius: float
    at: datetime
    recorded_at: datetime


class Present(msgspec.Struct, frozen=True):
    """How many people are with a tenant; tenant None: they named none."""

    tenant_id: int | None
    floor: str | None
    name: str | None
    people: int


class OwnVisit(msgspec.Struct, frozen=True):
    scan_id: UUID
    at: datetime
    verdict: Verdict
    reason: str
    checkpoint_id: int


class OwnStamp(msgspec.Struct, frozen=True):
    at: datetime
    verdict: Verdict
    checkpoint_id: int


class GivenAnswers(msgspec.Struct, frozen=True):
    scan_id: UUID
    template_id: int
    answers: bytes


class DetailRow(msgspec.Struct, frozen=True, kw_only=True):
    person_id: int
    scan_id: UUID
    at: datetime
    recorded_at: datetime
    checkpoint_id: int
    verdict: Verdict
    reason: str
    source: Source
    clock: Clock
    checkpoint: str
    category: Category
    unit_id: int
    unit: str
    celsius: float | None
    celsius_at: datetime | None
    seat: str | None
    tenant_id: int | None
    floor: str | None
    tenant: str | None
    note: bytes | None
    template_id: int
    answers: bytes | None
    left_at: datetime | None
    left_how: LeftHow | None
