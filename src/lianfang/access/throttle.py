"""How often something may be tried: by phone, by address, by account. Counted in the database, so all processes share the count."""

from datetime import timedelta
from typing import NamedTuple

import msgspec

from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database, fetch_one
from lianfang.kit.errors import ProblemType
from lianfang.kit.sql import Queries

Q = Queries(__package__)

TOO_OFTEN = ProblemType(
    "too_often", 429, "操作太频繁，请在 {seconds} 秒后再试。", "Too many tries; please wait {seconds} seconds."
)


class Limit(NamedTuple):
    """At most `tries` in each `window`."""

    name: str
    tries: int
    window: timedelta


class _Count(msgspec.Struct, frozen=True):
    tries: int
    seconds_left: int


async def spend(identity: Database, keys: Keys, limit: Limit, target: str) -> None:
    """Counts one try against the limit, in a transaction of its own (a refusal still counts); Problem `too_often` beyond it."""
    async with identity.transaction() as conn:
        count = await fetch_one(conn, _Count, Q.count_try, {"key": _key(keys, limit, target), "window": limit.window})
    assert count is not None
    if count.tries > limit.tries:
        raise TOO_OFTEN(retry_after_s=count.seconds_left, seconds=count.seconds_left)


async def forgive(conn: Connection, keys: Keys, limit: Limit, target: str) -> None:
    """Takes back one counted try, which turned out to be rightful."""
    await conn.execute(Q.forgive, {"key": _key(keys, limit, target), "window": limit.window})


async def forgive_all(conn: Connection, keys: Keys, limit: Limit, target: str) -> None:
    """Forgets every counted try."""
    await conn.execute(Q.forgive_all, {"key": _key(keys, limit, target)})


async def worker_tidy(conn: Connection) -> None:
    """Drops counts whose window is over."""
    await conn.execute(Q.drop_old_tries)


def _key(keys: Keys, limit: Limit, target: str) -> bytes:
    return keys.blind_index("throttle", f"{limit.name}:{target}")
