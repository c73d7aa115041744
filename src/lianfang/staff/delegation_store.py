"""Lent powers in the database: with a Scope as lianfang_app; `identity_…` as lianfang_identity, on one's own session."""

from datetime import datetime

import msgspec

from lianfang.access.rules import Permission
from lianfang.access.scope import Scope
from lianfang.kit.db import Connection, fetch_all, fetch_one, fetch_value
from lianfang.staff.model import Delegation, Loan
from lianfang.staff.store import Q


class Taker(msgspec.Struct, frozen=True):
    """Who gets the powers."""

    id: int
    display_name: str


async def list_delegations(scope: Scope, conn: Connection, *, before: int, limit: int) -> list[Delegation]:
    """What was lent over units of the scope, newest first."""
    params = {"lo": scope.lo, "hi": scope.hi, "before": before, "limit": limit}
    return await fetch_all(conn, Delegation, Q.list_delegations, params)


async def insert(
    scope: Scope,
    conn: Connection,
    *,
    ord: int,
    unit_id: int,
    giver_id: int,
    taker_id: int,
    taker_name: str,
    permissions: list[Permission],
    reason: str,
    starts_at: datetime | None,
    ends_at: datetime,
) -> int:
    params = {
        "ord": ord,
        "unit_id": unit_id,
        "giver_id": giver_id,
        "taker_id": taker_id,
        "taker_name": taker_name,
        "permissions": permissions,
        "reason": reason,
        "starts_at": starts_at,
        "ends_at": ends_at,
    }
    return int(await fetch_value(conn, Q.insert_delegation, params))


async def revoke(scope: Scope, conn: Connection, delegation_id: int, by: int) -> int | None:
    """Whose powers have ended; None: no such delegation, or it was revoked before. Every process forgets that account."""
    params = {"id": delegation_id, "by": by, "lo": scope.lo, "hi": scope.hi}
    taker_id = await fetch_value(conn, Q.revoke_delegation, params)
    if taker_id is not None:
        await conn.execute(Q.tell_sessions, {"account_id": taker_id})
    return None if taker_id is None else int(taker_id)


async def identity_find_taker(conn: Connection, username: str) -> Taker | None:
    return await fetch_one(conn, Taker, Q.find_taker, {"username": username})


async def identity_loans(conn: Connection, account_id: int) -> list[Loan]:
    """What the account may use of others' powers now."""
    return await fetch_all(conn, Loan, Q.loans, {"account_id": account_id})


async def identity_act_for(conn: Connection, digest: bytes, delegation_id: int | None) -> None:
    await conn.execute(Q.act_for, {"digest": digest, "delegation_id": delegation_id})
