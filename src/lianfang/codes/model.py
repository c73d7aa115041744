"""A hold: why a colour is not green, from when until when."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

HoldColour = Literal["yellow", "red"]
GRAVITY: dict[HoldColour, int] = {"yellow": 1, "red": 2}


class Hold(msgspec.Struct, frozen=True):
    """Active in [starts_at, ends_at). The rule and plan say where it comes from; the reason is told to the person."""

    person_id: int
    id: int
    colour: HoldColour
    reason_zh: str
    reason_en: str
    starts_at: datetime
    ends_at: datetime


def worst_active(holds: Iterable[Hold], at: datetime) -> Hold | None:
    """The hold that decides the colour at an instant: the gravest, of equals the longest. None: green."""
    active = [hold for hold in holds if hold.starts_at <= at < hold.ends_at]
    return max(active, key=lambda hold: (GRAVITY[hold.colour], hold.ends_at), default=None)
