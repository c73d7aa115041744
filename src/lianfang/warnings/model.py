"""A place or an area that had more than expected."""

from datetime import date, datetime
from typing import Literal

import msgspec

Signal = Literal["fever", "positive", "red"]


class EarlyWarning(msgspec.Struct, frozen=True):
    """Raised once for a run of days. `checkpoint_id` null: for all of the unit and below. `signal`: `fever`, alerts at the door;
    `positive`, people who were there within three days before a positive test; `red`, red codes turned away. `expected`: on such a
    day (working days and weekends apart); `p`: the chance of so many or more, by the past `days`."""

    id: int
    unit_id: int
    unit: str
    checkpoint_id: int | None
    checkpoint: str | None
    signal: Signal
    day: date
    count: int
    expected: float
    p: float
    days: int
    raised_at: datetime


class Count(msgspec.Struct, frozen=True):
    """So many of a kind at a place on a day."""

    checkpoint_id: int
    signal: Signal
    day: date
    count: int


class Door(msgspec.Struct, frozen=True):
    """A checkpoint of a unit."""

    id: int
    unit_id: int


class Node(msgspec.Struct, frozen=True):
    """A unit in the tree."""

    id: int
    parent_id: int | None
    lo: int


class Raised(msgspec.Struct, frozen=True):
    """A warning to be stored. `checkpoint_id` null: for the unit."""

    unit_id: int
    checkpoint_id: int | None
    signal: Signal
    count: int
    expected: float
    p: float
    days: int
