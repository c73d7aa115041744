"""A resident registers once, with a code that proves the phone; stays signed in; signs in again on another phone."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from lianfang.config import Settings
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.people import service, tokens
from tests.conftest import OpenHouse
from tests.support.database import MASTER
from tests.support.house import Answer, Client, House
from tests.support.people import Resident, document, somebody


async def ask_code(client: Client, who: Resident) -> str:
    answer = await client.post("/residents/codes", {"phone": who.phone})
    assert answer.status_code == 200, answer.text
    code: str = answer.json()["demo_code"]
    return code


def fields(answer: Answer) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in answer.json().get("errors", [])]


def people(owner: psycopg.Connection) -> int:
    row = owner.execute("SELECT count(*) FROM people").fetchone()
    assert row is not None
    return int(row[0])


async def test_a_resident_registers_and_is_shown_masked(house: House, cast: psycopg.Connection) -> None:
    who = somebody("欧阳娜娜")
    client = await house.client()
    answer = await house.register(client, who)
    me = answer.json()
    assert answer.status_code == 200
    assert (me["name"], me["document_type"]) == ("欧**娜", "resident_id")
    assert me["document"] == f"130****{who.document[-4:]}"
    assert me["phone"] == f"139****{who.phone[-4:]}"
    assert (await client.get("/residents/me")).json() == me
    row = cast.execute("SELECT consented_at, registered_at FROM people WHERE id = %s", [me["person_id"]]).fetchone()
    assert row is not None
    assert None not in row


async def test_nothing_of_a_person_is_readable_in_the_database(house: House, cast: psycopg.Connection) -> None:
    """A stolen dump yields no name, number or answer: not a byte of them is in any row."""
    who = Resident("欧阳修远", document(77), "13712345678")
    resident = await house.resident(who)
    await resident.scan(answers={"temperature": 36.5, "reason": "home", "address": "龙门客栈三号"})
    await (await house.staff("clerk")).post("/records/search", {"document": who.document, "phone": who.phone})
    secrets = [who.name, who.document, who.document[6:14], who.phone, "龙门客栈", '"home"', "36.5"]
    tables = [row[0] for row in cast.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()]
    assert {"people", "notices", "one_time_codes", "audit_log", "throttles"} <= set(tables)
    for table in tables:
        with (
            cast.cursor() as cursor,
            cursor.copy(f"COPY (SELECT * FROM {table}) TO STDOUT (FORMAT binary)".encode()) as dump,
        ):
            content = b"".join(bytes(piece) for piece in dump)
        for secret in secrets if table not in ("templates",) else ():
            assert secret.encode() not in content, f"{secret} in {table}"


async def test_the_same_person_signs_in_again_on_another_phone(house: House, cast: psycopg.Connection) -> None:
    who = somebody()
    first = await house.resident(who)
    second = await house.resident(Resident(who.name, who.document.lower(), f"+86 {who.phone}"))
    assert first.id == second.id
    assert people(cast) == 1
    assert (await first.get("/residents/me")).status_code == 200  # on both phones


@pytest.mark.parametrize(
    ("changed", "field", "code", "sentence"),
    [
        (
            {"document_number": "130799194001019999"},
            "document_number",
            "check_digit",
            "最后一位校验码不符，请逐位核对号码。",
        ),
        ({"document_number": "13079919400230001X"}, "document_number", "date", "号码中的出生日期不存在，请核对。"),
        ({"document_number": "1307991940010"}, "document_number", "length", "位数不对，请逐位核对。"),
        ({"document_number": " "}, "document_number", "empty", "请填写。"),
        (
            {"document_type": "passport", "document_number": "护照"},
            "document_number",
            "length",
            "位数不对，请逐位核对。",
        ),
        ({"name": ""}, "name", "empty", "请填写。"),
        ({"name": "12"}, "name", "format", "格式不对，请按证件原样填写。"),
        ({"name": "张\0三"}, "name", "format", "格式不对，请按证件原样填写。"),
        ({"name": "长" * 101}, "name", "length", "位数不对，请逐位核对。"),
        ({"phone": "12345"}, "phone", "length", "位数不对，请逐位核对。"),
        ({"consent": False}, "consent", "required", "登记需要您的单独同意；不同意可请工作人员纸质登记。"),
    ],
    ids=str,
)
async def test_a_wrong_field_is_explained_and_nobody_is_registered(
    house: House, cast: psycopg.Connection, changed: dict[str, object], field: str, code: str, sentence: str
) -> None:
    answer = await house.register(await house.client(), somebody(), **changed)
    assert answer.status_code == 422
    assert [error for error in answer.json()["errors"] if error["field"] == field] == [
        {"field": field, "code": code, "detail": sentence}
    ]
    assert people(cast) == 0


async def test_all_wrong_fields_are_told_at_once(house: House) -> None:
    answer = await house.register(await house.client(), somebody(), name="", document_number="1", consent=False)
    assert {field for field, _ in fields(answer)} == {"name", "document_number", "consent"}


async def test_without_the_word_of_consent_there_is_no_form(house: House) -> None:
    who, client = somebody(), await house.client()
    form = who.form(await ask_code(client, who))
    del form["consent"]
    assert (await client.post("/residents", form)).status_code == 422
    assert (await client.post("/residents", form | {"consent": "yes"})).status_code == 422


async def test_a_correction_does_not_cost_the_code(house: House) -> None:
    who, client = somebody(), await house.client()
    code = await ask_code(client, who)
    assert (await client.post("/residents", who.form(code, document_number="1"))).status_code == 422
    assert (await client.post("/residents", who.form(code))).status_code == 200


async def test_a_wrong_code_is_refused_and_after_five_tries_the_right_one_too(
    house: House, cast: psycopg.Connection
) -> None:
    who, client = somebody(), await house.client()
    code = await ask_code(client, who)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(service.CODE_TRIES):
        answer = await client.post("/residents", who.form(wrong))
        assert (answer.status_code, answer.json()["code"], fields(answer)) == (422, "code_wrong", [("code", "wrong")])
    assert (await client.post("/residents", who.form(code))).json()["code"] == "code_wrong"
    assert people(cast) == 0


async def test_guesses_sent_all_at_once_are_counted_all(house: House, cast: psycopg.Connection) -> None:
    who, client = somebody(), await house.client()
    code = await ask_code(client, who)
    guesses = [f"{(int(code) + guess) % 1_000_000:06d}" for guess in range(1, 21)]
    await asyncio.gather(*(client.post("/residents", who.form(guess)) for guess in guesses))
    assert (await client.post("/residents", who.form(code))).status_code == 422
    [tries] = cast.execute("SELECT tries FROM one_time_codes").fetchone() or [None]
    assert tries == service.CODE_TRIES


async def test_the_fifth_try_may_be_the_right_one(house: House) -> None:
    who, client = somebody(), await house.client()
    code = await ask_code(client, who)
    for _ in range(service.CODE_TRIES - 1):
        await client.post("/residents", who.form("abc"))
    assert (await client.post("/residents", who.form(f" {code} "))).status_code == 200


async def test_a_code_works_once_and_for_its_phone_only(house: House) -> None:
    who, other, client = somebody(), somebody(), await house.client()
    code = await ask_code(client, who)
    assert (await client.post("/residents", other.form(code))).json()["code"] == "code_wrong"
    assert (await client.post("/residents", who.form(code))).status_code == 200
    assert (await client.post("/residents", who.form(code))).json()["code"] == "code_wrong"


async def test_an_expired_code_is_refused(house: House, cast: psycopg.Connection) -> None:
    who, client = somebody(), await house.client()
    code = await ask_code(client, who)
    cast.execute("UPDATE one_time_codes SET expires_at = now() - interval '1 second'")
    assert (await client.post("/residents", who.form(code))).json()["code"] == "code_wrong"


async def test_a_newer_code_replaces_the_older(house: House) -> None:
    who, client = somebody(), await house.client()
    older, newer = await ask_code(client, who), await ask_code(client, who)
    if older != newer:
        assert (await client.post("/residents", who.form(older))).status_code == 422
    assert (await client.post("/residents", who.form(newer))).status_code == 200


async def test_a_phone_that_is_none_gets_no_code(house: House, cast: psycopg.Connection) -> None:
    client = await house.client()
    for phone in ("", "12", "139 1234", "abc", "+86 139"):
        answer = await client.post("/residents/codes", {"phone": phone})
        assert (answer.status_code, [field for field, _ in fields(answer)]) == (422, ["phone"])
    assert cast.execute("SELECT FROM one_time_codes").fetchall() == []


async def test_a_document_registered_with_another_phone_or_name_says_where_to_go(
    house: House, cast: psycopg.Connection
) -> None:
    who = somebody()
    await house.resident(who)
    for taken in (Resident(who.name, who.document, somebody().phone), Resident("李鬼", who.document, who.phone)):
        answer = await house.register(await house.client(), taken)
        assert (answer.status_code, answer.json()["code"]) == (409, "document_taken")
        assert "set-cookie" not in answer.headers
    assert people(cast) == 1


async def test_name_and_document_alone_open_nothing(house: House) -> None:
    """What happened in Beijing in 2020: photographs and test results by name and number."""
    who = somebody()
    await house.resident(who)
    answer = await (await house.client()).post("/residents", who.form("000000"))
    assert (answer.status_code, answer.json()["code"]) == (422, "code_wrong")


async def test_registering_twice_at_once_is_one_person(house: House, cast: psycopg.Connection) -> None:
    who, clients = somebody(), [await house.client() for _ in range(4)]
    code = await ask_code(clients[0], who)
    answers = await asyncio.gather(*(client.post("/residents", who.form(code)) for client in clients))
    registered = [answer.json()["person_id"] for answer in answers if answer.status_code == 200]
    assert registered
    assert len(set(registered)) == people(cast) == 1


async def test_a_family_shares_one_phone(house: House, cast: psycopg.Connection) -> None:
    parent = somebody()
    child = Resident("王小小", somebody().document, parent.phone)
    assert (await house.resident(parent)).id != (await house.resident(child)).id


async def test_one_phone_gets_so_many_codes_a_day(house: House) -> None:
    who, client = somebody(), await house.client()
    for _ in range(service.CODES_PER_PHONE.tries):
        await ask_code(client, who)
    answer = await client.post("/residents/codes", {"phone": f"+86 {who.phone}"})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_often")
    assert int(answer.headers["retry-after"]) > 0
    await ask_code(client, somebody())  # another phone is not concerned


async def test_one_address_asks_for_so_many_codes_an_hour(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "CODES_PER_ADDRESS", service.CODES_PER_ADDRESS._replace(tries=3))
    client = await house.client()
    for _ in range(3):
        await ask_code(client, somebody())
    assert (await client.post("/residents/codes", {"phone": somebody().phone})).status_code == 429


async def test_one_address_registers_so_many_an_hour(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "REGISTRATIONS_PER_ADDRESS", service.REGISTRATIONS_PER_ADDRESS._replace(tries=2))
    for _ in range(2):
        await house.resident()
    assert (await house.register(await house.client(), somebody())).status_code == 429


async def test_signing_out_ends_every_session_of_the_person(house: House) -> None:
    who = somebody()
    first, second = await house.resident(who), await house.resident(who)
    stolen = await house.client()
    stolen.http.cookies.set("lf_resident", first.http.cookies["lf_resident"])
    assert (await second.delete("/residents/session")).status_code == 204
    assert "lf_resident" not in second.http.cookies
    for client in (first, second, stolen):
        assert (await client.get("/residents/me")).status_code == 401
    assert (await (await house.resident(who)).get("/residents/me")).status_code == 200


def test_a_token_is_ours_whole_and_not_too_old(keys: Keys) -> None:
    name = keys.encrypt("张三丰", "people.name:42")
    token = tokens.issue(keys, 42, 3, now(), name)
    assert tokens.read(keys, token, now()) == (42, 3, (tokens.mark_of(name), "张*丰"))
    assert tokens.read(keys, token, now() + tokens.VALID_FOR + timedelta(minutes=1)) is None
    assert tokens.read(Keys(bytes(32)), token, now()) is None
    for broken in ("", token[:-1], token + "A", "A" + token[1:], token[::-1], "é", "=" * 40):
        assert tokens.read(keys, broken, now()) is None or broken == token


PRODUCTION = Settings(demo=False, secret_key=MASTER.hex(), sms_url="http://127.0.0.1:1/")


def sent(owner: psycopg.Connection, keys: Keys) -> list[dict[str, Any]]:
    """The messages in the outbox, opened."""
    rows = owner.execute("SELECT id, recipient, parameters FROM notices ORDER BY id").fetchall()
    return [
        {
            "to": keys.decrypt(row[1], f"notices.recipient:{row[0]}"),
            **json.loads(keys.decrypt(row[2], f"notices.parameters:{row[0]}")),
        }
        for row in rows
    ]


async def test_in_production_the_code_goes_to_the_phone_and_not_into_the_answer(
    house_with: OpenHouse, cast: psycopg.Connection, keys: Keys
) -> None:
    house = await house_with(PRODUCTION)
    who, client = somebody(), await house.client()
    answer = await client.post("/residents/codes", {"phone": who.phone})
    assert answer.json() == {"expires_in_s": 300, "resend_in_s": 60, "demo_code": None}
    [message] = sent(cast, keys)
    assert message["to"] == f"+86{who.phone}"
    assert (await client.post("/residents", who.form(message["code"]))).status_code == 200


async def test_within_a_minute_no_second_message_is_sent_and_the_first_code_stays_good(
    house_with: OpenHouse, cast: psycopg.Connection, keys: Keys
) -> None:
    house = await house_with(PRODUCTION)
    who, client = somebody(), await house.client()
    for _ in range(3):
        assert (await client.post("/residents/codes", {"phone": who.phone})).status_code == 200
    assert len(sent(cast, keys)) == 1
    cast.execute("UPDATE one_time_codes SET sent_at = sent_at - interval '61 seconds'")
    await client.post("/residents/codes", {"phone": who.phone})
    first, second = sent(cast, keys)
    if first["code"] != second["code"]:
        assert (await client.post("/residents", who.form(first["code"]))).status_code == 422
    assert (await client.post("/residents", who.form(second["code"]))).status_code == 200


async def test_where_no_message_can_be_sent_it_says_so(house_with: OpenHouse, cast: psycopg.Connection) -> None:
    house = await house_with(Settings(demo=False, secret_key=MASTER.hex()))
    answer = await (await house.client()).post("/residents/codes", {"phone": somebody().phone})
    assert (answer.status_code, answer.json()["code"]) == (503, "cannot_send")
    assert cast.execute("SELECT FROM one_time_codes").fetchall() == []
