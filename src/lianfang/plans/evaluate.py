"""What a plan makes of somebody's evidence, in plain steps. The database does the same for everybody at once
(`codes/queries.sql`); this is what it is compared with. Pure."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from lianfang.plans.model import Pack, Release, Rule
from lianfang.plans.vocabulary import Colour


class Signed(NamedTuple):
    """What two officials of different units have signed: a hold, or that evidence puts none any more."""

    colour: Colour | None = None
    until: datetime | None = None
    target: UUID | None = None


class Fact(NamedTuple):
    """Evidence that stands (nothing corrects it), as rules see it."""

    id: UUID
    kind: str
    result: str
    at: datetime
    until: datetime | None
    recorded_at: datetime
    way: str
    confidence: int
    province: str = ""
    signed: Signed | None = None

    @property
    def base(self) -> datetime:
        """From when days are counted: when it happened; of a stay, when it ended."""
        return self.until or self.at


class Held(NamedTuple):
    """A hold that a rule calls for."""

    rule: str
    plan: str
    evidence: UUID
    step: int
    colour: Colour
    starts: datetime
    ends: datetime


PlanOf = Callable[[str], Pack]
"""The plan of a province; of none: the whole country's."""


def held(plan_of: PlanOf, facts: Sequence[Fact]) -> set[Held]:
    """All holds that follow from what is known of one person, also those that have ended."""
    return {hold for fact in facts for hold in (*_by_rules(plan_of, fact, facts), *_by_hand(plan_of, fact, facts))}


def _by_rules(plan_of: PlanOf, fact: Fact, facts: Sequence[Fact]) -> list[Held]:
    pack = plan_of(fact.province)
    found = []
    for rule in pack.rules:
        if not triggers(pack, rule, fact) or _excused(fact, facts):
            continue
        later = [f for f in facts if plan_of(f.province) is pack and triggers(pack, rule, f) and _stands_for(f, fact)]
        if later or any(_released(pack, rule, release, fact, facts) for release in rule.release):
            continue
        starts = fact.base
        for number, step in enumerate(rule.steps):
            ends = starts + timedelta(days=pack.days(step))
            if ends > starts:
                found.append(Held(rule.key, pack.id, fact.id, number, step.colour, starts, ends))
            starts = ends
    return found


def triggers(pack: Pack, rule: Rule, fact: Fact) -> bool:
    """Whether a rule takes this evidence: of its kind, from whom it trusts, sure enough, and not stale when it came."""
    return (
        fact.kind == rule.kind
        and fact.result in rule.results
        and fact.way in (rule.ways or pack.ways)
        and fact.confidence >= rule.confidence
        and fact.recorded_at - fact.base <= timedelta(days=rule.stale_days)
    )


def _stands_for(newer: Fact, older: Fact) -> bool:
    """The newest of several stays or orders is the one that counts, once it has happened: it holds for longest."""
    return (newer.base, newer.id) > (older.base, older.id) and newer.recorded_at >= newer.base


def _released(pack: Pack, rule: Rule, release: Release, fact: Fact, facts: Sequence[Fact]) -> bool:
    times = [
        f.at
        for f in facts
        if f.kind == release.kind
        and f.result in release.results
        and f.way in pack.ways
        and f.confidence >= rule.confidence
        and f.at > fact.base
    ]
    return bool(times) and max(times) >= min(times) + timedelta(hours=release.apart_hours)


def _by_hand(plan_of: PlanOf, fact: Fact, facts: Sequence[Fact]) -> list[Held]:
    signed = fact.signed
    if not signed or not signed.colour or not signed.until or signed.until <= fact.at or _excused(fact, facts):
        return []
    return [Held("manual", plan_of(fact.province).id, fact.id, 0, signed.colour, fact.at, signed.until)]


def _excused(fact: Fact, facts: Sequence[Fact]) -> bool:
    return any(f.signed and f.signed.target == fact.id for f in facts)
