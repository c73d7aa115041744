"""Clocks that jump, a database that may only be read, and one that says nothing more: nothing is acknowledged that is not stored,
and afterwards work goes on by itself. `lianfang bench outages` does the same to whole instances under load."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from lianfang.bench.outages import Proxy
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database, fetch_value
from lianfang.kit.listen import Listener
from lianfang.migrations.roles import role_dsn
from tests.support.house import House, scan, until
from tests.support.story import LONGGUAN_DOOR
from tests.visits.conftest import stored


@pytest.mark.parametrize("hours", [-25, -23, 23, 25])
async def test_a_clock_that_jumps_by_a_day_acknowledges_nothing_that_is_not_stored(
    house: House, cast: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    resident = await house.resident()
    body = scan(LONGGUAN_DOOR)
    for module in ("door", "batch"):
        monkeypatch.setattr(f"lianfang.visits.{module}.clock_now", lambda: datetime.now(UTC) + timedelta(hours=hours))
    jumped = await resident.post("/scans", body)
    assert (jumped.status_code == 201) == (stored(cast) == 1), jumped.text
    assert jumped.status_code in (201, 401, 422)
    monkeypatch.undo()
    again = await resident.post("/scans", body)
    assert again.status_code == (200 if jumped.status_code == 201 else 201)
    if jumped.status_code == 201:
        assert again.json() == jumped.json() | {"replayed": True}
    assert (await resident.scan(LONGGUAN_DOOR)).status_code == 201
    assert stored(cast) == 2


@pytest.fixture
def writable(cast: psycopg.Connection) -> Iterator[psycopg.Connection]:
    yield cast
    cast.execute("ALTER ROLE lianfang_lane RESET default_transaction_read_only")


async def test_while_the_database_may_only_be_read_scans_are_put_off(
    house: House, writable: psycopg.Connection
) -> None:
    resident, body = await house.resident(), scan(LONGGUAN_DOOR)
    assert (await resident.scan(LONGGUAN_DOOR)).status_code == 201
    writable.execute("ALTER ROLE lianfang_lane SET default_transaction_read_only = on")
    writable.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lianfang_lane'")
    answers = await asyncio.gather(resident.post("/scans", body), *(resident.scan(LONGGUAN_DOOR) for _ in range(5)))
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(503, "busy")}
    assert stored(writable) == 1
    writable.execute("ALTER ROLE lianfang_lane RESET default_transaction_read_only")
    await house.services.db.lane.pool.drain()
    assert (await resident.post("/scans", body)).status_code == 201
    assert stored(writable) == 2


@pytest.fixture
def proxy(migrated: str) -> Iterator[Proxy]:
    proxy = Proxy(f"{conninfo_to_dict(migrated)['host']}/.s.PGSQL.5432")
    yield proxy
    proxy.stop()


async def test_a_database_that_says_nothing_more_is_cut_off_and_found_again(
    proxy: Proxy, migrated: str, cast: psycopg.Connection, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (
        ("kit.db.CHECKED_WITHIN_S", 0.3),
        ("kit.listen.SILENT_S", 0.2),
        ("kit.listen.RECONNECT_S", 0.1),
    ):
        monkeypatch.setattr(f"lianfang.{name}", seconds)
    monkeypatch.setattr("lianfang.kit.listen.ANSWERS_WITHIN_S", 0.3)
    gaps: list[float] = []
    through = make_conninfo(role_dsn(migrated, "lianfang_lane", keys), host="127.0.0.1", port=proxy.port)
    database = Database(through, size=2, patience_s=0.3)
    await database.open()
    listener = Listener(through, {"lianfang_doors": lambda _: None}, lambda: gaps.append(time.monotonic()))
    await listener.start()
    try:
        async with database.connection() as conn:
            assert await fetch_value(conn, b"SELECT 1") == 1
            proxy.freeze()
            with pytest.raises(psycopg.OperationalError):
                async with asyncio.timeout(20):
                    await fetch_value(conn, b"SELECT 2")
        await until(lambda: len(gaps) >= 1)  # whoever keeps copies has dropped them
        proxy.mend()
        await until(lambda: len(gaps) >= 2)
        async with asyncio.timeout(30):
            while True:
                try:
                    async with database.connection() as conn:
                        assert await fetch_value(conn, b"SELECT 3") == 3
                        break
                except psycopg.OperationalError:
                    await asyncio.sleep(0.05)
    finally:
        await listener.stop()
        await database.close()
