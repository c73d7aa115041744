"""Devices and readings in the database. `identity_…`: a token is shown; `lane_…`: readings are taken; else under a Scope."""

from datetime import datetime
from uuid import UUID

import msgspec

from lianfang.access.scope import Scope
from lianfang.devices.drift import Series
from lianfang.devices.model import DeviceSession, State
from lianfang.kit.db import Connection, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries

Q = Queries(__package__)


class DeviceRow(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str
    checkpoint_id: int
    checkpoint: str
    unit_id: int
    parent_id: int | None
    unit: str
    revoked: bool
    created_at: datetime
    seen_at: datetime | None


class ReadingRow(msgspec.Struct, frozen=True):
    id: UUID
    device_id: int
    ord: int
    checkpoint_id: int
    celsius: float
    at: datetime
    state: State


def _interval(scope: Scope) -> dict[str, int]:
    return {"lo": scope.lo, "hi": scope.hi}


async def identity_authenticate(conn: Connection, token_digest: bytes) -> DeviceSession | None:
    device = await fetch_one(conn, DeviceSession, Q.authenticate, {"token_digest": token_digest})
    if device:
        await conn.execute(Q.seen, {"id": device.id})
    return device


async def devices(scope: Scope, conn: Connection, *, after: int, limit: int) -> list[DeviceRow]:
    return await fetch_all(conn, DeviceRow, Q.devices, _interval(scope) | {"after": after, "limit": limit})


async def find(scope: Scope, conn: Connection, device_id: int) -> DeviceRow | None:
    return await fetch_one(conn, DeviceRow, Q.find, _interval(scope) | {"id": device_id})


async def insert(
    scope: Scope, conn: Connection, *, ord: int, checkpoint_id: int, name: str, token_digest: bytes
) -> int:
    params = {"ord": ord, "checkpoint_id": checkpoint_id, "name": name, "token_digest": token_digest}
    return int(await fetch_value(conn, Q.insert, params))


async def change(scope: Scope, conn: Connection, device_id: int, *, name: str, checkpoint_id: int, ord: int) -> None:
    params = _interval(scope) | {"id": device_id, "name": name, "checkpoint_id": checkpoint_id, "ord": ord}
    await conn.execute(Q.change, params)


async def replace_token(scope: Scope, conn: Connection, device_id: int, token_digest: bytes | None) -> bool:
    params = _interval(scope) | {"id": device_id, "token_digest": token_digest}
    return (await conn.execute(Q.replace_token, params)).rowcount == 1


async def series(scope: Scope, conn: Connection, near: list[DeviceRow], since: datetime) -> list[Series]:
    """What these devices and those beside them read since then."""
    params = _interval(scope) | {
        "since": since,
        "unit_ids": [row.unit_id for row in near],
        "parent_ids": [row.parent_id for row in near if row.parent_id is not None],
    }
    rows = await (await conn.execute(Q.series, params)).fetchall()
    return [Series(*row) for row in rows]


async def lane_insert(
    conn: Connection, device: DeviceSession, reading_id: UUID, celsius: float, at: datetime, now: datetime, state: State
) -> bool:
    """False where it was sent before."""
    params = {
        "device_id": device.id,
        "id": reading_id,
        "ord": device.ord,
        "checkpoint_id": device.checkpoint_id,
        "celsius": celsius,
        "at": at,
        "received_at": now,
        "state": state,
    }
    return (await conn.execute(Q.lane_insert, params)).rowcount == 1


async def lane_find(conn: Connection, device_id: int, reading_id: UUID) -> ReadingRow | None:
    return await fetch_one(conn, ReadingRow, Q.lane_find, {"device_id": device_id, "id": reading_id})


async def lane_open(conn: Connection, checkpoint_id: int, since: datetime) -> ReadingRow | None:
    return await fetch_one(conn, ReadingRow, Q.lane_open, {"checkpoint_id": checkpoint_id, "since": since})


async def lane_used(conn: Connection, device_id: int, reading_id: UUID) -> None:
    await conn.execute(Q.lane_used, {"device_id": device_id, "id": reading_id})


async def worker_forget(conn: Connection, before: datetime) -> int:
    return (await conn.execute(Q.worker_forget, {"before": before})).rowcount
