"""Evidence in the database: only added to. With a Scope: a resident's own, under row-level security. `lane_…`: what doors ask for.
`worker_…`: importers, areas and rules, as lianfang_worker."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from psycopg import AsyncCursor

from lianfang.access.scope import Scope
from lianfang.evidence.model import WITHDRAWN, Evidence, Kind, NewEvidence, Unmatched
from lianfang.kit.db import Connection, ask, bigints, fetch_all, fetch_value
from lianfang.kit.ids import uuid7
from lianfang.kit.sql import Queries
from lianfang.plans.vocabulary import WAYS
from lianfang.requirements.decide import LOOKED_BACK
from lianfang.requirements.model import Known

Q = Queries(__package__)
LAST_ID = UUID(int=(1 << 128) - 1)


async def worker_insert(conn: Connection, rows: Sequence[NewEvidence]) -> list[UUID]:
    """Ids of what was stored; an id that was there before is left out, and stays as it was.

    The people are coloured anew by a job of the same transaction: the rows count from then on. A row that supersedes one which
    another row supersedes already is psycopg's UniqueViolation: whoever corrects looks first at what stands (`worker_standing`).
    """
    if not rows:
        return []
    params = {
        "batch_id": await fetch_value(conn, Q.open_batch, {"about": None}),
        "rows": msgspec.json.encode(rows).decode(),
    }
    return [row[0] for row in await (await conn.execute(Q.insert_evidence, params)).fetchall()]


PAGES_AT_ONCE = 400
"""Of staged rows: some 40,000. Each part commits, and is coloured while the next one is written."""


async def worker_stage(conn: Connection) -> None:
    """An empty `staged_evidence` of this connection, for other rooms' queries to put people into."""
    await conn.execute(Q.drop_staged)
    await conn.execute(Q.stage_evidence)


async def worker_insert_staged(
    conn: Connection, *, kind: Kind, result: str, subject: str, source: str, provenance: str
) -> int:
    """Stores what is staged, in parts that each commit with the job that colours their people anew, so that others write
    meanwhile; how much it was. All of it is about `subject`, and found again by it (`evidence_batches.about`)."""
    params = {"kind": kind, "result": result, "subject": subject, "source": source, "provenance": provenance}
    written, pages = 0, int(await fetch_value(conn, Q.staged_pages))
    for page in range(0, pages, PAGES_AT_ONCE):
        async with conn.transaction():
            batch_id = await fetch_value(conn, Q.open_batch, {"about": subject})
            part = {"batch_id": batch_id, "first_half": str(uuid7())[:24], "page": page, "pages": PAGES_AT_ONCE}
            written += (await conn.execute(Q.insert_staged, params | part)).rowcount
    await conn.execute(Q.drop_staged)
    return written


async def worker_withdraw_known(conn: Connection, kind: Kind, provenance: str, since: datetime) -> None:
    """Puts there what came by a way since an instant and stands, to be superseded."""
    params = {"kind": kind, "provenance": provenance, "since": since, "withdrawn": WITHDRAWN}
    await conn.execute(Q.withdraw_known, params)


async def worker_withdraw_waiting(
    conn: Connection, provenance: str, since: datetime, *, subject: str, source: str
) -> int:
    """The same of people who have not registered, superseded where it waits; how much it was."""
    params = {"provenance": provenance, "since": since, "subject": subject, "source": source, "withdrawn": WITHDRAWN}
    return (await conn.execute(Q.withdraw_waiting, params)).rowcount


async def worker_keep_unmatched(conn: Connection, rows: Sequence[Unmatched]) -> None:
    """Keeps what nobody has registered for yet."""
    if rows:
        await conn.execute(Q.insert_unmatched, {"rows": msgspec.json.encode(rows).decode()})


async def worker_take_unmatched(conn: Connection, indexes: Sequence[bytes]) -> list[Unmatched]:
    """What was kept for these documents, oldest first. It is gone from there: the caller stores it in the same transaction."""
    return await fetch_all(conn, Unmatched, Q.take_unmatched, {"indexes": list(indexes)})


async def worker_unmatched_documents(conn: Connection, *, after: bytes, limit: int) -> list[bytes]:
    """Documents for which something is kept, in their order."""
    rows = await (await conn.execute(Q.unmatched_documents, {"after": after, "limit": limit})).fetchall()
    return [bytes(row[0]) for row in rows]


async def worker_standing(conn: Connection, person_ids: Iterable[int], kinds: Sequence[Kind]) -> list[Evidence]:
    """What is known of these people now and nothing corrects."""
    params = {"person_ids": bigints(person_ids), "kinds": list(kinds)}
    return await fetch_all(conn, Evidence, Q.standing, params)


async def worker_pending(conn: Connection) -> list[int]:
    """Batches that do not count yet."""
    return [row[0] for row in await (await conn.execute(Q.pending_batches)).fetchall()]


async def worker_apply(conn: Connection, batch_ids: list[int], at: datetime) -> None:
    await conn.execute(Q.apply_batches, {"ids": batch_ids, "at": at})


async def worker_resume(conn: Connection) -> None:
    """A job for every batch whose job was lost."""
    await conn.execute(Q.undone_batches)


class OwnKnown(Known, frozen=True):
    """What a door may ask of oneself, and who says so."""

    source: str


async def lane_ask_known(conn: Connection, person_ids: Iterable[int], at: datetime) -> AsyncCursor[Known]:
    """What doors may ask of these people from an instant on: for `by_person`, once the pipeline has ended."""
    params = {"person_ids": bigints(person_ids), "since": at - LOOKED_BACK, "ways": sorted(WAYS)}
    return await ask(conn, Known, Q.lane_known, params)


async def lane_known(conn: Connection, person_id: int, at: datetime) -> list[Known]:
    """The same of one person, at once."""
    return await (await lane_ask_known(conn, [person_id], at)).fetchall()


def by_person(rows: Iterable[Known]) -> dict[int, list[Known]]:
    found: dict[int, list[Known]] = defaultdict(list)
    for row in rows:
        found[row.person_id].append(row)
    return found


async def own_known(scope: Scope, conn: Connection, at: datetime) -> list[OwnKnown]:
    """What doors may ask of the signed-in resident, and who says so."""
    params = {"person_id": scope.person_id, "since": at - LOOKED_BACK, "ways": sorted(WAYS)}
    return await fetch_all(conn, OwnKnown, Q.own_known, params)


async def own(
    scope: Scope, conn: Connection, *, limit: int, before: tuple[datetime, UUID] | None = None
) -> list[Evidence]:
    """What is known of the signed-in resident, newest first; what was corrected stands beside what corrects it."""
    at, id = before or (datetime.max.replace(tzinfo=UTC), LAST_ID)
    params = {"person_id": scope.person_id, "before_at": at, "before_id": id, "limit": limit}
    return await fetch_all(conn, Evidence, Q.own_evidence, params)
