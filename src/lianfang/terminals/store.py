"""Terminals in the database. `identity_…`: a signature is shown; else under a Scope."""

from datetime import datetime

import msgspec

from lianfang.access.scope import Scope
from lianfang.kit.crypto import digest
from lianfang.kit.db import Connection, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries
from lianfang.terminals.model import Terminal, TerminalSession

Q = Queries(__package__)


class KeyRow(msgspec.Struct, frozen=True):
    id: int
    ord: int
    checkpoint_id: int
    registered_by: int
    public_key: bytes
    earlier_key: bytes | None

    @property
    def session(self) -> TerminalSession:
        return TerminalSession(self.id, self.ord, self.checkpoint_id, self.registered_by)


def _interval(scope: Scope) -> dict[str, int]:
    return {"lo": scope.lo, "hi": scope.hi}


async def terminals(scope: Scope, conn: Connection, *, after: int, limit: int) -> list[Terminal]:
    return await fetch_all(conn, Terminal, Q.terminals, _interval(scope) | {"after": after, "limit": limit})


async def insert(
    scope: Scope,
    conn: Connection,
    *,
    ord: int,
    checkpoint_id: int,
    name: str,
    account_id: int,
    code_digest: bytes,
    until: datetime,
) -> int:
    params = {"ord": ord, "checkpoint_id": checkpoint_id, "name": name, "account_id": account_id}
    return int(await fetch_value(conn, Q.insert, params | {"digest": code_digest, "until": until}))


async def enrol_anew(scope: Scope, conn: Connection, terminal_id: int, code_digest: bytes, until: datetime) -> bool:
    params = _interval(scope) | {"id": terminal_id, "digest": code_digest, "until": until}
    return (await conn.execute(Q.enrol_anew, params)).rowcount == 1


async def void(scope: Scope, conn: Connection, terminal_id: int) -> bool:
    return (await conn.execute(Q.void, _interval(scope) | {"id": terminal_id})).rowcount == 1


async def about(scope: Scope, conn: Connection, terminal_id: int) -> tuple[str, str] | None:
    """Its name, and its checkpoint's."""
    row = await (await conn.execute(Q.about, {"id": terminal_id})).fetchone()
    return (row[0], row[1]) if row else None


async def identity_keys(conn: Connection, terminal_id: int) -> KeyRow | None:
    return await fetch_one(conn, KeyRow, Q.identity_keys, {"id": terminal_id})


async def identity_enrol(conn: Connection, code_digest: bytes, public_key: bytes) -> int | None:
    found: int | None = await fetch_value(conn, Q.identity_enrol, {"digest": code_digest, "public_key": public_key})
    return found


async def identity_rotate(conn: Connection, terminal_id: int, public_key: bytes) -> None:
    await conn.execute(Q.identity_rotate, {"id": terminal_id, "public_key": public_key})


async def identity_used(conn: Connection, terminal_id: int, nonce: str, *, settle: bool) -> bool:
    """Notes that a signature was used; False where it was used before."""
    spent = await conn.execute(Q.identity_spend_nonce, {"id": terminal_id, "nonce": digest(nonce.encode())})
    await conn.execute(Q.identity_seen, {"id": terminal_id})
    if settle:
        await conn.execute(Q.identity_settle, {"id": terminal_id})
    return spent.rowcount == 1


async def worker_forget(conn: Connection, before: datetime) -> None:
    await conn.execute(Q.worker_forget, {"before": before})
