"""The worker's part: keeps the sums."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from lianfang.kit.clock import now as clock_now
from lianfang.kit.db import Database
from lianfang.statistics import store

log = structlog.get_logger()
OVERLAP = timedelta(minutes=10)
"""A visit is recorded a moment before it is committed: what was recorded shortly before the last time is looked at again."""


async def sum_up(lane: Database, zone: ZoneInfo, retention: timedelta | None) -> None:
    """Adds what was recorded since the last time; everything, where there are no sums yet or the tree has changed.

    Day by day, each in a transaction of its own that holds the one row of the state: two who sum up at once take turns, and
    counting a visit again changes nothing.
    """
    begun = clock_now()
    async with lane.transaction() as conn:
        state = await store.lane_lock_state(conn)
        if await store.lane_is_moving(conn):
            return  # the worker is moving rows right now: what is counted before they have arrived is counted in vain
        if state.wanted_anew or state.zone != zone.key:
            await store.lane_begin(conn, zone.key)
            recorded: datetime | None = None
        else:
            recorded = state.recorded_until and state.recorded_until - OVERLAP
        days = await store.lane_changed_days(conn, zone.key, recorded)
    for day in days:
        async with lane.transaction() as conn:
            await store.lane_lock_state(conn)
            await store.lane_sum_day(conn, day, zone, recorded)
    async with lane.transaction() as conn:
        await store.lane_lock_state(conn)
        if retention is not None:
            await store.lane_forget_before(conn, begun.astimezone(zone).date() - retention - timedelta(days=2))
        await store.lane_advance(conn, begun)
    if recorded is None:
        log.info("statistics_made", days=len(days))
