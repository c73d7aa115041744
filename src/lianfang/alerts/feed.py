"""Fevers as they happen, to every console whose scope covers the door: its own unit's and those of all units above it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta

from lianfang.access.scope import Scope, scoped
from lianfang.alerts import service, store
from lianfang.alerts.model import Alert, OpenCount
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import UNAVAILABLE, Database

PING_S = 15.0
GATHER_S = 0.1
LATE = timedelta(seconds=60)  # what was recorded may be committed this much later
DAY = timedelta(days=1)
PAGE = 100


class AlertBell:
    """Wakes everybody who watches: fevers are few (rung by NOTIFY lianfang_alerts)."""

    def __init__(self) -> None:
        self._watchers: set[asyncio.Event] = set()
        self.closed = False

    def ring(self) -> None:
        for event in self._watchers:
            event.set()

    def close(self) -> None:
        self.closed = True
        self.ring()

    @contextlib.contextmanager
    def watch(self) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        self._watchers.add(event)
        try:
            yield event
        finally:
            self._watchers.discard(event)


async def follow(
    db: Database, keys: Keys, bell: AlertBell, scope: Scope, since: datetime | None
) -> AsyncIterator[tuple[str, Alert] | OpenCount | None]:
    """The number of open ones whenever it may have changed, (cursor, alert) for each new one, None as a sign of life.
    `since`: the cursor of the last one received; the last minute may be sent again, and is dropped by id."""
    now = clock_now()
    cursor = min(max(since, now - DAY), now) if since else now
    shown: dict[int, datetime] = {}
    first = True
    with bell.watch() as rung:
        rung.set()
        while not bell.closed:
            try:
                await asyncio.wait_for(rung.wait(), PING_S)
            except TimeoutError:
                yield None
                continue
            await asyncio.sleep(GATHER_S)
            rung.clear()
            try:
                async with scoped(db, scope) as conn:
                    rows = await store.since(scope, conn, cursor - LATE, limit=PAGE)
                    new = [row for row in rows if row.id not in shown]
                    alerts = await service.read(keys, scope, conn, new)
                    count = await store.count_open(scope, conn)
            except UNAVAILABLE:
                continue
            yield OpenCount(count)
            for alert in alerts:
                shown[alert.id] = alert.recorded_at
                # what was there before this console was opened is in its list, not news
                if not first or since or alert.recorded_at >= now:
                    cursor = max(cursor, alert.recorded_at)
                    yield cursor.isoformat(), alert
            first = False
            if len(rows) >= PAGE and new:
                rung.set()
            shown = {alert_id: at for alert_id, at in shown.items() if at > cursor - 2 * LATE}
