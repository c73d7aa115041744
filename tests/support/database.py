"""One migrated database for the whole run; every test finds it empty but for the story's units."""

from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest

from lianfang.kit.cluster import Cluster, throwaway
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.migrations.apply import migrate
from lianfang.migrations.roles import role_dsn
from tests.support import story

MASTER = bytes(range(32))
KEYS = Keys(MASTER)
NAME = "lianfang_test"


@pytest.fixture(scope="session")
def keys() -> Keys:
    return KEYS


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    # each test signs in to the database some ten times: passwords of a throwaway need not be slow to guess
    with throwaway({"scram_iterations": "1"}) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def migrated(cluster: Cluster, keys: Keys) -> str:
    """The owner's DSN of a migrated database. Deleting rows takes milliseconds, a fresh copy of it tenths of a second."""
    with psycopg.connect(cluster.superuser_dsn(), autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {NAME}".encode())
    dsn = cluster.superuser_dsn(NAME)
    migrate(dsn, keys)
    with psycopg.connect(dsn, autocommit=True) as conn:
        story.note_tables(conn)
        story.reserve_ids(conn)
        # nothing here must outlive a power cut, and a thousand tests need not wait for the disk
        conn.execute(f"ALTER DATABASE {NAME} SET synchronous_commit = off".encode())
    return dsn


@pytest.fixture
def owner(migrated: str) -> Iterator[psycopg.Connection]:
    """The superuser, to arrange and to look: row-level security does not bind it."""
    with psycopg.connect(migrated, autocommit=True) as conn:
        story.clear(conn)
        story.add_units(conn)
        yield conn


@pytest.fixture
def cast(owner: psycopg.Connection) -> psycopg.Connection:
    """The story's doors and accounts are there too."""
    story.add_doors_and_accounts(owner)
    return owner


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
async def lane_db(migrated: str, owner: psycopg.Connection, keys: Keys) -> AsyncIterator[Database]:
    async for database in _open(migrated, "lianfang_lane", keys):
        yield database


@pytest.fixture
async def worker(migrated: str, owner: psycopg.Connection, keys: Keys) -> AsyncIterator[Database]:
    async for database in _open(migrated, "lianfang_worker", keys):
        yield database
