"""Bulletins, areas and test sites, as doors show them."""

from datetime import date, datetime
from typing import Annotated, Final, Literal

import msgspec

from lianfang.areas.decide import AreaPlace, Doubt, State
from lianfang.areas.parse import Issue

Level = Literal["high", "medium", "low"]
GRAVITY: Final[dict[Level, int]] = {"low": 0, "medium": 1, "high": 2}
TEXT_MAX: Final = 100_000
"""Characters of one bulletin: the longest that we know of has 5,000."""

Source = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]


class BulletinText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bulletin as it was published. `level` and `region` are for text that does not say them itself; `complete`: it names
    every area of its source on that day, so that those it no longer names have ended."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_MAX)]
    published_on: date
    source: Source
    level: Level | None = None
    region: Annotated[str, msgspec.Meta(max_length=200)] = ""
    complete: bool = False


class Row(msgspec.Struct, frozen=True):
    """A bulletin's row; `line` is where it stands in the file or text."""

    line: int
    published_on: date
    source: str
    level: Level
    region: str
    declared: int | None
    text: str


class ReadArea(msgspec.Struct, frozen=True):
    """An area as it was read, and what it means in the tree."""

    text: str
    name: str
    state: State
    doubt: Doubt
    places: list[AreaPlace]
    candidates: list[AreaPlace]


class ReadRow(msgspec.Struct, frozen=True):
    """What was made of a row: `declared` areas it says it names, `found` were read."""

    line: int
    level: Level
    region: str
    declared: int | None
    found: int
    issues: list[Issue]
    areas: list[ReadArea]


class BulletinsImported(msgspec.Struct, kw_only=True):
    """`known` rows were stored before. `raised`, `lowered`, `ended`: levels of areas that changed; `mismatched`: rows whose
    count does not add up."""

    rows: int = 0
    known: int = 0
    areas: int = 0
    matched: int = 0
    review: int = 0
    outside: int = 0
    mismatched: int = 0
    odd: int = 0
    begun: int = 0
    raised: int = 0
    lowered: int = 0
    ended: int = 0


class StartAreaImport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An uploaded file; `dry_run` only says what would happen."""

    upload_id: int
    dry_run: bool
    complete: bool = False


class StartSites(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An uploaded list of test sites. `source` says whose list it is."""

    upload_id: int
    dry_run: bool
    source: Source


class ResidentsWaiting(msgspec.Struct, frozen=True):
    """How many were put on lists of residents of a confirmed area since, the last of them at `until`. They count once a second
    official has confirmed them."""

    people: int
    until: datetime
    mine_to_confirm: bool


class ResidentsToConfirm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`until` as it was shown: whoever was put on a list later goes on waiting."""

    until: datetime


class RiskArea(msgspec.Struct, frozen=True, kw_only=True):
    """An area, what it means, and its level now (null: it has ended). `stated_by`: those who stated something of it since it
    was last confirmed; while `confirmed_at` is null it colours nobody."""

    id: int
    name: str
    code: str
    state: State
    doubt: Doubt
    places: list[AreaPlace]
    excepted: list[AreaPlace]
    candidates: list[AreaPlace]
    level: Level | None
    since: datetime | None
    source: str
    seen_on: date | None
    unit: str
    stated_at: datetime
    stated_by: list[str]
    confirmed_at: datetime | None
    mine_to_confirm: bool
    residents_waiting: ResidentsWaiting | None


class AreaStated(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An area as the account saw it: what has been stated since is not confirmed with it."""

    id: int
    stated_at: datetime


class AreasToConfirm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    areas: Annotated[list[AreaStated], msgspec.Meta(min_length=1, max_length=200)]


class AreasConfirmed(msgspec.Struct, frozen=True):
    confirmed: int


class Bulletin(msgspec.Struct, frozen=True):
    """A stored row of a bulletin."""

    id: int
    published_on: date
    source: str
    level: Level
    region: str
    declared: int | None
    found: int
    issues: list[Issue]
    text: str


class PlaceRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: Literal["unit", "checkpoint"]
    id: int


class AreaMeaning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an area means, as somebody says who knows it: places less the excepted ones; nothing: it is not in the tree."""

    places: Annotated[list[PlaceRef], msgspec.Meta(max_length=200)]
    excepted: Annotated[list[PlaceRef], msgspec.Meta(max_length=200)] = []
    dismiss: bool = False
    """It is no area at all: a slip of the bulletin."""


class LevelChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another level from now on, or none. `source` says who decided it."""

    level: Level | None
    source: Source


class PublicArea(msgspec.Struct, frozen=True):
    """What residents look up. `seen_on`: the day of the last bulletin that names it."""

    id: int
    name: str
    code: str
    level: Level
    since: datetime
    source: str
    seen_on: date


class TestSite(msgspec.Struct, frozen=True):
    """A place that takes samples; `distance_m` from where the reader stands, null where either is unknown. WGS-84."""

    id: int
    name: str
    address: str
    lat: float | None
    lon: float | None
    hours: str
    phone: str
    note: str
    source: str
    updated_at: datetime
    distance_m: int | None = None


class NewSite(msgspec.Struct, frozen=True):
    """A row of the sites' sheet."""

    name: str
    address: str
    lat: float | None
    lon: float | None
    hours: str
    phone: str
    note: str
