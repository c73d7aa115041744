"""Lists and their members through HTTP: masked, searched exactly, opened with a purpose, and nobody else's."""

import csv
import io
from typing import Any

import psycopg
import pytest

from lianfang.access.scope import Scope, scoped
from lianfang.kit.db import Database
from tests.rosters.conftest import Import
from tests.rosters.files import HEADER, cells, row_of, workers
from tests.support.house import Client, House
from tests.support.people import somebody
from tests.support.runs import upload
from tests.support.story import CHICHENG, DIAOE, LONGGUAN

PURPOSE = "核对工资名册"


def audited(owner: psycopg.Connection, action: str) -> list[dict[str, Any]]:
    rows = owner.execute("SELECT detail FROM audit_log WHERE action = %s ORDER BY id", [action]).fetchall()
    return [row[0] for row in rows]


async def test_members_are_masked_and_paged(longguan: Client, roster: int, import_file: Import) -> None:
    rows = workers(5)
    await import_file(rows)
    first = (await longguan.post(f"/rosters/{roster}/members/search", {"limit": 3})).json()
    rest = (await longguan.post(f"/rosters/{roster}/members/search", {"limit": 3, "cursor": first["next"]})).json()
    shown = first["items"] + rest["items"]
    assert [member["number"] for member in shown] == [row[0] for row in rows]
    assert rest["next"] is None
    for member, row in zip(shown, rows, strict=True):
        assert member["document"] == f"{row[3][:3]}****{row[3][-4:]}"
        assert row[1] not in member["name"]
        assert member["phone"] == f"{row[4][:3]}****{row[4][-4:]}"


@pytest.mark.parametrize(("field", "column"), [("number", 0), ("name", 1), ("document", 3), ("phone", 4)])
async def test_a_member_is_found_by_exactly_what_was_given(
    longguan: Client, roster: int, import_file: Import, owner: psycopg.Connection, field: str, column: int
) -> None:
    rows = workers(3)
    await import_file(rows)
    path = f"/rosters/{roster}/members/search"
    found = (await longguan.post(path, {field: f" {rows[1][column]} "})).json()["items"]
    assert [member["number"] for member in found] == ["A0002"]
    partial = await longguan.post(path, {field: str(rows[1][column])[:-1]})
    assert partial.status_code == 422 or partial.json()["items"] == []
    # a search for a person is recorded, without what was searched for
    recorded = audited(owner, "rosters.search_person")
    assert recorded == [] if field == "number" else recorded[0] == {"found": 1}


async def test_a_search_for_what_cannot_be_names_the_field(longguan: Client, roster: int) -> None:
    answer = await longguan.post(f"/rosters/{roster}/members/search", {"phone": "12", "name": "1", "document": "\x00"})
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"phone", "name", "document"}


async def test_a_member_is_opened_with_a_purpose(
    longguan: Client, roster: int, import_file: Import, owner: psycopg.Connection
) -> None:
    [row] = rows = workers(1)
    await import_file(rows)
    [member] = (await longguan.post(f"/rosters/{roster}/members/search", {})).json()["items"]
    path = f"/rosters/{roster}/members/{member['id']}/open"
    assert (await longguan.post(path, {"purpose": "看"})).json()["code"] == "purpose_missing"
    opened = (await longguan.post(path, {"purpose": PURPOSE})).json()
    assert (opened["name"], opened["document"], opened["phone"]) == (row[1], row[3], "+86" + row[4])
    assert [entry["purpose"] for entry in audited(owner, "rosters.open")] == [PURPOSE]


@pytest.mark.parametrize("clear", [False, True])
async def test_an_export_is_masked_unless_asked_for_in_the_clear(
    longguan: Client, roster: int, import_file: Import, owner: psycopg.Connection, clear: bool
) -> None:
    rows = workers(3)
    rows[0][5] = "=1+1"
    await import_file(rows)
    path = f"/rosters/{roster}/export"
    assert (await longguan.post(path, {"purpose": ""})).json()["code"] == "purpose_missing"
    book = cells((await longguan.post(path, {"purpose": PURPOSE, "clear": clear})).content)
    assert book[0] == HEADER
    assert [row[0] for row in book[1:]] == ["A0001", "A0002", "A0003"]
    assert (book[1][3] == rows[0][3]) is clear
    answer = await longguan.post(path, {"purpose": PURPOSE, "clear": clear, "format": "csv"})
    table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert table[1][5] == "'=1+1"
    assert [(e["clear"], e["format"]) for e in audited(owner, "rosters.export")] == [(clear, "xlsx"), (clear, "csv")]
    if clear:  # what was exported may be corrected and imported again
        assert (await import_file((await longguan.post(path, {"purpose": PURPOSE, "clear": True})).content))["summary"][
            "unchanged"
        ] == 3


async def test_a_member_who_is_removed_has_left(longguan: Client, roster: int, import_file: Import) -> None:
    await import_file(workers(2))
    members = f"/rosters/{roster}/members"
    [one, other] = (await longguan.post(members + "/search", {})).json()["items"]
    assert (await longguan.delete(f"{members}/{one['id']}")).status_code == 204
    assert (await longguan.delete(f"{members}/{one['id']}")).status_code == 404
    assert [m["id"] for m in (await longguan.post(members + "/search", {})).json()["items"]] == [other["id"]]
    assert [m["id"] for m in (await longguan.post(members + "/search", {"left": True})).json()["items"]] == [one["id"]]


async def test_a_name_is_given_once_in_a_unit(longguan: Client, roster: int) -> None:
    again = {"unit_id": LONGGUAN.id, "name": " 钢铁厂员工 ", "kind": "other"}
    assert (await longguan.post("/rosters", again)).json()["code"] == "roster_name_taken"
    second = (await longguan.post("/rosters", again | {"name": "临时工"})).json()["id"]
    assert (await longguan.patch(f"/rosters/{second}", {"name": "钢铁厂员工"})).json()["code"] == "roster_name_taken"
    assert (await longguan.patch(f"/rosters/{second}", {"name": "季节工"})).json()["name"] == "季节工"
    assert (await longguan.post("/rosters", again | {"name": " "})).status_code == 422


async def test_lists_are_seen_from_above_and_from_nowhere_else(
    house: House, longguan: Client, roster: int, import_file: Import, cast: psycopg.Connection
) -> None:
    await import_file(workers(2))
    [member] = (await longguan.post(f"/rosters/{roster}/members/search", {"limit": 1})).json()["items"]
    county = await house.staff("chicheng")
    assert [item["name"] for item in await county.pages("/rosters")] == ["钢铁厂员工"]
    assert [item["name"] for item in await county.pages("/rosters", unit_id=LONGGUAN.id, kind="employees")] == [
        "钢铁厂员工"
    ]
    assert await county.pages("/rosters", unit_id=DIAOE.id) == []
    assert len((await county.post(f"/rosters/{roster}/members/search", {})).json()["items"]) == 2
    for stranger in ("diaoe", "xiwanzi", "yijie"):
        client = await house.staff(stranger)
        assert await client.pages("/rosters") == []
        mine = await upload(client, "a.xlsx", b"x")
        theirs = await upload(county, "a.xlsx", b"x")
        for method, path, body in (
            ("GET", "", None),
            ("PATCH", "", {"name": "我的"}),
            ("POST", "/members/search", {}),
            ("POST", f"/members/{member['id']}/open", {"purpose": PURPOSE}),
            ("DELETE", f"/members/{member['id']}", None),
            ("POST", "/export", {"purpose": PURPOSE}),
            ("POST", "/import", {"upload_id": mine}),
        ):
            answer = await client.send(method, f"/rosters/{roster}{path}", body)
            assert answer.status_code == 404, (stranger, path, answer.text)
        assert (
            await client.post("/rosters", {"unit_id": CHICHENG.id, "name": "x", "kind": "other"})
        ).status_code == 404
        stolen = await longguan.post(f"/rosters/{roster}/import", {"upload_id": theirs})
        assert stolen.status_code in (404, 410, 422), stolen.text
    assert audited(cast, "rosters.open") == []


async def test_a_resident_sees_on_which_lists_they_are_and_nobody_elses(
    house: House, db: Database, import_file: Import
) -> None:
    who = somebody()
    resident = await house.resident(who)
    await import_file([row_of(who, "A0001"), *workers(3, first=2)])
    for scope, seen in ((Scope.resident(resident.id), 1), (Scope.resident(resident.id + 999), 0)):
        async with scoped(db, scope) as conn:
            for table in ("rosters", "roster_members"):
                assert len(await (await conn.execute(f"SELECT FROM {table}".encode())).fetchall()) == seen, table
            assert (await conn.execute(b"UPDATE roster_members SET department = 'x'")).rowcount == 0
