"""One PostgreSQL role's connections. Settings are SET LOCAL: they end with the transaction, so no pooled connection carries one over."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg.rows import args_row, class_row
from psycopg_pool import AsyncConnectionPool
from psycopg_pool.base import AttemptWithBackoff

# A pool that lost its server asks five times a second whether it is back. By itself it would wait as long again as the server
# has been away already: two minutes of a restart would be four without scans.
AttemptWithBackoff.INITIAL_DELAY = 0.2
AttemptWithBackoff.DELAY_BACKOFF = 1.0

Connection = psycopg.AsyncConnection[tuple[Any, ...]]
T = TypeVar("T")
Params = Mapping[str, Any] | Sequence[Any] | None

# unavailable right now, as opposed to refused: the caller may try again
UNAVAILABLE = (psycopg.OperationalError, psycopg.InterfaceError)


class Changed(RuntimeError):
    """What was looked at before is no longer so: the transaction is undone, and the caller looks again."""


class Database:
    """A pool of connections that are all one role's."""

    def __init__(self, conninfo: str, *, size: int) -> None:
        self.conninfo = conninfo
        self._pool = AsyncConnectionPool(
            conninfo,
            min_size=1,
            max_size=size,
            open=False,
            timeout=5,
            check=AsyncConnectionPool.check_connection,
            kwargs={"autocommit": True, "options": "-c timezone=UTC"},
        )

    async def open(self) -> None:
        await self._pool.open(wait=True)

    async def close(self) -> None:
        await self._pool.close()

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """A connection in autocommit, for as long as the block lasts."""
        return self._pool.connection()

    @asynccontextmanager
    async def transaction(self, **local: str) -> AsyncIterator[Connection]:
        """One transaction; `local` settings (`lianfang__lo` → `lianfang.lo`) hold until it ends."""
        async with self._pool.connection() as conn, conn.transaction():
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
