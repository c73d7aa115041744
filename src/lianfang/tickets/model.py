"""A ticket as its citizen and its office see it, and what they send."""

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from lianfang.codes.manual_model import CaseEvidence
from lianfang.kit.errors import Language
from lianfang.tickets.machine import State, TransitionName

Kind = Literal["consultation", "correction", "appeal"]
Outcome = Literal["granted", "refused", "informed"]
View = Literal["waiting", "mine", "away", "overdue", "done"]
"""A queue: nobody's, one's own, waiting for somebody else (the citizen, a second official), late, done."""
FileType = Literal["image/jpeg", "image/png", "application/pdf"]

DUE: dict[Kind, timedelta] = {
    "appeal": timedelta(hours=24),
    "correction": timedelta(hours=48),
    "consultation": timedelta(hours=72),
}
"""By when each kind is to be answered. The time that the office waits for the citizen is added."""
ASKED_FOR = timedelta(days=7)
"""A question back that nobody replies to by then ends the ticket."""
REOPENED_WITHIN = timedelta(days=7)
OPEN_AT_MOST = 5
FILES_AT_MOST = 5
FILE_MAX = 5 << 20
PDF_PAGES = 20

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class NewTicket(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a resident sends. `hold`: the number under “why this colour”; an appeal needs it."""

    kind: Kind
    text: Words
    hold: int | None = None


class CalledIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a hotline's clerk writes down. Without a document it is a question of somebody unknown."""

    kind: Kind
    text: Words
    document_type: str | None = None
    document_number: str | None = None
    phone: str | None = None
    hold: int | None = None


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: Words


class HandOver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Back into the queue of the same unit (no `unit_id`; the end of a shift, say), or of another one of the scope."""

    unit_id: int | None = None
    text: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: Words
    outcome: Outcome


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Asks an official of another unit to sign that the hold's evidence shall hold no more."""

    text: Words
    second_unit_id: int
    grounds: list[UUID]


class TicketStep(msgspec.Struct, frozen=True):
    """What happened: when, at which unit, by whom. `by` is an account's name, for the office only."""

    at: datetime
    transition: TransitionName | Literal["file"]
    state: State
    actor: Literal["citizen", "staff", "system"]
    unit: str
    text: str
    by: str = ""


class File(msgspec.Struct, frozen=True):
    id: int
    at: datetime
    type: FileType
    size: int


class OwnTicket(msgspec.Struct, frozen=True):
    """A ticket as its citizen sees it; `can`: what they may do with it now."""

    id: int
    kind: Kind
    state: State
    outcome: Outcome | None
    unit: str
    hold: int | None
    created_at: datetime
    due_at: datetime
    steps: list[TicketStep]
    files: list[File]
    can: list[TransitionName]


class Listed(msgspec.Struct, frozen=True):
    """A ticket in a queue. `overdue`: not answered by its time."""

    id: int
    kind: Kind
    state: State
    outcome: Outcome | None
    unit_id: int
    unit: str
    hotline: bool
    handler: str
    mine: bool
    created_at: datetime
    due_at: datetime
    overdue: bool


class Ticket(msgspec.Struct, frozen=True):
    """A ticket as the office sees it. `can`: what this account may do with it now, from the table of transitions."""

    about: Listed
    person_id: int | None
    name: str
    phone: str
    hold: int | None
    request_id: int | None
    steps: list[TicketStep]
    files: list[File]
    can: list[TransitionName]


class AppealedHold(msgspec.Struct, frozen=True):
    """What an appeal is about: the hold, whether it still stands, and what is known of the person. `target`: its evidence."""

    number: int
    colour: Literal["yellow", "red"]
    text: str
    until: datetime
    active: bool
    target: UUID
    evidence: list[CaseEvidence]


class SecondUnit(msgspec.Struct, frozen=True):
    """A unit that may be asked to sign."""

    id: int
    name: str
    code: str | None


class DeskFigures(msgspec.Struct, frozen=True):
    """Of tickets that came to a unit's desk in a period. `median_min`: of the answered ones, from filing to the answer."""

    unit_id: int
    unit: str
    filed: int
    answered: int
    open: int
    overdue: int
    late: int
    median_min: float | None


class NewMacro(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    text: Words


class Macro(msgspec.Struct, frozen=True):
    """`own`: of one's own unit, which may drop it."""

    id: int
    title: str
    text: str
    unit: str
    own: bool


class Filing(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket to store."""

    unit_id: int
    ord: int
    person_id: int | None
    kind: Kind
    hold_id: int | None
    evidence_id: UUID | None
    filed_by: int | None
    phone: str | None
    created_at: datetime


def words(language: Language, zh: str, en: str) -> str:
    return zh if language == "zh-CN" else en
