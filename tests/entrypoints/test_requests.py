"""What the application says to requests that are odd, foreign or broken: a problem with a sentence, never a traceback."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.support.house import Client, House
from tests.support.people import somebody
from tests.support.story import CHICHENG, LONGGUAN

JSON = {"content-type": "application/json"}
NEW_UNIT = {"parent_id": LONGGUAN.id, "name": "龙关中学", "level": "unit"}


async def raw(client: Client, path: str, content: bytes, headers: Mapping[str, str]) -> httpx.Response:
    return await client.http.post("/api/v1" + path, content=content, headers=headers)


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"urn:lianfang:problem:{code}"
    assert problem["title"]
    assert problem["detail"]
    return problem


async def test_a_body_that_is_no_json_is_explained(house: House) -> None:
    admin = await house.staff("chicheng")
    for content in (b"{", b"\xff\xfe", b"", b"{'a': 1}"):
        answer = await raw(admin, "/units", content, JSON)
        assert answer.status_code in (400, 422)
        assert_problem(answer, answer.status_code, "malformed_json" if answer.status_code == 400 else "invalid_request")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (NEW_UNIT | {"parent_id": "four"}, "parent_id"),
        (NEW_UNIT | {"name": 5}, "name"),
        (NEW_UNIT | {"level": "empire"}, "level"),
        (NEW_UNIT | {"name": ""}, "name"),
        (NEW_UNIT | {"name": "名" * 101}, "name"),
        (NEW_UNIT | {"name": "a\0b"}, "name"),
    ],
)
async def test_a_wrong_field_is_named(house: House, body: object, field: str) -> None:
    admin = await house.staff("chicheng")
    problem = assert_problem(await admin.post("/units", body), 422, "invalid_request")
    assert [error["field"] for error in problem["errors"]] == [field]


@pytest.mark.parametrize(
    ("body", "field"),
    [({"parent_id": 4}, "name"), (NEW_UNIT | {"colour": "red"}, "colour"), ([], "body"), ("text", "body"), (7, "body")],
)
async def test_a_body_of_another_shape_is_refused(house: House, body: object, field: str) -> None:
    admin = await house.staff("chicheng")
    problem = assert_problem(await admin.http.post("/api/v1/units", json=body), 422, "invalid_request")
    assert [error["field"] for error in problem["errors"]] == [field]


async def test_a_missing_field_inside_a_list_is_named_with_its_place(house: House) -> None:
    form = {"unit_id": CHICHENG.id, "name": "表", "name_en": "form", "fields": [{"key": "a", "type": "text"}]}
    problem = assert_problem(await (await house.staff("chicheng")).post("/templates", form), 422, "invalid_request")
    assert problem["errors"][0]["field"].endswith(".label")


async def test_an_oversized_body_is_refused_before_it_is_read(house: House) -> None:
    admin = await house.staff("chicheng")
    body = b'{"name": "' + b"x" * (3 << 20) + b'"}'
    assert_problem(await raw(admin, "/units", body, JSON), 413, "body_too_large")


async def test_a_body_must_be_declared_as_json(house: House) -> None:
    """A page of another site can send a form or plain text with our cookies, but it cannot declare JSON."""
    admin = await house.staff("chicheng")
    body = b'{"parent_id": 4, "name": "x", "level": "unit"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert_problem(await raw(admin, "/units", body, {"content-type": kind}), 415, "media_type")
    assert_problem(await raw(admin, "/checkpoints/1/code", b"", {"content-type": "text/plain"}), 415, "media_type")
    assert_problem(await raw(admin, "/units", body, {}), 415, "media_type")
    accepted = await raw(admin, "/units", body, {"content-type": "application/json; charset=utf-8"})
    assert accepted.status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "null"},
    ],
    ids=str,
)
async def test_another_sites_page_changes_nothing_with_our_cookies(house: House, headers: dict[str, str]) -> None:
    admin = await house.staff("chicheng")
    answer = await admin.http.post("/api/v1/units", json=NEW_UNIT, headers=headers)
    assert_problem(answer, 403, "cross_site")
    assert (await admin.http.get("/api/v1/units", headers=headers)).status_code == 200  # looking changes nothing


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin", "origin": "http://127.0.0.1:8000"},
        {"origin": "http://127.0.0.1:8000"},
        {"sec-fetch-site": "none"},
        {},
    ],
    ids=str,
)
async def test_our_own_pages_and_programs_are_served(house: House, headers: dict[str, str]) -> None:
    admin = await house.staff("chicheng")
    assert (await admin.http.post("/api/v1/units", json=NEW_UNIT, headers=headers)).status_code == 201


@pytest.mark.parametrize(
    ("accept", "cookie", "language"),
    [
        ("", "", "zh-CN"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "", "zh-CN"),
        ("en-GB,en;q=0.9", "", "en"),
        ("fr-FR, en;q=0.5", "", "en"),
        ("fr-FR", "", "zh-CN"),
        ("zh-CN", "en", "en"),
        ("en", "zh-CN", "zh-CN"),
        ("en", "klingon", "en"),
    ],
)
async def test_a_problem_is_told_in_the_readers_language(house: House, accept: str, cookie: str, language: str) -> None:
    client = await house.client({"accept-language": accept})
    if cookie:
        client.http.cookies.set("lf_lang", cookie)
    answer = await client.get("/residents/me")
    assert answer.headers["content-language"] == language
    assert answer.json()["detail"] == {"zh-CN": "请先登录。", "en": "Please sign in first."}[language]


async def test_what_does_not_exist_is_a_problem_too(house: House) -> None:
    client = await house.client()
    assert_problem(await client.get("/nothing/here"), 404, "not_found")
    assert_problem(await client.get("/units/abc"), 404, "not_found")
    assert_problem(await client.send("PUT", "/units", {}), 405, "method_not_allowed")


async def test_numbers_beyond_every_id_are_not_found(house: House) -> None:
    admin = await house.staff("chicheng")
    for number in (0, 2**63, 10**30):
        assert_problem(await admin.get(f"/units/{number}"), 404, "not_found")
        assert_problem(await admin.get(f"/checkpoints/{number}"), 404, "not_found")


@pytest.mark.parametrize("cursor", ["!", "W10", "WyJ4Il0", "eyJhIjoxfQ", "é", "WzFd" * 1000])
async def test_a_page_marker_that_is_not_ours_is_refused(house: House, cursor: str) -> None:
    admin = await house.staff("chicheng")
    for path in (f"/units?parent_id={CHICHENG.id}", "/checkpoints?", "/staff?", "/audit?"):
        answer = await admin.http.get(f"/api/v1{path}&cursor={cursor}")
        if cursor == "WzFd" * 1000 and answer.status_code == 200:
            continue
        assert_problem(answer, 400, "bad_cursor")
    assert_problem(await admin.post("/records/search", {"cursor": cursor}), 400, "bad_cursor")


async def test_a_limit_is_kept_within_reason(house: House) -> None:
    admin = await house.staff("chicheng")
    for limit, count in ((0, 2), (-5, 1), (1, 1), (10**9, 2)):
        items = (await admin.get("/units", parent_id=CHICHENG.id, limit=limit)).json()["items"]
        assert len(items) == count, limit


async def test_a_character_that_no_database_stores_is_refused_with_a_sentence(house: House) -> None:
    admin, importer = await house.staff("chicheng"), await house.staff("import")
    door = {"unit_id": 3, "name": "门", "category": "shop", "template_id": 2}
    form = {"unit_id": 3, "name": "表", "name_en": "form", "fields": []}
    label = {"key": "a", "type": "text", "label": "a\0"}
    for answer in (
        await admin.post("/checkpoints", door | {"name": "a\0b"}),
        await admin.post("/checkpoints", door | {"address": "a\0b"}),
        await admin.patch("/checkpoints/1", {"name": "a\0b"}),
        await admin.patch("/checkpoints/1", {"address": "a\0b"}),
        await admin.post("/templates", form | {"name": "a\0b"}),
        await admin.post("/templates", form | {"fields": [label]}),
        await admin.get("/units", q="a\0b"),
        await admin.get("/checkpoints", q="a\0b"),
        await admin.get("/doors/a%00b"),
        await admin.post("/records/export", {"format": "csv", "purpose": "用途\0用途"}),
        await importer.post(
            "/checkpoints/bulk", {"unit_id": 3, "checkpoints": [{"ref": "\0", "name": "x", "category": "shop"}]}
        ),
    ):
        assert answer.status_code in (200, 404, 422), answer.text
        if answer.status_code == 422:
            assert answer.json()["detail"]


async def test_every_answer_carries_the_security_headers(house: House) -> None:
    resident = await house.resident()
    for answer in (await resident.get("/meta"), await resident.get("/nothing"), await resident.get("/residents/me")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"


async def test_cookies_are_kept_from_scripts_and_other_sites(house: House) -> None:
    resident = await house.client()
    answers = [
        await house.register(resident, somebody()),
        await resident.post("/session", {"username": "clerk", "password": "Doors-of-the-county"}),
    ]
    for answer in answers:
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "path=/" in cookie


async def test_the_instance_says_whether_it_is_alive_and_ready(house: House) -> None:
    client = await house.client()
    assert (await client.get("/health/live")).json() == {"status": "live"}
    assert (await client.get("/health/ready")).json() == {"status": "ready"}


@pytest.mark.parametrize("path", ["/", "/v/8FGK2M5T", "/h5/", "/gate/", "/console/records"])
async def test_a_page_may_be_asked_for_its_head(house: House, path: str) -> None:
    http = (await house.client()).http
    head, whole = await http.head(path), await http.get(path)
    assert head.status_code == whole.status_code == 200
    assert head.headers["content-length"] == whole.headers["content-length"]
