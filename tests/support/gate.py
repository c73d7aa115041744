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


def add_beside(owner: psycopg.Connection, person_id: int, door: Door) -> None:
    """A row about a person at a door in every table that stands beside visits."""
    row = {"person": person_id, "id": ids.uuid7(), "ord": door.unit.lo, "door": door.id, "form": door.form.id}
    for query in (
        "INSERT INTO temperatures (person_id, id, celsius, at, ord, checkpoint_id, reusable)"
        " VALUES (%(person)s, %(id)s, 36.5, now(), %(ord)s, %(door)s, true)",
        "INSERT INTO waiting (person_id, scan_id, at, recorded_at, ord, checkpoint_id, template_id, source, clock, content,"
        " needs_temperature, needs_review)"
        " VALUES (%(person)s, %(id)s, now(), now(), %(ord)s, %(door)s, %(form)s, 'resident', 'server', '', true, false)",
        "INSERT INTO decisions (person_id, id, scan_id, at, recorded_at, ord, checkpoint_id, decided_by, action, content)"
        " VALUES (%(person)s, %(id)s, %(id)s, now(), now(), %(ord)s, %(door)s, 1, 'approve', '')",
        "INSERT INTO checkouts (person_id, scan_id, left_at, recorded_at, ord, checkpoint_id)"
        " VALUES (%(person)s, %(id)s, now(), now(), %(ord)s, %(door)s)",
        "INSERT INTO fever_alerts (ord, checkpoint_id, person_id, scan_id, celsius, at, celsius_checkpoint_id)"
        " VALUES (%(ord)s, %(door)s, %(person)s, %(id)s, 38.0, now(), %(door)s)",
    ):
        owner.execute(query.encode(), row)


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
