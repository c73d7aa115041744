"""Verbs: scan a day, list what was raised."""

import asyncio
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from lianfang.access.scope import Scope, scoped
from lianfang.kit.db import Database
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.warnings import store
from lianfang.warnings.decide import BASE_DAYS, LAG_DAYS, scan
from lianfang.warnings.model import EarlyWarning, Signal

log = structlog.get_logger()
NEWEST = (1 << 62) - 1
KEPT = timedelta(days=400)


async def scan_day(lane: Database, worker: Database, zone: ZoneInfo, day: date) -> int:
    """Raises what was more than expected on a day of the local calendar; how many were new. A second time raises nothing."""
    since = datetime.combine(day - timedelta(days=LAG_DAYS + BASE_DAYS), time(), zone)
    until = datetime.combine(day + timedelta(days=1), time(), zone)
    async with lane.transaction() as conn:
        counts = await store.lane_counts(conn, zone.key, since, until)
        begun = await store.lane_begun(conn, zone.key, since)
        doors = await store.lane_doors(conn, {count.checkpoint_id for count in counts})
        tree = await store.lane_tree(conn)
    found = await asyncio.to_thread(scan, day, begun or day, counts, doors, tree)
    async with worker.transaction() as conn:
        raised = sum([await store.worker_raise(conn, day, warning) for warning in found])
        await store.worker_forget(conn, day - KEPT)
    if raised:
        log.info("warnings_raised", day=day.isoformat(), many=raised)
    return raised


async def list_warnings(
    db: Database, scope: Scope, signal: Signal | None, cursor: str | None, limit: int | None
) -> Page[EarlyWarning]:
    """Of one's own part of the tree, newest first; counts of nobody in particular."""
    limit = clamp(limit)
    (before,) = decode_cursor(cursor, tuple[int]) or (NEWEST,)
    async with scoped(db, scope) as conn:
        rows = await store.latest(scope, conn, signal, before=before, limit=limit + 1)
    return page(rows, limit, lambda row: (row.id,))
