"""How often something may be tried: by phone, by address, by account. Counted in the database, so all processes share the count."""

from datetime import timedelta
from typing import NamedTuple

import msgspec

from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database, fetch_one
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
    key = keys.blind_index("throttle", f"{limit.name}:{target}")
    async with identity.transaction() as conn:
        count = await fetch_one(conn, _Count, Q.count_try, {"key": key, "window": limit.window})
    assert count is not None
    if count.tries > limit.tries:
        raise TOO_OFTEN(retry_after_s=count.seconds_left, seconds=count.seconds_left)
