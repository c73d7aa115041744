"""Interviews in the database."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from lianfang.access.scope import Scope
from lianfang.interviews.model import NamedPlace, State
from lianfang.kit import ids
from lianfang.kit.db import Connection, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries
from lianfang.venues.model import Category
from lianfang.visits.store import SKEW

Q = Queries(__package__)


class SeenRow(msgspec.Struct, frozen=True):
    """A visit with its place."""

    checkpoint_id: int
    checkpoint: str
    category: Category
    unit: str
    at: datetime
    left_at: datetime | None
    refused: bool
    seat: str
    lat: float | None
    lon: float | None


class VersionRow(msgspec.Struct, frozen=True):
    """A version of a stay; `words` encrypted."""

    id: int
    stay_id: int
    version: int
    person_id: int
    state: State
    checkpoint_id: int | None
    checkpoint: str
    category: Category | None
    unit: str
    lat: float | None
    lon: float | None
    seen_at: datetime | None
    begins: datetime | None
    ends: datetime | None
    give_minutes: int
    words: bytes
    actor: str
    created_at: datetime


class CompanionRow(msgspec.Struct, frozen=True):
    person_id: int
    times: int
    places: int
    aboard: bool


class Numbered(msgspec.Struct, frozen=True):
    stay_id: int
    version: int


def _span(scope: Scope, person_id: int, since: datetime, until: datetime) -> dict[str, Any]:
    """Some days of somebody; the ids of scans begin with their time, which spares looking into other days."""
    span = {"person_id": person_id, "since": since, "until": until, "lo": scope.lo, "hi": scope.hi}
    wide = {
        "floor": ids.uuid7_floor(since - timedelta(days=1), -SKEW),
        "ceiling": ids.uuid7_floor(until + timedelta(days=1), SKEW),
    }
    return span | wide


async def seen(scope: Scope, conn: Connection, person_id: int, since: datetime, until: datetime) -> list[SeenRow]:
    return await fetch_all(conn, SeenRow, Q.visits, _span(scope, person_id, since, until))


async def companions(
    scope: Scope, conn: Connection, person_id: int, since: datetime, until: datetime, limit: int
) -> list[CompanionRow]:
    params = _span(scope, person_id, since, until) | {"limit": limit}
    return await fetch_all(conn, CompanionRow, Q.companions, params)


async def versions(scope: Scope, conn: Connection, people: list[int]) -> list[VersionRow]:
    return await fetch_all(conn, VersionRow, Q.versions, {"people": people, "lo": scope.lo, "hi": scope.hi})


def newest(rows: list[VersionRow]) -> list[VersionRow]:
    """The last version of each stay; those that were taken back are none."""
    last = {row.stay_id: row for row in rows}
    return [row for row in last.values() if row.state != "withdrawn"]


async def insert(scope: Scope, conn: Connection, **columns: Any) -> Numbered | None:
    """None: this version is there already."""
    params = {"ord": scope.lo, "actor": scope.actor} | columns
    return await fetch_one(conn, Numbered, Q.insert_version, params)


async def places(scope: Scope, conn: Connection, pairs: list[str], least: int, limit: int) -> list[NamedPlace]:
    params = {"pairs": pairs, "all": len(pairs), "least": least, "limit": limit, "lo": scope.lo, "hi": scope.hi}
    return await fetch_all(conn, NamedPlace, Q.places, params)


async def place_there(scope: Scope, conn: Connection, checkpoint_id: int) -> bool:
    params = {"id": checkpoint_id, "lo": scope.lo, "hi": scope.hi}
    return await fetch_value(conn, Q.place_there, params) is True


async def worker_forget(conn: Connection, before: datetime) -> None:
    await conn.execute(Q.worker_forget, {"before": before})
