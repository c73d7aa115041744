"""Evidence put straight into the database, where a test is about what doors make of it."""

from datetime import datetime, timedelta

import psycopg

from lianfang.kit import ids
from lianfang.kit.clock import now
from tests.support.house import House
from tests.support.story import Door


def add(
    owner: psycopg.Connection,
    person_id: int,
    kind: str,
    result: str,
    ago: timedelta,
    *,
    subject: str | None = None,
    until: datetime | None = None,
    provenance: str = "feed:1",
    confidence: int = 100,
    supersedes: object = None,
    source: str = "县医院",
) -> object:
    """What somebody says of a person. Its id."""
    id = ids.uuid7()
    owner.execute(
        "WITH b AS (INSERT INTO evidence_batches (applied_at) VALUES (now()) RETURNING id)"
        " INSERT INTO evidence (person_id, id, batch_id, kind, at, until, result, subject, source, provenance, confidence, supersedes)"
        " SELECT %s, %s, id, %s, %s, %s, %s, %s, %s, %s, %s, %s FROM b",
        [person_id, id, kind, now() - ago, until, result, subject, source, provenance, confidence, supersedes],
    )
    return id


def require(house: House, owner: psycopg.Connection, door: Door, **required: int | None) -> None:
    """What a door requires from now on: test_hours, doses, risk_days."""
    figures = {"test_hours": None, "doses": None, "risk_days": None} | required
    query = "UPDATE checkpoints SET test_hours = %(test_hours)s, doses = %(doses)s, risk_days = %(risk_days)s WHERE id = %(id)s"
    owner.execute(query, figures | {"id": door.id})
    house.services.doors.forget_all()
