"""Records: found by unit, door, person, period and verdict; page by page without gaps; opened and exported with a purpose."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest

from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.visits import export
from tests.support.house import Client, House
from tests.support.people import Resident, somebody
from tests.support.story import (
    ANSWERS,
    CHICHENG,
    CHICHENG_DOOR,
    DIAOE_DOOR,
    DOORS,
    LONGGUAN,
    LONGGUAN_DOOR,
    XIWANZI,
    XIWANZI_DOOR,
    YIJIE,
    YIJIE_DOOR,
)
from tests.support.visits import Visit, add_people, add_person, add_visit, add_visits

BEGIN = datetime.combine(now().date() - timedelta(days=12), datetime.min.time(), UTC)
ZHANG = Resident("张三丰", "13079919800101999X", "13800001111")


@pytest.fixture
def visits(cast: psycopg.Connection, keys: Keys) -> list[Visit]:
    """Six days, three people, every door: one visit every two hours, every seventh of them refused."""
    people = add_people(cast, keys, [somebody(), somebody(), somebody()])
    visits = [
        Visit(
            people[number % 3],
            DOORS[number % len(DOORS)],
            BEGIN + timedelta(hours=2 * number),
            "refuse" if number % 7 == 0 else "pass",
            "hold_red" if number % 7 == 0 else "ok",
        )
        for number in range(72)
    ]
    add_visits(cast, keys, visits)
    return visits


async def found(client: Client, **filter: Any) -> list[str]:
    """The scan ids of a search, whose number the count must agree with."""
    ids, cursor = [], None
    limit = filter.pop("limit", None)
    while True:
        answer = await client.post("/records/search", filter | {"cursor": cursor, "limit": limit})
        assert answer.status_code == 200, answer.text
        ids += [item["scan_id"] for item in answer.json()["items"]]
        cursor = answer.json()["next"]
        if cursor is None:
            break
    assert (await client.post("/records/count", filter)).json() == {"count": len(ids)}
    return ids


def of(visits: list[Visit], condition: Callable[[Visit], bool]) -> list[str]:
    return [str(v.scan_id) for v in sorted(visits, key=lambda v: (v.at, v.scan_id), reverse=True) if condition(v)]


async def test_everything_in_the_scope_newest_first(house: House, visits: list[Visit]) -> None:
    clerk = await house.staff("clerk")
    assert await found(clerk) == of(visits, lambda v: v.door is not XIWANZI_DOOR)


async def test_a_unit_and_what_is_below_it(house: House, visits: list[Visit]) -> None:
    clerk = await house.staff("clerk")
    assert await found(clerk, unit_id=LONGGUAN.id) == of(visits, lambda v: v.door in (LONGGUAN_DOOR, YIJIE_DOOR))
    assert await found(clerk, unit_id=YIJIE.id) == of(visits, lambda v: v.door is YIJIE_DOOR)


async def test_a_door(house: House, visits: list[Visit]) -> None:
    clerk = await house.staff("clerk")
    assert await found(clerk, checkpoint_id=DIAOE_DOOR.id) == of(visits, lambda v: v.door is DIAOE_DOOR)
    assert await found(clerk, checkpoint_id=XIWANZI_DOOR.id) == []
    assert await found(clerk, checkpoint_id=10**15) == []


async def test_a_period_from_its_first_instant_to_before_its_last(house: House, visits: list[Visit]) -> None:
    clerk = await house.staff("hebei")
    since, until = BEGIN + timedelta(hours=24), BEGIN + timedelta(hours=48)
    ids = await found(clerk, **{"from": since.isoformat(), "to": until.isoformat()})
    assert ids == of(visits, lambda v: since <= v.at < until)
    assert len(ids) == 12
    local = {"from": f"{since:%Y-%m-%d}T08:00:00+08:00", "to": f"{until:%Y-%m-%d}T08:00:00+08:00"}
    assert await found(clerk, **local) == ids


@pytest.mark.parametrize(
    "period",
    [
        {"from": "0001-01-01T00:00:00Z"},
        {"from": "1960-01-01T00:00:00Z"},
        {"to": "9999-12-31T23:59:59Z"},
        {"from": "0001-01-01T00:00:00+14:00", "to": "9999-12-31T23:59:59-12:00"},
    ],
    ids=str,
)
async def test_the_ends_of_time_are_periods_too(house: House, visits: list[Visit], period: dict[str, str]) -> None:
    assert len(await found(await house.staff("hebei"), **period)) == len(visits)


async def test_a_period_that_ends_before_it_begins_is_empty(house: House, visits: list[Visit]) -> None:
    period = {"from": (BEGIN + timedelta(days=2)).isoformat(), "to": (BEGIN + timedelta(days=1)).isoformat()}
    assert await found(await house.staff("hebei"), **period) == []
    assert await found(await house.staff("hebei"), to="1950-01-01T00:00:00Z") == []


async def test_a_time_without_a_zone_is_refused(house: House) -> None:
    answer = await (await house.staff("clerk")).post("/records/search", {"from": "2026-11-03T00:00:00"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "from")


async def test_a_verdict(house: House, visits: list[Visit]) -> None:
    admin = await house.staff("hebei")
    assert await found(admin, verdict="refuse") == of(visits, lambda v: v.verdict == "refuse")
    assert await found(admin, verdict="observe") == []


async def test_all_of_it_together(house: House, visits: list[Visit]) -> None:
    admin = await house.staff("hebei")
    until = BEGIN + timedelta(hours=100)
    filter = {"unit_id": CHICHENG.id, "checkpoint_id": LONGGUAN_DOOR.id, "verdict": "pass", "to": until.isoformat()}
    expected = of(visits, lambda v: v.door is LONGGUAN_DOOR and v.verdict == "pass" and v.at < until)
    assert await found(admin, **filter) == expected
    assert len(expected) > 3


@pytest.mark.parametrize("limit", [1, 7, 72, 200])
async def test_pages_have_no_gap_and_repeat_nothing(house: House, visits: list[Visit], limit: int) -> None:
    assert await found(await house.staff("hebei"), limit=limit) == of(visits, lambda v: True)


async def test_pages_hold_where_many_share_one_instant(house: House, cast: psycopg.Connection, keys: Keys) -> None:
    people = add_people(cast, keys, [somebody() for _ in range(25)])
    rush = [Visit(person, LONGGUAN_DOOR, BEGIN) for person in people]
    add_visits(cast, keys, rush)
    assert await found(await house.staff("longguan"), limit=4) == of(rush, lambda v: True)


@pytest.mark.parametrize(
    "spelling",
    ["13079919800101999X", " 130799 19800101 999x ", "１３０７９９１９８００１０１９９９Ｘ", "130799-19800101-999X"],
)
async def test_a_document_is_found_in_any_spelling(
    house: House, cast: psycopg.Connection, keys: Keys, spelling: str
) -> None:
    visit = add_visit(cast, keys, add_person(cast, keys, ZHANG), LONGGUAN_DOOR)
    add_visit(cast, keys, add_person(cast, keys), LONGGUAN_DOOR)
    assert await found(await house.staff("longguan"), document=spelling) == [str(visit.scan_id)]
    assert await found(await house.staff("chongli"), document=spelling) == []


@pytest.mark.parametrize(
    "spelling", ["13800001111", "+86 138 0000 1111", "0086-138-0000-1111", "１３８００００１１１１"]
)
async def test_a_phone_is_found_in_any_spelling(
    house: House, cast: psycopg.Connection, keys: Keys, spelling: str
) -> None:
    visit = add_visit(cast, keys, add_person(cast, keys, ZHANG), LONGGUAN_DOOR)
    assert await found(await house.staff("longguan"), phone=spelling) == [str(visit.scan_id)]
    assert await found(await house.staff("chongli"), phone=spelling) == []


async def test_document_and_phone_must_be_the_same_persons(house: House, cast: psycopg.Connection, keys: Keys) -> None:
    other = somebody()
    for who in (ZHANG, other):
        add_visit(cast, keys, add_person(cast, keys, who), LONGGUAN_DOOR)
    clerk = await house.staff("clerk")
    assert len(await found(clerk, document=ZHANG.document, phone=ZHANG.phone)) == 1
    assert await found(clerk, document=ZHANG.document, phone=other.phone) == []


async def test_a_document_that_cannot_be_one_is_refused(house: House) -> None:
    clerk = await house.staff("clerk")
    mistyped = ZHANG.document[:-1] + ("0" if ZHANG.document[-1] != "0" else "1")
    for filter, field in (
        ({"document": "\0"}, "document"),
        ({"document": mistyped}, "document"),
        ({"phone": "12"}, "phone"),
        ({"phone": "x"}, "phone"),
    ):
        answer = await clerk.post("/records/search", filter)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_a_list_shows_people_masked(house: House, cast: psycopg.Connection, keys: Keys) -> None:
    visit = add_visit(cast, keys, add_person(cast, keys, ZHANG), YIJIE_DOOR, answers=dict(ANSWERS))
    clerk = await house.staff("clerk")
    answer = await clerk.post("/records/search", {})
    [item] = answer.json()["items"]
    assert item | {"at": "", "recorded_at": ""} == {
        "person_id": visit.person_id,
        "scan_id": str(visit.scan_id),
        "serial": item["serial"],
        "name": "张*丰",
        "document": "130****999X",
        "phone": "138****1111",
        "checkpoint_id": YIJIE_DOOR.id,
        "checkpoint": "一街村东口",
        "unit": "一街村",
        "unit_id": YIJIE.id,
        "category": "village",
        "at": "",
        "recorded_at": "",
        "clock": "server",
        "source": "resident",
        "verdict": "pass",
        "reason": "ok",
        "reason_text": "已登记，请通行。",
        "celsius": None,
        "celsius_at": None,
        "seat": None,
        "tenant_id": None,
        "floor": None,
        "tenant": None,
    }
    for secret in (ZHANG.name, ZHANG.document, ZHANG.phone):
        assert secret not in answer.text


async def test_a_record_is_opened_in_full_with_a_purpose_that_is_recorded(
    house: House, cast: psycopg.Connection, keys: Keys
) -> None:
    visit = add_visit(
        cast, keys, add_person(cast, keys, ZHANG), YIJIE_DOOR, answers={"reason": "home", "temperature": 36.5}
    )
    clerk, admin = await house.staff("clerk"), await house.staff("chicheng")
    key = {"person_id": visit.person_id, "scan_id": str(visit.scan_id)}
    for purpose in ("", "abc", "   x   "):
        refused = await clerk.post("/records/detail", key | {"purpose": purpose})
        assert (refused.status_code, refused.json()["code"]) == (422, "purpose_missing")
    assert (await clerk.post("/records/detail", key)).status_code == 422
    detail = (await clerk.post("/records/detail", key | {"purpose": "核对流调信息"})).json()
    assert (detail["name"], detail["document"], detail["phone"]) == ("张三丰", ZHANG.document, "+8613800001111")
    assert [(answer["label"], answer["value"]) for answer in detail["answers"]] == [("体温", 36.5), ("事由", "home")]
    entry = (await admin.get("/audit")).json()["items"][0]
    assert (entry["action"], entry["actor"], entry["detail"]) == (
        "records.open",
        f"staff:{clerk.id}",
        {"person": visit.person_id, "purpose": "核对流调信息"},
    )
    for secret in (ZHANG.name, ZHANG.document, ZHANG.phone):
        assert secret not in str(entry)


async def test_an_unknown_or_foreign_record_is_not_found_and_nothing_is_recorded(
    house: House, cast: psycopg.Connection, keys: Keys
) -> None:
    visit = add_visit(cast, keys, add_person(cast, keys, ZHANG), XIWANZI_DOOR)
    own = add_visit(cast, keys, add_person(cast, keys), CHICHENG_DOOR)
    clerk = await house.staff("clerk")
    for person_id, scan_id in (
        (visit.person_id, visit.scan_id),
        (own.person_id, visit.scan_id),
        (visit.person_id, own.scan_id),
    ):
        key = {"person_id": person_id, "scan_id": str(scan_id), "purpose": "核对登记"}
        assert (await clerk.post("/records/detail", key)).status_code == 404
    assert cast.execute("SELECT FROM audit_log WHERE action = 'records.open'").fetchall() == []


def rows_of_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def rows_of_xlsx(content: bytes) -> list[list[str]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [[cell.value or "" for cell in row] for sheet in book.worksheets for row in sheet.iter_rows()]


READ = {"csv": rows_of_csv, "xlsx": rows_of_xlsx}


@pytest.mark.parametrize("kind", READ)
async def test_an_export_has_the_rows_that_the_count_says(
    house: House, visits: list[Visit], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "CHUNK", 5)
    admin = await house.staff("chicheng")
    for filter in ({}, {"verdict": "refuse"}, {"unit_id": YIJIE.id}, {"to": "2024-01-01T00:00:00Z"}):
        count = (await admin.post("/records/count", filter)).json()["count"]
        answer = await admin.post("/records/export", filter | {"format": kind, "purpose": "每周上报"})
        header, *rows = READ[kind](answer.content)
        assert header[0] == "时间"
        assert len([row for row in rows if any(row)]) == count
        if count:
            assert rows[0][-1] == (await admin.post("/records/search", filter)).json()["items"][0]["scan_id"]
            newest = next(v for v in visits if str(v.scan_id) == rows[0][-1])
            assert rows[0][0] == f"{newest.at + timedelta(hours=8):%Y-%m-%d %H:%M:%S}"  # as the clock shows in Chicheng


@pytest.mark.parametrize("kind", READ)
async def test_no_cell_of_an_export_becomes_a_formula(
    house: House, cast: psycopg.Connection, keys: Keys, kind: str
) -> None:
    """Through every text that reaches the file: unit, checkpoint, question and option, answer, person, seat, floor and tenant."""
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", '=HYPERLINK("http://evil.example")', " =1", "\u3000=1"]
    admin = await house.staff("longguan")
    fields = [
        {"key": f"f{n}", "type": "text", "label": text, "label_en": text, "required": False}
        for n, text in enumerate(texts)
    ]
    fields.append(
        {"key": "choice", "type": "choice", "label": "=x", "choices": [{"value": v, "label": v} for v in texts]}
    )
    form = {"unit_id": LONGGUAN.id, "name": "=表", "name_en": "=form", "fields": fields}
    template = (await admin.post("/templates", form)).json()["id"]
    cast.execute("UPDATE units SET name = '=龙关' WHERE id = %s", [LONGGUAN.id])
    for text in texts:
        body = {"unit_id": LONGGUAN.id, "name": text, "category": "shop", "template_id": template}
        door_id = (await admin.post("/checkpoints", body)).json()["id"]
        rows = {"rows": [{"floor": "-1", "name": f"={text}"}]}
        [tenant] = (await admin.post(f"/checkpoints/{door_id}/tenants", rows)).json()["items"]
        answers = {f"f{n}": other for n, other in enumerate(texts)} | {"choice": text}
        visit = Visit(add_person(cast, keys, somebody("=张三")), LONGGUAN_DOOR, now(), answers=answers)
        add_visits(cast, keys, [visit])
        cast.execute(
            "UPDATE visits SET checkpoint_id = %s, template_id = %s, seat = '=7A', tenant_id = %s WHERE scan_id = %s",
            [door_id, template, tenant["id"], visit.scan_id],
        )
    answer = await admin.post("/records/export", {"format": kind, "purpose": "每周上报"})
    if kind == "csv":
        cells = [cell for row in rows_of_csv(answer.content) for cell in row]
        assert not [cell for cell in cells if cell.lstrip()[:1] in set("=+-@＝")]
        assert {cell for cell in cells if cell.startswith("'")} >= {
            "'=1+1",
            "'+1",
            "'-1",
            "'=龙关",
            "'=7A",
            "'=x",
            "'==1+1",
            "'@SUM(A1)",
        }
    else:
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
        assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
        assert {cell.value for cell in cells} >= {"=1+1", "+1", "-1", "=龙关", "=7A", "=x", "@SUM(A1)", "==1+1"}


@pytest.mark.parametrize("kind", READ)
async def test_an_export_is_masked_and_recorded_before_its_first_byte(
    house: House, cast: psycopg.Connection, keys: Keys, kind: str, tmp_path: Path
) -> None:
    add_visit(cast, keys, add_person(cast, keys, ZHANG), LONGGUAN_DOOR)
    admin = await house.staff("chicheng")
    body = {"format": kind, "purpose": "每周上报", "document": ZHANG.document, "checkpoint_id": LONGGUAN_DOOR.id}
    answer = await admin.post("/records/export", body)
    assert answer.status_code == 200
    assert f".{kind}" in answer.headers["content-disposition"]
    [_, row] = READ[kind](answer.content)
    assert row[4:7] == ["张*丰", "130****999X", "138****1111"]
    entry = (await admin.get("/audit")).json()["items"][0]
    assert (entry["action"], entry["actor"]) == ("records.export", f"staff:{admin.id}")
    assert entry["detail"] == {
        "format": kind,
        "purpose": "每周上报",
        "unit": None,
        "checkpoint": LONGGUAN_DOOR.id,
        "tenant": None,
        "since": None,
        "until": None,
        "document": True,
        "phone": False,
    }


@pytest.mark.parametrize("purpose", ["", "   ", "abc", None])
async def test_an_export_without_a_purpose_is_refused(
    house: House, cast: psycopg.Connection, purpose: str | None
) -> None:
    admin = await house.staff("chicheng")
    answer = await admin.post("/records/export", {"format": "csv", "purpose": purpose})
    assert answer.status_code == 422
    assert cast.execute("SELECT FROM audit_log WHERE action = 'records.export'").fetchall() == []


async def test_a_search_for_a_person_is_recorded_without_their_number(
    house: House, cast: psycopg.Connection, keys: Keys
) -> None:
    clerk, admin = await house.staff("clerk"), await house.staff("chicheng")
    await clerk.post("/records/search", {"document": ZHANG.document})
    entry = (await admin.get("/audit")).json()["items"][0]
    assert (entry["action"], entry["detail"]) == ("records.search_person", {"found": 0})
    await clerk.post("/records/search", {"unit_id": XIWANZI.id})
