"""Doors with a temperature and a review, and attendants who decide at them."""

from datetime import datetime, timedelta
from typing import Any

import psycopg

from lianfang.kit import ids
from lianfang.kit.clock import now
from tests.support.house import Answer, Client, House, scan
from tests.support.story import Door


def equip(
    house: House,
    owner: psycopg.Connection,
    door: Door,
    *,
    valid_min: int | None = None,
    review: bool = False,
    checkout: bool = False,
) -> None:
    """What a door wants from now on."""
    owner.execute(
        "UPDATE checkpoints SET temperature_valid_min = %s, review = %s, checkout = %s WHERE id = %s",
        [valid_min, review, checkout, door.id],
    )
    house.services.doors.forget_all()


def add_temperature(
    owner: psycopg.Connection, person_id: int, door: Door, celsius: float, ago: timedelta, *, reusable: bool = True
) -> datetime:
    """Measured at a door a while ago. When that was."""
    at = now() - ago
    owner.execute(
        "INSERT INTO temperatures (person_id, id, celsius, at, ord, checkpoint_id, reusable)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [person_id, ids.uuid7(), celsius, at, door.unit.lo, door.id, reusable],
    )
    return at


async def waits(resident: Client, door: Door, **changed: Any) -> dict[str, Any]:
    """A scan that has to wait; its answer."""
    answer = await resident.post("/scans", scan(door, **changed))
    assert answer.status_code == 202, answer.text
    waiting: dict[str, Any] = answer.json()
    return waiting


def decision(resident: Client, scan_id: str, action: str, **more: Any) -> dict[str, Any]:
    """What the gate page sends."""
    body = {
        "decision_id": str(ids.uuid7()),
        "scan_id": scan_id,
        "person_id": resident.id,
        "action": action,
        "at": now().isoformat(),
    }
    if action == "refuse":
        body["note"] = "没有预约"
    return body | more


async def decide(gate: Client, door: Door, resident: Client, scan_id: str, action: str, **more: Any) -> Answer:
    return await gate.post(f"/gate/{door.id}/decisions", decision(resident, scan_id, action, **more))


def count(owner: psycopg.Connection, table: str) -> int:
    row = owner.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert row is not None
    return int(row[0])
