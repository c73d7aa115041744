"""Figures over a period of local days."""

from datetime import date, datetime

import msgspec

from lianfang.organisations.model import Level, Step
from lianfang.venues.model import Category
from lianfang.visits.dashboard import Dashboard
from lianfang.visits.presence import OfflineGate

ROLLED_LEVELS: tuple[Level, ...] = ("province", "city", "county", "town")
"""Which places have sums; whatever is below a town is counted from its visits."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What happened. `people` are distinct within the figure's own place and time; null: not counted."""

    scans: int = 0
    people: int | None = 0
    refused: int = 0
    observed: int = 0
    fevers: int = 0


class DayFigures(Figures, frozen=True, kw_only=True):
    day: date


class HourFigures(Figures, frozen=True, kw_only=True):
    """The same hour of every day of the period together; people are not counted by it."""

    hour: int


class CategoryFigures(Figures, frozen=True, kw_only=True):
    category: Category


class ChildFigures(Figures, frozen=True, kw_only=True):
    """A direct child with everything below it."""

    id: int
    name: str
    level: Level


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """A unit and everything below it over the days from `first` to `last`, as recorded until `as_of`.

    `own` are the unit's own checkpoints: with `units` they add up to `total`, but for `people`, who may have been in several.
    """

    unit: Step
    level: Level
    first: date
    last: date
    as_of: datetime
    total: Figures
    own: Figures
    days: list[DayFigures]
    hours: list[HourFigures]
    categories: list[CategoryFigures]
    units: list[ChildFigures]


class SilentUnit(msgspec.Struct, frozen=True):
    """A direct child of which no checkpoint has reported today."""

    id: int
    name: str
    checkpoints: int


class SilentCheckpoint(msgspec.Struct, frozen=True):
    """An open checkpoint without a scan today; `last_at` is its latest scan of the past days, if there was one."""

    id: int
    name: str
    unit: str
    last_at: datetime | None


class FeverPlace(msgspec.Struct, frozen=True):
    """A fever of today: where and when, not who."""

    checkpoint: str
    unit: str
    celsius: float
    at: datetime
    acknowledged: bool


class Wall(msgspec.Struct, frozen=True, kw_only=True):
    """Today for a wall. Lists are cut to what a wall can show; the counts beside them are whole."""

    at: datetime
    board: Dashboard
    fevers: int
    fevers_last_week: int
    fevers_open: int
    fever_places: list[FeverPlace]
    silent_units: list[SilentUnit]
    silent_checkpoints: list[SilentCheckpoint]
    offline_gates: list[OfflineGate]


class Publication(msgspec.Struct, frozen=True):
    """Whether a unit's figures are public, and where; `possible`: only counties and towns can."""

    published: bool
    possible: bool
    path: str


class PublicationChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    unit_id: int
    published: bool


class PublicDay(msgspec.Struct, frozen=True):
    """Check-ins of a day; null: of fewer than ten people, or hidden so that those cannot be worked out."""

    day: date
    total: int | None
    parts: list[int | None]


class PublicStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """What everybody may know: check-ins by whole days and by town. `parts` names the columns; `null` as a name: the county's
    own checkpoints and institutions."""

    name: str
    level: Level
    as_of: datetime
    smallest: int
    parts: list[str | None]
    days: list[PublicDay]
