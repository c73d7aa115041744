"""Today's figures of a part of the tree."""

from datetime import date, timedelta

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.config import Settings
from lianfang.kit import ids
from lianfang.kit.clock import local_day
from lianfang.kit.clock import now as clock_now
from lianfang.kit.db import Connection, Database, fetch_all, fetch_one
from lianfang.kit.errors import NOT_FOUND, invalid, wrong_field
from lianfang.kit.paging import Page
from lianfang.organisations import store as organisations
from lianfang.organisations.model import Level, Place, Step
from lianfang.visits import presence
from lianfang.visits.presence import Gates, OfflineGate
from lianfang.visits.store import SKEW, Q

UNITS_MAX = 500
WEEK = timedelta(days=7)
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(9000, 1, 1)  # beyond them the arithmetic ends


class UnitFigures(msgspec.Struct, frozen=True):
    """A child's day; `silent` are open checkpoints without a scan."""

    id: int
    name: str
    level: Level
    scans: int
    refused: int
    checkpoints: int
    silent: int


class Dashboard(msgspec.Struct, frozen=True, kw_only=True):
    """A local day of a unit and everything below it; `hours` are counts by hour from local midnight. `gates` are as of now, and
    null of any other day than today."""

    day: date
    unit: Step
    scans: int
    people: int
    refused: int
    observed: int
    scans_last_week: int
    checkpoints: int
    silent: int
    hours: list[int]
    hours_last_week: list[int]
    units: list[UnitFigures]
    gates: Gates | None


class _Totals(msgspec.Struct, frozen=True):
    scans: int
    people: int
    refused: int
    observed: int


class _Doors(msgspec.Struct, frozen=True):
    checkpoints: int
    silent: int


class _Hour(msgspec.Struct, frozen=True):
    hour: int
    scans: int


async def show(db: Database, settings: Settings, scope: Scope, *, unit_id: int | None, day: date | None) -> Dashboard:
    """The figures of a day (default: today) for a unit (default: the scope's own)."""
    today = clock_now().astimezone(settings.zone).date()
    day = day or today
    if not FIRST_DAY <= day <= LAST_DAY:
        raise invalid(wrong_field("day", "range", "日期超出范围。", "The day is out of range."))
    async with scoped(db, scope) as conn:
        place = await _place(scope, conn, unit_id)
        part = scope.narrowed(place.lo, place.hi)
        bounds = _bounds(part, settings, day)
        before = _bounds(part, settings, day - WEEK)
        # by the same hour of last week, so that a morning is not compared with a whole day
        if day == today:
            before["until"] = clock_now() - WEEK
        totals = await fetch_one(conn, _Totals, Q.totals, bounds)
        assert totals is not None
        hours = await fetch_all(conn, _Hour, Q.hours, bounds)
        hours_before = await fetch_all(conn, _Hour, Q.hours, _bounds(part, settings, day - WEEK))
        last_week = await fetch_one(conn, _Totals, Q.totals, before)
        assert last_week is not None
        doors = await fetch_one(conn, _Doors, Q.silent, bounds)
        assert doors is not None
        gates = await presence.count(part, conn, clock_now()) if day == today else None
        units = await fetch_all(conn, UnitFigures, Q.by_unit, bounds | {"unit_id": place.id, "limit": UNITS_MAX})
    return Dashboard(
        day=day,
        unit=Step(place.id, place.name),
        scans=totals.scans,
        people=totals.people,
        refused=totals.refused,
        observed=totals.observed,
        scans_last_week=last_week.scans,
        checkpoints=doors.checkpoints,
        silent=doors.silent,
        hours=_by_hour(hours),
        hours_last_week=_by_hour(hours_before),
        units=units,
        gates=gates,
    )


async def offline_gates(
    db: Database, scope: Scope, *, unit_id: int | None, cursor: str | None, limit: int | None
) -> Page[OfflineGate]:
    """Gates of a unit (default: the scope's own) that were connected within the last day and are not now."""
    async with scoped(db, scope) as conn:
        place = await _place(scope, conn, unit_id)
        return await presence.offline(scope.narrowed(place.lo, place.hi), conn, clock_now(), cursor, limit)


async def _place(scope: Scope, conn: Connection, unit_id: int | None) -> Place:
    if unit_id is None:
        own = await organisations.own_unit(scope, conn)
        if own is None:
            raise NOT_FOUND()
        unit_id = own.id
    place = await organisations.find_place(scope, conn, unit_id)
    if place is None:
        raise NOT_FOUND()
    return place


def _bounds(part: Scope, settings: Settings, day: date) -> dict[str, object]:
    since, until = local_day(day, settings.zone)
    return {
        "lo": part.lo,
        "hi": part.hi,
        "since": since,
        "until": until,
        "floor": ids.uuid7_floor(since, -SKEW),
        "ceiling": ids.uuid7_floor(until, SKEW),
    }


def _by_hour(rows: list[_Hour]) -> list[int]:
    hours = [0] * 24
    for row in rows:
        hours[min(row.hour, 23)] += row.scans  # a day of 25 hours ends in its 24th
    return hours
