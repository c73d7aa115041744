"""What another plan would change, over everybody: a run, whose result is kept."""

from typing import Any

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.adoptions import store
from lianfang.adoptions.model import Comparison, NewComparison
from lianfang.adoptions.problems import SAME_PLAN
from lianfang.adoptions.shelf import chosen
from lianfang.adoptions.store import ComparisonRow
from lianfang.audit import store as audit
from lianfang.codes.compare import Compared, alone, compare
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, Language
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.organisations import store as organisations
from lianfang.plans import packs
from lianfang.plans import store as plans
from lianfang.runs import service as runs
from lianfang.runs.work import Work
from lianfang.staff import store as staff

KIND = "plans.compare"
STEPS = 4


async def in_force(worker: Database) -> str:
    """The country's plan, as a hold names it."""
    at = clock_now()
    async with worker.transaction() as conn:
        found = (await plans.worker_in_force(conn, at)).get("")
    return found.plan if found else packs.in_force(at.date()).id


async def start(
    db: Database, worker: Database, keys: Keys, scope: Scope, account_id: int, asked: NewComparison, language: Language
) -> tuple[int, int]:
    """The comparison and its run."""
    a = chosen(asked.a).id if asked.a else await in_force(worker)
    b = chosen(asked.b).id
    if a == b:
        raise SAME_PLAN()
    async with scoped(db, scope) as conn:
        own = await organisations.own_unit(scope, conn)
        assert own is not None
        number = await store.insert_comparison(scope, conn, a=a, b=b, unit_id=own.id, asked_by=account_id)
        parameters = {"comparison_id": number, "a": asked.a, "b": asked.b}
        run_id = await runs.start(scope, conn, keys, KIND, parameters, language=language)
        await store.set_run(scope, conn, number, run_id)
        await audit.record(scope, conn, "plans.compare", f"comparison:{number}", before=a, after=b)
    return number, run_id


async def work(work: Work) -> dict[str, Any]:
    """Changes nothing but the comparison's own row."""
    at = clock_now()
    a, b = work.parameters["a"], work.parameters["b"]
    async with work.worker.transaction() as conn:
        counting = list((await plans.worker_in_force(conn, at)).values())
    before = alone(packs.pack(a), at) if a else counting or alone(packs.in_force(at.date()), at)
    done = 0

    async def step() -> None:
        nonlocal done
        done += 1
        await work.progress(done, STEPS)

    found = await compare(work.worker, work.lane, before, alone(packs.pack(b), at), at, step)
    async with work.worker.transaction() as conn:
        await store.worker_finish(conn, work.parameters["comparison_id"], found)
    return {"people": found.people, "changed": found.changed}


async def show(db: Database, identity: Database, scope: Scope, comparison_id: int) -> Comparison:
    """With the units of the account's own part of the tree."""
    async with scoped(db, scope) as conn:
        rows = await store.comparisons(scope, conn, id=comparison_id)
        if not rows:
            raise NOT_FOUND()
        found = await _within(scope, conn, rows[0])
    return (await _shown(identity, rows, {comparison_id: found}))[0]


async def latest(
    db: Database, identity: Database, scope: Scope, cursor: str | None, limit: int | None
) -> Page[Comparison]:
    """Newest first, without what was found in each unit."""
    limit = clamp(limit)
    (before,) = decode_cursor(cursor, tuple[int]) or (store.NEWEST,)
    async with scoped(db, scope) as conn:
        rows = await store.comparisons(scope, conn, before=before, limit=limit + 1)
    listed = await _shown(identity, rows, {row.id: _sums(row) for row in rows})
    return page(listed, limit, lambda row: (row.id,))


def _sums(row: ComparisonRow) -> Compared | None:
    return msgspec.convert(row.found | {"units": []}, Compared) if row.found else None


async def _within(scope: Scope, conn: Connection, row: ComparisonRow) -> Compared | None:
    if row.found is None:
        return None
    found = msgspec.convert(row.found, Compared)
    seen = await store.visible(scope, conn, [unit.id for unit in found.units if unit.id is not None])
    return msgspec.structs.replace(found, units=[unit for unit in found.units if unit.id is None or unit.id in seen])


async def _shown(identity: Database, rows: list[ComparisonRow], found: dict[int, Compared | None]) -> list[Comparison]:
    async with identity.transaction() as conn:
        names = await staff.identity_names(conn, {row.asked_by for row in rows})
    return [
        Comparison(
            row.id,
            row.a,
            row.b,
            row.unit,
            names[row.asked_by],
            row.asked_at,
            row.run_id,
            row.finished_at,
            found[row.id],
        )
        for row in rows
    ]
