"""`lianfang up` with a web process that answers before it commits: what `lianfang bench faults --sabotage ack` must notice."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from psycopg_pool import AsyncConnectionPool

from lianfang import config
from lianfang.entrypoints import serve, supervisor
from lianfang.kit.db import Kept

COMMITS_AFTER_S = 0.1

_Pool = AsyncConnectionPool[psycopg.AsyncConnection]
_honest = _Pool.connection
_late: "set[asyncio.Task[None]]" = set()


@asynccontextmanager
async def _hasty(self: _Pool) -> AsyncIterator[psycopg.AsyncConnection]:
    """A connection on which nothing is committed before it is given back, and then a little later."""
    lent = _honest(self)
    conn = await lent.__aenter__()
    try:
        await conn.execute("BEGIN")
        yield conn
    except BaseException as error:
        await lent.__aexit__(type(error), error, error.__traceback__)
        raise

    async def commit() -> None:
        await asyncio.sleep(COMMITS_AFTER_S)
        await lent.__aexit__(None, None, None)  # a pool commits what is open

    task = asyncio.create_task(commit())
    _late.add(task)
    task.add_done_callback(_late.discard)


def main() -> None:
    """The web process."""
    AsyncConnectionPool.connection = _hasty  # type: ignore[assignment]
    Kept.connection = lambda kept: kept._db.connection()  # type: ignore[assignment,method-assign]
    serve.main()


if __name__ == "__main__":
    supervisor.up(
        config.load(),
        say=lambda text: print(text, file=sys.stderr),
        ready=lambda _: None,
        web="lianfang.entrypoints.bench_hasty",
    )
