"""What every room's tests share: the database, the story, the running application."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import psycopg
import pytest

from lianfang.config import Settings
from lianfang.entrypoints.web import Application, create_app
from lianfang.kit.crypto import Keys
from tests.support.database import MASTER, cast, cluster, db, identity, keys, lane_db, migrated, owner, worker
from tests.support.house import House, running

__all__ = ["cast", "cluster", "db", "identity", "keys", "lane_db", "migrated", "owner", "worker"]


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The demo's: one-time codes are in the answer."""
    return Settings(demo=True, secret_key=MASTER.hex())


@pytest.fixture(scope="session")
def application(settings: Settings, migrated: str, keys: Keys) -> Application:
    """Put together once; each test starts and stops it."""
    return create_app(settings, migrated, keys)


@pytest.fixture
async def house(application: Application, cast: psycopg.Connection) -> AsyncIterator[House]:
    """The running application with the story's doors and accounts."""
    async with running(application), AsyncExitStack() as stack:
        yield House(application, stack)


OpenHouse = Callable[[Settings], Awaitable[House]]


@pytest.fixture(scope="session")
def spare(settings: Settings, migrated: str, keys: Keys) -> list[Application]:
    """Applications for other settings: putting one together takes most of a second."""
    return [create_app(settings, migrated, keys) for _ in range(2)]


@pytest.fixture
async def house_with(spare: list[Application], cast: psycopg.Connection) -> AsyncIterator[OpenHouse]:
    """The same with other settings; two at once at most."""
    async with AsyncExitStack() as stack:
        left = list(spare)

        async def open_house(settings: Settings) -> House:
            app = left.pop()
            app.router.state.settings = settings
            await stack.enter_async_context(running(app))
            return House(app, stack)

        yield open_house
