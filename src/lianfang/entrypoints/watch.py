"""What an operator watches: figures of this process, once a second, and whether it is ready for work."""

import asyncio
from importlib.resources import files
from typing import Literal

import structlog
from prometheus_client import Counter

from lianfang.bootstrap import Services
from lianfang.kit.db import UNAVAILABLE, Database, fetch_value
from lianfang.kit.metrics import gauge

log = structlog.get_logger()

Reason = Literal["stopping", "lane_stuck", "database_unavailable", "database_read_only", "schema_outdated"]
ASKED_AT_MOST_EVERY_S = 1.0
QUIET_AFTER_S = 5

CONNECTIONS = gauge("lianfang_connections", "Open connections of clients.")
REQUESTS = gauge("lianfang_requests_in_progress", "Requests being answered, beside scans and streams.")
REFUSED = Counter("lianfang_requests_refused", "Requests answered 503 because too many were in progress (scans apart).")
LATE = Counter("lianfang_late_connections", "Connections that were ended because the other side kept us waiting.")
POOL = gauge("lianfang_pool_connections", "Connections to the database.", "role", "state")
POOL_WAITING = gauge("lianfang_pool_waiting", "Requests that wait for a connection to the database.", "role")

_LAST_MIGRATION = max(
    file.name.removesuffix(".sql") for file in files("lianfang.migrations").joinpath("numbered").iterdir()
)


class Surge:
    """Tells the log when scans begin to be turned away, and when that is over: two lines, however many scans."""

    def __init__(self) -> None:
        self._turned_away = 0
        self._quiet = 0

    def look(self, turned_away: int) -> None:
        """Once a second: how many scans were turned away since."""
        if turned_away and not self._turned_away:
            log.warning("surge_began")
        self._turned_away += turned_away
        self._quiet = 0 if turned_away else self._quiet + 1
        if self._turned_away and self._quiet >= QUIET_AFTER_S:
            log.info("surge_ended", turned_away=self._turned_away)
            self._turned_away = 0


class Watch:
    """The figures and the readiness of a web process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._surge = Surge()
        self._found: Reason | None = None
        self._asked_at = float("-inf")
        self._asking = asyncio.Lock()
        self.stopping = False

    def look(self, connections: int, late: int, in_progress: int, refused: int) -> None:
        """Once a second."""
        self._surge.look(self._services.lane.look())
        CONNECTIONS.set(connections)
        REQUESTS.set(in_progress)
        REFUSED.inc(refused)
        if late:
            LATE.inc(late)
            log.info("late_connections_ended", connections=late)
        db = self._services.db
        for role, pool in (("app", db.app), ("identity", db.identity), ("lane", db.lane), ("worker", db.worker)):
            figures = pool.figures
            POOL_WAITING.labels(role).set(figures.pop("waiting"))
            for state, many in figures.items():
                POOL.labels(role, state).set(many)

    async def unready(self) -> Reason | None:
        """Why this process should be given no work. The database is asked once a second at most, whoever wants to know."""
        if self.stopping:
            return "stopping"
        if self._services.lane.stuck:
            return "lane_stuck"
        loop = asyncio.get_running_loop()
        async with self._asking:
            if loop.time() - self._asked_at >= ASKED_AT_MOST_EVERY_S:
                self._found = await _ask(self._services.db.lane)
                self._asked_at = loop.time()
            return self._found


async def _ask(lane_db: Database) -> Reason | None:
    try:
        async with lane_db.transaction() as conn:
            if await fetch_value(
                conn, b"SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean"
            ):
                return "database_read_only"
            applied = await fetch_value(conn, b"SELECT max(migration_id) FROM _yoyo_migration")
    except UNAVAILABLE:
        return "database_unavailable"
    return None if applied >= _LAST_MIGRATION else "schema_outdated"
