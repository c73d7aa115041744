"""Tries are counted in the database: all processes share the count, and a burst is counted whole."""

import asyncio
from datetime import timedelta

import psycopg
import pytest

from lianfang.access.throttle import TOO_OFTEN, Limit, spend
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Problem

THREE = Limit("made up", 3, timedelta(days=3650))


async def tried(identity: Database, keys: Keys, limit: Limit, target: str) -> bool:
    try:
        await spend(identity, keys, limit, target)
    except Problem as problem:
        if problem.type is not TOO_OFTEN:
            raise
        return False
    return True


async def test_so_many_tries_and_no_more(identity: Database, keys: Keys) -> None:
    assert [await tried(identity, keys, THREE, "a") for _ in range(5)] == [True, True, True, False, False]


async def test_each_target_and_each_limit_has_its_own_count(identity: Database, keys: Keys) -> None:
    for _ in range(4):
        await tried(identity, keys, THREE, "a")
    assert await tried(identity, keys, THREE, "b")
    assert await tried(identity, keys, THREE._replace(name="another"), "a")


async def test_a_burst_is_counted_whole(identity: Database, keys: Keys) -> None:
    results = await asyncio.gather(*(tried(identity, keys, THREE, "a") for _ in range(30)))
    assert sum(results) == 3


async def test_the_next_window_begins_anew(identity: Database, owner: psycopg.Connection, keys: Keys) -> None:
    for _ in range(4):
        await tried(identity, keys, THREE, "a")
    owner.execute("UPDATE throttles SET window_at = window_at - interval '3650 days'")
    assert await tried(identity, keys, THREE, "a")


async def test_whom_it_counts_is_not_readable(identity: Database, owner: psycopg.Connection, keys: Keys) -> None:
    await spend(identity, keys, THREE, "+8613800001111")
    [key] = owner.execute("SELECT key FROM throttles").fetchone() or [b""]
    assert len(key) == 16
    assert b"138" not in key


@pytest.mark.parametrize("window", [timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)])
async def test_the_wait_is_within_the_window(identity: Database, keys: Keys, window: timedelta) -> None:
    limit = Limit("once", 1, window)
    await spend(identity, keys, limit, "a")
    with pytest.raises(Problem) as caught:
        await spend(identity, keys, limit, "a")
    assert 0 < caught.value.retry_after_s <= window.total_seconds()
