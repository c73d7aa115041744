"""A funnel: the contacts of a trace, narrowed step by step; what each step keeps, whom it drops, and what that may cost."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from lianfang.venues.model import Category

STEPS_MAX = 12
CANDIDATES_MAX = 100_000
IDS_MAX = 2000
Kind = Literal["area", "place", "category", "minutes", "score", "test", "vaccination"]


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who goes on. `area`: exposed at places of the units `ids` or below; `place`: at the checkpoints `ids`; `category`: at places of
    `categories`; of others the evidence does not count in later steps either. `minutes`: together for `at_least`, in what evidence
    is left. `score`: of the trace, `at_least` (0 to 1). `test`: drops who had a negative PCR test `at_least` days after the last
    exposure. `vaccination`: drops who had `at_least` doses 14 days before the first."""

    kind: Kind
    ids: Annotated[list[int], msgspec.Meta(max_length=IDS_MAX)] = []
    categories: list[Category] = []
    at_least: Annotated[float, msgspec.Meta(ge=0, le=100_000)] | None = None


class NewFunnel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Narrows the contacts of a finished trace. The same name again is its next version. `as_of`: evidence that was recorded by
    then counts; now, where it is not given. The same trace, steps and `as_of` always say the same."""

    trace_id: int
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    purpose: str
    steps: Annotated[list[Step], msgspec.Meta(min_length=1, max_length=STEPS_MAX)]
    as_of: datetime | None = None


class StepResult(msgspec.Struct, frozen=True):
    """What a step did. `lost`: how many of the dropped are expected to be infected, by `Funnel.model`; `lost_share`: of all who
    are expected to be."""

    kept: int
    dropped: int
    lost: float
    lost_share: float


class Funnel(msgspec.Struct, frozen=True):
    """A saved funnel. `expected`: how many of the candidates are expected to be infected; `model`: by which figures (1.1 % an hour
    together, Ferretti 2024; tests that miss an infection, Kucirka 2020; vaccination is taken to prevent none, so that its loss is
    rather too high). For comparing steps: an order of magnitude."""

    id: int
    trace_id: int
    name: str
    version: int
    actor: str
    purpose: str
    created_at: datetime
    as_of: datetime
    steps: list[Step]
    results: list[StepResult]
    candidates: int
    kept: int
    expected: float
    model: str


class PeopleQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Reads who was dropped by a step (0 is the first), or, without `step`, who was kept; why is recorded."""

    purpose: str
    step: Annotated[int, msgspec.Meta(ge=0, lt=STEPS_MAX)] | None = None
    cursor: str | None = None
    limit: int | None = None


class FunnelPerson(msgspec.Struct, frozen=True):
    """Somebody of the trace: masked; `risk`: the chance of infection by the model."""

    person_id: int
    name: str
    phone: str
    minutes: float
    score: float
    risk: float
    step: int | None


class FunnelExport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The funnel as a file: a row for everybody, with the step that dropped them; why is recorded."""

    purpose: str
    format: Literal["csv", "xlsx"] = "xlsx"


class Exposed(msgspec.Struct, frozen=True):
    """A piece of evidence. Times in seconds."""

    source: int
    place: int
    begins: int
    ends: int
    chance: float


class Fact(msgspec.Struct, frozen=True):
    """A test or a vaccination. `at`: in seconds."""

    kind: Literal["test", "vaccination"]
    result: str
    at: int


class Candidate(msgspec.Struct, frozen=True):
    """A contact with all that the steps look at."""

    person_id: int
    score: float
    exposures: tuple[Exposed, ...]
    facts: tuple[Fact, ...] = ()


class Place(msgspec.Struct, frozen=True):
    """A place of the evidence: its unit's ordinal tells in which areas it lies."""

    id: int
    ord: int
    category: str
