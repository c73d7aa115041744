"""A risk area in which half a million people were seen: how long until each of them has a hold, and until it is lifted again.

    python benchmarks/area_change.py [--people 500000] [--json]

The worker's two jobs run beside each other as they do in production (who stayed there, and the colours that follow); meanwhile the
holds of a hundred people are read fifty times a second, as codes that are shown are. Prints seconds, and how long those reads took.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import time
from collections.abc import Awaitable, Callable

import psycopg

from lianfang.areas import stays
from lianfang.codes import store as codes
from lianfang.codes.derive import recolour
from lianfang.kit.clock import now
from lianfang.kit.cluster import throwaway
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.migrations.apply import migrate
from lianfang.migrations.roles import role_dsn

DAYS = 7
FILL = """
INSERT INTO units (id, code, name, level, lo, hi) VALUES (1, '130000000000', '省', 'province', 1, 1::bigint << 60);
INSERT INTO units (id, parent_id, code, name, level, lo, hi) VALUES (2, 1, '130732000000', '县', 'county', 1 << 20, 1 << 21);
INSERT INTO templates (id, unit_id, ord, hi, name, name_en, version, fields) VALUES (1, 1, 1, 1::bigint << 60, '表', 'form', 1, '[]');
INSERT INTO checkpoints (id, unit_id, ord, name, category, template_id) SELECT n, 2, 1 << 20, '门' || n, 'village', 1 FROM generate_series(1, 2000) n;
INSERT INTO risk_areas (id, ord, code, whole, name, key, area, state, confirmed_by, confirmed_at)
VALUES (1, 1, '130732', true, '县', '130732', '{}', 'matched', 'system:bench', now());
INSERT INTO area_places (area_id, ord, in_unit) VALUES (1, 1, 2);
"""
VISITS = """
INSERT INTO visits (person_id, scan_id, at, recorded_at, ord, checkpoint_id, template_id, verdict, source, clock, reason, content)
SELECT n %% %(people)s + 1, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || left(md5(n::text || at), 3)
       || '8' || right(md5(at || n::text), 15))::uuid, at, at, 1 << 20, n %% 2000 + 1, 1, 'pass', 'resident', 'server', 'ok', '\\x0011'
FROM (SELECT n, %(day)s::date + random() * interval '1 day' AS at FROM generate_series(1, %(people)s) n) v
"""
OPEN = "INSERT INTO area_levels (area_id, ord, level, since, source, seen_on) VALUES (1, 1, 'high', now(), '指挥部', current_date)"
CLOSE = "UPDATE area_levels SET until = now() WHERE until IS NULL"


def fill(owner: psycopg.Connection, people: int) -> None:
    owner.execute(FILL.encode())
    today = now().date()
    for ago in range(DAYS):
        [(day,)] = owner.execute("SELECT %s::date - %s", [today, ago + 1]).fetchall()
        owner.execute("SELECT ensure_visit_day(%s)", [day])
        owner.execute(VISITS.encode(), {"people": people, "day": day})
    owner.execute("ANALYZE")


async def follow(worker: Database, lane: Database, people: int) -> dict[str, float]:
    """Until nothing is left to do; reads holds meanwhile."""
    took: list[float] = []
    done = asyncio.Event()

    async def read() -> None:
        dice = random.Random(1)  # noqa: S311 -- which people are shown
        while not done.is_set():
            began = time.perf_counter()
            async with lane.connection() as conn:
                await codes.lane_holds(conn, [dice.randrange(people) + 1 for _ in range(100)], now())
            took.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.02)

    async def colour(written: Callable[[], bool]) -> None:
        while True:
            last = written()
            if not (await recolour(worker)).people and last:
                return
            await asyncio.sleep(0.05)

    async def timed(work: Awaitable[int]) -> float:
        found = await work
        assert found == people, f"{found:,} of {people:,}"
        return time.perf_counter() - began

    reader = asyncio.create_task(read())
    began = time.perf_counter()
    writing = asyncio.create_task(timed(stays.follow(worker, at_once=True)))
    await asyncio.gather(writing, colour(writing.done))
    seconds = time.perf_counter() - began
    done.set()
    await reader
    return {
        "evidence_s": round(writing.result(), 1),
        "seconds": round(seconds, 1),
        "read_ms_median": round(statistics.median(took), 1),
        "read_ms_worst": round(max(took), 1),
    }


async def run(people: int) -> dict[str, object]:
    keys = Keys(b"benchmark-only-master-secret-key")
    with throwaway() as cluster:
        dsn = cluster.superuser_dsn()
        migrate(dsn, keys, may_forget=True)
        with psycopg.connect(dsn, autocommit=True) as owner:
            fill(owner, people)
            worker = Database(role_dsn(dsn, "lianfang_worker", keys), size=4)
            lane = Database(role_dsn(dsn, "lianfang_lane", keys), size=2)
            await worker.open()
            await lane.open()
            try:
                owner.execute(OPEN.encode())
                raised = await follow(worker, lane, people)
                owner.execute("ANALYZE")  # as autovacuum does within a minute
                owner.execute(CLOSE.encode())
                ended = await follow(worker, lane, people)
                [(left,)] = owner.execute("SELECT count(*) FROM holds WHERE ends_at > now()").fetchall()
            finally:
                await worker.close()
                await lane.close()
    return {
        "people": people,
        "raised": raised,
        "ended": ended,
        "holds_stored": left,
        "load_average": os.getloadavg()[0],
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=500_000)
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    result = asyncio.run(run(given.people))
    print(json.dumps(result) if given.json else "\n".join(f"{name}: {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
