"""Visits in the database. `lane_…` run as lianfang_lane, which may write visits; everything else under a Scope."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from lianfang.access.scope import Scope
from lianfang.kit.db import Connection, fetch_all, fetch_one, fetch_value
from lianfang.kit.ids import uuid7_floor
from lianfang.kit.sql import Queries
from lianfang.venues.model import Category
from lianfang.visits.model import Clock, LeftHow, Source, Verdict

Q = Queries(__package__)

# How far a scan id's time may be from the scan's: the lane refuses more, so readers may bound scan ids by times
SKEW = timedelta(hours=24)


class NewVisit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A row of visits. `answers` and `note` are ciphertext. What is None by default is left out of the statement's JSON."""

    person_id: int
    scan_id: UUID
    at: datetime
    recorded_at: datetime
    ord: int
    checkpoint_id: int
    template_id: int
    hold_id: int | None
    recorded_by: int | None
    verdict: Verdict
    source: Source
    clock: Clock
    reason: str
    content: bytes
    answers: bytes | None
    celsius: float | None = None
    celsius_at: datetime | None = None
    celsius_checkpoint_id: int | None = None
    seat: str | None = None
    tenant_id: int | None = None
    decided_by: int | None = None
    note: bytes | None = None


class LanePerson(msgspec.Struct, frozen=True):
    id: int
    epoch: int
    name: bytes


class Existing(msgspec.Struct, frozen=True):
    """The first outcome of a scan."""

    person_id: int
    scan_id: UUID
    at: datetime
    verdict: Verdict
    reason: str
    content: bytes


class SeenVisit(msgspec.Struct, frozen=True):
    """A visit as gates list it."""

    person_id: int
    scan_id: UUID
    at: datetime
    recorded_at: datetime
    verdict: Verdict
    reason: str
    source: Source
    celsius: float | None
    seat: str | None
    note: bytes | None


class OwnVisit(msgspec.Struct, frozen=True):
    scan_id: UUID
    at: datetime
    verdict: Verdict
    reason: str
    checkpoint_id: int


class GivenAnswers(msgspec.Struct, frozen=True):
    scan_id: UUID
    template_id: int
    answers: bytes


class DetailRow(msgspec.Struct, frozen=True, kw_only=True):
    person_id: int
    scan_id: UUID
    at: datetime
    recorded_at: datetime
    checkpoint_id: int
    verdict: Verdict
    reason: str
    source: Source
    clock: Clock
    checkpoint: str
    category: Category
    unit_id: int
    unit: str
    celsius: float | None
    celsius_at: datetime | None
    seat: str | None
    note: bytes | None
    template_id: int
    answers: bytes | None
    left_at: datetime | None
    left_how: LeftHow | None


Key = tuple[int, UUID]


async def lane_people(conn: Connection, ids: list[int]) -> dict[int, LanePerson]:
    return {row.id: row for row in await fetch_all(conn, LanePerson, Q.lane_people, {"ids": ids})}


async def lane_insert(conn: Connection, visits: list[NewVisit]) -> set[Key]:
    """Keys of the visits that were stored now; the others were there before."""
    params = {"visits": msgspec.json.encode(visits).decode()}  # bytes become base64
    return {(row[0], row[1]) for row in await (await conn.execute(Q.lane_insert, params)).fetchall()}


async def lane_existing(conn: Connection, keys: list[Key]) -> dict[Key, Existing]:
    scan_ids = [key[1] for key in keys]
    params = {"person_id": [key[0] for key in keys], "scan_id": scan_ids, "first": min(scan_ids), "last": max(scan_ids)}
    return {(row.person_id, row.scan_id): row for row in await fetch_all(conn, Existing, Q.lane_existing, params)}


async def lane_days(conn: Connection) -> set[date]:
    """The UTC days that can take visits."""
    return {row[0] for row in await (await conn.execute(Q.days)).fetchall()}


async def lane_ensure_day(conn: Connection, day: date) -> None:
    await conn.execute(Q.ensure_day, {"day": day})


async def lane_ring(conn: Connection, checkpoint_ids: list[int]) -> None:
    await conn.execute(Q.ring, {"ids": ",".join(map(str, checkpoint_ids))})


async def lane_checkpoint_names(conn: Connection, ids: list[int]) -> dict[int, tuple[str, str]]:
    """checkpoint → (its name, its unit's name)"""
    rows = await (await conn.execute(Q.lane_checkpoint_names, {"ids": ids})).fetchall()
    return {row[0]: (row[1], row[2]) for row in rows}


async def gate_recent(
    scope: Scope, conn: Connection, checkpoint_id: int, *, since: datetime, limit: int
) -> list[SeenVisit]:
    """The last visits at a checkpoint since an instant, newest first."""
    params = _gate(scope, checkpoint_id, since, limit) | {"since": since}
    return await fetch_all(conn, SeenVisit, Q.gate_recent, params)


async def gate_count(scope: Scope, conn: Connection, checkpoint_id: int, *, since: datetime) -> int:
    """How many visits a checkpoint has had since an instant."""
    params = _gate(scope, checkpoint_id, since, 1) | {"since": since}
    return int(await fetch_value(conn, Q.gate_count, params))


async def gate_since(
    scope: Scope,
    conn: Connection,
    checkpoint_id: int,
    *,
    floor: datetime,
    after: tuple[datetime, int, UUID],
    limit: int,
) -> list[SeenVisit]:
    """Visits at a checkpoint that happened after `floor`, in the order of (recorded_at, person, scan id) behind `after`."""
    params = _gate(scope, checkpoint_id, floor, limit) | {
        "since": after[0],
        "after_person": after[1],
        "after_scan": after[2],
    }
    return await fetch_all(conn, SeenVisit, Q.gate_since, params)


def _gate(scope: Scope, checkpoint_id: int, floor: datetime, limit: int) -> dict[str, Any]:
    return {
        "checkpoint_id": checkpoint_id,
        "lo": scope.lo,
        "hi": scope.hi,
        "floor": uuid7_floor(floor, -SKEW),
        "limit": limit,
    }


async def my_visits(scope: Scope, conn: Connection, *, before: UUID, limit: int) -> list[OwnVisit]:
    params = {"person_id": scope.person_id, "before": before, "limit": limit}
    return await fetch_all(conn, OwnVisit, Q.my_visits, params)


async def my_last_answers(scope: Scope, conn: Connection, *, since: datetime, limit: int) -> list[GivenAnswers]:
    params = {"person_id": scope.person_id, "floor": uuid7_floor(since), "limit": limit}
    return await fetch_all(conn, GivenAnswers, Q.my_last_answers, params)


async def find_record(scope: Scope, conn: Connection, person_id: int, scan_id: UUID) -> DetailRow | None:
    params = {"person_id": person_id, "scan_id": scan_id, "lo": scope.lo, "hi": scope.hi}
    return await fetch_one(conn, DetailRow, Q.find_record, params)


async def worker_drop_days(conn: Connection, first: date) -> list[str]:
    """Drops the partitions of the days before `first`."""
    return [row[0] for row in await (await conn.execute(Q.worker_drop_days, {"first": first})).fetchall()]
