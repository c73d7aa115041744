"""What a gate with temperature and review shows and sends: who waits, what the attendant decides, scans on others' behalf."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from lianfang.codes.model import HoldColour
from lianfang.people.model import ImportedPerson
from lianfang.visits.model import GivenAnswer, Id, Instant, Need, Seat, Stamp

Action = Literal["approve", "refuse", "measure"]
Note = Annotated[str, msgspec.Meta(max_length=100)]


class ShownHold(msgspec.Struct, frozen=True):
    """Why the person's colour is not green, in the attendant's language."""

    colour: HoldColour
    reason_text: str


class ShownTemperature(msgspec.Struct, frozen=True):
    """A measurement. `place`: the checkpoint where it was taken, where the attendant may know it. `reused`: not taken here."""

    celsius: float
    at: datetime
    place: str | None
    reused: bool


class WaitingPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who stands at the gate. `last_visit_at`: when they were last registered within the attendant's area."""

    scan_id: UUID
    person_id: int
    serial: str
    name: str
    at: datetime
    needs: list[Need]
    hold: ShownHold | None
    answers: list[GivenAnswer]
    temperature: ShownTemperature | None
    last_visit_at: datetime | None
    seat: str | None
    floor: str | None
    tenant: str | None


class WaitingList(msgspec.Struct, frozen=True):
    """Everybody who waits at a checkpoint, longest first."""

    items: list[WaitingPerson]


class ScanDecided(msgspec.Struct, frozen=True):
    """Nobody waits with this scan any more: it was decided, or has lapsed."""

    scan_id: UUID


class Decision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an attendant did about a waiting scan. Minted and kept by the gate page; sent again until it is answered.

    `at` is when it was done, by the gate's clock. `note` says why, where it is refused. `confirmed`: an implausible
    temperature was measured twice.
    """

    decision_id: UUID
    scan_id: UUID
    person_id: int
    action: Action
    at: Instant
    note: Note = ""
    celsius: float | None = None
    confirmed: bool = False


class Decided(msgspec.Struct, frozen=True):
    """Where the scan stands now; the stamp once it is decided, else what is still needed."""

    scan_id: UUID
    state: Literal["waiting", "decided"]
    needs: list[Need] = []
    stamp: Stamp | None = None


class GateScan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scan by the attendant, of a person's code (`token`) or for a person with a document. `at` is given for offline scans.

    `template_id` is the version of the form that was answered; left out: the checkpoint's present one. `member`: of a family's
    code, which of them.
    """

    scan_id: UUID
    token: str | None = None
    member: Id | None = None
    person: ImportedPerson | None = None
    answers: dict[str, str | int | float] = {}
    celsius: float | None = None
    confirmed: bool = False
    seat: Seat | None = None
    tenant: Id | None = None
    at: Instant | None = None
    template_id: Id | None = None


class GatePerson(msgspec.Struct, frozen=True):
    """Who shows a code, for the attendant to compare: masked."""

    person_id: int
    name: str
    temperature: ShownTemperature | None
    hold: ShownHold | None
    lacking: str = ""
    """What is missing of the door's requirements and what to do, as sentences."""


class GateFamily(msgspec.Struct, frozen=True):
    """Everybody in one code, the holder of the phone first."""

    items: list[GatePerson]


class FeverAlert(msgspec.Struct, frozen=True):
    """A fever at this checkpoint, measured here or reused."""

    id: int
    scan_id: UUID | None
    person_id: int
    name: str
    celsius: float
    at: datetime
    recorded_at: datetime


class MyCode(msgspec.Struct, frozen=True):
    """A resident's own code: an opaque text that tells a gate who they are, and tells nobody else anything."""

    token: str
    qr: str
    expires_at: datetime


class CheckOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Leaving. `at` is given where it happened without a network."""

    at: Instant | None = None


class CheckedOut(msgspec.Struct, frozen=True):
    left_at: datetime
