"""The story's accounts, and a web application with nothing but the staff routes."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import argon2
import httpx
import psycopg
import pytest
from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.di import Provide

from lianfang.config import Settings
from lianfang.entrypoints.guard import guard
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Problem, render
from lianfang.staff.routes import audit_router, session_router, staff_router
from lianfang.staff.sessions import Sessions
from tests.staff.database import CHICHENG, CHONGLI, LONGGUAN, Unit, db, identity, keys, migrated, owner, worker

__all__ = ["db", "identity", "keys", "migrated", "owner", "worker"]

PASSWORD = "correct-horse-battery"
# as strong as it takes for a test
PASSWORD_HASH = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@dataclass
class Cast:
    """Account ids by username."""

    owner: psycopg.Connection
    ids: dict[str, int]

    def add(self, username: str, unit: Unit, role: str) -> int:
        row = self.owner.execute(
            "INSERT INTO staff_accounts (unit_id, ord, username, display_name, role, password_hash, must_change_password)"
            " VALUES (%s, %s, %s, %s, %s, %s, false) RETURNING id",
            [unit.id, unit.lo, username, f"{username} 的名字", role, PASSWORD_HASH],
        ).fetchone()
        assert row is not None
        self.ids[username] = row[0]
        return self.ids[username]

    def __getitem__(self, username: str) -> int:
        return self.ids[username]

    def column(self, username: str, name: str) -> Any:
        row = self.owner.execute(
            f"SELECT {name} FROM staff_accounts WHERE id = %s".encode(), [self.ids[username]]
        ).fetchone()
        assert row is not None
        return row[0]

    def audit(self, username: str) -> list[tuple[str, dict[str, Any]]]:
        """What the log says was done to an account, oldest first."""
        rows = self.owner.execute(
            "SELECT action, detail FROM audit_log WHERE subject = %s ORDER BY id", [f"staff:{self.ids[username]}"]
        )
        return [(action, detail) for action, detail in rows.fetchall()]


@pytest.fixture
def cast(owner: psycopg.Connection) -> Cast:
    cast = Cast(owner, {})
    cast.add("chicheng", CHICHENG, "admin")
    cast.add("chongli", CHONGLI, "admin")
    cast.add("longguan", LONGGUAN, "admin")
    cast.add("gate01", LONGGUAN, "attendant")
    return cast


@pytest.fixture
def sessions(identity: Database, keys: Keys) -> Sessions:
    return Sessions(identity, keys)


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def app(db: Database, identity: Database, keys: Keys, settings: Settings, sessions: Sessions) -> Litestar:
    def of_request(name: str) -> Provide:
        async def provide(request: Request[Any, Any, Any]) -> Any:
            return request.state[name]  # put there by the guard

        return Provide(provide)

    async def address(request: Request[Any, Any, Any]) -> str:
        return request.headers.get("x-test-address", "")

    def show(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
        headers = {"Retry-After": str(problem.retry_after_s)} if problem.retry_after_s else None
        return Response(render(problem, "en"), status_code=problem.type.status, headers=headers)

    def constant(value: Any) -> Provide:
        return Provide(lambda: value, sync_to_thread=False)

    return Litestar(
        [session_router, staff_router, audit_router],
        guards=[guard],
        exception_handlers={Problem: show},
        dependencies={
            "db": constant(db),
            "identity": constant(identity),
            "keys": constant(keys),
            "settings": constant(settings),
            "sessions": constant(sessions),
            "client_address": Provide(address),
            "session": of_request("session"),
            "acting": of_request("scope"),
        },
        openapi_config=None,
        logging_config=None,
        state=State({"services": SimpleNamespace(sessions=sessions, hosts=frozenset({"test"}))}),
    )


Browser = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def browser(app: Litestar) -> AsyncIterator[Browser]:
    """Opens a browser at an address, with cookies of its own."""
    opened: list[httpx.AsyncClient] = []

    def open_browser(address: str = "10.0.0.1") -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=True),  # type: ignore[arg-type]
            base_url="http://test",
            headers={"x-test-address": address},
        )
        opened.append(client)
        return client

    yield open_browser
    for client in opened:
        await client.aclose()


async def sign_in(client: httpx.AsyncClient, username: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    """Signs in; the browser keeps the cookie."""
    return await client.post("/session", json={"username": username, "password": password, **more})


@pytest.fixture
async def signed_in(browser: Browser, cast: Cast) -> Callable[[str], Any]:
    """A browser in which an account of the story has signed in."""

    async def open_signed_in(username: str) -> httpx.AsyncClient:
        client = browser()
        response = await sign_in(client, username)
        assert response.status_code == 200, response.text
        return client

    return open_signed_in
