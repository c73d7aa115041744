"""Vehicles, trips and riders."""

from datetime import date, datetime, time
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from lianfang.kit.errors import Text
from lianfang.visits.model import Verdict

Direction = Literal["outbound", "inbound"]
DIRECTIONS: dict[Direction, Text] = {"outbound": Text("上班", "To work"), "inbound": Text("下班", "Home")}


class Boarding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When people board every day, local time: from `boards` until just before `departs`."""

    direction: Direction
    boards: time
    departs: time


class Vehicle(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint of the category vehicle. Without a line it has not been described yet."""

    checkpoint_id: int
    name: str
    unit_name: str
    line: str
    plate: str
    seats: int | None
    timetable: list[Boarding]


class VehicleChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of a vehicle; the timetable replaces the one before."""

    line: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    plate: Annotated[str, msgspec.Meta(max_length=20)] = ""
    seats: Annotated[int, msgspec.Meta(ge=1, le=500)] | None = None
    timetable: Annotated[list[Boarding], msgspec.Meta(max_length=24)] = []


class Trip(msgspec.Struct, frozen=True, kw_only=True):
    """A trip of a day. `key` names it in a request for its riders. `driver`: begun by the driver, otherwise by the timetable;
    `until` null: under way."""

    key: str
    direction: Direction
    since: datetime
    until: datetime | None
    driver: bool
    riders: int


class DayTrips(msgspec.Struct, frozen=True):
    """A vehicle's day; `elsewhere` boarded at no trip's time."""

    checkpoint_id: int
    day: date
    trips: list[Trip]
    elsewhere: int


class TripTap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the driver did: began a trip in a direction, or ended the one under way. `tap_id` (UUIDv7) makes a second sending
    harmless; `at` says when, where the tap waited for a network: within the last 24 hours."""

    tap_id: UUID
    did: Literal[Direction, "end"]
    at: datetime | None = None


class StartedTrip(msgspec.Struct, frozen=True):
    id: int
    direction: Direction
    began_at: datetime
    ended_at: datetime | None


class TripUnderWay(msgspec.Struct, frozen=True):
    id: int
    direction: Direction
    began_at: datetime
    riders: int


class VehicleNow(msgspec.Struct, frozen=True, kw_only=True):
    """A vehicle as its attendant sees it; `trip` null: the driver has begun none, or its four hours are over."""

    checkpoint_id: int
    line: str
    plate: str
    seats: int | None
    trip: TripUnderWay | None


class RidersRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a vehicle carried on a local day: on one trip (`key`), in the morning or the evening (before and after noon), or on
    the whole day. The purpose is recorded."""

    checkpoint_id: int
    day: date
    part: Literal["morning", "evening", "day"] | None = None
    trip: str | None = None
    purpose: str


class Rider(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who rode, masked."""

    scan_id: UUID
    serial: str
    name: str
    document: str
    phone: str
    seat: str
    at: datetime
    celsius: float | None
    verdict: Verdict
    trip: str


class Riders(msgspec.Struct, frozen=True):
    """Who rode, in the order of boarding. `people`: how many different ones."""

    vehicle: str
    day: date
    people: int
    riders: list[Rider]
