"""Verbs on vehicles, trips and riders."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.audit.purpose import checked_purpose
from lianfang.config import Settings
from lianfang.kit import ids
from lianfang.kit.clock import local_day
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, Language, invalid, wrong_field
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.organisations import store as organisations
from lianfang.people import store as people
from lianfang.people.model import masked, unlock
from lianfang.vehicles import store
from lianfang.vehicles.decide import LONGEST, Window, trip_of, windows
from lianfang.vehicles.model import (
    DIRECTIONS,
    Boarding,
    DayTrips,
    Rider,
    Riders,
    RidersRequest,
    StartedTrip,
    Trip,
    TripTap,
    TripUnderWay,
    Vehicle,
    VehicleChange,
    VehicleNow,
)
from lianfang.vehicles.problems import NO_SUCH_TRIP, NOT_UNDER_WAY
from lianfang.vehicles.store import VehicleRow
from lianfang.venues.store import lock_checkpoint
from lianfang.visits.model import VERDICTS
from lianfang.visits.records import NOBODY
from lianfang.visits.times import AHEAD, version_error

TAP_KEPT = timedelta(hours=24)
"""A tap that comes later than this is not taken."""
FIRST_DAY, LAST_DAY = date(1971, 1, 1), date(9000, 1, 1)
HEADER = {
    "zh-CN": ("上车时间", "班次", "姓名", "证件", "手机", "座位", "体温", "结果", "登记编号"),
    "en": ("Boarded", "Trip", "Name", "Document", "Phone", "Seat", "Temperature", "Verdict", "Serial"),
}


async def list_vehicles(
    db: Database, scope: Scope, *, unit_id: int | None, cursor: str | None, limit: int | None
) -> Page[Vehicle]:
    """Vehicles of a unit and everything below it."""
    limit = clamp(limit)
    after = decode_cursor(cursor, tuple[int, int]) or (0, 0)
    async with scoped(db, scope) as conn:
        part = scope
        if unit_id is not None:
            place = await organisations.find_place(scope, conn, unit_id)
            if place is None:
                raise NOT_FOUND()
            part = scope.narrowed(place.lo, place.hi)
        rows = await store.list_vehicles(part, conn, after=after, limit=limit + 1)
        tables = await store.timetables(scope, conn, [row.checkpoint_id for row in rows])
    listed = page(rows, limit, lambda row: (row.ord, row.checkpoint_id))
    return Page([_shown(row, tables[row.checkpoint_id]) for row in listed.items], listed.next)


async def change_vehicle(db: Database, scope: Scope, checkpoint_id: int, change: VehicleChange) -> Vehicle:
    """Describes a vehicle and sets its timetable."""
    if not change.line.strip():
        raise invalid(wrong_field("line", "empty", "请填写线路。", "Enter the line."))
    for at, entry in enumerate(change.timetable):
        if entry.departs <= entry.boards:
            raise invalid(
                wrong_field(
                    f"timetable[{at}].departs",
                    "order",
                    "发车时间应晚于上车时间。",
                    "The departure must be after boarding begins.",
                )
            )
        if any(entry.boards == other.boards for other in change.timetable[:at]):
            raise invalid(
                wrong_field(
                    f"timetable[{at}].boards",
                    "twice",
                    "两个班次的上车时间相同。",
                    "Two trips begin boarding at the same time.",
                )
            )
    async with scoped(db, scope) as conn:
        vehicle = await _existing(scope, conn, checkpoint_id)
        await store.put_vehicle(scope, conn, vehicle, change)
        await audit.record(scope, conn, "vehicles.change", f"checkpoint:{checkpoint_id}", trips=len(change.timetable))
        return _shown(await _existing(scope, conn, checkpoint_id), list(change.timetable))


async def day_trips(db: Database, settings: Settings, scope: Scope, checkpoint_id: int, day: date) -> DayTrips:
    """A vehicle's trips on a local day, and how many rode each."""
    _checked(day)
    async with scoped(db, scope) as conn:
        vehicle = await _existing(scope, conn, checkpoint_id)
        trips = await _windows(scope, conn, vehicle, day, settings.zone)
        since, until = local_day(day, settings.zone)
        rode = await store.boarded(scope, conn, checkpoint_id, since, until)
    riders = Counter(trip_of(row.at, trips) for row in rode)
    now = clock_now()
    return DayTrips(
        checkpoint_id,
        day,
        [
            Trip(
                key=trip.key,
                direction=trip.direction,
                since=trip.since,
                until=None if trip.open and now < trip.until else trip.until,
                driver=trip.driver,
                riders=riders[trip.key],
            )
            for trip in trips
        ],
        riders[""],
    )


async def under_way(db: Database, scope: Scope, checkpoint_id: int) -> VehicleNow:
    """A vehicle and the driver's trip that takes people now."""
    now = clock_now()
    async with scoped(db, scope) as conn:
        vehicle = await _existing(scope, conn, checkpoint_id)
        begun = await store.trips_around(scope, conn, checkpoint_id, now - LONGEST, now)
        trip = begun[-1] if begun and begun[-1].ended_at is None else None
        rode = await store.boarded(scope, conn, checkpoint_id, trip.began_at, trip.began_at + LONGEST) if trip else []
    return VehicleNow(
        checkpoint_id=checkpoint_id,
        line=vehicle.line,
        plate=vehicle.plate,
        seats=vehicle.seats,
        trip=TripUnderWay(trip.id, trip.direction, trip.began_at, len(rode)) if trip else None,
    )


async def tap_trip(db: Database, scope: Scope, account_id: int, checkpoint_id: int, sent: TripTap) -> StartedTrip:
    """The driver begins a trip, which ends one that was forgotten, or ends the one under way. The same tap again finds what
    came of it. Problems `invalid` and `no_trip_under_way`."""
    now = clock_now()
    tap = _checked_tap(sent, now)
    async with scoped(db, scope) as conn:
        vehicle = await _existing(scope, conn, checkpoint_id)
        await lock_checkpoint(scope, conn, checkpoint_id)
        if trip := await store.tapped(scope, conn, checkpoint_id, tap.tap_id):
            return trip
        ended = await store.end_trip(scope, conn, checkpoint_id, tap)
        if sent.did == "end":
            if ended is None:
                raise NOT_UNDER_WAY()
            await audit.record(scope, conn, "vehicles.end_trip", f"checkpoint:{checkpoint_id}", trip=ended.id)
            return ended
        trip = await store.begin_trip(scope, conn, vehicle, sent.did, account_id, tap)
        await audit.record(scope, conn, "vehicles.begin_trip", f"checkpoint:{checkpoint_id}", trip=trip.id)
        return trip


def _checked_tap(sent: TripTap, now: datetime) -> store.Tapped:
    at = sent.at or now
    errors = [error for error in (version_error("tap_id", sent.tap_id),) if error]
    if at.tzinfo is None or not now - TAP_KEPT <= at <= now + AHEAD:
        errors.append(
            wrong_field(
                "at",
                "time",
                "发车或到站的时间须在最近 24 小时内，请校准手机时钟。",
                "A trip's time must lie within the last 24 hours; check the phone's clock.",
            )
        )
    if errors:
        raise invalid(*errors)
    return store.Tapped(sent.tap_id, min(at.astimezone(UTC), now))


async def riders(
    db: Database, keys: Keys, settings: Settings, scope: Scope, request: RidersRequest, *, exported: bool = False
) -> Riders:
    """Who rode; recorded with the purpose."""
    purpose = checked_purpose(request.purpose)
    _checked(request.day)
    zone = settings.zone
    async with scoped(db, scope) as conn:
        vehicle = await _existing(scope, conn, request.checkpoint_id)
        trips = await _windows(scope, conn, vehicle, request.day, zone)
        if request.trip is not None and request.trip not in {trip.key for trip in trips}:
            raise NO_SUCH_TRIP()
        since, until = _span(request, zone)
        rows = [
            (row, trip_of(row.at, trips))
            for row in await store.boarded(scope, conn, vehicle.checkpoint_id, since, until)
        ]
        if request.trip is not None:
            rows = [(row, trip) for row, trip in rows if trip == request.trip]
        known = await people.find_many(scope, conn, list({row.person_id for row, _ in rows}))
        await audit.record(
            scope,
            conn,
            "vehicles.export" if exported else "vehicles.riders",
            f"checkpoint:{vehicle.checkpoint_id}",
            day=request.day.isoformat(),
            part=request.trip or request.part or "day",
            found=len(rows),
            purpose=purpose,
        )
    shown = {person_id: masked(unlock(keys, stored)) for person_id, stored in known.items()}
    found = []
    for row, trip in rows:
        person = shown.get(row.person_id, NOBODY)
        found.append(
            Rider(
                scan_id=row.scan_id,
                serial=ids.serial(row.scan_id),
                name=person.name,
                document=person.document,
                phone=person.phone,
                seat=row.seat or "",
                at=row.at,
                celsius=row.celsius,
                verdict=row.verdict,
                trip=trip,
            )
        )
    return Riders(vehicle.name, request.day, len({row.person_id for row, _ in rows}), found)


def table(found: Riders, trips: DayTrips, zone: ZoneInfo, language: Language) -> Iterator[tuple[str, ...]]:
    """The riders as rows of a file."""
    names = {
        trip.key: f"{DIRECTIONS[trip.direction].show(language)} {trip.since.astimezone(zone):%H:%M}"
        for trip in trips.trips
    }
    for rider in found.riders:
        yield (
            f"{rider.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
            names.get(rider.trip, ""),
            rider.name,
            rider.document,
            rider.phone,
            rider.seat,
            "" if rider.celsius is None else f"{rider.celsius:.1f}",
            VERDICTS[rider.verdict].show(language),
            rider.serial,
        )


def _span(request: RidersRequest, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants of the part of the day; noon is the evening's."""
    since, until = local_day(request.day, zone)
    noon = datetime.combine(request.day, time(12), zone)
    if request.part == "morning":
        return since, noon
    return (noon, until) if request.part == "evening" else (since, until)


async def _windows(scope: Scope, conn: Connection, vehicle: VehicleRow, day: date, zone: ZoneInfo) -> list[Window]:
    since, until = local_day(day, zone)
    begun = await store.trips_around(scope, conn, vehicle.checkpoint_id, since - LONGEST, until + timedelta(days=1))
    tables = await store.timetables(scope, conn, [vehicle.checkpoint_id])
    return windows(day, zone, begun, tables[vehicle.checkpoint_id])


async def _existing(scope: Scope, conn: Connection, checkpoint_id: int) -> VehicleRow:
    vehicle = await store.find_vehicle(scope, conn, checkpoint_id)
    if vehicle is None:
        raise NOT_FOUND()
    return vehicle


def _shown(row: VehicleRow, timetable: list[Boarding]) -> Vehicle:
    return Vehicle(
        checkpoint_id=row.checkpoint_id,
        name=row.name,
        unit_name=row.unit_name,
        line=row.line,
        plate=row.plate,
        seats=row.seats,
        timetable=timetable,
    )


def _checked(day: date) -> None:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise invalid(wrong_field("day", "range", "日期超出范围。", "The day is out of range."))
