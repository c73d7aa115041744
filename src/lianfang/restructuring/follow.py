"""The worker's part: rows follow their unit to its new place, chunk by chunk, while scans go on."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from lianfang.kit.db import Database
from lianfang.restructuring import store
from lianfang.runs.work import Work

CHUNK = 1_000
"""Rows in one transaction: some tens of milliseconds."""
REST = 1.0
"""Pause after a chunk, as a share of the time it took: the scan lane has the other half of the disk."""
AGAIN_S = 0.2
LATE = timedelta(days=7)
"""How long after a move rows are looked for that were written with the old place (a door kept in memory, an old session)."""

Progress = Callable[[int], Awaitable[None]]


async def follow(worker: Database, move_id: int, progress: Progress | None = None, *, chunk: int = CHUNK) -> int:
    """Lets every row of a move follow, the newest visits first; how many did. May be broken off and begun again, and
    may run twice at once: whoever is second passes over the rows that the other one holds."""
    followed = 0
    while True:
        async with worker.transaction() as conn:
            leaves = await store.worker_leaves(conn)
        for leaf in leaves:
            place: int | None = 0
            while place is not None:
                began = time.monotonic()
                async with worker.transaction() as conn:
                    step = await store.worker_follow(conn, move_id, leaf, place, chunk)
                place = step.next
                if step.moved:
                    followed += step.moved
                    if progress:
                        await progress(followed)
                    await asyncio.sleep(REST * (time.monotonic() - began))
        async with worker.transaction() as conn:
            if await store.worker_finish(conn, move_id):
                return followed
        await asyncio.sleep(AGAIN_S)  # somebody held rows, or wrote new ones at the old places


async def work(run: Work) -> dict[str, Any]:
    """The run that a move starts."""
    move_id = int(run.parameters["move_id"])
    async with run.worker.transaction() as conn:
        total = await store.worker_rows(conn, move_id)
        earlier = [other for other in await store.worker_due(conn, timedelta(0)) if other < move_id]
    # an enlargement that made room for this move
    for other in earlier:
        await follow(run.worker, other)
    return {"followed": await follow(run.worker, move_id, lambda done: run.progress(done, max(done, total)))}


async def sweep(worker: Database) -> int:
    """Takes up what a crash has broken off, and rows that came late; how many followed."""
    async with worker.transaction() as conn:
        due = await store.worker_due(conn, LATE)
    followed = 0
    for move_id in due:
        async with worker.transaction() as conn:
            waiting = await store.worker_rows(conn, move_id)
        if waiting or not await _finished(worker, move_id):
            followed += await follow(worker, move_id)
    return followed


async def _finished(worker: Database, move_id: int) -> bool:
    async with worker.transaction() as conn:
        return await store.worker_finish(conn, move_id)
