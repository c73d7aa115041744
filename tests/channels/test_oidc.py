"""OpenID Connect: what is sent, and every way in which an ID token can be wrong."""

import time
from typing import Any

import pytest

from lianfang.channels import oidc
from tests.channels.conftest import Fakes, agree, come_back, leave, sign_in
from tests.channels.fake_alipay import key_of
from tests.support.house import House

HOUR = 3600


@pytest.mark.parametrize(
    "spoil",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "somebody-else"},
        {"aud": ["lianfang", "somebody-else"]},
        {"iss": "https://evil.example"},
        {"exp": int(time.time()) - HOUR},
        {"exp": None},
        {"iat": int(time.time()) + HOUR},
        {"sub": None},
    ],
    ids=str,
)
async def test_an_id_token_with_a_wrong_claim_signs_nobody_in(town: House, fakes: Fakes, spoil: dict[str, Any]) -> None:
    fakes.oidc.spoil = spoil
    client = await town.client()
    assert "login=refused" in (await sign_in(client, "oidc")).headers["location"]
    assert "lf_channel" not in client.http.cookies


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "HS256"}], ids=str)
async def test_only_the_providers_key_signs(town: House, fakes: Fakes, header: dict[str, Any]) -> None:
    fakes.oidc.header = header
    assert "login=refused" in (await sign_in(await town.client(), "oidc")).headers["location"]


async def test_another_key_under_the_same_name_signs_nobody_in(town: House, fakes: Fakes) -> None:
    fakes.oidc.signing_key = key_of("forger")
    assert "login=refused" in (await sign_in(await town.client(), "oidc")).headers["location"]


async def test_several_audiences_need_the_authorized_party(town: House, fakes: Fakes) -> None:
    fakes.oidc.spoil = {"aud": ["lianfang", "other"], "azp": "lianfang"}
    assert "login=unknown" in (await sign_in(await town.client(), "oidc")).headers["location"]


async def test_a_new_key_is_fetched_when_it_is_met(town: House, fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    await sign_in(await town.client(), "oidc")
    fakes.oidc.change_key()
    # made-up key names must not make us ask all the time
    assert "login=refused" in (await sign_in(await town.client(), "oidc")).headers["location"]
    assert fakes.oidc.asked.count("jwks") == 1
    monkeypatch.setattr(oidc, "KEYS_AGAIN_S", 0.0)
    assert "login=unknown" in (await sign_in(await town.client(), "oidc")).headers["location"]
    assert fakes.oidc.asked.count("jwks") == 2


async def test_discovery_is_asked_once(town: House, fakes: Fakes) -> None:
    for _ in range(3):
        await sign_in(await town.client(), "oidc")
    assert fakes.oidc.asked.count("discovery") == 1


async def test_the_document_of_another_issuer_is_not_believed(town: House, fakes: Fakes) -> None:
    fakes.oidc.issuer = "https://evil.example"
    answer = await (await town.client()).get("/channels/oidc/authorize")
    assert (answer.status_code, answer.json()["code"]) == (503, "channel_unavailable")


async def test_a_provider_that_is_down_is_said_so(town: House, fakes: Fakes) -> None:
    fakes.oidc.down = True
    answer = await (await town.client()).get("/channels/oidc/authorize")
    assert (answer.status_code, answer.json()["code"]) == (503, "channel_unavailable")
    assert answer.headers["retry-after"] == "30"


async def test_whoever_declines_comes_back_to_the_page(town: House, fakes: Fakes) -> None:
    fakes.oidc.deny = True
    assert "login=refused" in (await sign_in(await town.client(), "oidc")).headers["location"]


async def test_a_provider_that_answers_for_another_is_refused(town: House) -> None:
    client = await town.client()
    back = await agree(await leave(client, "oidc"))
    head = back.partition("&iss=")[0]
    mixed = head + "&iss=https%3A%2F%2Fevil.example&code=" + back.partition("&code=")[2]
    assert "login=refused" in (await come_back(client, mixed)).headers["location"]


async def test_a_stolen_code_is_useless_without_the_verifier(town: House) -> None:
    """PKCE: the code of one login does not finish another."""
    one, other = await town.client(), await town.client()
    code = (await agree(await leave(one, "oidc"))).partition("&code=")[2]
    state = (await leave(other, "oidc")).partition("&state=")[2].partition("&")[0]
    answer = await come_back(other, f"/channels/oidc/callback?state={state}&code={code}")
    assert "login=refused" in answer.headers["location"]


def test_the_challenge_of_the_standards_own_example() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert oidc.challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
