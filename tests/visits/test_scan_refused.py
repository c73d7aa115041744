"""What a scan cannot be: each refusal says what to do, and nothing is stored."""

import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.people.tokens import issue, refer
from tests.support.house import API, Client, House, scan, until
from tests.support.story import ACCOUNT, ANSWERS, CHICHENG_DOOR, LONGGUAN_DOOR, YIJIE_DOOR
from tests.support.visits import add_person
from tests.visits.conftest import stored

JSON = {"content-type": "application/json"}


@pytest.fixture
async def resident(house: House) -> Client:
    return await house.resident()


async def raw(client: Client, content: Any, **headers: str) -> tuple[int, dict[str, Any]]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await client.http.post(f"{API}/scans", content=content, headers=JSON | named)
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"{'a': 1}", b"\xff", b'{"code": "\\ud800"}', b'{"code": "\xff"}', b"scan"]
)
async def test_a_body_that_is_no_json_is_explained(resident: Client, cast: psycopg.Connection, content: bytes) -> None:
    status, problem = await raw(resident, content)
    assert (status, problem["code"]) == (400, "malformed_json")
    assert problem["detail"].startswith("请求不是有效的 JSON")
    assert stored(cast) == 0


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"scan_id": "one"}, "scan_id"),
        ({"scan_id": 1}, "scan_id"),
        ({"scan_id": None}, "scan_id"),
        ({"code": 5}, "code"),
        ({"at": "yesterday"}, "at"),
        ({"at": 5}, "at"),
        ({"person": 1.5}, "person"),
        ({"person": []}, "person"),
        ({"answers": []}, "answers"),
        ({"answers": {"temperature": True}}, "answers[...]"),
        ({"answers": {"temperature": [36]}}, "answers[...]"),
        ({"surprise": 1}, "surprise"),
    ],
    ids=str,
)
async def test_a_field_of_the_wrong_type_is_named(
    resident: Client, cast: psycopg.Connection, changed: dict[str, object], field: str
) -> None:
    status, problem = await raw(resident, json.dumps(scan(**changed)))
    assert (status, problem["code"], [error["field"] for error in problem["errors"]]) == (
        422,
        "invalid_request",
        [field],
    )
    assert stored(cast) == 0


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("[]", "body"),
        ('"scan"', "body"),
        ("5", "body"),
        ("null", "body"),
        ("{}", "scan_id"),
        ('{"code": "X"}', "scan_id"),
    ],
)
async def test_a_body_of_another_shape_is_refused(resident: Client, content: str, field: str) -> None:
    status, problem = await raw(resident, content)
    assert (status, problem["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize(
    ("answers", "field", "code", "sentence"),
    [
        ({"reason": "home"}, "temperature", "required", "请填写“体温”。"),
        ({"temperature": "", "reason": "home"}, "temperature", "required", "请填写“体温”。"),
        ({"temperature": 36.5}, "reason", "required", "请填写“事由”。"),
        ({"temperature": 50, "reason": "home"}, "temperature", "number", "“体温”应为数字 [34, 43]。"),
        ({"temperature": "hot", "reason": "home"}, "temperature", "number", "“体温”应为数字 [34, 43]。"),
        ({"temperature": "nan", "reason": "home"}, "temperature", "number", "“体温”应为数字 [34, 43]。"),
        ({"temperature": 36.5, "reason": "play"}, "reason", "choice", "“事由”请从选项中选择。"),
        (ANSWERS | {"address": "长" * 41}, "address", "text", "“住址”应为文字，最多 40 个字。"),
        (ANSWERS | {"address": "a\0b"}, "address", "text", "“住址”应为文字，最多 40 个字。"),
        (ANSWERS | {"companion": "130799194001019999"}, "companion", "document", "“同行人证件”号码不对，请逐位核对。"),
        (ANSWERS | {"contact": "12"}, "contact", "phone", "“联系电话”应为手机号，如 13800001111。"),
        (ANSWERS | {"since": "2026-02-30"}, "since", "date", "“返乡日期”应为日期，如 2026-01-31。"),
        (ANSWERS | {"colour": "red"}, "colour", "unknown", "表单里没有这一项，请刷新页面后重填。"),
    ],
    ids=str,
)
async def test_an_answer_that_does_not_fit_is_explained(
    resident: Client, cast: psycopg.Connection, answers: object, field: str, code: str, sentence: str
) -> None:
    answer = await resident.scan(YIJIE_DOOR, answers=answers)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": f"answers.{field}", "code": code, "detail": sentence}]
    assert stored(cast) == 0


async def test_every_wrong_answer_is_told_at_once_and_in_english_too(resident: Client) -> None:
    body = scan(answers={"temperature": 50, "colour": 1})
    errors = (await resident.post("/scans", body, accept_language="en")).json()["errors"]
    assert {error["field"]: error["detail"] for error in errors} == {
        "answers.temperature": "“Temperature” takes a number [34, 43].",
        "answers.colour": "The form has no such field; reload the page.",
        "answers.reason": "Please answer “Reason”.",
    }


@pytest.mark.parametrize("declared", [True, False], ids=["with its length", "in pieces"])
async def test_an_oversized_body_is_refused(resident: Client, cast: psycopg.Connection, declared: bool) -> None:
    body = json.dumps(scan(answers=dict(ANSWERS) | {"address": "长" * 20_000})).encode()

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    status, problem = await raw(resident, body if declared else pieces())
    assert (status, problem["code"]) == (413, "body_too_large")
    assert "16 KiB" in problem["detail"]
    assert stored(cast) == 0


async def test_a_lie_about_the_length_helps_nobody(resident: Client) -> None:
    body = b'{"code": "' + b"x" * 20_000 + b'"}'
    assert (await raw(resident, body, content_length="10"))[0] == 413
    assert (await raw(resident, b"{}", content_length="99999"))[0] == 413


async def test_a_body_of_the_largest_size_is_taken(resident: Client) -> None:
    body = json.dumps(scan()).encode()
    status = (await resident.http.post(f"{API}/scans", content=body.ljust(16 * 1024), headers=JSON)).status_code
    assert status == 201


async def test_an_unknown_code_is_not_found(resident: Client, cast: psycopg.Connection) -> None:
    for code in ("NOSUCHCODE000000", "", "a\0b", "x" * 10_000, "' OR 1=1"):
        answer = await resident.scan(YIJIE_DOOR, code=code)
        assert answer.status_code in (404, 422)
        assert answer.json()["code"] in ("door_unknown", "unstorable")
    assert stored(cast) == 0


async def test_a_replaced_code_says_so_and_the_new_one_works(house: House, resident: Client) -> None:
    assert (await resident.scan(YIJIE_DOOR)).status_code == 201
    admin = await house.staff("yijie")
    fresh = (await admin.post(f"/checkpoints/{YIJIE_DOOR.id}/code")).json()["code"]
    await until(lambda: house.services.doors.known(YIJIE_DOOR.code) is None)
    for answer in (await resident.scan(YIJIE_DOOR), await resident.get(f"/doors/{YIJIE_DOOR.code}")):
        assert (answer.status_code, answer.json()["code"]) == (410, "door_code_replaced")
    assert (await resident.scan(YIJIE_DOOR, code=fresh)).status_code == 201


async def test_a_closed_door_is_closed_until_it_opens_again(house: House, resident: Client) -> None:
    admin = await house.staff("yijie")
    assert (await resident.scan(YIJIE_DOOR)).status_code == 201
    await admin.patch(f"/checkpoints/{YIJIE_DOOR.id}", {"open": False})
    await until(lambda: house.services.doors.known(YIJIE_DOOR.code) is None)
    for answer in (await resident.scan(YIJIE_DOOR), await resident.get(f"/doors/{YIJIE_DOOR.code}")):
        assert (answer.status_code, answer.json()["code"]) == (409, "door_closed")
    await admin.patch(f"/checkpoints/{YIJIE_DOOR.id}", {"open": True})
    assert (await resident.scan(YIJIE_DOOR)).status_code == 201


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
async def test_a_body_must_be_declared_as_json(resident: Client, kind: str) -> None:
    status, problem = await raw(resident, json.dumps(scan()), content_type=kind)
    assert (status, problem["code"]) == (415, "media_type")


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site", "origin": "http://evil.127.0.0.1:8000"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
    ids=str,
)
async def test_another_sites_page_scans_nothing_with_our_cookies(
    resident: Client, cast: psycopg.Connection, headers: dict[str, str]
) -> None:
    status, problem = await raw(resident, json.dumps(scan()), **headers)
    assert (status, problem["code"]) == (403, "cross_site")
    assert stored(cast) == 0


async def test_only_posting_is_possible(resident: Client) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        answer = await resident.send(method, "/scans")
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


async def test_who_has_not_registered_is_asked_to(house: House, keys: Keys) -> None:
    stranger = await house.client()
    for token in ("", "nonsense", "é", "A" * 200, keys.sign(b"r" + b"\0" * 16)):
        stranger.http.cookies.set("lf_resident", token.encode("ascii", "ignore").decode())
        answer = await stranger.scan()
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), token


async def test_an_ended_session_scans_no_more(house: House, resident: Client, cast: psycopg.Connection) -> None:
    cookie = resident.http.cookies["lf_resident"]
    assert (await resident.scan()).status_code == 201
    assert (await resident.delete("/residents/session")).status_code == 204
    thief = await house.client()
    thief.http.cookies.set("lf_resident", cookie)
    answer = await thief.scan()
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert stored(cast) == 1


async def test_a_resident_names_nobody_not_even_themselves(
    resident: Client, cast: psycopg.Connection, keys: Keys
) -> None:
    for person in (resident.id, add_person(cast, keys)):
        assert (await resident.scan(person=person)).status_code == 401
    assert stored(cast) == 0


@pytest.mark.parametrize("username", ["chicheng", "clerk", "gate01"])
async def test_only_import_accounts_register_others(
    house: House, cast: psycopg.Connection, keys: Keys, username: str
) -> None:
    staff = await house.staff(username)
    answer = await staff.scan(LONGGUAN_DOOR, person=add_person(cast, keys))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert stored(cast) == 0


async def test_an_import_account_that_signed_out_is_told_to_sign_in(
    house: House, cast: psycopg.Connection, keys: Keys
) -> None:
    importer = await house.staff("import")
    token = importer.http.cookies["lf_staff"]
    await importer.delete("/session")
    importer.http.cookies.set("lf_staff", token)
    answer = await importer.scan(CHICHENG_DOOR, person=add_person(cast, keys))
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


async def test_only_people_whom_the_account_itself_imported_can_be_named(
    house: House, cast: psycopg.Connection, keys: Keys
) -> None:
    """Ids count up: an account that could name anybody by id could write visits for, and look at, everybody."""
    importer, person = await house.staff("import"), add_person(cast, keys)
    own = ACCOUNT["import"].id
    nobody, another_accounts = refer(keys, 987654321, own), refer(keys, person, own + 1)
    session = issue(keys, person, 0, now(), keys.encrypt("张三丰", f"people.name:{person}"))
    for named in (str(person), "", "me", nobody, another_accounts, session, refer(keys, person, own)[:-1] + "A"):
        answer = await importer.scan(CHICHENG_DOOR, person=named)
        assert (answer.status_code, answer.json()["code"]) == (422, "person_unknown"), named
    assert stored(cast) == 0


@pytest.mark.parametrize(
    ("scan_id", "code"),
    [
        (str(uuid.uuid4()), "version"),
        (str(uuid.uuid1()), "version"),
        ("00000000-0000-0000-0000-000000000000", "version"),
        ("00000000-0000-7000-8000-000000000000", "clock"),
        ("ffffffff-ffff-7fff-bfff-ffffffffffff", "clock"),
    ],
)
async def test_a_scan_id_is_a_uuid_of_version_7_and_of_today(
    resident: Client, cast: psycopg.Connection, scan_id: str, code: str
) -> None:
    answer = await resident.scan(scan_id=scan_id)
    assert answer.status_code == 422
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("scan_id", code)]
    assert stored(cast) == 0
