"""The worker's part: days are made ahead, and dropped when they are older than visits are kept."""

from datetime import UTC, datetime, timedelta

import structlog

from lianfang.access.scope import Scope
from lianfang.audit import store as audit
from lianfang.kit.db import Database
from lianfang.visits import store

log = structlog.get_logger()
AHEAD_DAYS = 3


async def tend_days(worker: Database, retention: timedelta | None) -> None:
    """Makes the next days' partitions and drops those whose every visit is past the retention, and with
    them the temperatures, check-outs, decisions and alerts of that time."""
    today = datetime.now(UTC).date()
    async with worker.transaction() as conn:
        for ahead in range(AHEAD_DAYS + 1):
            await store.lane_ensure_day(conn, today + timedelta(days=ahead))
    if retention is None:
        return
    async with worker.transaction() as conn:
        forgotten = await store.worker_forget(conn, datetime.now(UTC) - retention)
        if forgotten:
            log.info("forgotten", rows=forgotten)
    # a scan id may be a day older than its visit, and today has begun
    first = today - retention - timedelta(days=2)
    async with worker.transaction() as conn:
        dropped = await store.worker_drop_days(conn, first)
        if dropped:
            await audit.record(Scope.system("worker"), conn, "visits.drop_days", "visits", days=dropped)
            log.info("days_dropped", days=dropped)
