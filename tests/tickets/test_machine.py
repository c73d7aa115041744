"""Every state × transition × actor, through HTTP: what the table says, said once more by hand."""

from itertools import product
from pathlib import Path
from typing import Any, get_args

import psycopg
import pytest
from litestar.routes import HTTPRoute

from lianfang.access.rules import Rule
from lianfang.config import Settings
from lianfang.entrypoints import web
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.tickets.attend import attend
from lianfang.tickets.machine import STATES, TRANSITIONS, TransitionName, diagram, possible
from tests.support.house import Client, House
from tests.support.story import ACCOUNT, LONGGUAN, XIWANZI

NAMES: tuple[TransitionName, ...] = get_args(TransitionName)
ACTORS = ("citizen", "handler", "colleague", "system")
# (state, transition, who) → the next state: everything that is not here is refused
EXPECTED = {
    ("open", "take", "colleague"): "taken",
    ("taken", "take", "colleague"): "taken",
    ("open", "hand_over", "colleague"): "open",
    ("taken", "hand_over", "handler"): "open",
    ("open", "escalate", "colleague"): "open",
    ("taken", "escalate", "handler"): "open",
    ("taken", "ask", "handler"): "asked",
    ("asked", "reply", "citizen"): "taken",
    ("asked", "reply", "handler"): "taken",
    ("asked", "reply", "colleague"): "taken",
    ("taken", "answer", "handler"): "answered",
    ("taken", "release", "handler"): "releasing",
    ("releasing", "sign", "system"): "answered",
    ("releasing", "decline", "system"): "taken",
    ("open", "withdraw", "citizen"): "withdrawn",
    ("taken", "withdraw", "citizen"): "withdrawn",
    ("asked", "withdraw", "citizen"): "withdrawn",
    ("answered", "reopen", "citizen"): "open",
    ("asked", "lapse", "system"): "lapsed",
}


def test_the_table_is_what_was_meant() -> None:
    table = {
        (state, name, actor): one.to
        for name, one in TRANSITIONS.items()
        for state, actors in one.of.items()
        for actor in actors
    }
    assert table == EXPECTED
    assert TRANSITIONS.keys() == set(NAMES)


def test_buttons_need_the_permission_and_a_hold() -> None:
    assert possible("taken", "handler", permissions=["tickets.work"], held=True) == [
        "hand_over",
        "escalate",
        "ask",
        "answer",
    ]
    assert "release" in possible("taken", "handler", permissions=["tickets.work", "holds.manage"], held=True)
    assert "release" not in possible("taken", "handler", permissions=["tickets.work", "holds.manage"])
    assert possible("taken", "handler") == []


def test_every_step_of_staff_has_its_route_with_the_tables_permission() -> None:
    rules: dict[str, Rule] = {
        route.path.rpartition("/")[2]: handler.opt["access"]
        for route in web.create_router(Settings()).routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if route.path.startswith("/api/v1/tickets/{ticket_id:int}/") and "POST" in handler.http_methods
    }
    by_staff = {name for _, name, actor in EXPECTED if actor in ("handler", "colleague")}
    assert {name: one.permission for name, one in TRANSITIONS.items() if name in by_staff} == {
        name: rule.permission for name, rule in rules.items()
    }


def test_the_diagram_in_the_documentation_is_that_of_the_table() -> None:
    assert diagram() in (Path(__file__).parents[2] / "docs" / "tickets.md").read_text("utf-8")


@pytest.fixture
async def office(house: House) -> dict[str, Client]:
    return {
        "citizen": await house.resident(),
        "handler": await house.staff("longguan"),
        "colleague": await house.staff("chicheng"),
        "stranger": await house.staff("diaoe"),
    }


def put(owner: psycopg.Connection, person_id: int, state: str) -> int:
    """A ticket of theirs that stands at 龙关镇 in a state."""
    account = ACCOUNT["longguan"].id
    request = None
    if state == "releasing":
        request = owner.execute(
            "INSERT INTO hold_requests (ord, unit_id, second_unit_id, person_id, target, grounds, reason, asked_by)"
            " VALUES (%s, %s, %s, %s, gen_random_uuid(), ARRAY[gen_random_uuid()], '', %s) RETURNING id",
            [LONGGUAN.lo, LONGGUAN.id, XIWANZI.id, person_id, account],
        ).fetchone()
    row = owner.execute(
        "INSERT INTO tickets (ord, unit_id, person_id, kind, state, handler_id, request_id, outcome, created_at, due_at, asked_at,"
        " answered_at) VALUES (%(lo)s, %(unit)s, %(person)s, 'correction', %(state)s::ticket_state,"
        " CASE WHEN %(state)s IN ('taken', 'asked', 'releasing', 'answered') THEN %(account)s::bigint END, %(request)s,"
        " CASE WHEN %(state)s = 'answered' THEN 'informed'::ticket_outcome END, now(), now() + interval '2 days',"
        " CASE WHEN %(state)s = 'asked' THEN now() END, CASE WHEN %(state)s = 'answered' THEN now() END) RETURNING id",
        {
            "lo": LONGGUAN.lo,
            "unit": LONGGUAN.id,
            "person": person_id,
            "state": state,
            "account": account,
            "request": request and request[0],
        },
    ).fetchone()
    assert row is not None
    return int(row[0])


def state_of(owner: psycopg.Connection, ticket_id: int) -> str:
    row = owner.execute("SELECT state::text FROM tickets WHERE id = %s", [ticket_id]).fetchone()
    assert row is not None
    return str(row[0])


def body(name: str) -> dict[str, Any] | None:
    if name in ("take", "withdraw"):
        return None
    if name == "answer":
        return {"text": "已核实", "outcome": "informed"}
    return {"text": "说明"}


# signing and declining is the system's, after what another room decides; releasing needs a hold: both have their own tests
BY_PEOPLE = [name for name in NAMES if name not in ("sign", "decline", "lapse", "release")]


@pytest.mark.parametrize("name", BY_PEOPLE)
async def test_each_step_is_taken_by_whom_the_table_names_and_by_nobody_else(
    office: dict[str, Client], cast: psycopg.Connection, name: str
) -> None:
    citizen = office["citizen"]
    for state, actor in product(STATES, ("citizen", "handler", "colleague", "stranger")):
        if state == "open" and actor == "handler":
            continue  # nobody has taken it
        ticket = put(cast, citizen.id, state)
        prefix = "/residents/me" if actor == "citizen" else ""
        answer = await office[actor].post(f"{prefix}/tickets/{ticket}/{name}", body(name))
        expected = EXPECTED.get((state, name, actor))
        assert state_of(cast, ticket) == (expected or state), (state, actor, answer.text)
        if expected:
            assert answer.status_code in (200, 204), answer.text
            last = cast.execute("SELECT transition, state::text, text FROM ticket_steps ORDER BY id DESC").fetchone()
            assert last is not None
            assert last[:2] == (name, expected)
        else:  # a route that is not there, a ticket that is not seen, a step that is not possible now
            assert answer.status_code in (404, 405) if actor == "stranger" else answer.status_code in (404, 405, 409)
        cast.execute("UPDATE tickets SET state = 'withdrawn', outcome = NULL WHERE id = %s", [ticket])


async def test_the_systems_steps_follow_what_was_decided_and_who_was_silent(
    office: dict[str, Client], cast: psycopg.Connection, worker: Database, keys: Keys
) -> None:
    for state in STATES:
        ticket = put(cast, office["citizen"].id, state)
        await attend(worker, keys, Settings())
        assert state_of(cast, ticket) == state  # nothing was decided, nothing is late
        cast.execute("UPDATE tickets SET asked_at = asked_at - interval '8 days' WHERE id = %s", [ticket])
        await attend(worker, keys, Settings())
        assert state_of(cast, ticket) == EXPECTED.get((state, "lapse", "system"), state)
    for decided, name in (("signed = true", "sign"), ("signed = false", "decline"), ("", "decline")):
        ticket = put(cast, office["citizen"].id, "releasing")
        change = f"{decided}, decided_by = {ACCOUNT['chongli'].id}, decided_at = now()" if decided else ""
        change = change or "asked_at = asked_at - interval '4 days'"
        cast.execute(
            f"UPDATE hold_requests SET {change} WHERE id = (SELECT request_id FROM tickets WHERE id = %s)".encode(),
            [ticket],
        )
        assert await attend(worker, keys, Settings()) == 1
        assert state_of(cast, ticket) == EXPECTED["releasing", name, "system"]
        assert await attend(worker, keys, Settings()) == 0
