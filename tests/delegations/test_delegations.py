"""Powers lent for a while: what may be lent to whom, what can be done with them, and how they end."""

from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import psycopg
import pytest

from lianfang.access.rules import NEVER_LENT, PERMISSIONS, Permission
from lianfang.kit.clock import now
from tests.support.house import Client, House, until
from tests.support.story import ACCOUNT, CHICHENG, CHONGLI, DIAOE, LONGGUAN, YIJIE, YIJIE_DOOR


def loan(**changed: Any) -> dict[str, Any]:
    """龙关镇 lends the reading of its records to 雕鹗镇's administrator for a day."""
    return {
        "unit_id": LONGGUAN.id,
        "username": "diaoe",
        "permissions": ["records.read", "units.read"],
        "reason": "值班",
        "ends_at": (now() + timedelta(days=1)).isoformat(),
    } | changed


async def lend(client: Client, **changed: Any) -> dict[str, Any]:
    answer = await client.post("/delegations", loan(**changed))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def act(client: Client, delegation: dict[str, Any]) -> dict[str, Any]:
    answer = await client.send("PUT", "/session/acting", {"delegation_id": delegation["id"]})
    assert answer.status_code == 200, answer.text
    session: dict[str, Any] = answer.json()
    return session


async def test_lent_powers_are_used_in_the_giver_s_place_and_no_further(house: House, cast: psycopg.Connection) -> None:
    giver, taker = await house.staff("longguan"), await house.staff("diaoe")
    made = await lend(giver)
    assert (made["state"], made["taker_name"], made["unit_name"]) == ("running", "雕鹗镇 admin (diaoe)", "龙关镇")
    assert (await taker.get(f"/units/{YIJIE.id}")).status_code == 404  # being lent to is not yet acting
    [offered] = (await taker.get("/session/loans")).json()
    assert (offered["giver_name"], offered["unit_name"]) == ("龙关镇 admin", "龙关镇")
    session = await act(taker, made)
    assert session["acting_for"]["name"] == "龙关镇 admin"
    assert session["permissions"] == ["records.read", "units.read"]
    assert session["unit"]["name"] == "龙关镇"
    assert session["username"] == "diaoe"
    assert (await taker.get(f"/units/{YIJIE.id}")).status_code == 200
    assert (await taker.get(f"/units/{DIAOE.id}")).status_code == 404  # not its own meanwhile
    assert (await taker.get(f"/units/{CHICHENG.id}")).status_code == 404
    refused = [
        await taker.get("/staff"),
        await taker.get("/audit"),
        await taker.patch(f"/units/{YIJIE.id}", {"name": "二街村"}),
        await taker.get(f"/checkpoints/{YIJIE_DOOR.id}"),
        await taker.post("/delegations", loan(username="gate01")),
    ]
    assert [answer.status_code for answer in refused] == [403] * 5
    back = await taker.delete("/session/acting")
    assert back.json()["unit"]["name"] == "雕鹗镇"
    assert back.json()["acting_for"] is None
    assert (await taker.get(f"/units/{DIAOE.id}")).status_code == 200
    assert (await taker.get(f"/units/{YIJIE.id}")).status_code == 404


async def test_the_log_names_both(house: House, cast: psycopg.Connection) -> None:
    giver, taker = await house.staff("longguan"), await house.staff("diaoe")
    made = await lend(giver, permissions=["units.manage", "units.read"])
    await act(taker, made)
    assert (await taker.patch(f"/units/{YIJIE.id}", {"name": "一街新村"})).status_code == 200
    entries = {
        entry["action"]: entry
        for entry in (await giver.get("/audit")).json()["items"]
        if entry["action"] != "session.login"
    }
    assert entries["units.rename"]["actor"] == f"staff:{ACCOUNT['diaoe'].id}"
    assert entries["units.rename"]["detail"]["on_behalf_of"] == f"staff:{ACCOUNT['longguan'].id}"
    assert entries["delegations.create"]["detail"]["permissions"] == ["units.manage", "units.read"]
    assert entries["session.act_for"]["detail"]["delegation"] == made["id"]


async def test_a_loan_that_is_taken_back_ends_at_once(house: House, cast: psycopg.Connection) -> None:
    giver, taker, county = [await house.staff(name) for name in ("longguan", "diaoe", "chicheng")]
    for ender in (giver, county):  # also by whoever stands above
        made = await lend(giver)
        await act(taker, made)
        assert (await taker.get(f"/units/{YIJIE.id}")).status_code == 200
        assert (await ender.post(f"/delegations/{made['id']}/revoke")).status_code == 204
        answer = await taker.get(f"/units/{YIJIE.id}")
        assert (answer.status_code, answer.json()["code"]) == (403, "loan_over")
        # nor does it silently go on with one's own powers
        assert (await taker.get(f"/units/{DIAOE.id}")).status_code == 403
        assert (await taker.get("/session")).status_code == 200
        await taker.delete("/session/acting")
        assert (await taker.get(f"/units/{DIAOE.id}")).status_code == 200
        assert (await ender.post(f"/delegations/{made['id']}/revoke")).status_code == 404
    states = [item["state"] for item in await county.pages("/delegations")]
    assert states == ["revoked", "revoked"]


async def test_other_processes_hear_of_it(house: House, cast: psycopg.Connection) -> None:
    giver, taker = await house.staff("longguan"), await house.staff("diaoe")
    made = await lend(giver)
    await act(taker, made)
    assert (await taker.get("/units")).status_code == 200
    cast.execute("UPDATE delegations SET revoked_at = now() WHERE id = %s", [made["id"]])
    cast.execute("SELECT pg_notify('lianfang_sessions', %s)", [str(taker.id)])
    sessions = house.services.sessions
    await until(lambda: all(entry[1].account_id != taker.id for entry in sessions._cache.values()))
    assert (await taker.get("/units")).json()["code"] == "loan_over"


async def test_a_loan_ends_with_its_time_though_the_session_is_remembered(
    house: House, cast: psycopg.Connection
) -> None:
    giver, taker = await house.staff("longguan"), await house.staff("diaoe")
    made = await lend(giver, ends_at=(now() + timedelta(seconds=1.5)).isoformat())
    await act(taker, made)
    assert (await taker.get("/units")).status_code == 200
    end = now() + timedelta(seconds=1.6)
    await until(lambda: now() > end)
    assert (await taker.get("/units")).json()["code"] == "loan_over"
    assert (await taker.get("/session")).json()["acting_for"] is None
    await taker.delete("/session/acting")
    assert (await taker.get("/session/loans")).json() == []
    refused = await taker.send("PUT", "/session/acting", {"delegation_id": made["id"]})
    assert refused.status_code == 404


async def test_a_loan_begins_with_its_time(house: House, cast: psycopg.Connection) -> None:
    giver, taker = await house.staff("longguan"), await house.staff("diaoe")
    made = await lend(giver, starts_at=(now() + timedelta(hours=1)).isoformat())
    assert made["state"] == "waiting"
    assert (await taker.get("/session/loans")).json() == []
    assert (await taker.send("PUT", "/session/acting", {"delegation_id": made["id"]})).status_code == 404


async def test_nobody_uses_what_was_lent_to_another(house: House, cast: psycopg.Connection) -> None:
    giver = await house.staff("longguan")
    made = await lend(giver)
    for name in ("gate01", "chongli", "hebei", "longguan"):
        other = await house.staff(name)
        assert (await other.send("PUT", "/session/acting", {"delegation_id": made["id"]})).status_code == 404
        assert (await other.get("/session/loans")).json() == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE staff_accounts SET disabled = true WHERE username = 'longguan'",
        "UPDATE staff_accounts SET role = 'attendant' WHERE username = 'longguan'",
        "UPDATE units SET closed_at = now() WHERE id = 4",
        "UPDATE staff_accounts SET unit_id = 8 WHERE username = 'longguan'",
    ],
    ids=["the giver is disabled", "the giver may not any more", "the unit is closed", "the giver works elsewhere"],
)
async def test_nobody_lends_what_they_do_not_have_any_more(house: House, cast: psycopg.Connection, change: str) -> None:
    giver, taker = await house.staff("longguan"), await house.staff("diaoe")
    await act(taker, await lend(giver))
    assert (await taker.get("/units")).status_code == 200
    cast.execute(change.encode())
    house.services.sessions.clear()
    assert (await taker.get("/units")).status_code == 403


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"permissions": ["staff.manage"]}, 422, "not_yours_to_lend"),
        ({"permissions": ["shares.manage", "units.read"]}, 422, "not_yours_to_lend"),
        ({"permissions": ["visits.import"]}, 422, "not_yours_to_lend"),
        ({"permissions": ["everything"]}, 422, "invalid_request"),
        ({"permissions": []}, 422, "invalid_request"),
        ({"unit_id": DIAOE.id}, 404, "not_found"),
        ({"unit_id": CHICHENG.id}, 404, "not_found"),
        ({"username": "longguan"}, 422, "taker_unknown"),
        ({"username": "nobody"}, 422, "taker_unknown"),
        ({"username": "\0"}, 422, "taker_unknown"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, 422, "invalid_request"),
        ({"ends_at": "2100-01-01T00:00:00Z"}, 422, "invalid_request"),
        ({"reason": ""}, 422, "invalid_request"),
    ],
    ids=str,
)
async def test_what_cannot_be_lent(
    house: House, cast: psycopg.Connection, changed: dict[str, Any], status: int, code: str
) -> None:
    giver = await house.staff("longguan")
    answer = await giver.post("/delegations", loan(**changed))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert cast.execute("SELECT count(*) FROM delegations").fetchone() == (0,)


async def test_loans_of_the_neighbours_are_not_seen(house: House, cast: psycopg.Connection) -> None:
    giver, taker, neighbour = [await house.staff(name) for name in ("longguan", "diaoe", "chongli")]
    made = await lend(giver, unit_id=YIJIE.id, username="xiwanzi")
    assert await taker.pages("/delegations") == []
    assert await neighbour.pages("/delegations") == []
    for other in (taker, neighbour):
        assert (await other.post(f"/delegations/{made['id']}/revoke")).status_code == 404
    xiwanzi = await house.staff("xiwanzi")
    session = await act(xiwanzi, made)
    assert session["unit"]["name"] == "一街村"
    assert (await xiwanzi.get(f"/units/{LONGGUAN.id}")).status_code == 404
    assert (await xiwanzi.get(f"/units/{CHONGLI.id}")).status_code == 404


def test_what_is_never_lent_is_what_would_outlive_the_loan() -> None:
    powers = {"staff.manage", "setup.manage", "devices.manage", "shares.manage", "visits.import"}
    two_officials = {"holds.manage", "evidence.trust", "tracing.run", "areas.confirm", "plans.adopt"}
    assert powers | two_officials == NEVER_LENT  # two officials are two people
    assert PERMISSIONS["admin"] - NEVER_LENT >= {"units.manage", "records.export"}


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_console_has_a_word_for_every_permission(language: str) -> None:
    console = Path(__file__).parents[2] / "web" / "console"
    words = (console / "locales" / f"{language}.area.ts").read_text("utf-8")
    missing = [name for name in get_args(Permission) if f"    {name.replace('.', '_')}: '" not in words]
    assert missing == []
    dialog = (console / "pages" / "delegations" / "LendDialog.vue").read_text("utf-8")
    assert all(f"'{name}'" in dialog for name in NEVER_LENT), "what is never lent is not offered"
