"""/meta, /health, /openapi.json, and /metrics for the operator."""

import asyncio
from typing import Any, Literal

import msgspec
from litestar import Request, Response, Router, get

from lianfang.access.rules import OPERATOR, PUBLIC
from lianfang.config import Settings
from lianfang.demo import load as demo
from lianfang.entrypoints import openapi
from lianfang.entrypoints.watch import Reason, Watch
from lianfang.kit import metrics
from lianfang.kit.db import Database


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


class Health(msgspec.Struct, frozen=True, omit_defaults=True):
    """`reason` says why a process is not ready."""

    status: Literal["live", "ready", "unready"]
    reason: Reason | None = None


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
async def ready(watch: Watch) -> Response[Health]:
    """This process can do its work: the database is reached, can be written and has today's schema, and scans move."""
    reason = await watch.unready()
    return Response(Health("unready", reason), status_code=503) if reason else Response(Health("ready"))


@get("/metrics", include_in_schema=False, **OPERATOR)
async def show_metrics() -> Response[bytes]:
    """The figures of all web processes, for Prometheus."""
    return Response(await asyncio.to_thread(metrics.render), media_type=metrics.CONTENT_TYPE)


@get("/openapi.json", include_in_schema=False, **PUBLIC)
async def show_openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
    """This interface, described."""
    return Response(openapi.describe(request.app), media_type="application/json")


meta_router = Router("/", route_handlers=[show_meta, live, ready, show_openapi], tags=["system"])
