"""People and visits put straight into the database, where a test is about reading them."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys, digest
from lianfang.kit.ids import uuid7_floor
from lianfang.people.store import document_index, phone_index
from tests.support.people import Resident, somebody
from tests.support.story import Door

_dice = random.Random(20260131)


@dataclass(frozen=True)
class Visit:
    """A row of visits."""

    person_id: int
    door: Door
    at: datetime
    verdict: str = "pass"
    reason: str = "ok"
    source: str = "resident"
    answers: dict[str, Any] = field(default_factory=dict)
    scan_id: UUID = field(init=False)

    def __post_init__(self) -> None:
        bits = 7 << 76 | _dice.getrandbits(12) << 64 | 2 << 62 | _dice.getrandbits(62)
        object.__setattr__(self, "scan_id", UUID(int=uuid7_floor(self.at).int | bits))


def add_person(owner: psycopg.Connection, keys: Keys, who: Resident | None = None) -> int:
    """Somebody registered, without a browser."""
    return add_people(owner, keys, [who or somebody()])[0]


def add_people(owner: psycopg.Connection, keys: Keys, people: list[Resident]) -> list[int]:
    query = "SELECT nextval(pg_get_serial_sequence('people', 'id')) FROM generate_series(1, %s)"
    ids = [row[0] for row in owner.execute(query, [len(people)]).fetchall()]
    columns = "id, document_type, name, document, phone, document_index, phone_index"
    with owner.cursor() as cursor, cursor.copy(f"COPY people ({columns}) FROM STDIN".encode()) as copy:
        for person_id, who in zip(ids, people, strict=True):
            phone = "+86" + who.phone
            row = (
                person_id,
                "resident_id",
                keys.encrypt(who.name, f"people.name:{person_id}"),
                keys.encrypt(who.document, f"people.document:{person_id}"),
                keys.encrypt(phone, f"people.phone:{person_id}"),
                document_index(keys, "resident_id", who.document),
                phone_index(keys, phone),
            )
            copy.write_row(row)
    return ids


def add_visits(owner: psycopg.Connection, keys: Keys, visits: Iterable[Visit]) -> None:
    visits = list(visits)
    for day in {visit.at.astimezone(UTC).date() for visit in visits}:
        ensure_day(owner, day)
    columns = "person_id, scan_id, at, recorded_at, ord, checkpoint_id, template_id, verdict, source, clock, reason, content, answers"
    with owner.cursor() as cursor, cursor.copy(f"COPY visits ({columns}) FROM STDIN".encode()) as copy:
        for v in visits:
            place = f"visits.answers:{v.person_id}:{v.scan_id}"
            answers = keys.encrypt(msgspec.json.encode(v.answers).decode(), place) if v.answers else None
            row = (v.person_id, v.scan_id, v.at, v.at, v.door.unit.lo, v.door.id, v.door.form.id)
            copy.write_row((*row, v.verdict, v.source, "server", v.reason, digest(b""), answers))


def add_visit(owner: psycopg.Connection, keys: Keys, person_id: int, door: Door, **changed: Any) -> Visit:
    visit = Visit(person_id, door, changed.pop("at", None) or now() - timedelta(minutes=1), **changed)
    add_visits(owner, keys, [visit])
    return visit


def ensure_day(owner: psycopg.Connection, day: Any) -> None:
    """Makes the partition of a day as far back as a test likes."""
    owner.execute("SELECT ensure_visit_day(%s)", [day])


def add_hold(owner: psycopg.Connection, person_id: int, colour: str, starts: datetime, ends: datetime) -> int:
    row = owner.execute(
        "INSERT INTO holds (person_id, colour, rule, plan, reason_zh, reason_en, starts_at, ends_at)"
        " VALUES (%s, %s, 'contact', 'plan-1', '密接', 'contact', %s, %s) RETURNING id",
        [person_id, colour, starts, ends],
    ).fetchone()
    assert row is not None
    return int(row[0])


def add_evidence(owner: psycopg.Connection, person_id: int) -> None:
    """A negative test."""
    owner.execute(
        "WITH b AS (INSERT INTO evidence_batches (applied_at) VALUES (now()) RETURNING id)"
        " INSERT INTO evidence (person_id, id, batch_id, kind, at, result, source, provenance)"
        " SELECT %s, gen_random_uuid(), id, 'test', now(), 'negative', '县医院', 'feed:1' FROM b",
        [person_id],
    )
