"""`lianfang up` with a web process that answers before it commits: what `lianfang bench faults --sabotage ack` must notice."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lianfang import config
from lianfang.entrypoints import serve, supervisor
from lianfang.kit.db import Connection, Database

COMMITS_AFTER_S = 0.1

_honest = Database.transaction
_late: "set[asyncio.Task[None]]" = set()


@asynccontextmanager
async def _hasty(self: Database, **local: str) -> AsyncIterator[Connection]:
    """A transaction that lets go before its commit."""
    transaction = _honest(self, **local)
    conn = await transaction.__aenter__()
    try:
        yield conn
    except BaseException as error:
        await transaction.__aexit__(type(error), error, error.__traceback__)
        raise

    async def commit() -> None:
        await asyncio.sleep(COMMITS_AFTER_S)
        await transaction.__aexit__(None, None, None)

    task = asyncio.create_task(commit())
    _late.add(task)
    task.add_done_callback(_late.discard)


def main() -> None:
    """The web process."""
    Database.transaction = _hasty  # type: ignore[method-assign]
    serve.main()


if __name__ == "__main__":
    supervisor.up(
        config.load(),
        say=lambda text: print(text, file=sys.stderr),
        ready=lambda _: None,
        web="lianfang.entrypoints.bench_hasty",
    )
