"""WeChat: silent login, snapshot pages, union ids, the mini-program's phone number, pages that scan."""

import pytest

from lianfang.channels.model import UnavailableError
from lianfang.channels.outside import open_http
from lianfang.channels.wechat import js_signature
from lianfang.channels.wechat_api import WechatApi
from tests.channels.conftest import MINI, OFFICIAL, Fakes, come_back, leave, serve, sign_in
from tests.channels.fake_wechat import Account, Wechat
from tests.support.house import House
from tests.support.people import somebody

PAGE = "http://127.0.0.1:8000/v/ABC"


async def test_the_login_is_silent_until_somebody_taps_for_more(town: House, fakes: Fakes) -> None:
    fakes.wechat.holder = Account("周", union="union-zhou")
    client = await town.client()
    silent = await leave(client, "wechat")
    assert "scope=snsapi_base&" in silent
    assert silent.endswith("#wechat_redirect")
    tapped = await leave(client, "wechat", more="true")
    assert "scope=snsapi_userinfo&" in tapped


async def test_a_snapshot_page_is_nobody(town: House, fakes: Fakes) -> None:
    fakes.wechat.holder = Account("virtual", snapshot=True)
    client = await town.client()
    assert "login=snapshot" in (await sign_in(client, "wechat")).headers["location"]
    assert "lf_channel" not in client.http.cookies


async def test_the_union_joins_the_official_account_and_the_mini_program(town: House, fakes: Fakes) -> None:
    fakes.wechat.holder = Account("吴", union="union-wu")
    mini = await town.client()
    first = await mini.post("/channels/wechat_mini/login", {"code": fakes.wechat.code(fakes.wechat.holder, MINI)})
    assert first.json() == {"result": "unknown", "me": None}
    person = (await town.register(mini, somebody())).json()["person_id"]

    # the silent login tells no union: to the official account the same person is a stranger
    page = await town.client()
    assert "login=unknown" in (await sign_in(page, "wechat")).headers["location"]
    # after a tap it does
    assert "login=signed_in" in (await sign_in(page, "wechat", more="true")).headers["location"]
    assert (await page.get("/residents/me")).json()["person_id"] == person
    # and from then on the silent one is enough
    later = await town.client()
    assert "login=signed_in" in (await sign_in(later, "wechat")).headers["location"]
    assert {one["name"] for one in (await later.get("/channels/mine")).json()} == {"wechat", "wechat_mini"}


async def test_the_mini_program_signs_in_and_its_phone_number_replaces_the_text_message(
    town: House, fakes: Fakes
) -> None:
    who = somebody()
    account = Account(who.name, phone=who.phone)
    mini = await town.client()
    await mini.post("/channels/wechat_mini/login", {"code": fakes.wechat.code(account, MINI)})
    proven = (await mini.post("/channels/wechat_mini/phone", {"code": fakes.wechat.code(account, MINI)})).json()
    assert proven["phone"] == who.phone

    form = who.form("", phone_proof=proven["phone_proof"])
    stranger = {**form, "phone": somebody().phone}
    assert (await mini.post("/residents", stranger)).json()["code"] == "code_wrong"
    assert (await mini.post("/residents", {**form, "phone_proof": "made-up"})).json()["code"] == "code_wrong"
    registered = await mini.post("/residents", form)
    assert registered.status_code == 200, registered.text

    later = await town.client()
    answer = await later.post("/channels/wechat_mini/login", {"code": fakes.wechat.code(account, MINI)})
    assert answer.json()["me"]["person_id"] == registered.json()["person_id"]
    assert (await later.get("/residents/me")).status_code == 200


async def test_a_proof_of_a_number_runs_out(town: House, fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    from lianfang.people import tokens

    who = somebody()
    mini = await town.client()
    code = fakes.wechat.code(Account(who.name, phone=who.phone), MINI)
    proof = (await mini.post("/channels/wechat_mini/phone", {"code": code})).json()["phone_proof"]
    monkeypatch.setattr(tokens, "PROOF_VALID_FOR", timedelta(seconds=-1))
    assert (await mini.post("/residents", who.form("", phone_proof=proof))).json()["code"] == "code_wrong"


async def test_a_code_of_wechat_works_once_and_for_five_minutes(town: House, fakes: Fakes) -> None:
    mini = await town.client()
    code = fakes.wechat.code(Account("郑"), MINI)
    assert (await mini.post("/channels/wechat_mini/login", {"code": code})).status_code == 200
    for used in (code, "invented", fakes.wechat.code(Account("郑"), OFFICIAL)):
        answer = await mini.post("/channels/wechat_mini/login", {"code": used})
        assert (answer.status_code, answer.json()["code"]) == (422, "channel_refused")
    old = fakes.wechat.code(Account("郑"), MINI)
    fakes.wechat.now += 301
    assert (await mini.post("/channels/wechat_mini/login", {"code": old})).json()["code"] == "channel_refused"


async def test_a_number_of_another_country_is_no_proof(town: House, fakes: Fakes) -> None:
    code = fakes.wechat.code(Account("Smith", phone="2025550123", country="1"), MINI)
    answer = await (await town.client()).post("/channels/wechat_mini/phone", {"code": code})
    assert answer.json()["code"] == "channel_refused"


@pytest.mark.parametrize(("errcode", "result"), [(40029, "refused"), (40163, "refused"), (-1, "unavailable")])
async def test_an_error_with_status_200_is_an_error(town: House, fakes: Fakes, errcode: int, result: str) -> None:
    fakes.wechat.holder = Account("王")
    fakes.wechat.faults["/sns/oauth2/access_token"] = [errcode]
    client = await town.client()
    assert f"login={result}" in (await sign_in(client, "wechat")).headers["location"]
    assert "lf_channel" not in client.http.cookies


async def test_whoever_declines_comes_back_to_the_page(town: House) -> None:
    client = await town.client()
    state = (await leave(client, "wechat")).split("state=")[1].split("#")[0]
    answer = await come_back(client, f"/channels/wechat/callback?state={state}")
    assert "login=refused" in answer.headers["location"]


async def test_a_wrong_secret_is_ours_to_mend_and_is_never_logged(
    town: House, fakes: Fakes, capsys: pytest.CaptureFixture[str]
) -> None:
    fakes.wechat.secrets[OFFICIAL] = "changed"
    fakes.wechat.holder = Account("冯")
    answer = await sign_in(await town.client(), "wechat")
    assert "login=unavailable" in answer.headers["location"]
    written = capsys.readouterr()
    assert "40125" in written.out + written.err
    assert "official secret" not in written.out + written.err


async def test_token_and_ticket_are_kept_until_they_expire() -> None:
    fake = Wechat({OFFICIAL: "s"})
    moment = [1000.0]
    async with serve(fake.app()) as url, open_http() as http:
        api = WechatApi(http, url, OFFICIAL, "s", clock=lambda: moment[0])
        first = await api.js_ticket()
        assert await api.js_ticket() == first
        assert fake.calls == ["/cgi-bin/stable_token", "/cgi-bin/ticket/getticket"]
        fake.now += 7200
        moment[0] += 7200
        assert await api.js_ticket() != first
        assert len(fake.calls) == 4


async def test_a_token_that_wechat_no_longer_takes_is_renewed_once() -> None:
    fake = Wechat({MINI: "s"})
    async with serve(fake.app()) as url, open_http() as http:
        api = WechatApi(http, url, MINI, "s")
        fake.faults["/wxa/business/getuserphonenumber"] = [42001]
        code = fake.code(Account("陈"), MINI)
        answer = await api.with_token("POST", "/wxa/business/getuserphonenumber", body={"code": code})
        assert answer["phone_info"]["purePhoneNumber"] == "13900000000"
        assert fake.calls.count("/cgi-bin/stable_token") == 2
        fake.faults["/wxa/business/getuserphonenumber"] = [42001, 42001]
        with pytest.raises(UnavailableError, match="42001"):
            await api.with_token("POST", "/wxa/business/getuserphonenumber", body={"code": "x"})


async def test_a_page_is_signed_so_that_wechat_accepts_it(town: House, fakes: Fakes) -> None:
    client = await town.client()
    signed = (await client.get("/channels/wechat/js", url=PAGE + "?from=x#top")).json()
    assert signed["app_id"] == OFFICIAL
    assert fakes.wechat.page_accepts(signed, PAGE + "?from=x")
    assert not fakes.wechat.page_accepts(signed, PAGE)
    await client.get("/channels/wechat/js", url=PAGE)
    assert fakes.wechat.calls.count("/cgi-bin/ticket/getticket") == 1


@pytest.mark.parametrize("url", ["https://evil.example/v/A", "http://127.0.0.1:8000.evil.example/", "x"])
async def test_pages_of_others_are_not_signed(town: House, url: str) -> None:
    answer = await (await town.client()).get("/channels/wechat/js", url=url)
    assert answer.json()["code"] == "bad_return"


def test_the_signature_of_the_documents_own_example() -> None:
    ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    signature = js_signature(ticket, "Wm3WZYTPz0wzccnW", 1414587457, "http://mp.weixin.qq.com?params=value")
    assert signature == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"
