"""Authorities, their batches and numbers in the database. With a Scope: the console. `worker_…`: what comes in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

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
