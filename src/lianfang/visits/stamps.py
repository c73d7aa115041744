"""Answers to a scan: the stamp of one that is decided, the note of one that waits."""

from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from lianfang.kit import ids
from lianfang.kit.errors import Language
from lianfang.requirements.words import decoded, told
from lianfang.venues.model import Category
from lianfang.visits.decide import Reading
from lianfang.visits.model import Need, Stamp, StampedCheckpoint, Temperature, Verdict, Waiting, reason_text


class StampedDoor(Protocol):
    """What an answer says of the door."""

    @property
    def checkpoint_id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def category(self) -> Category: ...
    @property
    def checkout(self) -> bool: ...
    @property
    def site(self) -> str: ...


class Visiting(NamedTuple):
    """Whom in the building."""

    floor: str
    tenant: str


class Outcome(NamedTuple):
    """What happened at the door; `replayed`: it had happened before. `note`: the attendant's words, in the clear."""

    at: datetime
    verdict: Verdict
    reason: str
    person: str
    replayed: bool
    reading: Reading | None = None
    seat: str | None = None
    note: str = ""
    visiting: Visiting | None = None


class Wait(NamedTuple):
    """The scan is stored and nothing is decided yet."""

    at: datetime
    needs: tuple[Need, ...]
    person: str


def answer(scan_id: UUID, door: StampedDoor, found: Outcome | Wait, language: Language) -> Stamp | Waiting:
    """What the sender of a scan is told."""
    return stamp(scan_id, door, found, language) if isinstance(found, Outcome) else waiting(scan_id, door, found)


def stamp(scan_id: UUID, door: StampedDoor, outcome: Outcome, language: Language) -> Stamp:
    return Stamp(
        scan_id,
        ids.serial(scan_id),
        StampedCheckpoint(door.checkpoint_id, door.name, door.category),
        outcome.at,
        outcome.verdict,
        outcome.reason,
        said(outcome, door, language),
        outcome.person,
        outcome.replayed,
        _temperature(outcome.reading, door.checkpoint_id, outcome.at) if outcome.reading else None,
        outcome.seat,
        door.checkout,
        *(outcome.visiting or ()),
    )


def said(outcome: Outcome, door: StampedDoor, language: Language) -> str:
    """The reason as a sentence; to somebody whose test is missing, with where the nearest one is taken."""
    lacking = decoded(outcome.reason) if door.site else ()
    return told(lacking, language, door.site) if lacking else reason_text(outcome.reason, language, outcome.note)


def waiting(scan_id: UUID, door: StampedDoor, wait: Wait) -> Waiting:
    return Waiting(
        "waiting",
        scan_id,
        ids.serial(scan_id),
        StampedCheckpoint(door.checkpoint_id, door.name, door.category),
        wait.at,
        list(wait.needs),
        wait.person,
    )


def is_reused(reading: Reading, checkpoint_id: int, at: datetime) -> bool:
    """Whether a temperature was not measured for this scan: taken elsewhere, or before the person came."""
    return reading.checkpoint_id != checkpoint_id or reading.at < at


def _temperature(reading: Reading, checkpoint_id: int, at: datetime) -> Temperature:
    return Temperature(reading.celsius, reading.at, reading.place, is_reused(reading, checkpoint_id, at))
