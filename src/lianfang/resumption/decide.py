"""What is due, what is abnormal, what may follow: pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from lianfang.resumption.model import Duty, FollowUpAction, FollowUpState
from lianfang.venues.model import Field

# a state table: what may be done in which state, and the state after it
TRANSITIONS: Final[Mapping[tuple[FollowUpState, FollowUpAction], FollowUpState]] = {
    ("open", "contact"): "contacted",
    ("open", "close"): "closed",
    ("contacted", "contact"): "contacted",  # again, with another note
    ("contacted", "close"): "closed",
    ("closed", "reopen"): "open",
}


def actions_in(state: FollowUpState) -> list[FollowUpAction]:
    return [action for (before, action) in TRANSITIONS if before == state]


def local_date(now: datetime, zone: ZoneInfo) -> date:
    """The day it is where the people are."""
    return now.astimezone(zone).date()


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A local time of a day, in UTC. One that the clock passes twice is the first; one that it leaps over is as far after
    the leap."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def duty_of(duties: Iterable[Duty], job_category: str, day: date) -> Duty | None:
    """What binds somebody of this category on a day. A category with a line of its own is bound by no other one, even where
    its own has not begun."""
    by_category = {duty.job_category: duty for duty in duties}
    own = by_category.get(job_category, by_category.get(""))
    if own is None or day < own.starts_on or (own.ends_on is not None and day > own.ends_on):
        return None
    return own


def reasons(fields: Sequence[Field], answers: Mapping[str, object], fever: float) -> list[str]:
    """Why a report is abnormal: `fever`, and the keys of the questions answered with yes."""
    found = []
    temperature = answers.get("temperature")
    if isinstance(temperature, int | float) and temperature >= fever:
        found.append("fever")
    return found + [field.key for field in fields if field.type == "choice" and answers.get(field.key) == "yes"]
