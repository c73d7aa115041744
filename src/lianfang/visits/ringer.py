"""Tells every process what was committed: after the commit and apart from it, because NOTIFY makes commits wait for each other."""

import asyncio
import contextlib
from collections.abc import Iterable
from uuid import UUID

from lianfang.kit.db import UNAVAILABLE, Database, Kept
from lianfang.visits import store

RING_EVERY_S = 0.1
IN_A_PAYLOAD = 200  # ids of 37 characters; a payload is at most 8,000 bytes


class Ringer:
    """Gathers what has happened and rings ten times a second at most."""

    def __init__(self, db: Database) -> None:
        self._line = Kept(db)
        self._waiting: dict[str, set[object]] = {
            "lianfang_visits": set(),
            "lianfang_decided": set(),
            "lianfang_alerts": set(),
        }
        self._task: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def checkpoint(self, checkpoint_id: int) -> None:
        """There is something new at a checkpoint: a visit, or somebody who waits or does no longer."""
        self._waiting["lianfang_visits"].add(checkpoint_id)

    def decided(self, scan_id: UUID) -> None:
        """A scan that waited is decided."""
        self._waiting["lianfang_decided"].add(scan_id)

    def alerts(self, alert_ids: Iterable[int]) -> None:
        self._waiting["lianfang_alerts"].update(alert_ids)

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Tells what is still to be told, then stops."""
        self._closing.set()
        if self._task:
            await self._task

    async def _run(self) -> None:
        while not self._closing.is_set() or any(self._waiting.values()):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), RING_EVERY_S)
            for channel, ids in self._waiting.items():
                if ids:
                    self._waiting[channel] = set()
                    await self._ring(channel, ids)
        await self._line.give_back()

    async def _ring(self, channel: str, ids: set[object]) -> None:
        ordered = sorted(map(str, ids))
        # an alert is told by itself: whoever listens looks that one up
        size = 1 if channel == "lianfang_alerts" else IN_A_PAYLOAD
        payloads = [",".join(ordered[start : start + size]) for start in range(0, len(ordered), size)]
        try:
            async with self._line.connection() as conn:
                await store.lane_ring(conn, channel, payloads)
        except UNAVAILABLE:
            if not self._closing.is_set():
                self._waiting[channel] |= ids
