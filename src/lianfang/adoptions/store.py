"""Comparisons and proposals in the database. They are of nobody, so no scope hides them; what a unit may not see of a comparison
is left out when it is shown."""

from datetime import datetime

import msgspec
from psycopg.types.json import Jsonb

from lianfang.access.scope import Scope
from lianfang.codes.compare import Compared
from lianfang.kit.db import Connection, bigints, fetch_all, fetch_value
from lianfang.kit.sql import Queries

Q = Queries(__package__)
NEWEST = (1 << 62) - 1


class ComparisonRow(msgspec.Struct, frozen=True):
    id: int
    a: str
    b: str
    unit: str
    asked_by: int
    asked_at: datetime
    run_id: int | None
    finished_at: datetime | None
    found: dict[str, object] | None


class ProposalRow(msgspec.Struct, frozen=True):
    id: int
    comparison_id: int
    plan: str
    starts_at: datetime
    reason: str
    unit_id: int
    unit: str
    whole: bool
    proposed_by: int
    proposed_at: datetime
    decided_unit: str
    decided_by: int | None
    decided_at: datetime | None
    agreed: bool | None
    people: int
    changed: int


async def insert_comparison(scope: Scope, conn: Connection, *, a: str, b: str, unit_id: int, asked_by: int) -> int:
    params = {"a": a, "b": b, "unit_id": unit_id, "asked_by": asked_by}
    return int(await fetch_value(conn, Q.insert_comparison, params))


async def set_run(scope: Scope, conn: Connection, comparison_id: int, run_id: int) -> None:
    await conn.execute(Q.set_run, {"id": comparison_id, "run_id": run_id})


async def comparisons(
    scope: Scope, conn: Connection, *, id: int | None = None, before: int = NEWEST, limit: int = 1
) -> list[ComparisonRow]:
    return await fetch_all(conn, ComparisonRow, Q.comparisons, {"id": id, "before": before, "limit": limit})


async def visible(scope: Scope, conn: Connection, unit_ids: list[int]) -> set[int]:
    return {row[0] for row in await (await conn.execute(Q.visible, {"ids": bigints(unit_ids)})).fetchall()}


async def worker_finish(conn: Connection, comparison_id: int, found: Compared) -> None:
    await conn.execute(Q.finish, {"id": comparison_id, "found": Jsonb(msgspec.to_builtins(found))})


async def insert_proposal(
    scope: Scope,
    conn: Connection,
    *,
    comparison_id: int,
    plan: str,
    starts_at: datetime,
    reason: str,
    unit_id: int,
    whole: bool,
    proposed_by: int,
) -> int:
    params = {
        "comparison_id": comparison_id,
        "plan": plan,
        "starts_at": starts_at,
        "reason": reason,
        "unit_id": unit_id,
        "whole": whole,
        "proposed_by": proposed_by,
    }
    return int(await fetch_value(conn, Q.insert_proposal, params))


async def proposals(
    scope: Scope, conn: Connection, *, id: int | None = None, before: int = NEWEST, limit: int = 1
) -> list[ProposalRow]:
    return await fetch_all(conn, ProposalRow, Q.proposals, {"id": id, "before": before, "limit": limit})


async def decide(
    scope: Scope, conn: Connection, proposal_id: int, *, account_id: int, unit_id: int, agreed: bool
) -> bool:
    """False, where somebody was faster."""
    params = {"id": proposal_id, "account_id": account_id, "unit_id": unit_id, "agreed": agreed}
    return await fetch_value(conn, Q.decide, params) is not None


async def worker_agreed(conn: Connection) -> list[tuple[int, str, datetime, str]]:
    """Proposal, plan, from when on, and by whom."""
    return await (await conn.execute(Q.agreed)).fetchall()


async def worker_adopted(conn: Connection, proposal_id: int, adoption_id: int) -> None:
    await conn.execute(Q.adopted, {"id": proposal_id, "adoption_id": adoption_id})
