"""Evidence in, holds out: for the people of new evidence, or for everybody when a plan changes. The same statements do both."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from lianfang.codes import rules
from lianfang.codes.store import Q
from lianfang.evidence import store as evidence
from lianfang.kit.clock import now as clock_now
from lianfang.kit.db import Connection, Database, fetch_all, fetch_one
from lianfang.plans import packs
from lianfang.plans import store as plans
from lianfang.plans.store import Adoption

Cause = Literal["evidence", "plan", "full"]


class Recoloured(msgspec.Struct, frozen=True):
    """What came of a recolouring."""

    people: int = 0
    opened: int = 0
    released: int = 0


class _Begun(msgspec.Struct, frozen=True):
    id: int
    at: datetime


async def recolour(worker: Database) -> Recoloured:
    """Colours the people of all evidence that does not count yet. Whoever comes second finds nothing left to do."""
    async with worker.transaction() as conn:
        await conn.execute(Q.lock)
        batches = await evidence.worker_pending(conn)
        if not batches:
            return Recoloured()
        adoptions = await _in_force(conn)
        return await _recolour(conn, "evidence", adoptions, batches, everybody=False)


async def recolour_everybody(worker: Database, *, at: datetime | None = None) -> Recoloured:
    """Colours everybody anew: by the plans whose time has come by `at` (now), and all evidence."""
    async with worker.transaction() as conn:
        await conn.execute(Q.lock)
        batches = await evidence.worker_pending(conn)
        before = await _in_force(conn)
        due = await plans.worker_due(conn, at or clock_now())
        adoptions = plans.effective(before | {adoption.province: adoption for adoption in due})
        cause: Cause = "plan" if due else "full"
        return await _recolour(conn, cause, adoptions, batches, everybody=True, due=due)


async def apply_due_plans(worker: Database) -> Recoloured:
    """Where a plan's time has come, everybody is coloured by it."""
    async with worker.transaction() as conn:
        due = await plans.worker_due(conn, clock_now())
    return await recolour_everybody(worker) if due else Recoloured()


async def _in_force(conn: Connection) -> dict[str, Adoption]:
    """What counts now. Where nobody has decided anything yet, that is China's newest plan, and it is written down as decided."""
    at = clock_now()
    found = await plans.worker_in_force(conn, at)
    if "" not in found:
        pack = packs.in_force(at.date())
        id = await plans.worker_adopt(conn, pack, province="", parameters={}, starts_at=at, decided_by="system:default")
        await plans.worker_set_applied(conn, [id], at)
        found[""] = Adoption(id, "", pack, {}, at, "system:default", at)
    return found


async def _recolour(
    conn: Connection,
    cause: Cause,
    adoptions: dict[str, Adoption],
    batches: Sequence[int],
    *,
    everybody: bool,
    due: Sequence[Adoption] = (),
) -> Recoloured:
    begun = await fetch_one(conn, _Begun, Q.begin_recolouring, {"cause": cause})
    assert begun is not None
    who = Q.people_of_everything if everybody else Q.people_of_batches
    params: dict[str, object] = {"at": begun.at, "batches": list(batches), "id": begun.id}
    await conn.execute(Q.take_memory)
    await conn.execute(Q.without_sorting)
    brought = None if everybody else await (await conn.execute(Q.brought, params)).fetchall()
    await conn.execute(Q.with_sorting)
    params |= rules.parameters(adoptions.values(), brought)
    await conn.execute(Q.stage_tables)
    people = await _run(conn, who, params)
    await conn.execute(Q.count_people)
    await derive(conn, params)
    await _run(conn, Q.standing_holds, params)
    await conn.execute(Q.by_whole_tables)
    opened = await _run(conn, Q.open_holds, params)
    await conn.execute(Q.by_any_way)
    released = await _run(conn, Q.release_holds, params)
    counts = Recoloured(people, opened, released)
    ended = await fetch_all(conn, _Ended, Q.end_recolouring, {"id": begun.id} | msgspec.structs.asdict(counts))
    await evidence.worker_apply(conn, list(batches), ended[0].at)
    await plans.worker_set_applied(conn, [adoption.id for adoption in due], ended[0].at)
    return counts


class _Ended(msgspec.Struct, frozen=True):
    at: datetime


async def derive(conn: Connection, params: dict[str, object]) -> None:
    """The holds that follow for the people in `recoloured`, as of `at`, into the table `wanted`."""
    await _run(conn, Q.signed, params)
    await _run(conn, Q.known, params)
    await conn.execute(Q.count_known)
    await conn.execute(Q.by_whole_tables)
    await _run(conn, Q.wanted, params)
    await conn.execute(Q.by_any_way)


async def _run(conn: Connection, query: bytes, params: dict[str, object]) -> int:
    return (await conn.execute(query, params)).rowcount
