"""A plan pack as it is written in its file, and what a province may make stricter."""

from datetime import date
from typing import Annotated, Any, Literal

import msgspec

from lianfang.plans.vocabulary import Colour, Kind

Days = Annotated[int, msgspec.Meta(ge=0, le=365)]
Minutes = Annotated[int, msgspec.Meta(ge=0, le=1440)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Code = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Mode = Literal["plane", "sealed_train", "train", "sealed_coach", "coach", "ship"]


# Everything in a pack refuses fields that it does not know: a typing error is never a rule that is silently missing.


class Score(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In which order contacts are called: 1 − exp(−m / `minutes`), where m are the minutes together, each divided by
    (how many were there) ^ `crowding`. An order, not a probability of infection."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] = 60
    crowding: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0


class Contacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is a contact."""

    window_days: Days
    """before onset or the first positive sample"""
    after_onset_days: Days = 0
    overlap_minutes: Minutes
    tail_minutes: Minutes = 0
    """how long the air of a place counts after the case has left, at most as long as they were there; the plans say nothing of it"""
    second_degree: bool
    """contacts of contacts are managed too"""
    cell_metres: int = 800
    cell_minutes: Minutes = 10
    cell_days: Days = 14
    """时空伴随: the same cell for so long within so many days"""
    backward_days: Days = 14
    """in which days before onset somebody may have been infected: where a source is looked for"""
    score: Score = Score()


class Transport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose seats count in a vehicle; no rows: everybody in the same compartment, carriage or cabin."""

    mode: Mode
    rows: int | None = None
    crew: bool = False
    zh: Text
    en: Text


class Management(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long somebody is looked after, and on which days tested. `central_days` away from home, then `home_days` at home."""

    central_days: Days = 0
    home_days: Days = 0
    tests: tuple[Days, ...] = ()
    home_tests: tuple[Days, ...] = ()


class Areas(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Levels of risk areas, after how many days without a case one falls to the next, and for how many days before an area got
    its level whoever stayed there is concerned."""

    levels: tuple[Literal["high", "medium", "low"], ...] = ()
    fall_after_days: dict[Literal["high", "medium"], Days] = {}
    stay_days: Annotated[int, msgspec.Meta(ge=1, le=30)] = 14


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A colour for some days; `days` is a number or names one of `management`: `close.central_days`."""

    colour: Colour
    days: Days | str


class Release(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ends a hold before its time: evidence that happened after what put it. `count`: two, `apart_hours` apart."""

    kind: Kind
    results: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    count: Literal[1, 2] = 1
    apart_hours: Annotated[int, msgspec.Meta(ge=0, le=336)] = 0
    zh: Text
    en: Text


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which evidence puts which holds for how long. The days count from when it happened; of a stay, from when it ended."""

    key: Code
    clause: Text
    """the place in the plan, by its heading"""
    zh: Text
    """the reason as the person reads it"""
    en: Text
    kind: Kind
    results: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    steps: Annotated[tuple[Step, ...], msgspec.Meta(min_length=1, max_length=4)]
    ways: tuple[str, ...] | None = None
    """the ways that this rule trusts; those of the pack, where none are given"""
    confidence: Annotated[int, msgspec.Meta(ge=0, le=100)] = 80
    stale_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 30
    """evidence that was older when it came puts nothing"""
    release: tuple[Release, ...] = ()


class Example(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A test beside the rules: evidence on some days, and the colour that follows on a later one."""

    name: Text
    evidence: tuple[str, ...]
    """`day kind result`: `0 contact_order close`"""
    day: float
    colour: Literal["green", "yellow", "red"]


class Pack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One published plan."""

    key: Code
    version: Annotated[int, msgspec.Meta(ge=1)]
    name: Text
    name_en: Text
    source: Text
    effective_from: date
    fever_celsius: Annotated[float, msgspec.Meta(ge=36.5, le=39)] = 37.3
    ways: tuple[str, ...] = ("feed", "area", "trace", "certificate")
    manual_days: Annotated[int, msgspec.Meta(ge=1, le=30)] = 14
    """for how long two officials may hold somebody at most"""
    contacts: Contacts
    areas: Areas = Areas()
    management: dict[str, Management]
    dwell: dict[str, Minutes]
    """how long a stay is taken to last where nobody checked out, by category"""
    transport: tuple[Transport, ...] = ()
    rules: tuple[Rule, ...]
    examples: tuple[Example, ...] = ()

    @property
    def id(self) -> str:
        """As a hold names it."""
        return f"{self.key}.{self.version}"

    def days(self, step: Step) -> int:
        """How long a step lasts."""
        if isinstance(step.days, int):
            return step.days
        name, _, field = step.days.partition(".")
        return int(getattr(self.management[name], field))

    def rule(self, key: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.key == key), None)


class PlanError(ValueError):
    """A pack or a province's parameters that cannot be used; each line names the place and what to do."""

    def __init__(self, title: str, errors: list[str]) -> None:
        super().__init__("\n".join(f"{title}: {error}" for error in errors))
        self.errors = errors


Parameters = dict[str, Any]
"""A province's own figures by their path in the pack: `contacts.window_days`, `management.close.home_days`."""
