"""Evidence is added to and never changed; whom it tells of is coloured anew in the same breath."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from lianfang.access.scope import Scope, scoped
from lianfang.evidence import store
from lianfang.evidence.model import WITHDRAWN, NewEvidence, seal, unseal
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database

AT = datetime(2022, 11, 20, 8, tzinfo=UTC)


def pcr(person_id: int, result: str = "negative", *, supersedes: UUID | None = None, hours: int = 0) -> NewEvidence:
    return NewEvidence(
        person_id=person_id,
        kind="test",
        at=AT + timedelta(hours=hours),
        result=result,
        subject="pcr",
        source="赤城县医院",
        provenance="feed:1",
        supersedes=supersedes,
    )


async def test_evidence_and_the_recolouring_of_its_people_are_one_transaction(
    worker: Database, owner: psycopg.Connection
) -> None:
    first, second = pcr(1), pcr(2)
    async with worker.transaction() as conn:
        assert await store.worker_insert(conn, [first, second]) == [first.id, second.id]
    jobs = owner.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'codes.recolour'").fetchall()
    batches = owner.execute("SELECT DISTINCT batch_id FROM evidence").fetchall()
    assert [args["batch_id"] for (args,) in jobs][-1:] == [batch for (batch,) in batches]
    async with worker.transaction() as conn:
        await store.worker_insert(conn, [pcr(3)])
        raise psycopg.Rollback
    assert owner.execute("SELECT count(*) FROM evidence_batches").fetchone() == (1,)


async def test_the_same_row_twice_is_there_once(worker: Database, owner: psycopg.Connection) -> None:
    row = pcr(1)
    for stored in ([row.id], []):
        async with worker.transaction() as conn:
            assert await store.worker_insert(conn, [row]) == stored
    assert owner.execute("SELECT count(*) FROM evidence").fetchone() == (1,)


async def test_a_correction_stands_beside_what_it_corrects(db: Database, worker: Database) -> None:
    wrong = pcr(1, "positive")
    right = pcr(1, "negative", supersedes=wrong.id, hours=1)
    for row in (wrong, right, pcr(2)):
        async with worker.transaction() as conn:
            await store.worker_insert(conn, [row])
    scope = Scope.resident(1)
    async with scoped(db, scope) as conn:
        seen = await store.own(scope, conn, limit=10)
        page = await store.own(scope, conn, limit=10, before=(seen[0].at, seen[0].id))
    assert [(e.id, e.superseded_by) for e in seen] == [(right.id, None), (wrong.id, right.id)]
    assert [e.id for e in page] == [wrong.id]
    async with worker.transaction() as conn:
        standing = await store.worker_standing(conn, [1], ["test"])
    assert [e.id for e in standing] == [right.id]


async def test_what_is_corrected_already_is_not_corrected_beside_it(worker: Database) -> None:
    wrong = pcr(1, "positive")
    async with worker.transaction() as conn:
        await store.worker_insert(conn, [wrong, pcr(1, WITHDRAWN, supersedes=wrong.id)])
    with pytest.raises(psycopg.errors.UniqueViolation):
        async with worker.transaction() as conn:
            await store.worker_insert(conn, [pcr(1, "negative", supersedes=wrong.id)])


async def test_details_are_encrypted_for_their_row(db: Database, worker: Database, keys: Keys) -> None:
    row = pcr(1)
    sealed = seal(keys, 1, row.id, {"tube": "A-17"})
    assert b"A-17" not in sealed
    async with worker.transaction() as conn:
        kept = NewEvidence(
            person_id=1,
            id=row.id,
            kind="test",
            at=AT,
            result="negative",
            source="县医院",
            provenance="feed:1",
            detail=sealed,
        )
        await store.worker_insert(conn, [kept])
    scope = Scope.resident(1)
    async with scoped(db, scope) as conn:
        [mine] = await store.own(scope, conn, limit=10)
    assert unseal(keys, mine) == {"tube": "A-17"}


async def test_many_rows_of_one_kind_come_in_parts_and_each_is_there_once(
    worker: Database, owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "PAGES_AT_ONCE", 1)
    async with worker.connection() as conn:
        await store.worker_stage(conn)
        await conn.execute(
            b"INSERT INTO staged_evidence (person_id, at, confidence) SELECT n, now(), 90 FROM generate_series(1, 500) n"
        )
        written = await store.worker_insert_staged(
            conn, kind="area_stay", result="high", subject="area:7", source="县防办", provenance="area:7"
        )
    assert written == 500
    rows = owner.execute("SELECT person_id, id, batch_id FROM evidence").fetchall()
    assert {person_id for person_id, _, _ in rows} == set(range(1, 501))
    assert len({id for _, id, _ in rows}) == 500
    assert {id.version for _, id, _ in rows} == {7}
    about = owner.execute("SELECT id FROM evidence_batches WHERE about = 'area:7'").fetchall()
    assert {batch for _, _, batch in rows} == {batch for (batch,) in about}
    assert len(about) > 2, "several parts, each with its job"
