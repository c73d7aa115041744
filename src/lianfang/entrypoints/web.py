"""The ASGI application: the scan lane in front, the router behind it, the built web pages beside."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from litestar import Litestar, Request, Response, Router
from litestar.di import Provide
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from lianfang.access.rules import PUBLIC
from lianfang.access.scope import Scope
from lianfang.adoptions.routes import router as adoptions_router
from lianfang.alerts.routes import router as alerts_router
from lianfang.areas.routes import public_router as public_areas_router
from lianfang.areas.routes import router as areas_router
from lianfang.areas.routes import sites_router
from lianfang.bootstrap import Services, open_services, retention
from lianfang.cards.routes import router as cards_router
from lianfang.certificates.routes import router as certificates_router
from lianfang.chains.routes import router as charts_router
from lianfang.channels import links
from lianfang.channels import service as channel_service
from lianfang.channels.routes import router as channels_router
from lianfang.codes.routes import router as codes_router
from lianfang.config import Settings
from lianfang.credentials import show
from lianfang.credentials.routes import router as credentials_router
from lianfang.devices.routes import router as devices_router
from lianfang.entrypoints import openapi, pages
from lianfang.entrypoints.guard import address_of, find_resident, guard, rule_of
from lianfang.entrypoints.meta import meta_router, show_metrics
from lianfang.entrypoints.slots import Slots
from lianfang.entrypoints.watch import Watch
from lianfang.evidence.routes import router as own_evidence_router
from lianfang.family.routes import router as family_router
from lianfang.funnels.routes import router as funnels_router
from lianfang.intake.routes import router as intake_router
from lianfang.interviews.routes import router as interviews_router
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection
from lianfang.kit.errors import (
    INVALID,
    MALFORMED,
    MEDIA_TYPE,
    METHOD,
    NOT_FOUND,
    NOT_SIGNED_IN,
    TOO_LARGE,
    FieldError,
    Language,
    Problem,
    response_parts,
    schema_error,
)
from lianfang.kit.failures import as_problem
from lianfang.kit.http import AsgiScope, Headers, Receive, Send
from lianfang.ocr.routes import router as id_cards_router
from lianfang.organisations.routes import router as units_router
from lianfang.people.routes import people_router
from lianfang.people.routes import router as residents_router
from lianfang.people.service import OnRegistered
from lianfang.posters.routes import router as posters_router
from lianfang.restructuring.routes import router as restructuring_router
from lianfang.resumption.routes import router as resumption_router
from lianfang.rosters.routes import router as rosters_router
from lianfang.runs.routes import router as runs_router
from lianfang.setup.routes import router as setup_router
from lianfang.sharing.routes import shared_router, shares_router
from lianfang.sources.routes import router as sources_router
from lianfang.staff.delegation_routes import acting_router, delegations_router
from lianfang.staff.routes import audit_router, session_router, staff_router
from lianfang.statistics.routes import public_router as public_statistics_router
from lianfang.statistics.routes import router as statistics_router
from lianfang.terminals.routes import router as terminals_router
from lianfang.tickets.routes import router as tickets_router
from lianfang.tracing.routes import router as traces_router
from lianfang.vehicles.routes import router as vehicles_router
from lianfang.venues.routes import router as checkpoints_router
from lianfang.venues.routes import templates_router
from lianfang.visits import door
from lianfang.visits.door import LaneDoor
from lianfang.visits.gate_routes import router as gate_router
from lianfang.visits.routes import router as visits_router
from lianfang.warnings.routes import router as warnings_router

BODY_MAX_KIB = 2048
HEALTH = "/api/v1/health/"

API_ROUTERS = [
    meta_router,
    residents_router,
    codes_router,
    credentials_router,
    cards_router,
    family_router,
    people_router,
    channels_router,
    session_router,
    staff_router,
    acting_router,
    delegations_router,
    audit_router,
    units_router,
    restructuring_router,
    checkpoints_router,
    posters_router,
    templates_router,
    visits_router,
    shares_router,
    shared_router,
    gate_router,
    alerts_router,
    devices_router,
    runs_router,
    rosters_router,
    statistics_router,
    vehicles_router,
    public_statistics_router,
    setup_router,
    resumption_router,
    areas_router,
    traces_router,
    interviews_router,
    funnels_router,
    charts_router,
    sources_router,
    warnings_router,
    id_cards_router,
    sites_router,
    public_areas_router,
    intake_router,
    certificates_router,
    own_evidence_router,
    tickets_router,
    adoptions_router,
    terminals_router,
]


@dataclass
class Running:
    """What handlers find at app.state.services."""

    services: Services
    hosts: frozenset[str]
    watch: Watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self.services, name)


def create_router(settings: Settings, owner_dsn: str = "", keys: Keys | None = None) -> Litestar:
    """The router; without a database only its description (OpenAPI) works."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        assert keys is not None
        settings: Settings = app.state.settings
        async with open_services(settings, owner_dsn, keys) as services:
            app.state.services = Running(services, hosts_of(settings), Watch(services))
            app.state.lane_door = LaneDoor(
                services.lane,
                services.doors,
                keys,
                find_importer(services),
                app.state.services.hosts,
                retention(settings),
            )
            yield

    app = Litestar(
        route_handlers=[Router("/api/v1", route_handlers=API_ROUTERS), show_metrics, *pages.handlers()],
        guards=[guard],
        dependencies=_dependencies(),
        exception_handlers={
            Problem: _problem,
            ValidationException: _validation,
            HTTPException: _http,
            Exception: _unexpected,
        },
        lifespan=[lifespan] if keys is not None else [],
        openapi_config=OpenAPIConfig(
            title="Lianfang 联防",
            version=openapi.API_VERSION,
            render_plugins=[JsonRenderPlugin()],
            openapi_router=Router("/api/v1/schema", route_handlers=[], include_in_schema=False, **PUBLIC),
        ),
        request_max_body_size=BODY_MAX_KIB * 1024,
        logging_config=None,
        debug=False,
    )
    app.state.settings = settings  # looked up at each start, not before
    for route in app.routes:
        for handler in getattr(route, "route_handlers", [getattr(route, "route_handler", None)]):
            if handler is not None and handler.fn.__module__.startswith("lianfang"):
                rule_of(handler)
    return app


class Application:
    """The scan lane answers its own path, and the desk that of codes; everything else goes through the router. Adds the security headers to all."""

    def __init__(self, router: Litestar) -> None:
        self.router = router
        self._slots = Slots(router.state.settings.requests_at_once)

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.router(scope, receive, send)  # type: ignore[arg-type]
        elif scope["path"] == door.PATH:
            await self.lane_door(scope, receive, send)
        elif scope["path"] == show.PATH and scope["method"] == "GET" and not scope["query_string"]:
            await self.show_desk(scope, receive, send)
        elif scope["path"].startswith(HEALTH):
            await self.router(scope, receive, send)  # type: ignore[arg-type]
        else:
            await self._slots.answer(self.router, scope, receive, pages.with_security_headers(send))

    def look(self, connections: int, late: int) -> None:
        """Once a second."""
        self.lane_door.look()
        self.router.state.services.watch.look(connections, late, self._slots.taken, self._slots.take_refused())

    @property
    def lane_door(self) -> LaneDoor:
        """Once the application is started."""
        found: LaneDoor = self.router.state.lane_door
        return found

    @property
    def show_desk(self) -> show.ShowDesk:
        """Once the application is started."""
        found: show.ShowDesk = self.router.state.services.show_desk
        return found

    def end_streams(self) -> None:
        """Lets go of the gates that watch: the server is about to stop."""
        self.router.state.services.watch.stopping = True
        self.router.state.services.bell.close()
        self.router.state.services.decided.close()
        self.router.state.services.alert_bell.close()


def create_app(settings: Settings, owner_dsn: str, keys: Keys) -> Application:
    return Application(create_router(settings, owner_dsn, keys))


def find_importer(services: Services) -> door.FindImporter:
    """Which staff sessions may register visits for others."""

    async def find(token: str) -> door.Importer | None:
        session = await services.sessions.authenticate(token)
        if session is None:
            raise NOT_SIGNED_IN()
        if session.must_change_password or "visits.import" not in session.permissions:
            return None
        return session

    return find


def hosts_of(settings: Settings) -> frozenset[str]:
    """The hosts whose pages are ours."""
    return frozenset({urlsplit(settings.base_url).netloc, f"{settings.host}:{settings.port}"})


def _dependencies() -> dict[str, Provide]:
    """What handlers may ask for by name. Not a name of a field of a body: Litestar takes its errors for ours (a test compares)."""

    def of_services(path: str) -> Provide:
        names = path.split(".")

        async def provide(request: Request[Any, Any, Any]) -> Any:
            value: Any = request.app.state.services
            for name in names:
                value = getattr(value, name)
            return value

        return Provide(provide)

    def of_request(name: str) -> Provide:
        async def provide(request: Request[Any, Any, Any]) -> Any:
            return request.state[name]  # put there by the guard

        return Provide(provide)

    return {
        "db": of_services("db.app"),
        "identity": of_services("db.identity"),
        "lane_db": of_services("db.lane"),
        "worker_db": of_services("db.worker"),
        "keys": of_services("keys"),
        "settings": of_services("settings"),
        "sessions": of_services("sessions"),
        "doors": of_services("doors"),
        "bell": of_services("bell"),
        "alert_bell": of_services("alert_bell"),
        "channels": of_services("channels"),
        "watch": of_services("watch"),
        "on_registered": Provide(_on_registered),
        "decided": of_services("decided"),
        "desk": of_services("desk"),
        "staff_scans": of_services("staff_scans"),
        "key_ring": of_services("key_ring"),
        "status_shelf": of_services("shelf"),
        "show_desk": of_services("show_desk"),
        "acting": of_request("scope"),
        "session": of_request("session"),
        "thermometers": of_services("thermometers"),
        "device": of_request("device"),
        "terminal": of_request("terminal"),
        "authority": of_request("authority"),
        "importer_id": Provide(_account_id),
        "maybe_resident": Provide(_maybe_resident),
        "language": Provide(_language),
        "client_address": Provide(_address),
    }


async def _account_id(request: Request[Any, Any, Any]) -> int:
    return int(request.state["session"].account_id)


async def _maybe_resident(request: Request[Any, Any, Any]) -> Scope | None:
    return await find_resident(request)


async def _on_registered(request: Request[Any, Any, Any]) -> OnRegistered:
    """The identity that waits in the cookie becomes that of the person who registers."""
    keys = request.app.state.services.keys
    cookie = Headers(request.scope["headers"]).cookie(links.COOKIE)

    async def join(conn: Connection, person_id: int) -> None:
        await channel_service.join(conn, keys, cookie, person_id)

    return join


async def _language(request: Request[Any, Any, Any]) -> Language:
    return Headers(request.scope["headers"]).language


async def _address(request: Request[Any, Any, Any]) -> str:
    return address_of(request)


def _problem(request: Request[Any, Any, Any], problem: Problem) -> Response[bytes]:
    status, headers, body = response_parts(problem, Headers(request.scope["headers"]).language)
    plain = {key.decode(): value.decode() for key, value in headers}
    return Response(body, status_code=status, headers=plain, media_type="application/problem+json")


def _validation(request: Request[Any, Any, Any], error: ValidationException) -> Response[bytes]:
    extra: list[Any] = list(error.extra) if isinstance(error.extra, list) else []
    fields = [_field_error(item) for item in extra if isinstance(item, dict)]
    return _problem(request, INVALID(errors=fields, count=len(fields)))


def _field_error(item: dict[str, Any]) -> FieldError:
    path = str(item.get("key", ""))
    return schema_error("" if path == "data" else path, str(item.get("message", "")))


def _http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    problem = {
        400: MALFORMED(reason=error.detail),
        404: NOT_FOUND(),
        405: METHOD(),
        413: TOO_LARGE(limit_kib=BODY_MAX_KIB),
        415: MEDIA_TYPE(expected="application/json"),
    }.get(error.status_code)
    return _problem(request, problem) if problem else _unexpected(request, error)


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    # the template of the address: the address itself may hold the code of a door
    return _problem(request, as_problem(error, str(request.scope.get("path_template", ""))))
