"""Funnels in the database."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Literal

import msgspec

from lianfang.access.scope import Scope
from lianfang.funnels.model import Candidate, Exposed, Fact, Funnel, Place, Step, StepResult
from lianfang.kit.db import Connection, bigints, fetch_all, fetch_one
from lianfang.kit.sql import Queries
from lianfang.plans.vocabulary import WAYS, WITHDRAWN

Q = Queries(__package__)


class PersonRow(msgspec.Struct, frozen=True):
    person_id: int
    step: int
    risk: float
    seconds: int
    score: float


class _EvidenceRow(msgspec.Struct, frozen=True):
    person_id: int
    score: float
    source_id: int
    checkpoint_id: int
    begins: int
    ends: int
    chance: float


class _FactRow(msgspec.Struct, frozen=True):
    person_id: int
    kind: Literal["test", "vaccination"]
    result: str
    at: int


class _Saved(msgspec.Struct, frozen=True):
    id: int
    ord: int


def _own(scope: Scope, id: int) -> dict[str, Any]:
    return {"id": id, "lo": scope.lo, "hi": scope.hi}


async def candidates(scope: Scope, conn: Connection, trace_id: int) -> list[Candidate]:
    """In the order of ids."""
    rows = await fetch_all(conn, _EvidenceRow, Q.candidates, _own(scope, trace_id))
    found = []
    for person, each in groupby(rows, lambda row: row.person_id):
        mine = list(each)
        exposures = (Exposed(r.source_id, r.checkpoint_id, r.begins, r.ends, r.chance) for r in mine)
        found.append(Candidate(person, mine[0].score, tuple(exposures)))
    return found


async def lane_facts(conn: Connection, ids: Sequence[int], as_of: datetime) -> dict[int, tuple[Fact, ...]]:
    params = {"ids": bigints(ids), "as_of": as_of, "ways": list(WAYS), "withdrawn": WITHDRAWN}
    rows = await fetch_all(conn, _FactRow, Q.lane_facts, params)
    by_person = groupby(rows, lambda row: row.person_id)
    return {person: tuple(Fact(r.kind, r.result, r.at) for r in each) for person, each in by_person}


async def places(scope: Scope, conn: Connection) -> list[Place]:
    return await fetch_all(conn, Place, Q.places, {"lo": scope.lo, "hi": scope.hi})


async def insert(scope: Scope, conn: Connection, funnel: dict[str, Any], people: dict[str, list[Any]]) -> int:
    params = funnel | {"lo": scope.lo, "hi": scope.hi, "actor": scope.actor}
    await conn.execute(Q.lock_trace, params)
    saved = await fetch_one(conn, _Saved, Q.insert_funnel, params)
    assert saved is not None
    columns = {name: bigints(column) for name, column in people.items()}
    await conn.execute(Q.insert_people, {"id": saved.id, "ord": saved.ord} | columns)
    return saved.id


async def find(scope: Scope, conn: Connection, funnel_id: int) -> Funnel | None:
    row = await fetch_one(conn, Funnel, Q.find, _own(scope, funnel_id))
    return _read(row) if row else None


async def latest(scope: Scope, conn: Connection, trace_id: int | None, *, before: int, limit: int) -> list[Funnel]:
    params = {"lo": scope.lo, "hi": scope.hi, "trace_id": trace_id, "before": before, "limit": limit}
    return [_read(row) for row in await fetch_all(conn, Funnel, Q.latest, params)]


def _read(row: Funnel) -> Funnel:
    """jsonb comes as plain lists."""
    steps, results = msgspec.convert(row.steps, list[Step]), msgspec.convert(row.results, list[StepResult])
    return msgspec.structs.replace(row, steps=steps, results=results)


async def people(
    scope: Scope, conn: Connection, funnel_id: int, step: int, *, risk: float, after: int, limit: int
) -> list[PersonRow]:
    params = _own(scope, funnel_id) | {"step": step, "risk": risk, "after": after, "limit": limit}
    return await fetch_all(conn, PersonRow, Q.people, params)
