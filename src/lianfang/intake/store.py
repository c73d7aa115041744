"""Authorities, their batches and numbers in the database. With a Scope: the console. `worker_…`: what comes in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from lianfang.access.scope import Scope
from lianfang.evidence.model import Kind
from lianfang.intake.model import AuthoritySession
from lianfang.kit.db import Connection, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries

Q = Queries(__package__)


class Ref(msgspec.Struct, frozen=True):
    """What a number of a source's stands for."""

    ref: bytes
    document_index: bytes
    evidence_id: UUID
    kind: Kind
    content: bytes


class StoredBatch(msgspec.Struct, frozen=True):
    content: bytes
    answer: bytes


class StoredAuthority(msgspec.Struct, frozen=True):
    """An authority's row."""

    id: int
    unit_id: int
    unit: str
    ord: int
    name: str
    public_key: bytes
    kinds: list[Kind]
    registered_by: int
    registered_at: datetime
    confirmed_at: datetime | None
    voided_at: datetime | None


class StoredImport(msgspec.Struct, frozen=True, kw_only=True):
    """A file's row."""

    id: int
    unit_id: int
    unit: str
    ord: int
    source: str
    file_name: str
    counts: dict[str, int]
    state: Literal["waiting", "accepted", "refused"]
    submitted_by: int
    submitter: str
    submitted_at: datetime
    decided_at: datetime | None
    note: str
    run_id: int | None


async def worker_hold(conn: Connection, origin: str) -> None:
    """Nobody else writes under this origin until the transaction ends."""
    await conn.execute(Q.hold_origin, {"origin": origin})


async def worker_refs(conn: Connection, origin: str, refs: Sequence[bytes]) -> dict[bytes, Ref]:
    rows = await fetch_all(conn, Ref, Q.refs, {"origin": origin, "refs": list(refs)})
    return {row.ref: row for row in rows}


async def worker_put_refs(conn: Connection, origin: str, refs: Sequence[Ref]) -> None:
    if refs:
        await conn.execute(Q.put_refs, {"origin": origin, "rows": msgspec.json.encode(refs).decode()})


async def worker_find_batch(conn: Connection, authority_id: int, batch_id: UUID) -> StoredBatch | None:
    return await fetch_one(conn, StoredBatch, Q.find_batch, {"authority_id": authority_id, "batch_id": batch_id})


async def worker_insert_batch(
    conn: Connection, authority_id: int, batch_id: UUID, *, content: bytes, answer: bytes
) -> None:
    params = {"authority_id": authority_id, "batch_id": batch_id, "content": content, "answer": answer}
    await conn.execute(Q.insert_batch, params)


async def identity_authority(conn: Connection, authority_id: int) -> AuthoritySession | None:
    """The authority, while its key counts."""
    return await fetch_one(conn, AuthoritySession, Q.signing_authority, {"id": authority_id})


def _own(scope: Scope) -> dict[str, Any]:
    return {"lo": scope.lo, "hi": scope.hi}


async def insert_authority(
    scope: Scope, conn: Connection, *, unit_id: int, ord: int, name: str, public_key: bytes, kinds: list[Kind], by: int
) -> int | None:
    """None where the key is registered already."""
    params = {"unit_id": unit_id, "ord": ord, "name": name, "public_key": public_key, "kinds": kinds, "by": by}
    value = await fetch_value(conn, Q.insert_authority, params)
    return None if value is None else int(value)


async def authorities(
    scope: Scope, conn: Connection, *, after: int = 0, limit: int = 1, id: int | None = None
) -> list[StoredAuthority]:
    params = _own(scope) | {"after": after, "limit": limit, "id": id}
    return await fetch_all(conn, StoredAuthority, Q.authorities, params)


async def confirm_authority(scope: Scope, conn: Connection, authority_id: int, by: int) -> bool:
    return (await conn.execute(Q.confirm_authority, _own(scope) | {"id": authority_id, "by": by})).rowcount == 1


async def void_authority(scope: Scope, conn: Connection, authority_id: int, by: int) -> bool:
    return (await conn.execute(Q.void_authority, _own(scope) | {"id": authority_id, "by": by})).rowcount == 1


async def insert_import(
    scope: Scope,
    conn: Connection,
    *,
    unit_id: int,
    ord: int,
    source: str,
    file_name: str,
    counts: dict[str, int],
    by: int,
) -> int:
    params = {"unit_id": unit_id, "ord": ord, "source": source, "file_name": file_name, "by": by}
    return int(await fetch_value(conn, Q.insert_import, params | {"counts": Jsonb(counts)}))


async def imports(
    scope: Scope, conn: Connection, *, before: int = 1 << 62, limit: int = 1, id: int | None = None
) -> list[StoredImport]:
    """Newest first."""
    params = _own(scope) | {"before": before, "limit": limit, "id": id}
    return await fetch_all(conn, StoredImport, Q.imports, params)


async def decide_import(scope: Scope, conn: Connection, import_id: int, *, state: str, by: int, note: str = "") -> bool:
    """Whether it was still waiting."""
    params = _own(scope) | {"id": import_id, "state": state, "by": by, "note": note}
    return (await conn.execute(Q.decide_import, params)).rowcount == 1


async def set_import_run(scope: Scope, conn: Connection, import_id: int, run_id: int) -> None:
    await conn.execute(Q.set_import_run, _own(scope) | {"id": import_id, "run_id": run_id})


async def worker_insert_part(conn: Connection, import_id: int, seq: int, data: bytes) -> None:
    await conn.execute(Q.insert_import_part, {"import_id": import_id, "seq": seq, "data": data})


async def worker_part(conn: Connection, import_id: int, seq: int) -> bytes | None:
    data = await fetch_value(conn, Q.import_part, {"import_id": import_id, "seq": seq})
    return None if data is None else bytes(data)


async def worker_drop_parts(conn: Connection, import_id: int) -> None:
    await conn.execute(Q.drop_import_parts, {"import_id": import_id})
