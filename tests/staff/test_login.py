"""Signing in and out: who may, how often, for how long."""

import asyncio
import time
from typing import Any

import psycopg
import pytest

from lianfang.config import Settings
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.staff import passwords, service, store
from lianfang.staff.sessions import Sessions, token_digest
from tests.staff.conftest import PASSWORD, Browser, Cast, sign_in
from tests.staff.database import CHICHENG


async def test_an_account_signs_in_and_out(browser: Browser, cast: Cast) -> None:
    client = browser()
    response = await sign_in(client, " Chicheng ")
    assert response.status_code == 200
    assert response.json() == {
        "account_id": cast["chicheng"],
        "username": "chicheng",
        "display_name": "chicheng 的名字",
        "role": "admin",
        "permissions": sorted(response.json()["permissions"]),
        "unit": {"id": CHICHENG.id, "name": "赤城县", "level": "county", "code": "130732000000"},
        "totp_enabled": False,
        "must_change_password": False,
        "acting_for": None,
        "loan_over": False,
    }
    assert "staff.manage" in response.json()["permissions"]
    cookie = response.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("lf_staff=", "httponly", "samesite=lax", "path=/", "max-age=43200"))
    assert "secure" not in cookie
    shown = await client.get("/session")
    assert shown.json() == response.json()
    assert (await client.delete("/session")).status_code == 204
    assert (await client.get("/session")).status_code == 401
    assert [action for action, _ in cast.audit("chicheng")] == ["session.login", "session.logout"]


async def test_signing_out_ends_the_session_even_for_one_who_kept_the_token(browser: Browser, cast: Cast) -> None:
    client = browser()
    token = (await sign_in(client, "chicheng")).cookies["lf_staff"]
    await client.delete("/session")
    thief = browser()
    thief.cookies.set("lf_staff", token)
    assert (await thief.get("/session")).status_code == 401


async def test_only_programs_that_ask_get_the_token(browser: Browser, cast: Cast) -> None:
    program = browser()
    program.headers["x-lianfang-client"] = "api"
    token = (await sign_in(program, "gate01")).json()["token"]
    bare = browser()
    answer = await bare.get("/session", headers={"authorization": f"Bearer {token}"})
    assert answer.json()["username"] == "gate01"
    assert "token" not in answer.json()


async def test_the_token_is_not_in_the_database(browser: Browser, cast: Cast, keys: Keys) -> None:
    token = (await sign_in(browser(), "gate01")).cookies["lf_staff"]
    row = cast.owner.execute("SELECT token_digest FROM staff_sessions").fetchone()
    assert row == (token_digest(keys, token),)
    assert token.encode() not in row[0]


class TestBehindHttps:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(public_url="https://lianfang.example.cn")

    async def test_the_cookie_is_secure(self, browser: Browser, cast: Cast) -> None:
        assert "secure" in (await sign_in(browser(), "chicheng")).headers["set-cookie"].lower()


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("chicheng", "wrong-password"),
        ("nobody", PASSWORD),
        ("x' OR 1=1 --", "y"),
        ("nul\0", "y"),
        ("", ""),
        ("chicheng", "长" * 5000),
    ],
)
async def test_what_is_wrong_is_not_said(browser: Browser, cast: Cast, username: str, password: str) -> None:
    answer = await sign_in(browser(), username, password)
    assert (answer.status_code, answer.json()["code"]) == (401, "login_failed")
    assert "set-cookie" not in answer.headers


async def test_a_failure_is_recorded_by_id_and_without_the_password(browser: Browser, cast: Cast) -> None:
    await sign_in(browser("10.9.9.9"), "chicheng", "my-secret-typo")
    await sign_in(browser("10.9.9.9"), "my-secret-username", "x")
    assert cast.audit("chicheng") == [("session.refused", {"reason": "password", "address": "10.9.9.9"})]
    log = str(cast.owner.execute("SELECT * FROM audit_log").fetchall())
    assert "my-secret" not in log
    assert f"'staff:{cast['chicheng']}', 'session.refused'" in log


async def test_unknown_accounts_take_as_long_as_known_ones(browser: Browser, cast: Cast) -> None:
    cast.owner.execute("UPDATE staff_accounts SET password_hash = %s", [await passwords.hash_password(PASSWORD)])
    seconds: dict[str, list[float]] = {"chicheng": [], "nobody": []}
    for _ in range(4):
        for username, taken in seconds.items():
            start = time.perf_counter()
            await sign_in(browser(), username, "wrong-password")
            taken.append(time.perf_counter() - start)
    known, unknown = (min(taken) for taken in seconds.values())  # the least disturbed of each
    assert 0.5 < unknown / known < 2


def test_the_dummy_hash_costs_what_a_new_hash_costs() -> None:
    assert passwords._hasher.check_needs_rehash(passwords.DUMMY) is False


async def test_five_failures_pause_an_account_and_no_other(browser: Browser, cast: Cast) -> None:
    for _ in range(5):
        assert (await sign_in(browser(), "chicheng", "wrong-password")).status_code == 401
    answer = await sign_in(browser(), "chicheng")
    assert (answer.status_code, answer.json()["code"]) == (429, "login_throttled")
    assert 0 < int(answer.headers["retry-after"]) <= 900
    assert answer.headers["retry-after"] in answer.json()["detail"]
    assert (await sign_in(browser(), "longguan")).status_code == 200


async def test_unknown_names_are_paused_too(browser: Browser, cast: Cast) -> None:
    statuses = [(await sign_in(browser(), "nobody", "x")).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]


async def test_a_success_clears_the_accounts_failures(browser: Browser, cast: Cast) -> None:
    for _ in range(2):
        for _ in range(4):
            assert (await sign_in(browser(), "chicheng", "wrong-password")).status_code == 401
        assert (await sign_in(browser(), "chicheng")).status_code == 200


async def test_guesses_sent_at_once_are_all_counted(browser: Browser, cast: Cast) -> None:
    answers = await asyncio.gather(*(sign_in(browser(), "chicheng", f"wrong-{n}") for n in range(12)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 7


async def test_fifty_failures_pause_an_address_and_no_other(
    browser: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no(password_hash: str, password: str) -> bool:
        return False

    with monkeypatch.context() as patched:
        patched.setattr(passwords, "verify", no)
        for number in range(50):
            assert (await sign_in(browser("10.1.1.1"), f"name{number}", "x")).status_code == 401
    assert (await sign_in(browser("10.1.1.1"), "chicheng")).status_code == 429
    assert (await sign_in(browser("10.1.1.2"), "chicheng")).status_code == 200


async def test_an_office_behind_one_address_is_not_paused_by_its_own_logins(browser: Browser, cast: Cast) -> None:
    for number in range(60):
        cast.add(f"clerk{number}", CHICHENG, "clerk")
        assert (await sign_in(browser("10.1.1.1"), f"clerk{number}")).status_code == 200


async def test_a_queue_of_logins_has_an_end(monkeypatch: pytest.MonkeyPatch, browser: Browser, cast: Cast) -> None:
    monkeypatch.setattr(passwords, "QUEUE_MAX", 0)
    answer = await sign_in(browser(), "chicheng")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_a_session_ends_after_twelve_hours(browser: Browser, cast: Cast, sessions: Sessions) -> None:
    client = browser()
    await sign_in(client, "chicheng")
    row = cast.owner.execute("SELECT expires_at - created_at FROM staff_sessions").fetchone()
    assert row is not None
    assert abs(row[0].total_seconds() - 12 * 3600) < 2
    cast.owner.execute("UPDATE staff_sessions SET expires_at = now() - interval '1 s'")
    sessions.clear()
    assert (await client.get("/session")).status_code == 401


async def test_a_remembered_session_does_not_outlive_its_end(browser: Browser, cast: Cast, sessions: Sessions) -> None:
    client = browser()
    await sign_in(client, "chicheng")
    cast.owner.execute("UPDATE staff_sessions SET expires_at = now() + interval '300 ms'")
    assert (await client.get("/session")).status_code == 200
    await asyncio.sleep(0.35)
    assert (await client.get("/session")).status_code == 401


async def test_a_session_is_read_once_in_five_seconds_and_then_anew(
    browser: Browser, cast: Cast, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = (await sign_in(browser(), "chicheng")).cookies["lf_staff"]
    first = await sessions.authenticate(token)
    assert await sessions.authenticate(token) is first
    # the unit has moved
    cast.owner.execute("UPDATE units SET lo = 400, hi = 450 WHERE id = %s", [CHICHENG.id])
    monkeypatch.setattr("lianfang.staff.sessions.CACHE_S", 0.0)
    second = await sessions.authenticate(token)
    assert first is not None
    assert second is not None
    assert ((first.lo, first.hi), (second.lo, second.hi)) == ((CHICHENG.lo, CHICHENG.hi), (400, 450))
    assert second.scope.covers(420)


async def test_what_was_read_before_a_change_is_not_remembered_after_it(
    browser: Browser, cast: Cast, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = (await sign_in(browser(), "chicheng")).cookies["lf_staff"]
    read = store.identity_find_session

    async def read_slowly(conn: Any, digest: bytes) -> Any:
        session = await read(conn, digest)
        cast.owner.execute("UPDATE staff_accounts SET disabled = true WHERE id = %s", [cast["chicheng"]])
        sessions.forget(cast["chicheng"])
        return session

    with monkeypatch.context() as patched:
        patched.setattr(store, "identity_find_session", read_slowly)
        assert await sessions.authenticate(token) is not None
    assert await sessions.authenticate(token) is None


async def test_the_memory_of_sessions_is_bounded(
    browser: Browser, cast: Cast, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lianfang.staff.sessions.CACHE_SIZE", 2)
    tokens = [(await sign_in(browser(), "chicheng")).cookies["lf_staff"] for _ in range(4)]
    for token in tokens:
        assert await sessions.authenticate(token) is not None
    assert len(sessions._cache) == 2
    assert await sessions.authenticate("x" * 43) is None
    assert len(sessions._cache) == 2


async def test_a_disabled_account_cannot_sign_in(browser: Browser, cast: Cast) -> None:
    cast.owner.execute("UPDATE staff_accounts SET disabled = true WHERE id = %s", [cast["gate01"]])
    answer = await sign_in(browser(), "gate01")
    assert answer.json()["code"] == "login_failed"
    assert cast.audit("gate01")[-1][1]["reason"] == "disabled"


async def test_a_password_reset_while_a_login_was_being_verified_refuses_it(
    browser: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = passwords.verify

    async def verify_then_reset(password_hash: str, password: str) -> bool:
        right = await verify(password_hash, password)
        cast.owner.execute("UPDATE staff_accounts SET password_hash = 'new' WHERE id = %s", [cast["chicheng"]])
        return right

    monkeypatch.setattr(passwords, "verify", verify_then_reset)
    assert (await sign_in(browser(), "chicheng")).status_code == 401


async def test_old_sessions_and_counts_are_tidied_away(
    browser: Browser, cast: Cast, worker: Database, owner: psycopg.Connection
) -> None:
    client = browser()
    await sign_in(client, "chicheng")
    await sign_in(browser(), "nobody", "x")
    await service.tidy(worker)
    assert (await client.get("/session")).status_code == 200
    owner.execute("UPDATE staff_sessions SET expires_at = now() - interval '1 s'")
    owner.execute("UPDATE throttles SET window_at = now() - interval '3 days' WHERE tries > 0")
    await service.tidy(worker)
    assert owner.execute("SELECT count(*) FROM staff_sessions").fetchone() == (0,)
    assert owner.execute("SELECT count(*) FROM throttles WHERE tries > 0").fetchone() == (0,)
