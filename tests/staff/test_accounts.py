"""Administering accounts: of one's own unit and below, and nobody else's."""

from collections.abc import Awaitable, Callable

import httpx
import psycopg
import pytest

from lianfang.access.scope import Scope
from lianfang.kit.db import Database
from lianfang.kit.errors import Problem
from lianfang.staff import service
from lianfang.staff.sessions import Sessions
from tests.staff.conftest import PASSWORD, PASSWORD_HASH, Browser, Cast, sign_in
from tests.staff.database import CHICHENG, CHONGLI, HEBEI, LONGGUAN, Unit

SignedIn = Callable[[str], Awaitable[httpx.AsyncClient]]


def new(unit: Unit, username: str, role: str = "clerk", display_name: str = "王文员") -> dict[str, object]:
    return {"unit_id": unit.id, "username": username, "display_name": display_name, "role": role}


async def test_an_account_is_created_with_a_password_that_must_be_changed(
    browser: Browser, cast: Cast, signed_in: SignedIn
) -> None:
    admin = await signed_in("chicheng")
    answer = await admin.post("/staff", json=new(LONGGUAN, "Wang.Clerk"))
    assert answer.status_code == 201
    created, password = answer.json()["account"], answer.json()["initial_password"]
    assert created | {"created_at": None} == {
        "id": created["id"],
        "unit_id": LONGGUAN.id,
        "unit_name": "龙关镇",
        "username": "wang.clerk",
        "display_name": "王文员",
        "role": "clerk",
        "disabled": False,
        "totp_enabled": False,
        "created_at": None,
        "last_login_at": None,
    }
    clerk = browser()
    assert (await sign_in(clerk, "wang.clerk", password)).json()["must_change_password"] is True
    refused = await clerk.post("/session/totp")
    assert (refused.status_code, refused.json()["code"]) == (403, "must_change_password")
    assert (await clerk.get("/session")).status_code == 200
    change = {"old_password": password, "new_password": "a-door-of-my-own"}
    assert (await clerk.post("/session/password", json=change)).status_code == 204
    assert (await clerk.post("/session/totp")).status_code == 200
    cast.ids["wang.clerk"] = created["id"]
    assert cast.audit("wang.clerk")[0] == ("staff.create", {"unit": LONGGUAN.id, "role": "clerk"})
    assert password not in str(cast.owner.execute("SELECT * FROM audit_log").fetchall())


async def test_an_admin_may_create_admins_in_its_own_unit_and_below(signed_in: SignedIn) -> None:
    admin = await signed_in("chicheng")
    for unit, username in ((CHICHENG, "second"), (LONGGUAN, "below")):
        assert (await admin.post("/staff", json=new(unit, username, "admin"))).status_code == 201


@pytest.mark.parametrize("unit", [CHONGLI, HEBEI, Unit(999, 0, 0)], ids=["sibling", "above", "nowhere"])
async def test_no_account_is_created_elsewhere(cast: Cast, signed_in: SignedIn, unit: Unit) -> None:
    admin = await signed_in("chicheng")
    answer = await admin.post("/staff", json=new(unit, "spy"))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert cast.owner.execute("SELECT count(*) FROM staff_accounts WHERE username = 'spy'").fetchone() == (0,)


async def test_a_username_is_used_once_in_the_whole_installation(signed_in: SignedIn) -> None:
    admin = await signed_in("chicheng")
    answer = await admin.post("/staff", json=new(LONGGUAN, "chongli"))
    assert (answer.status_code, answer.json()["code"]) == (409, "username_taken")


@pytest.mark.parametrize("username", ["ab", "-abc", "a b c", "王文员", "x" * 41, "abc\n", "abc\0d"])
async def test_a_username_that_the_table_would_refuse_is_explained(signed_in: SignedIn, username: str) -> None:
    admin = await signed_in("chicheng")
    answer = await admin.post("/staff", json=new(LONGGUAN, username))
    if username.strip() == "abc":  # space around a name is dropped
        assert answer.status_code == 201
        return
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "username")


@pytest.mark.parametrize("display_name", ["", "  ", "名" * 61, "a\0b", "a\nb"])
async def test_a_display_name_that_the_table_would_refuse_is_explained(
    cast: Cast, signed_in: SignedIn, display_name: str
) -> None:
    admin = await signed_in("chicheng")
    created = await admin.post("/staff", json=new(LONGGUAN, "wang", display_name=display_name))
    changed = await admin.patch(f"/staff/{cast['gate01']}", json={"display_name": display_name})
    for answer in (created, changed):
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "display_name")


async def test_an_admin_sees_accounts_of_its_unit_and_below_page_by_page(cast: Cast, signed_in: SignedIn) -> None:
    admin = await signed_in("chicheng")
    seen, cursor = [], ""
    while True:
        page = (await admin.get("/staff", params={"limit": 2, "cursor": cursor})).json()
        seen += [account["username"] for account in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert seen == ["chicheng", "longguan", "gate01"]
    by_unit = (await admin.get("/staff", params={"unit_id": LONGGUAN.id})).json()["items"]
    assert [account["username"] for account in by_unit] == ["longguan", "gate01"]
    by_name = (await admin.get("/staff", params={"q": "gate01 的"})).json()["items"]
    assert [account["username"] for account in by_name] == ["gate01"]
    assert (await admin.get("/staff", params={"unit_id": CHONGLI.id})).status_code == 404
    assert (await admin.get("/staff", params={"q": "a\0b"})).status_code == 200
    assert (await admin.get("/staff", params={"cursor": "!"})).json()["code"] == "bad_cursor"


async def test_who_is_no_admin_administers_nobody(cast: Cast, signed_in: SignedIn) -> None:
    attendant = await signed_in("gate01")
    assert (await attendant.get("/staff")).json()["code"] == "forbidden"
    assert (await attendant.post("/staff", json=new(LONGGUAN, "friend"))).status_code == 403
    assert (await attendant.get("/audit")).status_code == 403


@pytest.mark.parametrize("admin", ["chongli", "longguan"], ids=["sibling", "below"])
async def test_accounts_of_other_units_do_not_exist(cast: Cast, signed_in: SignedIn, admin: str) -> None:
    client, target = await signed_in(admin), cast["chicheng"]
    before = cast.owner.execute("SELECT * FROM staff_accounts WHERE id = %s", [target]).fetchone()
    changed = await client.patch(f"/staff/{target}", json={"disabled": True})
    reset = await client.post(f"/staff/{target}/password")
    assert [changed.status_code, reset.status_code] == [404, 404]
    assert "chicheng" not in (await client.get("/staff")).text
    assert cast.owner.execute("SELECT * FROM staff_accounts WHERE id = %s", [target]).fetchone() == before


async def test_an_account_is_changed_and_the_change_recorded(cast: Cast, signed_in: SignedIn) -> None:
    admin = await signed_in("chicheng")
    changed = await admin.patch(f"/staff/{cast['gate01']}", json={"display_name": "北门 李", "role": "clerk"})
    assert (changed.json()["display_name"], changed.json()["role"]) == ("北门 李", "clerk")
    assert cast.audit("gate01") == [("staff.change", {"role": ["attendant", "clerk"], "display_name": []})]


async def test_a_new_role_counts_at_once(cast: Cast, signed_in: SignedIn) -> None:
    admin, member = await signed_in("chicheng"), await signed_in("longguan")
    assert (await member.get("/staff")).status_code == 200
    await admin.patch(f"/staff/{cast['longguan']}", json={"role": "clerk"})
    assert (await member.get("/staff")).status_code == 403


async def test_a_disabled_account_loses_its_session_at_once_and_does_not_get_it_back(
    browser: Browser, cast: Cast, signed_in: SignedIn
) -> None:
    admin, member = await signed_in("chicheng"), await signed_in("gate01")
    assert (await member.get("/session")).status_code == 200
    assert (await admin.patch(f"/staff/{cast['gate01']}", json={"disabled": True})).json()["disabled"] is True
    assert (await member.get("/session")).status_code == 401
    await admin.patch(f"/staff/{cast['gate01']}", json={"disabled": False})
    assert (await member.get("/session")).status_code == 401
    assert (await sign_in(browser(), "gate01")).status_code == 200


async def test_another_process_learns_of_it_within_seconds(
    cast: Cast, signed_in: SignedIn, identity: Database, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, member = await signed_in("chicheng"), await signed_in("gate01")
    elsewhere = Sessions(identity, sessions._keys)
    token = member.cookies["lf_staff"]
    assert await elsewhere.authenticate(token) is not None
    await admin.patch(f"/staff/{cast['gate01']}", json={"disabled": True})
    monkeypatch.setattr("lianfang.staff.sessions.CACHE_S", 0.0)
    assert await elsewhere.authenticate(token) is None


async def test_a_reset_ends_sessions_and_removes_a_lost_authenticator(
    browser: Browser, cast: Cast, signed_in: SignedIn
) -> None:
    admin, member = await signed_in("chicheng"), await signed_in("gate01")
    cast.owner.execute(
        "UPDATE staff_accounts SET totp_secret = '\\x01', totp_confirmed = true WHERE id = %s", [cast["gate01"]]
    )
    password = (await admin.post(f"/staff/{cast['gate01']}/password")).json()["initial_password"]
    assert (await member.get("/session")).status_code == 401
    assert (await sign_in(browser(), "gate01", PASSWORD)).status_code == 401
    again = await sign_in(browser(), "gate01", password)
    assert (again.status_code, again.json()["must_change_password"], again.json()["totp_enabled"]) == (200, True, False)
    assert ("staff.reset_password", {}) in cast.audit("gate01")


async def test_nobody_locks_themselves_out(cast: Cast, signed_in: SignedIn) -> None:
    admin, path = await signed_in("chicheng"), f"/staff/{cast['chicheng']}"
    answers = [
        await admin.patch(path, json={"disabled": True}),
        await admin.patch(path, json={"role": "clerk"}),
        await admin.post(f"{path}/password"),
    ]
    assert [answer.json()["code"] for answer in answers] == ["own_account"] * 3
    assert (await admin.patch(path, json={"display_name": "县管理员", "role": "admin"})).status_code == 200


async def test_the_log_of_a_unit_shows_what_was_done_under_it_and_nothing_else(
    browser: Browser, cast: Cast, signed_in: SignedIn
) -> None:
    admin, neighbour = await signed_in("chicheng"), await signed_in("chongli")
    await signed_in("longguan")
    await admin.patch(f"/staff/{cast['gate01']}", json={"disabled": True})
    first = (await admin.get("/audit", params={"limit": 2})).json()
    rest = (await admin.get("/audit", params={"cursor": first["next"]})).json()
    shown = [(entry["actor"], entry["action"], entry["subject"]) for entry in first["items"] + rest["items"]]
    chicheng, longguan, gate01 = (f"staff:{cast[name]}" for name in ("chicheng", "longguan", "gate01"))
    assert shown == [
        (chicheng, "staff.change", gate01),
        (longguan, "session.login", longguan),
        (chicheng, "session.login", chicheng),
    ]
    assert [entry["actor_name"][-11:] for entry in first["items"]] == [" (chicheng)", " (longguan)"]
    assert first["items"][0]["subject_name"].endswith(" (gate01)")
    rest_of_world = (await neighbour.get("/audit")).json()["items"]
    assert all("chicheng" not in entry["actor_name"] for entry in rest_of_world)
    assert {entry["actor"] for entry in (await neighbour.get("/audit")).json()["items"]} == {f"staff:{cast['chongli']}"}


def usernames(database_rows: list[tuple[object, ...]]) -> set[object]:
    return {row[0] for row in database_rows}


@pytest.mark.parametrize(
    ("scope", "visible"),
    [
        (None, set()),
        (HEBEI, {"chicheng", "chongli", "longguan", "gate01"}),
        (CHICHENG, {"chicheng", "longguan", "gate01"}),
        (LONGGUAN, {"longguan", "gate01"}),
        (CHONGLI, {"chongli"}),
    ],
    ids=["no scope", "province", "county", "town", "sibling"],
)
async def test_raw_sql_as_the_app_sees_only_the_scope(
    cast: Cast, db: Database, scope: Unit | None, visible: set[str]
) -> None:
    local = {"lianfang__lo": str(scope.lo), "lianfang__hi": str(scope.hi)} if scope else {}
    async with db.transaction(**local) as conn:
        rows = await (await conn.execute("SELECT username FROM staff_accounts")).fetchall()
        updated = await conn.execute("UPDATE staff_accounts SET display_name = 'changed'")
    assert usernames(rows) == visible
    assert updated.rowcount == len(visible)
    changed = cast.owner.execute("SELECT username FROM staff_accounts WHERE display_name = 'changed'").fetchall()
    assert usernames(changed) == visible


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT password_hash FROM staff_accounts",
        "SELECT totp_secret FROM staff_accounts",
        "SELECT * FROM staff_accounts",
        "DELETE FROM staff_accounts",
        "SELECT * FROM staff_sessions",
        "SELECT * FROM throttles",
    ],
)
async def test_raw_sql_as_the_app_reads_no_secret(cast: Cast, db: Database, statement: str) -> None:
    async def run() -> None:
        async with db.transaction(lianfang__lo="1", lianfang__hi="1000") as conn:
            await conn.execute(statement.encode())

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await run()


async def test_raw_sql_as_the_app_puts_no_account_elsewhere(cast: Cast, db: Database) -> None:
    async def move() -> None:
        async with db.transaction(lianfang__lo=str(CHICHENG.lo), lianfang__hi=str(CHICHENG.hi)) as conn:
            await conn.execute("UPDATE staff_accounts SET ord = %s WHERE id = %s", [CHONGLI.lo, cast["gate01"]])

    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        await move()


async def test_the_first_admin_is_created_without_anybody_signed_in(db: Database, browser: Browser, cast: Cast) -> None:
    system = Scope.system("cli")
    account = await service.create_first_admin(
        db, system, unit_id=HEBEI.id, username="Hebei", password="河北省的第一个管理员"
    )
    assert (account.username, account.role) == ("hebei", "admin")
    answer = await sign_in(browser(), "hebei", "河北省的第一个管理员")
    assert (answer.status_code, answer.json()["must_change_password"]) == (200, False)
    with pytest.raises(Problem, match="invalid_request"):
        await service.create_first_admin(db, system, unit_id=HEBEI.id, username="hebei2", password="Lianfang2026!")


async def test_many_accounts_are_created_with_one_hash(db: Database, browser: Browser, cast: Cast) -> None:
    for number in range(20):
        await service.add_account(
            db,
            Scope.system("demo"),
            unit_id=LONGGUAN.id,
            username=f"gate{number + 50}",
            display_name="门卫",
            role="attendant",
            password_hash=PASSWORD_HASH,
            must_change=False,
        )
    assert (await sign_in(browser(), "gate69")).status_code == 200
