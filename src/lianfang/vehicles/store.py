"""Vehicles in the database; riders are visits, which this room only reads."""

from datetime import datetime, time
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from lianfang.access.scope import Scope
from lianfang.kit import ids
from lianfang.kit.db import Connection, fetch_all, fetch_one
from lianfang.kit.sql import Queries
from lianfang.vehicles.decide import Begun
from lianfang.vehicles.model import Boarding, Direction, StartedTrip, VehicleChange
from lianfang.visits.model import Verdict
from lianfang.visits.store import SKEW

Q = Queries(__package__)


class Tapped(NamedTuple):
    """A driver's tap, and when it was made."""

    tap_id: UUID
    at: datetime


class VehicleRow(msgspec.Struct, frozen=True):
    checkpoint_id: int
    ord: int
    name: str
    unit_name: str
    line: str
    plate: str
    seats: int | None


class TimetableRow(msgspec.Struct, frozen=True):
    checkpoint_id: int
    direction: Direction
    boards: time
    departs: time


class Boarded(msgspec.Struct, frozen=True):
    """A visit in a vehicle."""

    person_id: int
    scan_id: UUID
    at: datetime
    seat: str | None
    celsius: float | None
    verdict: Verdict


def _part(scope: Scope) -> dict[str, Any]:
    return {"lo": scope.lo, "hi": scope.hi}


async def list_vehicles(scope: Scope, conn: Connection, *, after: tuple[int, int], limit: int) -> list[VehicleRow]:
    params = _part(scope) | {"after_ord": after[0], "after_id": after[1], "limit": limit}
    return await fetch_all(conn, VehicleRow, Q.list_vehicles, params)


async def find_vehicle(scope: Scope, conn: Connection, checkpoint_id: int) -> VehicleRow | None:
    return await fetch_one(conn, VehicleRow, Q.find_vehicle, _part(scope) | {"checkpoint_id": checkpoint_id})


async def timetables(scope: Scope, conn: Connection, checkpoint_ids: list[int]) -> dict[int, list[Boarding]]:
    found: dict[int, list[Boarding]] = {checkpoint_id: [] for checkpoint_id in checkpoint_ids}
    for row in await fetch_all(conn, TimetableRow, Q.timetables, _part(scope) | {"ids": checkpoint_ids}):
        found[row.checkpoint_id].append(Boarding(row.direction, row.boards, row.departs))
    return found


async def put_vehicle(scope: Scope, conn: Connection, vehicle: VehicleRow, change: VehicleChange) -> None:
    place = {"checkpoint_id": vehicle.checkpoint_id, "ord": vehicle.ord}
    await conn.execute(
        Q.put_vehicle,
        place | {"line": change.line.strip(), "plate": change.plate.strip(), "seats": change.seats},
    )
    await conn.execute(Q.clear_timetable, _part(scope) | place)
    for entry in change.timetable:
        await conn.execute(Q.add_boarding, place | msgspec.structs.asdict(entry))


async def trips_around(
    scope: Scope, conn: Connection, checkpoint_id: int, since: datetime, until: datetime
) -> list[Begun]:
    params = _part(scope) | {"checkpoint_id": checkpoint_id, "since": since, "until": until}
    rows = await fetch_all(conn, StartedTrip, Q.trips_around, params)
    return [Begun(row.id, row.direction, row.began_at, row.ended_at) for row in rows]


async def tapped(scope: Scope, conn: Connection, checkpoint_id: int, tap_id: UUID) -> StartedTrip | None:
    """What came of a tap that was sent before."""
    return await fetch_one(
        conn, StartedTrip, Q.tapped, _part(scope) | {"checkpoint_id": checkpoint_id, "tap_id": tap_id}
    )


async def begin_trip(
    scope: Scope, conn: Connection, vehicle: VehicleRow, direction: Direction, account_id: int, tap: Tapped
) -> StartedTrip:
    params = {"checkpoint_id": vehicle.checkpoint_id, "ord": vehicle.ord, "direction": direction}
    found = await fetch_one(conn, StartedTrip, Q.begin_trip, params | tap._asdict() | {"account_id": account_id})
    assert found is not None
    return found


async def end_trip(scope: Scope, conn: Connection, checkpoint_id: int, tap: Tapped) -> StartedTrip | None:
    """The trip that was under way then; None: there was none."""
    return await fetch_one(
        conn, StartedTrip, Q.end_trip, _part(scope) | {"checkpoint_id": checkpoint_id} | tap._asdict()
    )


async def boarded(
    scope: Scope, conn: Connection, checkpoint_id: int, since: datetime, until: datetime
) -> list[Boarded]:
    params = {
        "checkpoint_id": checkpoint_id,
        "since": since,
        "until": until,
        "floor": ids.uuid7_floor(since, -SKEW),
        "ceiling": ids.uuid7_floor(until, SKEW),
    }
    return await fetch_all(conn, Boarded, Q.boarded, _part(scope) | params)
