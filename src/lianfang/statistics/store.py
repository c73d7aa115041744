"""Sums of visits, and figures from them or from the visits. `lane_…` run as lianfang_lane, which reads visits."""

from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec

from lianfang.access.scope import Scope
from lianfang.kit import ids
from lianfang.kit.clock import local_day
from lianfang.kit.db import Connection, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries
from lianfang.organisations.model import Level, Place
from lianfang.statistics.model import ROLLED_LEVELS, FeverPlace, SilentCheckpoint
from lianfang.venues.model import Category
from lianfang.visits.store import SKEW

Q = Queries(__package__)
LEVELS = list(ROLLED_LEVELS)
CHILDREN_MAX = 2000


class State(msgspec.Struct, frozen=True):
    """How far the sums are; `recorded_until` None: they are being made."""

    zone: str
    recorded_until: datetime | None
    wanted_anew: bool

    def ready(self, zone: str) -> bool:
        return self.recorded_until is not None and not self.wanted_anew and self.zone == zone


class Cell(msgspec.Struct, frozen=True):
    """A count of a day, an hour or a category; of none of them: of everything."""

    day: date | None
    hour: int | None
    category: Category | None
    scans: int
    people: int | None
    refused: int
    observed: int


class PeopleCell(msgspec.Struct, frozen=True):
    day: date | None
    category: Category | None
    people: int


class FeverCell(msgspec.Struct, frozen=True):
    day: date | None
    hour: int | None
    category: Category | None
    fevers: int


class ChildRow(msgspec.Struct, frozen=True):
    id: int
    name: str
    level: Level
    scans: int
    people: int
    refused: int
    observed: int
    fevers: int


class Fevers(msgspec.Struct, frozen=True):
    """Today's, last week's until the same time, and today's that nobody has taken note of."""

    today: int
    last_week: int
    unseen: int


class Period(NamedTuple):
    """Local days, and the instants and scan ids that bound them."""

    first: date
    last: date
    zone: Any
    as_of: datetime | None = None

    @property
    def bounds(self) -> dict[str, Any]:
        since, until = local_day(self.first, self.zone)[0], local_day(self.last, self.zone)[1]
        return {
            "first": self.first,
            "last": self.last,
            "since": since,
            "until": until,
            "floor": ids.uuid7_floor(since, -SKEW),
            "ceiling": ids.uuid7_floor(until, SKEW),
            "zone": self.zone.key,
            "as_of": self.as_of,
            "levels": LEVELS,
        }


async def state(scope: Scope, conn: Connection) -> State:
    found = await fetch_one(conn, State, Q.state)
    assert found is not None
    return found


async def rolled(scope: Scope, conn: Connection, place: Place, period: Period) -> list[Cell]:
    """A place's counts from the sums; its people are those of `rolled_people`."""
    return await fetch_all(conn, Cell, Q.rolled, _at(scope, place) | period.bounds)


async def rolled_people(scope: Scope, conn: Connection, place: Place, period: Period) -> list[PeopleCell]:
    return await fetch_all(conn, PeopleCell, Q.rolled_people, _at(scope, place) | period.bounds)


async def direct(scope: Scope, conn: Connection, period: Period) -> list[Cell]:
    """Counts of a part of the tree from the visits."""
    return await fetch_all(conn, Cell, Q.direct, _part(scope) | period.bounds)


async def direct_people(scope: Scope, conn: Connection, period: Period) -> list[PeopleCell]:
    return await fetch_all(conn, PeopleCell, Q.direct_people, _part(scope) | period.bounds)


async def fevers(scope: Scope, conn: Connection, period: Period) -> list[FeverCell]:
    return await fetch_all(conn, FeverCell, Q.fevers, _part(scope) | period.bounds)


async def children(scope: Scope, conn: Connection, unit_id: int, period: Period, *, summed: bool) -> list[ChildRow]:
    """A unit's direct children: from the sums where there are any."""
    params = _part(scope) | period.bounds | {"unit_id": unit_id, "limit": CHILDREN_MAX}
    if not summed:
        return await fetch_all(conn, ChildRow, Q.direct_children, params | {"levels": []})
    rows = await fetch_all(conn, ChildRow, Q.rolled_children, params)
    return rows + await fetch_all(conn, ChildRow, Q.direct_children, params)


Bounds = dict[str, Any]


async def wall_fevers(scope: Scope, conn: Connection, bounds: Bounds) -> Fevers:
    found = await fetch_one(conn, Fevers, Q.wall_fevers, _part(scope) | bounds)
    assert found is not None
    return found


async def wall_fever_places(scope: Scope, conn: Connection, bounds: Bounds, limit: int) -> list[FeverPlace]:
    return await fetch_all(conn, FeverPlace, Q.wall_fever_places, _part(scope) | bounds | {"limit": limit})


async def wall_silent_checkpoints(scope: Scope, conn: Connection, bounds: Bounds, limit: int) -> list[SilentCheckpoint]:
    return await fetch_all(conn, SilentCheckpoint, Q.wall_silent_checkpoints, _part(scope) | bounds | {"limit": limit})


def _part(scope: Scope) -> dict[str, Any]:
    return {"lo": scope.lo, "hi": scope.hi}


def _at(scope: Scope, place: Place) -> dict[str, Any]:
    """A place within the scope; outside of it there is none."""
    return {"place": place.lo if scope.covers(place.lo) else None}


async def is_published(scope: Scope, conn: Connection, unit_id: int) -> bool:
    return await fetch_value(conn, Q.find_publication, _part(scope) | {"unit_id": unit_id}) is True


async def publish(scope: Scope, conn: Connection, place: Place, account_id: int) -> None:
    await conn.execute(Q.publish, {"unit_id": place.id, "place": place.lo, "account_id": account_id})


async def withdraw(scope: Scope, conn: Connection, place: Place) -> None:
    await conn.execute(Q.withdraw, _part(scope) | {"unit_id": place.id})


class Published(msgspec.Struct, frozen=True):
    """A unit that publishes, and its county."""

    id: int
    name: str
    level: Level
    lo: int
    county_id: int
    county_lo: int
    county_hi: int


class Part(msgspec.Struct, frozen=True):
    id: int
    name: str
    lo: int


class DayCount(msgspec.Struct, frozen=True):
    ord: int
    day: date
    scans: int
    people: int


class ElsewhereCount(msgspec.Struct, frozen=True):
    day: date
    scans: int
    people: int


async def lane_state(conn: Connection) -> State:
    found = await fetch_one(conn, State, Q.state)
    assert found is not None
    return found


async def lane_published(conn: Connection, unit_id: int) -> Published | None:
    return await fetch_one(conn, Published, Q.lane_published, {"unit_id": unit_id})


async def lane_parts(conn: Connection, county_id: int) -> list[Part]:
    return await fetch_all(conn, Part, Q.lane_parts, {"county_id": county_id})


async def lane_days_of(conn: Connection, places: list[int], period: Period) -> list[DayCount]:
    return await fetch_all(conn, DayCount, Q.lane_days_of, period.bounds | {"places": places})


async def lane_days_elsewhere(conn: Connection, county: Published, period: Period) -> list[ElsewhereCount]:
    params = {"county_id": county.county_id, "lo": county.county_lo, "hi": county.county_hi}
    return await fetch_all(conn, ElsewhereCount, Q.lane_days_elsewhere, period.bounds | params)


async def lane_lock_state(conn: Connection) -> State:
    found = await fetch_one(conn, State, Q.lane_lock_state)
    assert found is not None
    return found


async def lane_is_moving(conn: Connection) -> bool:
    return bool(await fetch_value(conn, Q.lane_is_moving))


async def lane_begin(conn: Connection, zone: str) -> None:
    """Empties the sums; they are made from the beginning."""
    await lane_forget_before(conn, date.max)
    await conn.execute(Q.lane_begin, {"zone": zone})


async def lane_forget_before(conn: Connection, first: date) -> None:
    """Drops the sums of the days before."""
    for query in (Q.lane_clear_hours, Q.lane_clear_people, Q.lane_clear_counted):
        await conn.execute(query, {"first": first})


async def lane_advance(conn: Connection, until: datetime) -> None:
    await conn.execute(Q.lane_advance, {"until": until})


async def lane_changed_days(conn: Connection, zone: str, recorded: datetime | None) -> list[date]:
    """Local days with visits that were recorded since (None: ever)."""
    params = {"zone": zone, "recorded": recorded or "-infinity"}
    return [row[0] for row in await (await conn.execute(Q.lane_changed_days, params)).fetchall()]


async def lane_sum_day(conn: Connection, day: date, zone: Any, recorded: datetime | None) -> None:
    """Brings a day's sums up to the visits recorded since."""
    params = Period(day, day, zone).bounds | {"day": day, "recorded": recorded or "-infinity"}
    await conn.execute(Q.lane_room_to_sort)
    await conn.execute(Q.lane_sum_hours, params)
    await conn.execute(Q.lane_count_people, params)
