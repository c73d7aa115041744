"""Every route × everybody: the routes are taken from the application, so a new one is tested the moment it exists."""

import re
from typing import Any, NamedTuple, get_args
from uuid import UUID

import msgspec
import psycopg
import pytest
from litestar import Router, get
from litestar.handlers import HTTPRouteHandler

from lianfang.access.rules import PERMISSIONS, PUBLIC, Permission, Role, Rule
from lianfang.config import Settings
from lianfang.entrypoints import web
from lianfang.entrypoints.guard import MissingRuleError, rule_of
from tests.support.house import Client, House
from tests.support.story import ACCOUNT

ROUTER = web.create_router(Settings())


class Call(NamedTuple):
    method: str
    path: str
    handler: HTTPRouteHandler

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def calls() -> list[Call]:
    """Every method of every address that the router knows, but for the OPTIONS that it answers by itself."""
    return [
        Call(method, route.path, handler)
        for route in ROUTER.routes
        for handler in route.route_handlers
        for method in sorted(handler.http_methods)
        if not handler.fn.__module__.startswith("litestar.routes")
    ]


API_CALLS = [call for call in calls() if call.path.startswith("/api/v1")]
VISITORS = ("nobody", "resident", "newcomer", "attendant", "clerk", "importer", "admin")
USERNAME = {"attendant": "gate01", "clerk": "clerk", "importer": "import", "admin": "chicheng", "newcomer": "longguan"}
OF_ROLE: dict[str, Role] = {"attendant": "attendant", "clerk": "clerk", "importer": "importer", "admin": "admin"}


async def come_in(house: House, visitor: str) -> Client:
    if visitor == "nobody":
        return await house.client()
    if visitor == "resident":
        return await house.resident()
    return await house.staff(USERNAME[visitor])


def expected(rule: Rule, visitor: str, handler: HTTPRouteHandler) -> int | None:
    """401 or 403; None: let in."""
    if rule.who == "public":
        return None
    if rule.who in ("device", "terminal", "authority", "operator"):  # nobody of these is one
        return 401
    if rule.who == "resident":
        return None if visitor == "resident" else 401
    if visitor in ("nobody", "resident"):
        return 401
    if visitor == "newcomer":  # has not replaced the initial password yet
        return None if handler.opt.get("before_password_change") else 403
    return None if rule.permission is None or rule.permission in PERMISSIONS[OF_ROLE[visitor]] else 403


@pytest.mark.parametrize("call", API_CALLS, ids=str)
async def test_a_route_admits_whom_its_rule_names_and_nobody_else(
    house: House, cast: psycopg.Connection, call: Call
) -> None:
    cast.execute("UPDATE staff_accounts SET must_change_password = true WHERE username = 'longguan'")
    path = re.sub(r"\{\w+:int\}", "987654", call.path).removeprefix("/api/v1")
    path = re.sub(r"\{\w+:uuid\}", str(UUID(int=0)), path)
    path = re.sub(r"\{\w+:\w+\}", "nothing", path)
    for visitor in VISITORS:
        client = await come_in(house, visitor)
        if (
            call.path.endswith("/events") and "{" not in call.path
        ):  # an answer that does not end: its head says whether one is let in
            async with client.stream(path) as stream:
                assert stream.status == (expected(rule_of(call.handler), visitor, call.handler) or 200)
            continue
        answer = await client.send(call.method, path, {} if call.method in ("POST", "PATCH", "PUT") else None)
        refused = answer.status_code if answer.status_code in (401, 403) else None
        if (rule := rule_of(call.handler)) and refused is not None and rule.who == "public":
            pytest.fail(f"{call} is public and refuses a {visitor}: {answer.text}")
        assert refused == expected(rule, visitor, call.handler), f"{call} by a {visitor}: {answer.text}"
        assert answer.status_code < 500, answer.text


def test_every_route_carries_a_rule() -> None:
    assert len(API_CALLS) > 40
    for call in calls():
        assert isinstance(call.handler.opt.get("access"), Rule), str(call)


def test_an_application_with_a_route_without_a_rule_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    async def forgotten() -> None:
        """A handler somebody wrote in a hurry."""

    forgotten.__module__ = "lianfang.visits.routes"
    handler = get("/forgotten")(forgotten)
    monkeypatch.setattr(web, "API_ROUTERS", [*web.API_ROUTERS, Router("/", route_handlers=[handler])])
    with pytest.raises(MissingRuleError, match="forgotten"):
        web.create_router(Settings())


def test_the_same_route_with_a_rule_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    async def remembered() -> None:
        """The same with a rule."""

    remembered.__module__ = "lianfang.visits.routes"
    handler = get("/remembered", **PUBLIC)(remembered)
    monkeypatch.setattr(web, "API_ROUTERS", [*web.API_ROUTERS, Router("/", route_handlers=[handler])])
    web.create_router(Settings())


# who holds which permission, said once more by hand: a slip in the table of rules shows here
HOLDERS: dict[Permission, set[str]] = {
    "units.read": {"admin", "clerk", "importer"},
    "units.manage": {"admin"},
    "staff.manage": {"admin"},
    "checkpoints.read": {"admin", "clerk", "importer", "attendant"},
    "checkpoints.manage": {"admin", "clerk", "importer"},
    "records.read": {"admin", "clerk"},
    "records.export": {"admin"},
    "gate.watch": {"admin", "clerk", "attendant"},
    "visits.import": {"importer"},
    "audit.read": {"admin"},
    "alerts.read": {"admin", "clerk"},
    "devices.manage": {"admin", "clerk"},
    "shares.manage": {"admin"},
    "holds.manage": {"admin", "clerk"},
    "tickets.work": {"admin", "clerk"},
}


@pytest.mark.parametrize("permission", HOLDERS)
def test_a_permission_is_held_by_the_roles_that_need_it(permission: Permission) -> None:
    assert {role for role, held in PERMISSIONS.items() if permission in held} == HOLDERS[permission]


def test_public_routes_are_few_and_known() -> None:
    public = {str(call).replace("/api/v1", "") for call in API_CALLS if rule_of(call.handler).who == "public"}
    assert public == {
        "GET /meta",
        "GET /health/live",
        "GET /health/ready",
        "GET /openapi.json",
        "POST /residents",
        "POST /residents/codes",
        "POST /session",
        "POST /terminals/enrol",
        "GET /doors/{code:str}",
        "GET /public/statistics/{unit_id:int}",
        "GET /public/areas",
        "GET /public/test-sites",
        "GET /channels",
        "GET /channels/wechat/js",
        "GET /channels/{name:str}/authorize",
        "GET /channels/{name:str}/callback",
        "POST /channels/wechat_mini/login",
        "POST /channels/wechat_mini/phone",
    } | {name for name in public if "/schema" in name}


def test_an_attendant_reaches_no_record() -> None:
    held = PERMISSIONS["attendant"]
    reached = {
        call.path
        for call in API_CALLS
        if rule_of(call.handler).who == "staff" and rule_of(call.handler).permission in (*held,)
    }
    assert not [path for path in reached if "records" in path or "dashboard" in path or "audit" in path]


async def test_a_disabled_account_is_out_at_once(house: House) -> None:
    clerk, admin = await house.staff("clerk"), await house.staff("chicheng")
    assert (await clerk.get("/units")).status_code == 200
    assert (await admin.patch(f"/staff/{ACCOUNT['clerk'].id}", {"disabled": True})).status_code == 200
    assert (await clerk.get("/units")).status_code == 401


async def test_a_residents_cookie_is_no_staff_session_and_the_reverse(house: House) -> None:
    resident, clerk = await house.resident(), await house.staff("clerk")
    token = resident.http.cookies["lf_resident"]
    assert (await come_with(house, lf_staff=token)).status_code == 401
    stranger = await house.client()
    stranger.http.cookies.set("lf_resident", clerk.http.cookies["lf_staff"])
    assert (await stranger.get("/residents/me")).status_code == 401


async def come_with(house: House, **cookies: str) -> Any:
    client = await house.client()
    for name, value in cookies.items():
        client.http.cookies.set(name, value)
    return await client.get("/units")


async def test_asking_for_the_methods_of_an_address_needs_nobody(house: House) -> None:
    answer = await (await house.client()).send("OPTIONS", "/units")
    assert answer.status_code == 204
    assert "GET" in answer.headers["allow"]


def fields_of(kind: Any, seen: set[Any]) -> set[str]:
    """The names of a body's fields, and of what is inside them."""
    names: set[str] = set()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in seen:
        seen.add(kind)
        for field in msgspec.structs.fields(kind):
            names |= {field.name, field.encode_name} | fields_of(field.type, seen)
    for part in get_args(kind):
        names |= fields_of(part, seen)
    return names


def test_no_field_of_a_body_is_called_like_a_dependency() -> None:
    """Litestar reports the error of such a field as one of ours: an internal error."""
    dependencies = web._dependencies().keys()
    bodies = {call.handler.fn.__annotations__.get("data") for call in API_CALLS}
    assert len(bodies) > 15
    for body in bodies - {None}:
        assert not fields_of(body, set()) & dependencies, body
