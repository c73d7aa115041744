"""One PostgreSQL role's connections. Settings are SET LOCAL: they end with the transaction, so no pooled connection carries one over."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from time import monotonic
from typing import Any, TypeVar

import psycopg
import structlog
from psycopg.rows import args_row, class_row
from psycopg_pool import AsyncConnectionPool
from psycopg_pool.base import AttemptWithBackoff

# A pool that lost its server asks five times a second whether it is back. By itself it would wait as long again as the server
# has been away already: two minutes of a restart would be four without scans.
AttemptWithBackoff.INITIAL_DELAY = 0.2
AttemptWithBackoff.DELAY_BACKOFF = 1.0

log = structlog.get_logger()

Connection = psycopg.AsyncConnection[tuple[Any, ...]]
T = TypeVar("T")
Params = Mapping[str, Any] | Sequence[Any] | None

# unavailable right now, as opposed to refused: the caller may try again
UNAVAILABLE = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.ReadOnlySqlTransaction)


class Changed(RuntimeError):
    """What was looked at before is no longer so: the transaction is undone, and the caller looks again."""


CHECKED_WITHIN_S = 3
LOOKED_AT_AFTER_S = 1


class Database:
    """A pool of connections that are all one role's. `patience_s`: nobody holds a connection for longer; whoever does finds it
    cut off, and their transaction undone."""

    def __init__(self, conninfo: str, *, size: int, patience_s: float | None = None) -> None:
        self.conninfo = conninfo
        self.patience_s = patience_s
        self.pool = AsyncConnectionPool(
            conninfo,
            min_size=1,
            max_size=size,
            open=False,
            timeout=5,
            check=_check,
            kwargs={"autocommit": True, "options": "-c timezone=UTC"},
        )

    async def open(self) -> None:
        await self.pool.open(wait=True)

    async def close(self) -> None:
        await self.pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection in autocommit, for as long as the block lasts."""
        async with self.pool.connection() as conn:
            with cut_after(self.patience_s, conn):
                yield conn

    @property
    def figures(self) -> dict[str, int]:
        """Of the pool: connections that are `idle` or `busy`, and requests that wait for one."""
        stats = self.pool.get_stats()
        size, idle = stats.get("pool_size", 0), stats.get("pool_available", 0)
        return {"idle": idle, "busy": size - idle, "waiting": stats.get("requests_waiting", 0)}

    @asynccontextmanager
    async def transaction(self, **local: str) -> AsyncIterator[Connection]:
        """One transaction; `local` settings (`lianfang__lo` → `lianfang.lo`) hold until it ends."""
        async with self.connection() as conn, conn.transaction():
            if local:
                await conn.execute(*_set_local(local))
            yield conn

    @contextmanager
    def blocking_transaction(self, **local: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """The same on a connection of its own, for a thread that streams (exports)."""
        with psycopg.connect(self.conninfo, autocommit=True, options="-c timezone=UTC") as conn, conn.transaction():
            if local:
                conn.execute(*_set_local(local))
            yield conn


class Kept:
    """A connection for one user who asks all day long. A pool looks at a connection each time it lends it, which is a journey to
    the server; this one is looked at where nobody has used it for a while, and another is taken when it is lost."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lent = AsyncExitStack()
        self._conn: Connection | None = None
        self._used = 0.0

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """The connection, in autocommit, for as long as the block lasts; for one block at a time."""
        try:
            if self._conn is not None and monotonic() - self._used > LOOKED_AT_AFTER_S:
                await self._look(self._conn)
            if self._conn is None:
                self._conn = await self._lent.enter_async_context(self._db.pool.connection())
            with cut_after(self._db.patience_s, self._conn):
                yield self._conn
            self._used = monotonic()
        except UNAVAILABLE:
            await self.give_back()
            raise

    async def _look(self, conn: Connection) -> None:
        try:
            await _check(conn)
        except UNAVAILABLE:
            await self.give_back()

    async def give_back(self) -> None:
        """To the pool, which throws it away where it is broken."""
        self._conn = None
        with suppress(*UNAVAILABLE):
            await self._lent.aclose()


@contextmanager
def cut_after(seconds: float | None, conn: Connection) -> Iterator[None]:
    """Cuts the connection if the block lasts for longer. It is the socket that is shut down: to cancel a statement one would
    have to reach the server, which is perhaps what does not work."""
    if seconds is None:
        yield
        return
    timer = asyncio.get_running_loop().call_later(seconds, _cut, conn)
    try:
        yield
    finally:
        timer.cancel()


def _cut(conn: Connection) -> None:
    log.warning("connection_cut", role=conn.info.user)
    with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(conn.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


async def _check(conn: Connection) -> None:
    with cut_after(CHECKED_WITHIN_S, conn):
        await AsyncConnectionPool.check_connection(conn)


def _set_local(local: Mapping[str, str]) -> tuple[bytes, list[str]]:
    calls = ", ".join("set_config(%s, %s, true)" for _ in local)
    return f"SELECT {calls}".encode(), [
        part for key, value in local.items() for part in (key.replace("__", "."), value)
    ]


async def fetch_all(conn: Connection, kind: type[T], query: bytes, params: Params = None) -> list[T]:
    """Every row as a `kind`."""
    async with conn.cursor(row_factory=class_row(kind)) as cursor:
        await cursor.execute(query, params)
        return await cursor.fetchall()


async def fetch_one(conn: Connection, kind: type[T], query: bytes, params: Params = None) -> T | None:
    """The first row as a `kind`, or None."""
    async with conn.cursor(row_factory=class_row(kind)) as cursor:
        await cursor.execute(query, params)
        return await cursor.fetchone()


async def ask(conn: Connection, kind: Callable[..., T], query: bytes, params: Params = None) -> psycopg.AsyncCursor[T]:
    """Asks without waiting for the answer, inside `conn.pipeline()`; once that has ended, `fetchall` gives what `kind` makes
    of each row's columns, in their order. Enums are to be selected as text."""
    cursor = conn.cursor(binary=True, row_factory=args_row(kind))
    return await cursor.execute(query, params)


def bigints(values: Iterable[int]) -> str:
    """A parameter for `%(…)s::bigint[]`; a list would be adapted number by number, at ten times the cost."""
    return f"{{{','.join(map(str, values))}}}"


async def fetch_value(conn: Connection, query: bytes, params: Params = None) -> Any:
    """The first column of the first row, or None."""
    row = await (await conn.execute(query, params)).fetchone()
    return row[0] if row else None
