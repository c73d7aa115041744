"""Fevers put straight into the database, and told as the scan lane tells them."""

from datetime import datetime, timedelta

import psycopg

from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from tests.support.people import Resident
from tests.support.story import Door
from tests.support.visits import add_person, add_visit


def add_fever(
    owner: psycopg.Connection,
    keys: Keys,
    door: Door,
    celsius: float = 38.2,
    *,
    who: Resident | None = None,
    measured_at: Door | None = None,
    recorded_at: datetime | None = None,
) -> int:
    """The id of an alert that nobody has heard of yet."""
    person = add_person(owner, keys, who)
    at = recorded_at or now()
    visit = add_visit(owner, keys, person, door, at=at - timedelta(seconds=1), verdict="refuse", reason="fever")
    row = owner.execute(
        "INSERT INTO fever_alerts (ord, checkpoint_id, person_id, scan_id, celsius, at, celsius_checkpoint_id, recorded_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        [door.unit.lo, door.id, person, visit.scan_id, celsius, at, (measured_at or door).id, at],
    ).fetchone()
    assert row is not None
    return int(row[0])


def ring(owner: psycopg.Connection, alert_id: int) -> None:
    owner.execute("SELECT pg_notify('lianfang_alerts', %s)", [str(alert_id)])
