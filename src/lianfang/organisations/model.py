"""Units of the organisation tree."""

from datetime import datetime
from typing import Literal

import msgspec

Level = Literal["province", "city", "county", "town", "village", "unit"]

# digits that count in a statistical division code, by level (national statistics bureau, 12 digits: 2-2-2-3-3)
CODE_DIGITS: dict[Level, int] = {"province": 2, "city": 4, "county": 6, "town": 9, "village": 12}
LEVELS: tuple[Level, ...] = ("province", "city", "county", "town", "village", "unit")


def may_stand_below(level: Level, parent: Level) -> bool:
    """Divisions stand below larger ones; institutions anywhere (a group and its branches)."""
    return level == "unit" or LEVELS.index(level) > LEVELS.index(parent)


def code_fits(code: str, level: Level, parent_code: str | None, parent_level: Level) -> bool:
    """12 digits that go on where the parent's end, and zeros below the level; institutions have no code."""
    digits = CODE_DIGITS.get(level)
    if digits is None or len(code) != 12 or not (code.isascii() and code.isdecimal()) or code[digits:].strip("0"):
        return False
    if parent_code is None:
        return True
    above = CODE_DIGITS[parent_level]
    return code[:above] == parent_code[:above] and bool(code[above:digits].strip("0"))


class Unit(msgspec.Struct, frozen=True):
    """A unit as lists show it: `children` direct sub-units, `checkpoints` of its own."""

    id: int
    parent_id: int | None
    code: str | None
    name: str
    level: Level
    children: int
    checkpoints: int
    closed_at: datetime | None = None
    merged_into: int | None = None


class Place(msgspec.Struct, frozen=True):
    """Where a unit stands: its subtree is every row whose ord lies in [lo, hi]."""

    id: int
    name: str
    level: Level
    code: str | None
    lo: int
    hi: int
    closed: bool = False


class Step(msgspec.Struct, frozen=True):
    """One step of the way down to a unit."""

    id: int
    name: str


class UnitDetail(msgspec.Struct, frozen=True):
    """A unit with the way to it, from the reader's own unit down."""

    id: int
    parent_id: int | None
    code: str | None
    name: str
    level: Level
    children: int
    checkpoints: int
    path: list[Step]
    closed_at: datetime | None = None
    merged_into: int | None = None


class NewUnit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A child to create."""

    parent_id: int
    name: str
    level: Level
    code: str | None = None


class UnitChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new name."""

    name: str
