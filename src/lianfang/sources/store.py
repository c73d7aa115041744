"""Searches in the database."""

from datetime import datetime
from typing import Any

import msgspec

from lianfang.access.scope import Scope
from lianfang.kit.db import Connection, bigints, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries
from lianfang.sources.model import Finding, Search

Q = Queries(__package__)


class AskedRow(msgspec.Struct, frozen=True):
    actor: str
    asked: bytes
    plan: str
    now: datetime


class NamedRow(msgspec.Struct, frozen=True):
    id: int
    name: str
    category: str
    unit: str


def _own(scope: Scope, id: int) -> dict[str, Any]:
    return {"id": id, "lo": scope.lo, "hi": scope.hi}


async def insert(scope: Scope, conn: Connection, trace_id: int, purpose: str) -> int:
    params = {"trace_id": trace_id, "purpose": purpose, "actor": scope.actor}
    return int(await fetch_value(conn, Q.insert, params | {"lo": scope.lo, "hi": scope.hi}))


async def set_run(scope: Scope, conn: Connection, search_id: int, run_id: int) -> None:
    await conn.execute(Q.set_run, _own(scope, search_id) | {"run_id": run_id})


async def asked(scope: Scope, conn: Connection, search_id: int) -> AskedRow | None:
    return await fetch_one(conn, AskedRow, Q.asked, _own(scope, search_id))


async def finish(
    scope: Scope, conn: Connection, search_id: int, *, cases: int, tested: int, found: int, findings: list[Finding]
) -> None:
    params = {"cases": cases, "tested": tested, "found": found, "findings": msgspec.json.encode(findings).decode()}
    await conn.execute(Q.finish, _own(scope, search_id) | params)


async def find(scope: Scope, conn: Connection, search_id: int) -> Search | None:
    return await fetch_one(conn, Search, Q.find, _own(scope, search_id))


async def latest(scope: Scope, conn: Connection, trace_id: int | None, *, before: int, limit: int) -> list[Search]:
    params = {"lo": scope.lo, "hi": scope.hi, "trace_id": trace_id, "before": before, "limit": limit}
    return await fetch_all(conn, Search, Q.latest, params)


async def findings(scope: Scope, conn: Connection, search_id: int) -> list[Finding]:
    """With the names of places that are in sight; those of others are left out."""
    rows = msgspec.convert(await fetch_value(conn, Q.findings, _own(scope, search_id)), list[Finding])
    params = {"ids": bigints({row.checkpoint_id for row in rows}), "lo": scope.lo, "hi": scope.hi}
    named = {row.id: row for row in await fetch_all(conn, NamedRow, Q.named, params)}
    return [
        msgspec.structs.replace(row, checkpoint=place.name, category=place.category, unit=place.unit)
        for row in rows
        if (place := named.get(row.checkpoint_id))
    ]
