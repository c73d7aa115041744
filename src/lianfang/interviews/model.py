"""An interview: stays that a person tells of, and what they say of recorded ones; the trajectory that follows."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from lianfang.tracing.api import StruckStay, ToldStay
from lianfang.venues.model import Category

DAYS_MAX = 60
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Words = Annotated[str, msgspec.Meta(max_length=200)]
State = Literal["recorded", "confirmed", "struck", "told", "withdrawn"]


class Told(msgspec.Struct, frozen=True):
    """What is encrypted of a stay: the place and the time in the person's own words, and the interviewer's note."""

    place: str = ""
    when: str = ""
    note: str = ""


class TrajectoryQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The days of somebody, both included, 60 at most; why is recorded."""

    person_id: int
    first: date
    last: date
    purpose: str


class NewTold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stay that somebody tells of. Without `begins` and `ends`, `when` is read ("around noon", "下午三点到五点"). Without a
    checkpoint the place stays as it was told. `stay_id` and `version`: corrects that version; `withdrawn`: takes it back."""

    person_id: int
    day: date
    place: Words
    when: Words = ""
    note: Words = ""
    checkpoint_id: int | None = None
    begins: Instant | None = None
    ends: Instant | None = None
    give_minutes: Annotated[int, msgspec.Meta(ge=0, le=720)] | None = None
    stay_id: int | None = None
    version: int = 0
    withdrawn: bool = False


class VisitMark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody says of a recorded visit: it was so, it was not theirs, or (`withdrawn`) nothing any more."""

    person_id: int
    checkpoint_id: int
    at: Instant
    state: Literal["confirmed", "struck", "withdrawn"]
    note: Words = ""


class WrittenStay(msgspec.Struct, frozen=True):
    """A version that was written, and what was understood of the time."""

    stay_id: int
    version: int
    begins: datetime | None
    ends: datetime | None
    give_minutes: int


class TrajectoryStay(msgspec.Struct, frozen=True, kw_only=True):
    """A stay of a trajectory. `ended`: how its end is known. `checkpoint_id` null: a place that is not among ours."""

    state: State
    checkpoint_id: int | None
    place: str
    category: Category | None
    unit: str
    begins: datetime
    ends: datetime
    ended: Literal["checkout", "next", "usual", "told"]
    give_minutes: int = 0
    seat: str = ""
    lat: float | None = None
    lon: float | None = None
    stay_id: int | None = None
    version: int = 0
    told: Told = Told()


class Gap(msgspec.Struct, frozen=True):
    """Nothing is known of this time."""

    begins: datetime
    ends: datetime


class Companion(msgspec.Struct, frozen=True):
    """Somebody, masked, who came to the same places within ten minutes, more than once. `aboard`: in a vehicle too."""

    person_id: int
    name: str
    phone: str
    times: int
    places: int
    aboard: bool


class Trajectory(msgspec.Struct, frozen=True):
    """Somebody's days, masked. `tiles`: address of map tiles with {z}, {x} and {y}, or nothing."""

    person_id: int
    name: str
    phone: str
    stays: list[TrajectoryStay]
    gaps: list[Gap]
    companions: list[Companion]
    tiles: str


class StayVersion(msgspec.Struct, frozen=True):
    """A version of a stay, as it was written."""

    stay_id: int
    version: int
    state: State
    checkpoint_id: int | None
    checkpoint: str
    seen_at: datetime | None
    begins: datetime | None
    ends: datetime | None
    give_minutes: int
    told: Told
    actor: str
    created_at: datetime


class HistoryQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Reads all versions of somebody's interview; why is recorded."""

    person_id: int
    purpose: str


class PlaceQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Places that are called like this."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class NamedPlace(msgspec.Struct, frozen=True):
    """A checkpoint that could be meant; `likeness`: 1 where all of the words are in it."""

    checkpoint_id: int
    name: str
    category: Category
    unit: str
    likeness: float


class InterviewAnswers(msgspec.Struct, frozen=True):
    """What an interview adds to a case of a trace."""

    person_id: int
    told: list[ToldStay]
    struck: list[StruckStay]


class AnswersQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the interviews of these people add to their cases; why is recorded."""

    person_ids: Annotated[list[int], msgspec.Meta(max_length=2000)]
    purpose: str


class TrajectoryNotice(msgspec.Struct, frozen=True):
    """A trajectory for the public, without anything of the person. `left_out`: stays at places that are not among ours, which
    an official has to word."""

    zh: str
    en: str
    left_out: int
