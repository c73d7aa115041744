"""Large exports: written by a run, with the records that the filter finds, and a direct one that says when it is too large."""

import csv
import io
from typing import Any

import openpyxl
import psycopg
import pytest

from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.visits import export, records
from tests.support.house import House
from tests.support.people import somebody
from tests.support.runs import download, finished, work_off
from tests.support.story import LONGGUAN_DOOR, XIWANZI_DOOR, YIJIE_DOOR, Door
from tests.support.visits import Visit, add_people, add_visits

PURPOSE = {"purpose": "每周上报"}


@pytest.fixture
def busy(cast: psycopg.Connection, keys: Keys) -> Any:
    def at(door: Door, count: int, **changed: Any) -> list[Visit]:
        people = add_people(cast, keys, [somebody() for _ in range(3)])
        visits = [Visit(people[n % 3], door, now(), **changed) for n in range(count)]
        add_visits(cast, keys, visits)
        return visits

    return at


def table(kind: str, content: bytes) -> list[list[str]]:
    if kind == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [[str(value or "") for value in row] for sheet in book for row in sheet.values]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_a_run_writes_what_the_filter_finds_and_nothing_beside(
    house: House, cast: psycopg.Connection, busy: Any, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "CHUNK", 4)
    visits = busy(LONGGUAN_DOOR, 30)
    busy(XIWANZI_DOOR, 5)
    admin = await house.staff("chicheng")
    answer = await admin.post("/records/exports", {"format": kind} | PURPOSE)
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    await work_off(house, cast)
    run = await finished(admin, answer.json()["id"])
    assert run["summary"] == {"rows": 30}
    [file] = run["files"]
    assert file["name"].endswith(f".{kind}")
    _, *rows = table(kind, await download(admin, run["id"], file["name"]))
    assert {row[-1] for row in rows} == {str(visit.scan_id) for visit in visits}
    assert len(rows) == 30
    entry = next(e for e in (await admin.get("/audit")).json()["items"] if e["action"] == "records.export")
    assert (entry["detail"]["purpose"], entry["detail"]["format"]) == ("每周上报", kind)


async def test_a_run_without_a_purpose_or_in_a_foreign_unit_does_not_start(
    house: House, cast: psycopg.Connection
) -> None:
    admin = await house.staff("longguan")
    assert (await admin.post("/records/exports", {"format": "csv", "purpose": " "})).status_code == 422
    foreign = {"format": "csv", "unit_id": XIWANZI_DOOR.unit.id} | PURPOSE
    assert (await admin.post("/records/exports", foreign)).status_code == 404
    assert (await (await house.staff("clerk")).post("/records/exports", {"format": "csv"} | PURPOSE)).status_code == 403
    assert cast.execute("SELECT FROM runs").fetchall() == []


async def test_a_direct_export_has_a_limit_that_it_states(
    house: House, busy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "EXPORT_DIRECT_MAX", 10)
    admin = await house.staff("longguan")
    busy(LONGGUAN_DOOR, 10)
    body = {"format": "csv"} | PURPOSE
    assert (await admin.post("/records/export", body)).status_code == 200
    busy(LONGGUAN_DOOR, 1)
    answer = await admin.post("/records/export", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "export_too_large")
    assert "10" in answer.json()["detail"]


async def test_answers_are_columns_where_all_records_share_a_form(house: House, busy: Any) -> None:
    answers = {"temperature": 36.5, "reason": "home", "companion": "130732199001011234", "contact": "+8613812341234"}
    busy(YIJIE_DOOR, 2, answers=answers)
    admin = await house.staff("chicheng")
    body = {"format": "csv", "checkpoint_id": YIJIE_DOOR.id} | PURPOSE
    header, *rows = table("csv", (await admin.post("/records/export", body)).content)
    row = dict(zip(header, rows[0], strict=True))
    # the form has a question of a name that a column has already
    assert (row["体温"], row["体温 (2)"], row["事由"], row["住址"]) == ("", "36.5", "回家", "")
    assert (row["同行人证件"], row["联系电话"]) == ("130****1234", "138****1234")
    english = table(
        "csv", (await admin.http.post("/api/v1/records/export", json=body, headers={"accept-language": "en"})).content
    )
    assert {"Temperature", "Temperature (2)", "Reason", "Reason (2)"} <= set(english[0])
    busy(LONGGUAN_DOOR, 1)
    header, *rows = table("csv", (await admin.post("/records/export", {"format": "csv"} | PURPOSE)).content)
    assert len(rows) == 3
    assert "事由" not in header
