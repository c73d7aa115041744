"""One's own password and authenticator."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import httpx
import pyotp
import pytest

from lianfang.kit.crypto import Keys
from lianfang.staff import credentials, login, passwords, totp
from tests.staff.conftest import PASSWORD, Browser, Cast, sign_in

SignedIn = Callable[[str], Awaitable[httpx.AsyncClient]]
NEW = "龙关镇的一扇门 2026"


async def change(client: httpx.AsyncClient, new: str, old: str = PASSWORD) -> httpx.Response:
    return await client.post("/session/password", json={"old_password": old, "new_password": new})


async def test_a_new_password_replaces_the_old_and_ends_the_other_sessions(
    browser: Browser, cast: Cast, signed_in: SignedIn
) -> None:
    here, elsewhere = await signed_in("gate01"), await signed_in("gate01")
    assert (await change(here, NEW)).status_code == 204
    assert (await here.get("/session")).status_code == 200
    assert (await elsewhere.get("/session")).status_code == 401
    assert (await sign_in(browser(), "gate01")).status_code == 401
    assert (await sign_in(browser(), "gate01", NEW)).status_code == 200
    assert "session.password" in [action for action, _ in cast.audit("gate01")]


async def test_the_old_password_is_asked_for_and_cannot_be_guessed(cast: Cast, signed_in: SignedIn) -> None:
    client = await signed_in("gate01")
    for _ in range(5):
        answer = await change(client, NEW, old="wrong-password")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "old_password")
    assert (await change(client, NEW)).status_code == 429


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("short", "length"),
        ("长" * 129, "length"),
        ("Password123", "common"),
        ("Lianfang2026!", "common"),
        ("1111111111", "common"),
        ("ababababababab", "common"),
        ("Gate01-2026", "contains_username"),
        (PASSWORD, "unchanged"),
    ],
)
async def test_weak_passwords_are_refused_with_the_reason(signed_in: SignedIn, new: str, code: str) -> None:
    answer = await change(await signed_in("gate01"), new)
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["field"], error["code"]) == ("new_password", code)
    assert error["detail"]


def test_every_common_password_is_one_that_the_other_rules_would_let_through() -> None:
    for password in passwords.COMMON.split():
        assert len(password) >= passwords.MIN_LENGTH, password
        assert password == password.casefold()


def test_initial_passwords_satisfy_the_rules_and_differ() -> None:
    generated = {passwords.generate() for _ in range(200)}
    assert len(generated) == 200
    assert all(passwords.faults("p", password, username="gate01") == [] for password in generated)


async def test_an_initial_password_is_stored_as_a_salted_digest_and_checked_like_any_other() -> None:
    password = passwords.generate()
    assert len(password.replace("-", "")) * 5 == 80
    stored = passwords.hash_initial(password)
    assert password not in stored
    assert stored != passwords.hash_initial(password)
    assert await passwords.verify(stored, password)
    for other in (password.lower(), password[:-1], "", passwords.generate()):
        assert not await passwords.verify(stored, other)


async def test_an_initial_password_takes_as_long_to_check_as_a_chosen_one(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []

    class Hasher:
        def verify(self, stored: str, given: str) -> bool:
            checked.append(stored)
            return False

    monkeypatch.setattr(passwords, "_hasher", Hasher())
    password = passwords.generate()
    await passwords.verify(passwords.hash_initial(password), password)
    assert checked == [passwords.DUMMY]


def test_a_derived_password_is_one_account_s_of_one_run_of_one_installation(keys: Keys) -> None:
    derived = {passwords.derive(keys, seed, f"gate{n:02}") for seed in ("a", "b") for n in range(100)}
    assert len(derived) == 200
    assert passwords.derive(keys, "a", "gate01") in derived
    assert passwords.derive(Keys(bytes(range(1, 33))), "a", "gate01") not in derived


class Phone:
    """An authenticator app whose clock the test turns."""

    def __init__(self, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.generator = pyotp.TOTP(secret)
        self.step = 59_000_000
        self._monkeypatch = monkeypatch
        self.turn(0)

    def turn(self, steps: int) -> None:
        self.step += steps
        now = datetime.fromtimestamp(self.step * 30 + 7, UTC)
        for module in (login, credentials):
            self._monkeypatch.setattr(module, "clock_now", lambda: now)

    def code(self, offset: int = 0) -> str:
        return self.generator.generate_otp(self.step + offset)


@pytest.fixture
async def enrolled(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> tuple[httpx.AsyncClient, Phone]:
    """A signed-in account whose authenticator is on, and its phone, one step later."""
    client = await signed_in("chicheng")
    phone = Phone((await client.post("/session/totp")).json()["secret"], monkeypatch)
    assert (await client.post("/session/totp/confirm", json={"code": phone.code()})).status_code == 204
    phone.turn(1)
    # sessions live on the database's clock, not on the turned one
    monkeypatch.setattr(
        "lianfang.staff.sessions.VALID_FOR", datetime(2100, 1, 1, tzinfo=UTC) - datetime.fromtimestamp(0, UTC)
    )
    return client, phone


async def test_an_authenticator_is_enrolled_by_link_or_picture(cast: Cast, signed_in: SignedIn) -> None:
    client = await signed_in("chicheng")
    offer = (await client.post("/session/totp")).json()
    assert offer["uri"] == f"otpauth://totp/Lianfang:chicheng?secret={offer['secret']}&issuer=Lianfang"
    assert offer["qr_svg"].startswith("<svg")
    assert (await client.get("/session")).json()["totp_enabled"] is False
    assert offer["secret"].encode() not in cast.column("chicheng", "totp_secret")
    assert (await client.post("/session/totp/confirm", json={"code": "000000"})).json()["errors"][0]["field"] == "code"
    code = pyotp.TOTP(offer["secret"]).now()
    assert (await client.post("/session/totp/confirm", json={"code": code})).status_code == 204
    assert (await client.get("/session")).json()["totp_enabled"] is True
    assert cast.audit("chicheng")[-1][0] == "session.totp_on"


async def test_an_unconfirmed_authenticator_locks_nobody_out(browser: Browser, signed_in: SignedIn) -> None:
    client = await signed_in("chicheng")
    await client.post("/session/totp")
    assert (await sign_in(browser(), "chicheng")).status_code == 200


async def test_a_login_needs_the_code(browser: Browser, enrolled: tuple[httpx.AsyncClient, Phone]) -> None:
    _, phone = enrolled
    answer = await sign_in(browser(), "chicheng")
    assert (answer.status_code, answer.json()["code"]) == (401, "totp_required")
    assert (await sign_in(browser(), "chicheng", totp="000000")).json()["code"] == "login_failed"
    assert (await sign_in(browser(), "chicheng", "wrong-password", totp=phone.code())).json()["code"] == "login_failed"
    assert (await sign_in(browser(), "chicheng", totp=phone.code())).status_code == 200


async def test_a_code_works_once(browser: Browser, cast: Cast, enrolled: tuple[httpx.AsyncClient, Phone]) -> None:
    _, phone = enrolled
    assert (await sign_in(browser(), "chicheng", totp=phone.code())).status_code == 200
    assert (await sign_in(browser(), "chicheng", totp=phone.code())).json()["code"] == "login_failed"
    assert cast.audit("chicheng")[-1][1]["reason"] == "totp"
    phone.turn(1)
    assert (await sign_in(browser(), "chicheng", totp=phone.code())).status_code == 200
    assert (await sign_in(browser(), "chicheng", totp=phone.code(-1))).status_code == 401  # nor an earlier one after it


async def test_a_clock_may_be_one_step_off_and_no_more(
    browser: Browser, enrolled: tuple[httpx.AsyncClient, Phone]
) -> None:
    _, phone = enrolled
    phone.turn(5)
    assert (await sign_in(browser(), "chicheng", totp=phone.code(-2))).status_code == 401
    assert (await sign_in(browser(), "chicheng", totp=phone.code(2))).status_code == 401
    assert (await sign_in(browser(), "chicheng", totp=phone.code(-1))).status_code == 200
    assert (await sign_in(browser(), "chicheng", totp=phone.code(1))).status_code == 200


async def test_who_knows_the_password_still_cannot_guess_the_code(
    browser: Browser, enrolled: tuple[httpx.AsyncClient, Phone]
) -> None:
    _, phone = enrolled
    statuses = [(await sign_in(browser(), "chicheng", totp=f"00000{n}")).status_code for n in range(3)]
    statuses += [(await sign_in(browser(), "chicheng")).status_code for _ in range(2)]  # does not clear the count
    assert statuses == [401] * 5
    assert (await sign_in(browser(), "chicheng", totp=phone.code())).status_code == 429


async def test_an_authenticator_is_removed_with_its_own_code(
    browser: Browser, cast: Cast, enrolled: tuple[httpx.AsyncClient, Phone]
) -> None:
    client, phone = enrolled
    assert (await client.post("/session/totp")).json()["code"] == "totp_already_on"
    refused = await client.request("DELETE", "/session/totp", json={"code": "000000"})
    assert refused.status_code == 422
    assert (await client.request("DELETE", "/session/totp", json={"code": phone.code()})).status_code == 204
    assert (await client.request("DELETE", "/session/totp", json={"code": phone.code()})).json()["code"] == "totp_off"
    assert (await sign_in(browser(), "chicheng")).status_code == 200
    assert cast.column("chicheng", "totp_secret") is None


async def test_nothing_can_be_confirmed_that_was_not_begun(signed_in: SignedIn) -> None:
    client = await signed_in("chicheng")
    assert (await client.post("/session/totp/confirm", json={"code": "123456"})).json()["code"] == "totp_not_started"


def test_codes_are_those_of_rfc_6238() -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # the RFC's "12345678901234567890"; its table shows eight digits
    at = datetime.fromtimestamp(1111111109, UTC)
    assert totp.matching_step(secret, "081 804", after=0, now=at) == 1111111109 // 30
    assert totp.matching_step(secret, "081804", after=1111111109 // 30, now=at) is None
    assert totp.matching_step(secret, "八一八〇四", after=0, now=at) is None
