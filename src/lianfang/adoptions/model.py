"""Plans as officials see them: what there is, what is in force, what another one would change, and who decided."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec

from lianfang.codes.compare import Compared
from lianfang.plans.vocabulary import Colour, Kind

State = Literal["proposed", "agreed", "declined", "lapsed"]


class PackSummary(msgspec.Struct, frozen=True):
    key: str
    plan: str
    name: str
    name_en: str
    source: str
    effective_from: date
    rules: int


class InForce(msgspec.Struct, frozen=True):
    """`province`: two digits; empty: the country. `since` is null while its time has not come. `parameters`: a province's
    stricter figures."""

    province: str
    plan: str
    name: str
    name_en: str
    starts_at: datetime
    since: datetime | None
    decided_by: list[str]
    parameters: dict[str, Any]


class Plans(msgspec.Struct, frozen=True):
    """What there is, and what counts where."""

    packs: list[PackSummary]
    in_force: list[InForce]
    coming: list[InForce]


class RuleStep(msgspec.Struct, frozen=True):
    colour: Colour
    days: int


class InBoth(msgspec.Struct, frozen=True):
    """A sentence of a plan."""

    zh: str
    en: str


class RuleContent(msgspec.Struct, frozen=True):
    """Which evidence puts which colour for how long, and what ends it before; `clause`: its place in the plan."""

    key: str
    clause: str
    zh: str
    en: str
    kind: Kind
    results: list[str]
    steps: list[RuleStep]
    release: list[InBoth]


class Care(msgspec.Struct, frozen=True):
    """How long somebody is looked after: first away from home, then at home; on which days they are tested."""

    who: str
    central_days: int
    home_days: int
    tests: list[int]


class PackContent(msgspec.Struct, frozen=True):
    """What a plan says, with every number resolved."""

    plan: str
    name: str
    name_en: str
    source: str
    effective_from: date
    fever_celsius: float
    manual_days: int
    window_days: int
    after_onset_days: int
    overlap_minutes: int
    tail_minutes: int
    second_degree: bool
    cell_metres: int
    cell_minutes: int
    cell_days: int
    management: list[Care]
    transport: list[InBoth]
    rules: list[RuleContent]


class NewComparison(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keys of packs; `a`: none, for what is in force."""

    b: str
    a: str | None = None


class Comparison(msgspec.Struct, frozen=True):
    """What B instead of A would change. `found` is null until it is worked; its units are those of the account's scope."""

    id: int
    a: str
    b: str
    unit: str
    asked_by: str
    asked_at: datetime
    run_id: int | None
    finished_at: datetime | None
    found: Compared | None


class NewProposal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To adopt B of a finished comparison with what is in force; `starts_at`: none, as soon as it is agreed."""

    comparison_id: int
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    starts_at: datetime | None = None


class ProposalDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    agreed: bool


class Proposal(msgspec.Struct, frozen=True):
    """`mine`: this account may decide it; `changed`: how many of `people` would change colour, as it was compared."""

    id: int
    comparison_id: int
    plan: str
    starts_at: datetime
    reason: str
    unit: str
    proposed_by: str
    proposed_at: datetime
    decided_unit: str
    decided_by: str
    decided_at: datetime | None
    state: State
    people: int
    changed: int
    mine: bool
