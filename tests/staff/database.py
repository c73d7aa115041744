"""A real database with the story's units: Hebei > Zhangjiakou > Chicheng > Longguan, and Chongli beside Chicheng."""

from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import psycopg
import pytest

from lianfang.kit.cluster import throwaway
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.migrations.apply import migrate, role_dsn

KEYS = Keys(bytes(range(32)))


class Unit(NamedTuple):
    """id, and the interval of its subtree."""

    id: int
    lo: int
    hi: int


HEBEI, ZHANGJIAKOU, CHICHENG, LONGGUAN, CHONGLI = (
    Unit(1, 1, 1000),
    Unit(2, 10, 500),
    Unit(3, 20, 100),
    Unit(4, 30, 40),
    Unit(5, 200, 300),
)
_UNITS = [
    (HEBEI, None, "130000000000", "河北省", "province"),
    (ZHANGJIAKOU, 1, "130700000000", "张家口市", "city"),
    (CHICHENG, 2, "130732000000", "赤城县", "county"),
    (LONGGUAN, 3, "130732101000", "龙关镇", "town"),
    (CHONGLI, 2, "130709000000", "崇礼区", "county"),
]


@pytest.fixture(scope="session")
def keys() -> Keys:
    return KEYS


@pytest.fixture(scope="session")
def migrated(keys: Keys) -> Iterator[str]:
    """The owner's dsn of a migrated database."""
    with throwaway() as cluster:
        dsn = cluster.superuser_dsn()
        migrate(dsn, keys)
        yield dsn


@pytest.fixture
def owner(migrated: str) -> Iterator[psycopg.Connection]:
    """The superuser, to arrange and to look: row-level security does not bind it."""
    with psycopg.connect(migrated, autocommit=True) as conn:
        for table in ("notices", "throttles", "audit_log", "staff_sessions", "staff_accounts", "units"):
            conn.execute(f"DELETE FROM {table}".encode())
        for unit, parent, code, name, level in _UNITS:
            conn.execute(
                "INSERT INTO units (id, parent_id, code, name, level, lo, hi) VALUES (%s, %s, %s, %s, %s, %s, %s)",
                [unit.id, parent, code, name, level, unit.lo, unit.hi],
            )
        yield conn


async def _open(migrated: str, role: str, keys: Keys) -> AsyncIterator[Database]:
    database = Database(role_dsn(migrated, role, keys), size=4)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def db(migrated: str, owner: psycopg.Connection, keys: Keys) -> AsyncIterator[Database]:
    async for database in _open(migrated, "lianfang_app", keys):
        yield database


@pytest.fixture
async def identity(migrated: str, owner: psycopg.Connection, keys: Keys) -> AsyncIterator[Database]:
    async for database in _open(migrated, "lianfang_identity", keys):
        yield database


@pytest.fixture
async def worker(migrated: str, owner: psycopg.Connection, keys: Keys) -> AsyncIterator[Database]:
    async for database in _open(migrated, "lianfang_worker", keys):
        yield database
