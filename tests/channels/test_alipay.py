"""Alipay: both its names for a person, and signatures in both directions."""

import pytest

from lianfang.channels.alipay import private_key, to_sign
from tests.channels.conftest import Fakes, agree, come_back, leave, sign_in
from tests.channels.fake_alipay import bare, key_of
from tests.support.house import House
from tests.support.people import somebody


async def test_either_name_leads_to_the_person(town: House, fakes: Fakes) -> None:
    """An app that is moved from user ids to open ids loses nobody."""
    fakes.alipay.holder = {"user_id": "2088999900001111"}
    client = await town.client()
    await sign_in(client, "alipay")
    person = (await town.register(client, somebody())).json()["person_id"]
    for holder in (
        {"user_id": "2088999900001111", "open_id": "074new"},
        {"open_id": "074new"},
        {"user_id": "2088999900001111"},
    ):
        fakes.alipay.holder = holder
        client = await town.client()
        assert "login=signed_in" in (await sign_in(client, "alipay")).headers["location"], holder
        assert (await client.get("/residents/me")).json()["person_id"] == person
    fakes.alipay.holder = {"open_id": "074somebody-else"}
    assert "login=unknown" in (await sign_in(await town.client(), "alipay")).headers["location"]


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        ("isv.code-invalid", "refused"),
        ("isp.unknow-error", "unavailable"),
        ("isv.invalid-app-id", "unavailable"),
        ("isv.invalid-signature", "unavailable"),
    ],
)
async def test_errors_are_told_apart(town: House, fakes: Fakes, fault: str, result: str) -> None:
    fakes.alipay.fault = fault
    assert f"login={result}" in (await sign_in(await town.client(), "alipay")).headers["location"]


async def test_an_answer_that_alipay_has_not_signed_is_not_believed(town: House, fakes: Fakes) -> None:
    fakes.alipay.forge = True
    client = await town.client()
    assert "login=unavailable" in (await sign_in(client, "alipay")).headers["location"]
    assert "lf_channel" not in client.http.cookies


async def test_a_code_works_once(town: House, fakes: Fakes) -> None:
    client = await town.client()
    back = await agree(await leave(client, "alipay"))
    code = back.split("auth_code=")[1]
    assert "login=unknown" in (await come_back(client, back)).headers["location"]
    state = (await leave(client, "alipay")).split("state=")[1]
    again = await come_back(client, f"/channels/alipay/callback?state={state}&auth_code={code}")
    assert "login=refused" in again.headers["location"]


def test_what_is_signed_leaves_out_the_signature_and_empty_values() -> None:
    assert to_sign({"b": "2 &", "a": "一", "c": "", "sign": "x"}) == "a=一&b=2 &".encode()


def test_keys_are_read_in_every_form_in_which_people_have_them() -> None:
    from cryptography.hazmat.primitives import serialization as s

    key = key_of("another")
    numbers = key.private_numbers()
    forms = [
        bare(key),
        key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()).decode(),
        key.private_bytes(s.Encoding.PEM, s.PrivateFormat.TraditionalOpenSSL, s.NoEncryption()).decode(),
    ]
    assert all(private_key(form).private_numbers() == numbers for form in forms)
