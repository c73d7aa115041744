"""Signing in through a channel: known, unknown, joined by registering, parted; whatever the channel."""

from typing import Any

import psycopg
import pytest

from lianfang.channels import links
from lianfang.kit.crypto import Keys
from lianfang.people.routes import COOKIE as SESSION
from tests.channels.conftest import Fakes, agree, come_back, leave, sign_in
from tests.channels.fake_wechat import Account
from tests.support.house import House
from tests.support.people import somebody
from tests.support.story import YIJIE_DOOR

DOOR = f"/v/{YIJIE_DOOR.code}"
BY_REDIRECT = ("wechat", "alipay", "oidc")


@pytest.fixture(autouse=True)
def holders(fakes: Fakes) -> None:
    fakes.wechat.holder = Account("李文秀")
    fakes.alipay.holder = {"open_id": "074li", "user_id": "2088123412341234"}
    fakes.oidc.subject = "li.wenxiu"


async def test_the_page_is_told_which_channels_are_on(town: House, house: House) -> None:
    on = (await (await town.client()).get("/channels")).json()
    assert [(one["name"], one["kind"]) for one in on] == [
        ("wechat", "redirect"),
        ("alipay", "redirect"),
        ("oidc", "redirect"),
        ("wechat_mini", "mini_program"),
        ("sms", "sms"),
    ]
    assert on[2]["label"] == "赤城政务统一认证"
    assert [one["name"] for one in (await (await house.client()).get("/channels")).json()] == ["sms"]


@pytest.mark.parametrize("name", BY_REDIRECT)
async def test_whoever_registers_after_a_channel_is_signed_in_by_it_ever_after(
    town: House, cast: psycopg.Connection, name: str
) -> None:
    phone = await town.client()
    first = await sign_in(phone, name, DOOR)
    assert first.status_code == 303
    assert first.headers["location"] == f"{DOOR}?login=unknown&by={name}"
    assert SESSION not in phone.http.cookies
    who = somebody()
    registered = await town.register(phone, who)
    assert registered.status_code == 200, registered.text

    another = await town.client()
    again = await sign_in(another, name, DOOR)
    assert again.headers["location"] == f"{DOOR}?login=signed_in&by={name}"
    me = (await another.get("/residents/me")).json()
    assert me["person_id"] == registered.json()["person_id"]
    assert links.COOKIE not in another.http.cookies
    actions = cast.execute(
        "SELECT action FROM audit_log WHERE subject = %s ORDER BY id", [f"person:{me['person_id']}"]
    ).fetchall()
    assert actions == [("people.register",), ("channels.link",), ("channels.sign_in",)]


@pytest.mark.parametrize("name", BY_REDIRECT)
async def test_somebody_who_is_signed_in_joins_a_channel_at_once(town: House, name: str) -> None:
    phone = await town.resident()
    answer = await sign_in(phone, name, "/h5/me")
    assert answer.headers["location"] == f"/h5/me?login=linked&by={name}"
    assert [one["name"] for one in (await phone.get("/channels/mine")).json()] == [name]
    assert (await phone.delete(f"/channels/{name}/link")).status_code == 204
    assert (await phone.delete(f"/channels/{name}/link")).status_code == 204
    assert (await phone.get("/channels/mine")).json() == []
    assert "login=unknown" in (await sign_in(await town.client(), name)).headers["location"]


async def test_an_identity_stays_with_the_first_who_joined_it(town: House) -> None:
    mother = await town.client()
    await sign_in(mother, "wechat")
    first = await town.register(mother, somebody())
    link = mother.http.cookies[links.COOKIE]
    father = await town.client()
    father.http.cookies.set(links.COOKIE, link)
    second = await town.register(father, somebody())
    assert first.json()["person_id"] != second.json()["person_id"]
    someone = await town.client()
    await sign_in(someone, "wechat")
    assert (await someone.get("/residents/me")).json()["person_id"] == first.json()["person_id"]


@pytest.mark.parametrize("name", BY_REDIRECT)
async def test_a_way_back_works_once_and_in_the_browser_that_left(town: House, fakes: Fakes, name: str) -> None:
    attacker, victim = await town.client(), await town.client()
    back = await agree(await leave(attacker, name, DOOR))
    stolen = await come_back(victim, back)
    assert stolen.headers["location"] == f"/h5/register?login=expired&by={name}"
    assert links.COOKIE not in victim.http.cookies
    # and it is used up for its owner too: the state was shown around
    assert "login=expired" in (await come_back(attacker, back)).headers["location"]

    back = await agree(await leave(attacker, name, DOOR))
    assert "login=unknown" in (await come_back(attacker, back)).headers["location"]
    assert "login=expired" in (await come_back(attacker, back)).headers["location"]


async def test_a_login_that_takes_too_long_is_begun_anew(town: House, cast: psycopg.Connection) -> None:
    phone = await town.client()
    back = await agree(await leave(phone, "oidc", DOOR))
    cast.execute("UPDATE channel_logins SET expires_at = now() - interval '1 second'")
    assert (await come_back(phone, back)).headers["location"] == f"{DOOR}?login=expired&by=oidc"


async def test_a_state_of_one_channel_is_of_no_use_to_another(town: House) -> None:
    phone = await town.client()
    back = await agree(await leave(phone, "oidc", DOOR))
    moved = back.replace("/oidc/", "/alipay/")
    assert "login=expired" in (await come_back(phone, moved)).headers["location"]


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/v/A",
        "/\\evil.example",
        "/v/../api/v1/session",
        "/console",
        "/v/A?x=1",
        "/v/A\nB",
        "javascript:alert(1)",
        "",
    ],
)
async def test_the_way_back_is_a_page_of_ours(town: House, elsewhere: str) -> None:
    answer = await (await town.client()).get("/channels/oidc/authorize", **{"return": elsewhere})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_return")


async def test_a_channel_that_is_off_is_not_there(house: House) -> None:
    client = await house.client()
    for answer in (
        await client.get("/channels/wechat/authorize"),
        await client.get("/channels/oidc/callback", state="x", code="y"),
        await client.get("/channels/wechat/js", url="http://127.0.0.1:8000/v/A"),
        await client.post("/channels/wechat_mini/login", {"code": "x"}),
        await client.post("/channels/wechat_mini/phone", {"code": "x"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "channel_off")


async def test_whoever_tries_logins_without_end_is_slowed(town: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from lianfang.channels import service

    monkeypatch.setattr(service, "LOGINS_PER_ADDRESS", service.LOGINS_PER_ADDRESS._replace(tries=3))
    client = await town.client()
    codes = [
        *[(await client.get("/channels/oidc/authorize")).status_code for _ in range(2)],
        *[(await client.post("/channels/wechat_mini/login", {"code": "guess"})).status_code for _ in range(2)],
    ]
    assert codes == [303, 303, 422, 429]


async def test_the_tables_name_nobody(town: House, cast: psycopg.Connection, fakes: Fakes, keys: Keys) -> None:
    """A stolen copy of the tables leads to no account at a provider, and the cookie neither."""
    phone = await town.client()
    await sign_in(phone, "wechat")
    cookie = phone.http.cookies[links.COOKIE]
    await town.register(phone, somebody())
    back = await leave(phone, "alipay")
    assert back
    stored: list[Any] = cast.execute("SELECT i::text FROM channel_identities i").fetchall()
    stored += cast.execute("SELECT l::text FROM channel_logins l").fetchall()
    open_id = fakes.wechat.holder.open_id("wxofficial0000001")
    state = back.split("state=")[1].split("&")[0]
    for secret in (open_id, state, phone.http.cookies["lf_login"]):
        assert all(secret not in row[0] and secret.encode().hex() not in row[0] for row in stored)
    assert open_id.encode() not in (keys.unsign(cookie) or b"")


async def test_a_link_that_is_not_ours_or_too_old_joins_nobody(
    town: House, cast: psycopg.Connection, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from lianfang.channels.store import Names
    from lianfang.kit.clock import now

    old = links.seal(keys, Names("wechat", [b"x" * 16], None), now() - links.VALID_FOR - timedelta(seconds=1))
    for cookie in ("nonsense", old, keys.sign(b"r" + b"\0" * 16)):
        phone = await town.client()
        phone.http.cookies.set(links.COOKIE, cookie)
        assert (await town.register(phone, somebody())).status_code == 200
    assert cast.execute("SELECT count(*) FROM channel_identities").fetchone() == (0,)


async def test_what_never_came_back_is_dropped(town: House, cast: psycopg.Connection) -> None:
    from lianfang.channels.service import tidy

    client = await town.client()
    await leave(client, "oidc")
    await leave(client, "wechat")
    cast.execute("UPDATE channel_logins SET expires_at = now() - interval '1 minute' WHERE channel = 'oidc'")
    assert await tidy(town.services.db.worker) == 1
    assert cast.execute("SELECT channel FROM channel_logins").fetchall() == [("wechat",)]
