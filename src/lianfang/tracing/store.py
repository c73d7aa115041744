"""Traces in the database."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from lianfang.access.scope import Scope
from lianfang.kit.db import Connection, bigints, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries
from lianfang.plans.model import Mode
from lianfang.tracing.api import ContactEvidence, Difference, Trace

Q = Queries(__package__)
AT_ONCE = 50_000


class Place(msgspec.Struct, frozen=True):
    id: int
    category: str
    mode: Mode | None


class ContactRow(msgspec.Struct, frozen=True):
    person_id: int
    degree: int
    since: datetime
    last: datetime | None
    seconds: int
    exposures: int
    score: float
    via: int | None


class Asked(msgspec.Struct, frozen=True):
    """A trace that is to be worked; `asked` is encrypted."""

    ord: int
    actor: str
    asked: bytes
    now: datetime


class LongestRow(msgspec.Struct, frozen=True):
    """Where and when somebody was with a source for longest."""

    person_id: int
    checkpoint: str
    begins: datetime
    ends: datetime


def _own(scope: Scope, trace_id: int) -> dict[str, Any]:
    return {"id": trace_id, "lo": scope.lo, "hi": scope.hi}


async def places(scope: Scope, conn: Connection) -> list[Place]:
    return await fetch_all(conn, Place, Q.places, {"lo": scope.lo, "hi": scope.hi})


async def insert(
    scope: Scope, conn: Connection, *, plan: str, asked: bytes, purpose: str, now: datetime, after_id: int | None
) -> int:
    params = {"ord": scope.lo, "actor": scope.actor, "plan": plan, "asked": asked, "purpose": purpose}
    return int(await fetch_value(conn, Q.insert_trace, params | {"now": now, "after_id": after_id}))


async def set_run(scope: Scope, conn: Connection, trace_id: int, run_id: int) -> None:
    await conn.execute(Q.set_run, {"id": trace_id, "run_id": run_id})


async def asked(scope: Scope, conn: Connection, trace_id: int) -> Asked | None:
    return await fetch_one(conn, Asked, Q.asked, _own(scope, trace_id))


async def drop_found(scope: Scope, conn: Connection, trace_id: int) -> None:
    await conn.execute(Q.drop_found, _own(scope, trace_id))


async def insert_contacts(
    scope: Scope, conn: Connection, trace_id: int, ord: int, degree: int, columns: dict[str, Any]
) -> None:
    for part in _parts(columns):
        await conn.execute(Q.insert_contacts, {"id": trace_id, "ord": ord, "degree": degree} | part)


async def insert_exposures(scope: Scope, conn: Connection, trace_id: int, ord: int, columns: dict[str, Any]) -> None:
    for part in _parts(columns):
        await conn.execute(Q.insert_exposures, {"id": trace_id, "ord": ord} | part)


def _parts(columns: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Columns as arrays of PostgreSQL, some rows at a time."""
    length = max((len(c) for c in columns.values()), default=0)
    for start in range(0, length, AT_ONCE):
        yield {name: bigints(_shown(column[start : start + AT_ONCE])) for name, column in columns.items()}


def _shown(column: Any) -> Iterable[Any]:
    return column if isinstance(column, list) else column.tolist()


async def finish(scope: Scope, conn: Connection, trace_id: int, **figures: int) -> None:
    await conn.execute(Q.finish, _own(scope, trace_id) | figures)


async def find(scope: Scope, conn: Connection, trace_id: int) -> Trace | None:
    return await fetch_one(conn, Trace, Q.find, _own(scope, trace_id))


async def latest(scope: Scope, conn: Connection, *, before: int, limit: int) -> list[Trace]:
    params = {"lo": scope.lo, "hi": scope.hi, "before": before, "limit": limit}
    return await fetch_all(conn, Trace, Q.latest, params)


async def contacts(
    scope: Scope, conn: Connection, trace_id: int, degree: int, *, score: float, after: int, limit: int
) -> list[ContactRow]:
    params = _own(scope, trace_id) | {"degree": degree, "score": score, "after": after, "limit": limit}
    return await fetch_all(conn, ContactRow, Q.contacts, params)


async def evidence(scope: Scope, conn: Connection, trace_id: int, person_id: int, limit: int) -> list[ContactEvidence]:
    params = _own(scope, trace_id) | {"person_id": person_id, "limit": limit}
    return await fetch_all(conn, ContactEvidence, Q.evidence, params)


async def longest(scope: Scope, conn: Connection, trace_id: int, people: list[int]) -> dict[int, LongestRow]:
    """Of each of some contacts the evidence that lasted longest."""
    params = _own(scope, trace_id) | {"people": people}
    rows = await fetch_all(conn, LongestRow, Q.longest, params)
    return {row.person_id: row for row in rows}


async def differences(
    scope: Scope, conn: Connection, trace_id: int, before_id: int, *, after: int, limit: int
) -> list[Difference]:
    params = _own(scope, trace_id) | {"before_id": before_id, "after": after, "limit": limit}
    return await fetch_all(conn, Difference, Q.differences, params)


async def worker_forget(conn: Connection, before: datetime) -> None:
    await conn.execute(Q.worker_forget, {"before": before})
