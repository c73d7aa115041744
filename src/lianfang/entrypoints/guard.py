"""Enforces the rule that every route carries: who calls, may they, and under which scope."""

import hmac
from typing import Any

from litestar.connection import ASGIConnection, Request
from litestar.handlers.base import BaseRouteHandler

from lianfang.access.rules import Rule
from lianfang.access.scope import Scope
from lianfang.devices import service as devices
from lianfang.entrypoints import slots
from lianfang.family import service as family
from lianfang.family.problems import NOT_IN_CARE
from lianfang.intake import feed
from lianfang.kit.clock import now as clock_now
from lianfang.kit.errors import FORBIDDEN, NOT_SIGNED_IN
from lianfang.kit.http import Headers, check_media_type, check_same_site
from lianfang.people import tokens
from lianfang.people.routes import COOKIE as RESIDENT_COOKIE
from lianfang.people.service import signed_in
from lianfang.staff.model import StaffSession
from lianfang.staff.problems import LOAN_OVER, MUST_CHANGE_PASSWORD
from lianfang.staff.sessions import COOKIE as STAFF_COOKIE
from lianfang.terminals import service as terminals

SAFE = {"GET", "HEAD"}
Connection = ASGIConnection[Any, Any, Any, Any]


class MissingRuleError(RuntimeError):
    """A route without an access rule: the application refuses to start."""


def rule_of(handler: BaseRouteHandler) -> Rule:
    rule = handler.opt.get("access")
    if not isinstance(rule, Rule):
        raise MissingRuleError(
            f"{handler} has no access rule: add **PUBLIC, **RESIDENT, **STAFF or **staff(permission)"
        )
    return rule


async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Litestar calls this before every handler."""
    method = connection.scope.get("method", "GET")
    if method == "OPTIONS":
        return  # no handler of ours: the router tells the methods of an address
    rule = rule_of(handler)
    services = connection.app.state.services
    headers = Headers(connection.scope["headers"])
    if method not in SAFE:
        check_same_site(headers, services.hosts)
        if headers.has_body and "takes" not in handler.opt:
            check_media_type(headers)
    if rule.who == "resident":
        scope = await find_resident(connection)
        if scope is None:
            raise NOT_SIGNED_IN()
        connection.state["scope"] = await _for_member(connection, handler, scope)
    elif rule.who == "device":
        connection.state["device"] = await devices.authenticate(
            services.db.identity, services.keys, headers.bearer, address_of(connection)
        )
    elif rule.who == "terminal":
        body = await connection.body() if isinstance(connection, Request) else b""
        connection.state["terminal"] = await terminals.authenticate(
            services.db.identity,
            services.keys,
            str(method),
            connection.url.path,
            connection.headers,
            body,
            address_of(connection),
        )
    elif rule.who == "authority":
        body = await connection.body() if isinstance(connection, Request) else b""
        connection.state["authority"] = await feed.authenticate(
            services.db.identity, services.keys, connection.headers, body, address_of(connection)
        )
    elif rule.who == "operator":
        token = services.settings.metrics_token
        if not token or not hmac.compare_digest(headers.bearer.encode(), token.encode()):
            raise NOT_SIGNED_IN()
    elif rule.who == "staff":
        session = await find_staff(connection)
        if session is None:
            raise NOT_SIGNED_IN()
        if session.must_change_password and not handler.opt.get("before_password_change"):
            raise MUST_CHANGE_PASSWORD()
        # what was meant with another's powers must not happen with one's own
        if session.loan_over and not handler.opt.get("before_password_change"):
            raise LOAN_OVER()
        if rule.permission and rule.permission not in session.permissions:
            raise FORBIDDEN()
        connection.state["session"] = session
        connection.state["scope"] = session.scope
    if method not in SAFE and "takes" in handler.opt:
        check_media_type(headers, handler.opt["takes"])
    if "waits" in handler.opt:
        slots.waits(connection.scope)  # type: ignore[arg-type]


async def _for_member(connection: Connection, handler: BaseRouteHandler, scope: Scope) -> Scope:
    """The resident's own scope, or the one of the member for whom `?member=` says that they act."""
    text = connection.query_params.get("member", "")
    if not text:
        return scope
    if not rule_of(handler).for_members:
        raise FORBIDDEN()
    if not text.isdecimal() or len(text) > 18:
        raise NOT_IN_CARE()
    deed = None if "polled" in handler.opt else handler.handler_name
    db = connection.app.state.services.db
    return await family.acting_for(db.app, db.lane, scope, int(text), deed)


def address_of(connection: Connection) -> str:
    """Where a request comes from, for throttling. Behind a proxy of ours: the last address that the proxy added."""
    settings = connection.app.state.services.settings
    if settings.trusted_proxy and (forwarded := connection.headers.get("x-forwarded-for")):
        return str(forwarded.rpartition(",")[2].strip())
    return connection.client.host if connection.client else ""


async def find_staff(connection: Connection) -> StaffSession | None:
    headers = Headers(connection.scope["headers"])
    token = headers.bearer or headers.cookie(STAFF_COOKIE)
    session: StaffSession | None = await connection.app.state.services.sessions.authenticate(token) if token else None
    return session


async def find_resident(connection: Connection) -> Scope | None:
    services = connection.app.state.services
    token = Headers(connection.scope["headers"]).cookie(RESIDENT_COOKIE)
    resident = tokens.read(services.keys, token, clock_now()) if token else None
    return await signed_in(services.db.app, resident) if resident else None
