"""Printed codes in the database, under row-level security: one's own, or those of one's units."""

from datetime import datetime
from typing import Any

import msgspec

from lianfang.access.scope import LAST, Scope
from lianfang.kit.db import Connection, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries

Q = Queries(__package__)


class CardRow(msgspec.Struct, frozen=True):
    """`credential` is encrypted for its number."""

    person_id: int
    number: int
    credential: bytes
    issued_by: str
    issued_at: datetime
    expires_at: datetime
    voided_at: datetime | None
    voided_by: str | None
    reason: str


async def next_number(scope: Scope, conn: Connection) -> int:
    return int(await fetch_value(conn, Q.next_number))


async def insert(
    scope: Scope,
    conn: Connection,
    *,
    person_id: int,
    number: int,
    kid: bytes,
    credential: bytes,
    issued_at: datetime,
    expires_at: datetime,
) -> None:
    params = {
        "person_id": person_id,
        "number": number,
        "ord": scope.lo if scope.lo <= scope.hi else LAST,  # a resident's stands at the end of the space
        "kid": kid,
        "credential": credential,
        "issued_by": scope.actor,
        "issued_at": issued_at,
        "expires_at": expires_at,
    }
    await conn.execute(Q.insert, params)


async def void_earlier(scope: Scope, conn: Connection, person_id: int, at: datetime, reason: str) -> None:
    await conn.execute(Q.void_earlier, _reach(scope) | _voiding(scope, at, reason) | {"person_id": person_id})


async def list_codes(scope: Scope, conn: Connection, *, before: int, limit: int) -> list[CardRow]:
    """A resident's own, or those that units of a staff scope printed."""
    query = Q.list_codes if scope.person_id is None else Q.own_codes
    return await fetch_all(conn, CardRow, query, _reach(scope) | {"before": before, "limit": limit})


async def find(scope: Scope, conn: Connection, number: int) -> CardRow | None:
    return await fetch_one(conn, CardRow, Q.find, _reach(scope) | {"number": number})


async def void(scope: Scope, conn: Connection, number: int, at: datetime, reason: str) -> bool:
    """Whether it was still good."""
    done = await conn.execute(Q.void, _reach(scope) | _voiding(scope, at, reason) | {"number": number})
    return done.rowcount == 1


def _reach(scope: Scope) -> dict[str, Any]:
    return {"lo": scope.lo, "hi": scope.hi, "self": scope.person_id}


def _voiding(scope: Scope, at: datetime, reason: str) -> dict[str, Any]:
    return {"at": at, "by": scope.actor, "reason": reason}
