"""/meta, /health, /openapi.json"""

from typing import Any

import msgspec
from litestar import Request, Response, Router, get

from lianfang.access.rules import PUBLIC
from lianfang.config import Settings
from lianfang.demo import load as demo
from lianfang.entrypoints import openapi
from lianfang.kit.db import UNAVAILABLE, Database


class DemoAccount(msgspec.Struct, frozen=True):
    """An account of the demo, shown on its login page."""

    username: str
    password: str
    role: str
    title_zh: str
    title_en: str


class Meta(msgspec.Struct, frozen=True):
    """What a page needs before anybody has signed in. `fever_celsius`: from here on a gate stops somebody, also without a
    network. `accounts` and `door` only in the demo."""

    version: str
    demo: bool
    timezone: str
    fever_celsius: float
    accounts: list[DemoAccount]
    door: str | None


class Health(msgspec.Struct, frozen=True):
    status: str


@get("/meta", **PUBLIC)
async def show_meta(lane_db: Database, settings: Settings) -> Meta:
    """Version, time zone and, in the demo, how to sign in."""
    if not settings.demo:
        return Meta(openapi.API_VERSION, False, settings.timezone, settings.fever_celsius, [], None)
    accounts = [DemoAccount(*account) for account in demo.sign_ins()]
    door = await demo.door_path(lane_db)
    return Meta(openapi.API_VERSION, True, settings.timezone, settings.fever_celsius, accounts, door)


@get("/health/live", **PUBLIC)
async def live() -> Health:
    """This process answers."""
    return Health("live")


@get("/health/ready", **PUBLIC)
async def ready(lane_db: Database) -> Response[Health]:
    """This process reaches its database."""
    try:
        async with lane_db.transaction() as conn:
            await conn.execute(b"SELECT 1")
    except UNAVAILABLE:
        return Response(Health("database unavailable"), status_code=503)
    return Response(Health("ready"))


@get("/openapi.json", include_in_schema=False, **PUBLIC)
async def show_openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
    """This interface, described."""
    return Response(openapi.describe(request.app), media_type="application/json")


meta_router = Router("/", route_handlers=[show_meta, live, ready, show_openapi], tags=["system"])
