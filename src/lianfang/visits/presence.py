"""Which gates are connected. An open gate page holds a stream; while it does, it is noted once a minute that the gate is there.

A gate that was there within the last day and is not now is offline: its network, its device or its page is gone. Which of these,
nobody can tell from here, nor whether somebody closed the page at the end of a shift.
"""

from datetime import UTC, datetime, timedelta

import msgspec
import psycopg
import structlog

from lianfang.access.scope import Scope, scoped
from lianfang.kit.clock import now as clock_now
from lianfang.kit.db import Connection, Database, fetch_all, fetch_one
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.visits.store import Q

log = structlog.get_logger()
NOTED_EVERY = timedelta(minutes=1)
OFFLINE_AFTER = timedelta(minutes=2, seconds=30)
"""Two notes missed, and a little: a page that is reconnecting is not offline yet."""
WATCHED = timedelta(days=1)


class Gates(msgspec.Struct, frozen=True):
    """Open checkpoints whose gate page was connected within the last day, and those of them where it is not now."""

    watched: int
    offline: int


class OfflineGate(msgspec.Struct, frozen=True):
    checkpoint_id: int
    name: str
    unit: str
    seen_at: datetime


class Presence:
    """Notes that a gate's stream is open."""

    def __init__(self, db: Database, scope: Scope, checkpoint_id: int) -> None:
        self._db = db
        self._scope = scope
        self._checkpoint_id = checkpoint_id
        self._due = datetime.min.replace(tzinfo=UTC)

    async def note(self) -> None:
        """Once a minute at most, however often it is called. Never fails: the stream matters more than the note."""
        now = clock_now()
        if now < self._due:
            return
        self._due = now + NOTED_EVERY
        params = {"checkpoint_id": self._checkpoint_id, "now": now, "lo": self._scope.lo, "hi": self._scope.hi}
        try:
            async with scoped(self._db, self._scope) as conn:
                await conn.execute(Q.note_gate, params)
        except psycopg.Error as error:
            log.warning("gate_not_noted", error=type(error).__name__)


async def count(scope: Scope, conn: Connection, now: datetime) -> Gates:
    found = await fetch_one(conn, Gates, Q.gates, _bounds(scope, now))
    assert found is not None
    return found


async def offline(
    scope: Scope, conn: Connection, now: datetime, cursor: str | None = None, limit: int | None = None
) -> Page[OfflineGate]:
    """The gates of a part of the tree that are offline, first those that went last."""
    limit = clamp(limit)
    seen_at, checkpoint_id = decode_cursor(cursor, tuple[datetime, int]) or (now, 0)
    params = _bounds(scope, now) | {"before": seen_at, "before_id": checkpoint_id, "limit": limit + 1}
    rows = await fetch_all(conn, OfflineGate, Q.offline_gates, params)
    return page(rows, limit, lambda row: (row.seen_at, row.checkpoint_id))


def _bounds(scope: Scope, now: datetime) -> dict[str, object]:
    return {"lo": scope.lo, "hi": scope.hi, "since": now - WATCHED, "lost": now - OFFLINE_AFTER}
