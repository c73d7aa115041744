"""How long it takes to colour half a province anew after an area's level changes, and what the doors read meanwhile."""

import asyncio
import os
import random
import time
from typing import Any

import psycopg

from lianfang.bench import recolour_sql
from lianfang.codes.derive import Recoloured, recolour, recolour_everybody
from lianfang.codes.replay import replay
from lianfang.codes.store import lane_holds
from lianfang.evidence import store as evidence
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.migrations.apply import migrate
from lianfang.migrations.roles import role_dsn

READ_AT_ONCE = 100
READERS = 2
PAUSE_S = 0.02
"""Each of them asks fifty times a second: as many people as a lane under full load lets in."""


def measure(dsn: str, people: int) -> dict[str, Any]:
    """On an empty database: everybody has a test on record, some are held already; then an area becomes a high-risk one."""
    keys = Keys(os.urandom(32))
    migrate(dsn, keys)
    with psycopg.connect(dsn, autocommit=True) as conn:
        for statement in recolour_sql.BEFORE:
            conn.execute(statement, {"people": people})
    return asyncio.run(_measure(dsn, keys, people))


async def _measure(dsn: str, keys: Keys, people: int) -> dict[str, Any]:
    worker = Database(role_dsn(dsn, "lianfang_worker", keys), size=3)
    lane = Database(role_dsn(dsn, "lianfang_lane", keys), size=READERS)
    await worker.open()
    await lane.open()
    try:
        first = await recolour_everybody(worker)
        done = asyncio.Event()
        readers = [asyncio.create_task(_read(lane, people, done)) for _ in range(READERS)]
        load = os.getloadavg()[0]
        begun = time.perf_counter()
        written = asyncio.Event()
        coloured = asyncio.create_task(_colour(worker, written))
        async with worker.connection() as conn:
            await evidence.worker_stage(conn)
            await conn.execute(recolour_sql.STAY, {"people": people})
            await evidence.worker_insert_staged(
                conn, kind="area_stay", result="high", subject="area:1", source="县防办", provenance="area:1"
            )
        wrote = time.perf_counter()
        written.set()
        found = await coloured
        ended = time.perf_counter()
        done.set()
        reads = sum(await asyncio.gather(*readers))
        checked = await replay(worker, clock_now())
    finally:
        await lane.close()
        await worker.close()
    return {
        "people": found.people,
        "seconds": round(ended - begun, 2),
        "evidence_seconds": round(wrote - begun, 2),
        "holds_opened": found.opened,
        "held_before": first.opened,
        "reads_per_s_meanwhile": round(reads / (ended - begun)),
        "replay_different": checked.different,
        "cores": os.cpu_count(),
        "load_before": round(load, 2),
    }


async def _colour(worker: Database, written: asyncio.Event) -> Recoloured:
    """As the worker does: whatever part has come is coloured while the next one is written."""
    total = Recoloured()
    while True:
        last = written.is_set()
        found = await recolour(worker)
        total = Recoloured(total.people + found.people, total.opened + found.opened, total.released + found.released)
        if last:
            return total
        if not found.people:
            await asyncio.sleep(0.02)


async def _read(lane: Database, people: int, done: asyncio.Event) -> int:
    """What a door asks before it lets somebody in, a batch at a time; how many people were looked up."""
    dice = random.Random(7)  # noqa: S311 -- the same people each time
    looked = 0
    async with lane.connection() as conn:
        while not done.is_set():
            await lane_holds(conn, [dice.randint(1, people) for _ in range(READ_AT_ONCE)], clock_now())
            looked += READ_AT_ONCE
            await asyncio.sleep(PAUSE_S)
    return looked
