"""LISTEN on a connection of its own: what other processes committed, within milliseconds."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
import structlog

from lianfang.kit.db import cut_after

log = structlog.get_logger()
RECONNECT_S = 1.0
SILENT_S = 10.0
ANSWERS_WITHIN_S = 5.0


class Listener:
    """Calls a channel's handler with each notification's payload. After a lost connection something may have been
    missed: `on_gap` is called so that whoever keeps copies drops them."""

    def __init__(
        self, conninfo: str, handlers: Mapping[str, Callable[[str], None]], on_gap: Callable[[], None]
    ) -> None:
        self._conninfo = conninfo
        self._handlers = handlers
        self._on_gap = on_gap
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns once it listens, so that nothing committed afterwards is missed."""
        conn = await self._connect()
        self._task = asyncio.create_task(self._run(conn))

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        conn = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
        with cut_after(ANSWERS_WITHIN_S, conn):
            for channel in self._handlers:
                await conn.execute(f"LISTEN {channel}".encode())
        return conn

    async def _run(self, conn: psycopg.AsyncConnection[Any]) -> None:
        while True:
            try:
                async with conn:
                    while True:
                        async for notify in conn.notifies(timeout=SILENT_S):
                            self._handlers[notify.channel](notify.payload)
                        with cut_after(ANSWERS_WITHIN_S, conn):  # is anybody still there?
                            await conn.execute(b"SELECT 1")
            except psycopg.Error as error:
                log.warning("listener_lost", error=type(error).__name__)
            self._on_gap()
            conn = await self._reconnect()
            self._on_gap()

    async def _reconnect(self) -> psycopg.AsyncConnection[Any]:
        while True:
            await asyncio.sleep(RECONNECT_S)
            with contextlib.suppress(psycopg.Error):
                return await self._connect()
