"""What is asked of a trace, and what it answers, through HTTP and on the command line."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from lianfang.plans.model import Code
from lianfang.venues.model import Category

CASES_MAX = 2000
Instant = Annotated[datetime, msgspec.Meta(tz=True)]  # without a zone it would be whatever the server's clock is set to
Reason = Annotated[str, msgspec.Meta(min_length=2, max_length=200)]


class ToldStay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stay that a case remembers. `give_minutes`: it may all have been so much earlier or later."""

    checkpoint_id: int
    begins: Instant
    ends: Instant
    seat: Annotated[str, msgspec.Meta(max_length=10)] = ""
    give_minutes: Annotated[int, msgspec.Meta(ge=0, le=720)] = 0


class StruckStay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A recorded visit that was not theirs: it counts for nothing."""

    checkpoint_id: int
    at: Instant


class NewCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose contacts are wanted. The plan makes the window of onset (or first positive sample) and isolation; `since` and `until`
    say another one."""

    person_id: int
    onset: date
    isolated_at: Instant | None = None
    since: Instant | None = None
    until: Instant | None = None
    told: list[ToldStay] = []
    struck: list[StruckStay] = []


class FoundCase(msgspec.Struct, frozen=True):
    """A row of a list of cases, and whom it means, masked."""

    line: int
    person_id: int
    name: str
    document: str
    phone: str
    onset: date
    isolated_at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None


class BadCase(msgspec.Struct, frozen=True):
    """A row that is no case: in which column something is wrong, and what to do."""

    line: int
    cells: list[str]
    column: str
    code: str
    detail: str


class CasesRead(msgspec.Struct, frozen=True):
    """len(cases) + len(rejected) = rows read."""

    cases: list[FoundCase]
    rejected: list[BadCase]


class Widened(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place where seats do not count, for a reason."""

    checkpoint_id: int
    reason: Reason


class LeftOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Places or people that nobody is traced through, for a reason."""

    reason: Reason
    checkpoint_ids: list[int] = []
    person_ids: list[int] = []


class Isolated(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A contact who was isolated: whom they met later does not count."""

    person_id: int
    at: Instant


class NewTrace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Starts a trace. `plan`: the key of a pack; without one, the plan in force. `second_degree`: as the plan says, where it is
    not given. `after_id`: an earlier trace to compare with."""

    cases: Annotated[list[NewCase], msgspec.Meta(min_length=1, max_length=CASES_MAX)]
    purpose: str
    plan: Code | None = None
    now: Instant | None = None
    second_degree: bool | None = None
    widened: list[Widened] = []
    left_out: list[LeftOut] = []
    isolated: list[Isolated] = []
    after_id: int | None = None


class TracePlan(msgspec.Struct, frozen=True):
    """A plan that can be traced by: days before onset that count, minutes together that make a contact, whether contacts of
    contacts are looked for."""

    key: str
    name: str
    name_en: str
    window_days: int
    overlap_minutes: int
    second_degree: bool
    in_force: bool


class TraceStarted(msgspec.Struct, frozen=True):
    """A trace and the run that works it."""

    trace_id: int
    run_id: int


class Trace(msgspec.Struct, frozen=True):
    """A trace. `finished_at`: null while it is worked; `exposures`: pieces of evidence; `milliseconds`: of the search."""

    id: int
    run_id: int | None
    actor: str
    plan: str
    purpose: str
    created_at: datetime
    now: datetime
    after_id: int | None
    finished_at: datetime | None
    exposures: int
    first: int
    second: int
    milliseconds: int


class ContactSearch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Reads who was found; `degree` 0 are the cases. Why is recorded."""

    purpose: str
    degree: Literal[0, 1, 2] = 1
    cursor: str | None = None
    limit: int | None = None


class TraceExport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Writes who was found into a workbook; why is recorded."""

    purpose: str


class TracedContact(msgspec.Struct, frozen=True):
    """Somebody found: masked, since when exposed, for how many minutes in all, by how much evidence. `score`: in which order to
    call, 0 to 1. `via`: of the second degree, through whom first. With more than 20,000 of the second degree, or 3,000 contacts, those
    of the second have no minutes, evidence and score."""

    person_id: int
    name: str
    phone: str
    degree: int
    since: datetime
    last: datetime | None
    minutes: float
    exposures: int
    score: float
    via: int | None
    via_name: str


class EvidenceQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Opens how somebody comes to be a contact; recorded with the purpose."""

    person_id: int
    purpose: str


class ContactEvidence(msgspec.Struct, frozen=True):
    """Somebody was with a source in a place. `chance`: where a stay is remembered roughly; `crowd`: stays that overlapped."""

    source_id: int
    checkpoint_id: int
    checkpoint: str
    category: Category
    unit: str
    begins: datetime
    ends: datetime
    chance: float
    crowd: int
    source_name: str = ""


class DifferenceQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Compares with an earlier trace; why is recorded."""

    before_id: int
    purpose: str
    cursor: str | None = None
    limit: int | None = None


class Difference(msgspec.Struct, frozen=True):
    """Somebody whose degree is another one; null: not found."""

    person_id: int
    before: int | None
    now: int | None
    name: str = ""
    phone: str = ""
