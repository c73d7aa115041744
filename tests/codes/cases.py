"""Evidence, holds and colours of the tests' people, and the rules in plain steps beside them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg

from lianfang.evidence.model import Kind, NewEvidence
from lianfang.evidence.store import worker_insert
from lianfang.kit.db import Database
from lianfang.kit.ids import uuid7
from lianfang.plans.evaluate import Fact, Held
from lianfang.plans.model import Pack
from lianfang.plans.store import worker_adopt

DAY = timedelta(days=1)


def told(
    person_id: int,
    kind: Kind,
    result: str,
    at: datetime,
    *,
    until: datetime | None = None,
    provenance: str = "feed:1",
    confidence: int = 100,
    supersedes: UUID | None = None,
    subject: str | None = None,
    province: str = "",
) -> NewEvidence:
    return NewEvidence(
        person_id=person_id,
        kind=kind,
        at=at,
        until=until,
        result=result,
        source="赤城县疾控中心",
        provenance=provenance,
        confidence=confidence,
        supersedes=supersedes,
        subject=subject,
        province=province,
        id=uuid7(),
    )


async def tell(worker: Database, *rows: NewEvidence) -> None:
    async with worker.transaction() as conn:
        await worker_insert(conn, rows)


async def adopt(worker: Database, pack: Pack, *, province: str = "", starts_at: datetime | None = None) -> None:
    async with worker.transaction() as conn:
        await worker_adopt(
            conn,
            pack,
            province=province,
            parameters={},
            starts_at=starts_at or datetime(2022, 1, 1, tzinfo=UTC),
            decided_by="staff:1",
        )


def holds(owner: psycopg.Connection) -> set[tuple[int, Held]]:
    """Who is held by what, now or later: not released, not over."""
    rows = owner.execute(
        "SELECT person_id, rule, plan, evidence_id, step, colour::text, starts_at, ends_at FROM holds h WHERE ends_at > now()"
        " AND NOT EXISTS (SELECT FROM hold_releases r WHERE (r.person_id, r.hold_id) = (h.person_id, h.id))"
    ).fetchall()
    found = [(person_id, Held(*rest)) for person_id, *rest in rows]
    assert len(found) == len(set(found)), "a hold is there twice"
    return set(found)


def facts(rows: Iterable[NewEvidence], recorded_at: datetime) -> dict[int, list[Fact]]:
    """What stands of it, person by person."""
    rows = list(rows)
    corrected = {(row.person_id, row.supersedes) for row in rows}
    found: dict[int, list[Fact]] = {row.person_id: [] for row in rows}
    for row in rows:
        if row.result != "withdrawn" and (row.person_id, row.id) not in corrected:
            way = row.provenance.partition(":")[0]
            found[row.person_id].append(
                Fact(row.id, row.kind, row.result, row.at, row.until, recorded_at, way, row.confidence, row.province)
            )
    return found
