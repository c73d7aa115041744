"""The whole application as its users meet it: through HTTP, with a cookie jar for each of them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx

from lianfang.bootstrap import Services
from lianfang.entrypoints.web import Application
from lianfang.kit import ids
from lianfang.people.tokens import refer
from tests.support.asgi import Stream
from tests.support.database import KEYS
from tests.support.people import Resident, somebody
from tests.support.story import ACCOUNT, ANSWERS, PASSWORD, YIJIE_DOOR, Door

HOST = "127.0.0.1:8000"
API = "/api/v1"
Answer = httpx.Response


def scan_id(at: datetime | None = None) -> UUID:
    """A new scan id whose time is `at` (now)."""
    fresh = ids.uuid7()
    if at is None:
        return fresh
    return UUID(int=ids.uuid7_floor(at).int | (fresh.int & ((1 << 80) - 1)))


def scan(door: Door = YIJIE_DOOR, **changed: Any) -> dict[str, Any]:
    """What a phone sends at a door. `at` makes it an offline scan with a fitting id. A `person` given by id is named as
    the story's import account names them."""
    at = changed.get("at")
    body: dict[str, Any] = {
        "scan_id": str(scan_id(at if isinstance(at, datetime) else None)),
        "code": door.code,
        "answers": dict(ANSWERS) if door.form.fields else {},
    }
    if isinstance(at, datetime):
        changed["at"] = at.isoformat()
    if isinstance(changed.get("person"), int):
        changed["person"] = refer(KEYS, changed["person"], ACCOUNT["import"].id)
    return body | changed


class Client:
    """Somebody's browser, or a program. Paths are below /api/v1."""

    def __init__(self, http: httpx.AsyncClient, app: Application) -> None:
        self.http = http
        self._app = app
        self.me: dict[str, Any] = {}

    @property
    def id(self) -> int:
        """The person, or the account, who is signed in."""
        return int(self.me.get("person_id") or self.me["account_id"])

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())

    async def get(self, path: str, **params: Any) -> Answer:
        return await self.http.get(API + path, params=params)

    async def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return await self.send("POST", path, body, **headers)

    async def patch(self, path: str, body: Any) -> Answer:
        return await self.send("PATCH", path, body)

    async def delete(self, path: str, body: Any = None) -> Answer:
        return await self.send("DELETE", path, body)

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is None:
            return await self.http.request(method, API + path, headers=named)
        return await self.http.request(method, API + path, json=body, headers=named)

    async def scan(self, door: Door = YIJIE_DOOR, **changed: Any) -> Answer:
        """Sends a scan of a door."""
        return await self.post("/scans", scan(door, **changed))

    async def pages(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """Every item of a list, page by page."""
        items: list[dict[str, Any]] = []
        cursor = None
        while True:
            found = (await self.get(path, **params, **({"cursor": cursor} if cursor else {}))).json()
            items += found["items"]
            cursor = found["next"]
            if cursor is None:
                return items

    def stream(self, path: str, **headers: str) -> Stream:
        """A request whose answer does not end."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Stream(self._app, API + path, {"host": HOST, "cookie": self.cookie} | named)


class House:
    """The application that runs, and doors through which people come in."""

    def __init__(self, app: Application, stack: AsyncExitStack) -> None:
        self.app = app
        self._stack = stack

    @property
    def services(self) -> Services:
        services: Services = self.app.router.state.services.services
        return services

    async def client(self, headers: Mapping[str, str] | None = None) -> Client:
        """Somebody who has not signed in."""
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app, raise_app_exceptions=False),  # type: ignore[arg-type]
            base_url=f"http://{HOST}",
            headers=headers,
        )
        return Client(await self._stack.enter_async_context(http), self.app)

    async def staff(self, username: str) -> Client:
        """An account of the story, signed in."""
        client = await self.client()
        answer = await client.post("/session", {"username": username, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        client.me = answer.json()
        return client

    async def resident(self, who: Resident | None = None) -> Client:
        """A resident who has registered with the code that the demo shows."""
        client = await self.client()
        answer = await self.register(client, who or somebody())
        assert answer.status_code == 200, answer.text
        client.me = answer.json()
        return client

    async def register(self, client: Client, who: Resident, **changed: object) -> Answer:
        sent = (await client.post("/residents/codes", {"phone": who.phone})).json()
        return await client.post("/residents", who.form(sent["demo_code"], **changed))


@asynccontextmanager
async def running(app: Application) -> AsyncIterator[Application]:
    """Starts the application and stops it: in one task, as a server does, because pytest tears down in another one."""
    ready, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.router.lifespan():
            ready.set()
            await stop.wait()

    life = asyncio.create_task(live())
    started = asyncio.create_task(ready.wait())
    await asyncio.wait([life, started], return_when=asyncio.FIRST_COMPLETED)
    if life.done():
        started.cancel()
        life.result()
    try:
        yield app
    finally:
        stop.set()
        await life


async def until(happened: Callable[[], bool], within_s: float = 15) -> None:
    """Waits for what another process or task does; there is no event to wait for."""
    async with asyncio.timeout(within_s):
        while not happened():  # noqa: ASYNC110
            await asyncio.sleep(0.005)
