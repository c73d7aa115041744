"""What a door requires, and what is known of somebody that answers it."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

Requirement = Literal["test", "doses", "risk"]
TEST_HOURS_MAX, DOSES_MAX, RISK_DAYS_MAX = 168, 9, 28

TestHours = Annotated[int, msgspec.Meta(ge=1, le=TEST_HOURS_MAX)]
Doses = Annotated[int, msgspec.Meta(ge=1, le=DOSES_MAX)]
RiskDays = Annotated[int, msgspec.Meta(ge=1, le=RISK_DAYS_MAX)]


class Requirements(msgspec.Struct, frozen=True):
    """None: not asked. `test_hours`: the last nucleic-acid test is negative and no older; `doses`: so many of a vaccine;
    `risk_days`: nobody comes in who was in an area of medium or high risk, or came from there, within so many days."""

    test_hours: int | None = None
    doses: int | None = None
    risk_days: int | None = None


NOTHING = Requirements()


class Former(Requirements, frozen=True, kw_only=True):
    """What was required until an instant."""

    until: datetime


class Known(msgspec.Struct, frozen=True, gc=False):
    """Evidence that nothing corrects, as far as a door reads it."""

    person_id: int
    kind: str
    at: datetime
    until: datetime | None
    result: str
    subject: str | None


class Lack(msgspec.Struct, frozen=True, gc=False):
    """A requirement that somebody does not meet: how much is wanted, and what was found.

    `found` of a test: nothing, its age in hours, or a result other than negative; of doses: their number; of risk: the level.
    """

    requirement: Requirement
    wanted: int
    found: str = ""
