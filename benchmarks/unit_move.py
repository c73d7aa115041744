"""A county of more than a million visits moves to another city while its doors are being scanned.

    python benchmarks/unit_move.py [--visits 1200000]

Prints how long the move itself took (the one transaction that changes the tree), how long all rows took to follow, the longest
transaction of them, how long a scan's transaction took before and meanwhile, how a list is found afterwards, and what the
alternative (policies that know two intervals) would cost every list for as long as a move lasts.
"""

import argparse
import asyncio
import json
import os
import statistics
import time
from typing import Any

import msgspec
import psycopg

from lianfang.access.scope import Scope, scoped
from lianfang.kit import ids
from lianfang.kit.clock import now
from lianfang.kit.cluster import throwaway
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.migrations.apply import migrate
from lianfang.migrations.roles import role_dsn
from lianfang.organisations import store as organisations
from lianfang.restructuring import service, store
from lianfang.restructuring.follow import CHUNK, REST
from lianfang.restructuring.model import UnitMove
from lianfang.visits import records
from lianfang.visits import store as visits
from lianfang.visits.model import RecordFilter

DAYS = 28
TOWNS, VILLAGES = 20, 3_000
SCANS_EVERY_S = 0.02

FILL = """
INSERT INTO units (id, parent_id, name, level, lo, hi) VALUES
  (1, NULL, '省', 'province', 1, 1::bigint << 60),
  (2, 1, '东市', 'city', 1::bigint << 50, (2::bigint << 50) - 1), (3, 1, '西市', 'city', 2::bigint << 50, (3::bigint << 50) - 1),
  (4, 2, '县', 'county', (1::bigint << 50) + (1::bigint << 44), (1::bigint << 50) + (2::bigint << 44) - 1);
INSERT INTO units (id, parent_id, name, level, lo, hi)
SELECT 10 + n, 4, '镇' || n, 'town', u.lo + ((1 + n)::bigint << 38), u.lo + ((2 + n)::bigint << 38) - 1
FROM units u, generate_series(0, %(towns)s - 1) n WHERE u.id = 4;
INSERT INTO units (id, parent_id, name, level, lo, hi)
SELECT 1000 + n, t.id, '村' || n, 'village', t.lo + ((1 + n / %(towns)s)::bigint << 28), t.lo + ((2 + n / %(towns)s)::bigint << 28) - 1
FROM generate_series(0, %(villages)s - 1) n JOIN units t ON t.id = 10 + n %% %(towns)s;
INSERT INTO templates (id, unit_id, ord, hi, name, name_en, version, fields) SELECT 1, 1, lo, hi, '表', 'form', 1, '[]' FROM units WHERE id = 1;
INSERT INTO checkpoints (id, unit_id, ord, name, category, template_id)
SELECT 100000 + id * 4 + n, id, lo, '门' || n, 'village', 1 FROM units, generate_series(0, 3) n WHERE level = 'village';
INSERT INTO checkpoint_codes (code, checkpoint_id, ord) SELECT 'C' || id, id, ord FROM checkpoints;
"""
VISITS = """
INSERT INTO visits (person_id, scan_id, at, recorded_at, ord, checkpoint_id, template_id, verdict, source, clock, reason, content)
SELECT (random() * 300000)::bigint, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || left(md5(n::text || at), 3)
       || '8' || right(md5(at || n::text), 15))::uuid, at, at, k.ord, k.id, 1, 'pass', 'resident', 'server', 'ok', '\\x0011223344556677'
FROM (SELECT n, %(day)s::date + random() * interval '1 day' AS at, 104000 + (random() * %(doors)s)::int AS door
      FROM generate_series(1, %(count)s) n) v JOIN checkpoints k ON k.id = v.door
ON CONFLICT DO NOTHING
"""
TWO_INTERVALS = """
ALTER POLICY scope ON visits USING (ord BETWEEN scope_lo() AND scope_hi()
  OR ord BETWEEN nullif(current_setting('lianfang.old_lo', true), '')::bigint AND nullif(current_setting('lianfang.old_hi', true), '')::bigint)
"""
ONE_INTERVAL = "ALTER POLICY scope ON visits USING (ord BETWEEN scope_lo() AND scope_hi())"


def fill(owner: psycopg.Connection, count: int) -> None:
    for statement in FILL.split(";\n"):
        if statement.strip():
            owner.execute((statement % {"towns": TOWNS, "villages": VILLAGES}).encode())
    today = now().date().toordinal()
    for ordinal in range(today - DAYS + 1, today + 1):
        day = type(now().date()).fromordinal(ordinal)
        owner.execute("SELECT ensure_visit_day(%s)", [day])
        doors = VILLAGES * 4 - 1
        owner.execute(VISITS.encode(), {"day": day, "count": count // DAYS, "doors": doors})
    owner.execute("VACUUM ANALYZE")


class Scans:
    """One scan's transaction after another, as the lane writes them, with the place the door has at the moment."""

    def __init__(self, lane: Database) -> None:
        self._lane = lane
        self.times: list[float] = []
        self.sent: list[str] = []
        self.over = False

    async def run(self) -> None:
        while not self.over:
            scan_id, at = ids.uuid7(), now()
            began = time.perf_counter()
            async with self._lane.transaction() as conn:
                [(ord,)] = await (await conn.execute("SELECT ord FROM checkpoints WHERE id = 104000")).fetchall()
                visit = visits.NewVisit(
                    person_id=1, scan_id=scan_id, at=at, recorded_at=at, ord=ord, checkpoint_id=104000, template_id=1,
                    hold_id=None, recorded_by=None, verdict="pass", source="resident", clock="server", reason="ok",
                    content=b"x", answers=None,
                )  # fmt: skip
                await visits.lane_insert(conn, [visit])
            self.times.append(time.perf_counter() - began)
            self.sent.append(str(scan_id))
            await asyncio.sleep(SCANS_EVERY_S)

    def figures(self) -> dict[str, float]:
        ms = sorted(1000 * t for t in self.times)
        self.times = []
        return {
            "scans": len(ms),
            "median_ms": round(statistics.median(ms), 2),
            "p99_ms": round(ms[int(len(ms) * 0.99)], 2),
            "max_ms": round(ms[-1], 2),
        }


async def explain(db: Database, scope: Scope, keys: Keys, **old: str) -> dict[str, Any]:
    """How the newest fifty records of a scope are found."""
    async with db.transaction(**scope.settings, **old) as conn:
        condition = await records._condition(keys, scope, conn, RecordFilter())
        where = condition.where
        if old:
            where = records.sql.SQL("(v.ord BETWEEN {} AND {} OR v.ord BETWEEN {} AND {})").format(
                scope.lo, scope.hi, int(old["lianfang__old_lo"]), int(old["lianfang__old_hi"])
            )
        query = records.SELECT.format(where=where, limit=records.sql.SQL("LIMIT 51")).as_bytes(conn)
        row = await (
            await conn.execute(b"EXPLAIN (ANALYZE, FORMAT JSON) " + query, condition.params, prepare=False)
        ).fetchone()
    assert row is not None
    plan = row[0][0]
    kinds: dict[str, int] = {}

    def walk(node: dict[str, Any]) -> None:
        if node.get("Relation Name", "").startswith("visits"):
            name = f"{node['Node Type']} {'_'.join(node.get('Index Name', '').split('_')[2:])}".strip()
            kinds[name] = kinds.get(name, 0) + 1
        for child in node.get("Plans", ()):
            walk(child)

    walk(plan["Plan"])
    return {"ms": round(plan["Execution Time"], 1), "visits_read_by": kinds}


async def measure(owner_dsn: str, keys: Keys, owner: psycopg.Connection) -> dict[str, Any]:
    def database(role: str) -> Database:
        return Database(role_dsn(owner_dsn, f"lianfang_{role}", keys), size=4)

    app, lane, worker = database("app"), database("lane"), database("worker")
    for pool in (app, lane, worker):
        await pool.open()
    admin = Scope("staff:1", "admin", 1, 1 << 60)
    visits_before = owner.execute("SELECT count(*) FROM visits").fetchone()
    assert visits_before is not None
    result: dict[str, Any] = {"visits": visits_before[0]}
    result["load_average"] = os.getloadavg()[0]

    async def place(unit_id: int) -> Scope:
        async with scoped(app, admin) as conn:
            found = await organisations.find_place(admin, conn, unit_id)
        assert found is not None
        return admin.narrowed(found.lo, found.hi)

    county, town, village = await place(4), await place(10), await place(1000)
    result["lists_before"] = {name: await explain(app, s, keys) for name, s in (("county", county), ("town", town), ("village", village))}  # fmt: skip
    scans = Scans(lane)
    scanning = asyncio.create_task(scans.run())
    await asyncio.sleep(8)
    result["scan_before"] = scans.figures()
    began = time.perf_counter()
    moved = await service.move(app, keys, admin, 4, UnitMove(3, "划转"), "en")
    result["move_transaction_s"] = round(time.perf_counter() - began, 2)
    result["scan_while_the_units_move"] = scans.figures()
    # the policies with two intervals: half of the rows here, half there
    result["chunk"] = CHUNK
    began, chunks, first_day = time.perf_counter(), [], 0.0
    async with worker.transaction() as conn:
        leaves = await store.worker_leaves(conn)
    compared = False
    for number, leaf in enumerate(leaves):
        at: int | None = 0
        while at is not None:
            start = time.perf_counter()
            async with worker.transaction() as conn:
                step = await store.worker_follow(conn, moved.move_id, leaf, at, CHUNK)
            at = step.next
            if step.moved:
                chunks.append(time.perf_counter() - start)
                await asyncio.sleep(REST * chunks[-1])
        if number == 0:
            first_day = time.perf_counter() - began
        if number == DAYS // 2 and not compared:
            compared = True
            paused = time.perf_counter()
            county_now = await place(4)
            result["list_in_the_middle"] = await explain(app, county_now, keys)
            await asyncio.to_thread(owner.execute, TWO_INTERVALS.encode())
            old = {"lianfang__old_lo": str(county.lo), "lianfang__old_hi": str(county.hi)}
            result["list_in_the_middle_two_intervals"] = await explain(app, county_now, keys, **old)
            await asyncio.to_thread(owner.execute, ONE_INTERVAL.encode())
            began += time.perf_counter() - paused
    async with worker.transaction() as conn:
        finished = await store.worker_finish(conn, moved.move_id)
    result["follow_s"] = round(time.perf_counter() - began, 1)
    result["newest_day_after_s"] = round(first_day, 1)
    result["chunks"] = {"count": len(chunks), "median_ms": round(1000 * statistics.median(chunks), 1), "longest_ms": round(1000 * max(chunks), 1)}  # fmt: skip
    result["scan_while_rows_follow"] = scans.figures()
    scans.over = True
    await scanning
    result["finished"] = finished
    stored = owner.execute("SELECT count(*) FROM visits WHERE scan_id = ANY(%s::uuid[])", [scans.sent]).fetchone()
    assert stored == (len(scans.sent),), "a scan was lost"
    left = owner.execute("SELECT count(*) FROM visits WHERE ord BETWEEN %s AND %s", [county.lo, county.hi]).fetchone()
    assert left is not None
    result["left_at_the_old_places"] = left[0]
    owner.execute("ANALYZE")
    county, town, village = await place(4), await place(10), await place(1000)
    result["lists_after"] = {name: await explain(app, s, keys) for name, s in (("county", county), ("town", town), ("village", village))}  # fmt: skip
    result["lists_of_the_old_city"] = await explain(app, await place(2), keys)
    for pool in (app, lane, worker):
        await pool.close()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=1_200_000)
    arguments = parser.parse_args()
    keys = Keys(bytes(range(32)))
    with throwaway() as cluster:
        with psycopg.connect(cluster.superuser_dsn(), autocommit=True) as conn:
            conn.execute("CREATE DATABASE bench")
        dsn = cluster.superuser_dsn("bench")
        migrate(dsn, keys)
        with psycopg.connect(dsn, autocommit=True) as owner:
            fill(owner, arguments.visits)
            result = asyncio.run(measure(dsn, keys, owner))
    print(json.dumps(result, indent=2, ensure_ascii=False, default=msgspec.to_builtins))


if __name__ == "__main__":
    main()
