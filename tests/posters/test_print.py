"""Printing posters: counted, started as a run, worked, downloaded; a county's thousand in one PDF."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lianfang.access.scope import Scope
from lianfang.config import Settings
from lianfang.kit import ids
from lianfang.kit.db import Database
from lianfang.kit.errors import Problem
from lianfang.posters import document, service
from lianfang.posters.model import PosterRequest
from tests.support.house import Client, House
from tests.support.posters import scanned, texts
from tests.support.runs import download, finished, work_off
from tests.support.story import (
    ACCOUNT,
    BARE_FORM,
    CHICHENG,
    CHICHENG_DOOR,
    DIAOE,
    DIAOE_DOOR,
    LONGGUAN,
    LONGGUAN_DOOR,
    XIWANZI,
    YIJIE,
    YIJIE_DOOR,
    Unit,
)

PREFIX = "http://127.0.0.1:8000/v/"
COUNTY = 1011  # checkpoints in the real Chicheng


def add_checkpoints(owner: psycopg.Connection, unit: Unit, count: int) -> list[str]:
    """Open checkpoints of a unit; their codes in the order of the list."""
    codes = [ids.code() for _ in range(count)]
    rows = owner.execute(
        "INSERT INTO checkpoints (unit_id, ord, name, category, template_id) "
        "SELECT %s, %s, '第' || n || '号口', 'village', %s FROM generate_series(1, %s) n RETURNING id",
        [unit.id, unit.lo, BARE_FORM.id, count],
    ).fetchall()
    with owner.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO checkpoint_codes (code, checkpoint_id, ord) VALUES (%s, %s, %s)",
            [(code, row[0], unit.lo) for code, row in zip(codes, sorted(rows), strict=True)],
        )
    return codes


async def start(client: Client, **request: Any) -> int:
    answer = await client.post("/checkpoints/posters", request)
    assert answer.status_code == 201, answer.text
    run = answer.json()
    assert (run["kind"], run["state"]) == ("posters.print", "queued")
    return int(run["id"])


async def printed(house: House, owner: psycopg.Connection, client: Client, **request: Any) -> list[str]:
    """The codes on the posters that a request makes."""
    run_id = await start(client, **request)
    await work_off(house, owner)
    run = await finished(client, run_id)
    [file] = run["files"]
    pdf = await download(client, run_id, file["name"])
    codes = [link.removeprefix(PREFIX) for link in scanned(pdf, 100)]
    assert run["summary"]["posters"] == len(codes)
    assert run["summary"]["pages"] == len(texts(pdf))
    return codes


async def test_a_county_s_posters_are_one_pdf_whose_every_code_is_read_again(
    house: House, owner: psycopg.Connection
) -> None:
    codes = [
        CHICHENG_DOOR.code,
        LONGGUAN_DOOR.code,
        YIJIE_DOOR.code,
        *add_checkpoints(owner, YIJIE, COUNTY - 4),
        DIAOE_DOOR.code,
    ]
    admin = await house.staff("chicheng")
    run_id = await start(admin, unit_id=CHICHENG.id, layout="a4")
    began = time.process_time()
    await work_off(house, owner)
    assert time.process_time() - began < 30  # seconds of computing; two cores share them
    run = await finished(admin, run_id)
    assert run["summary"] == {"posters": COUNTY, "pages": COUNTY, "unprintable": 0, "unprintable_names": []}
    [file] = run["files"]
    assert file["name"] == "海报-赤城县-A4纸.pdf"
    assert scanned(await download(admin, run_id, file["name"]), 40) == [PREFIX + code for code in codes]


async def test_posters_of_a_filter(house: House, owner: psycopg.Connection) -> None:
    admin = await house.staff("chicheng")
    old = (datetime.now(UTC) - timedelta(days=10)).date()
    owner.execute("UPDATE checkpoints SET created_at = %s WHERE id <> %s", [old, DIAOE_DOOR.id])
    for request, expected in (
        ({}, [CHICHENG_DOOR, LONGGUAN_DOOR, YIJIE_DOOR, DIAOE_DOOR]),
        ({"unit_id": LONGGUAN.id}, [LONGGUAN_DOOR, YIJIE_DOOR]),
        ({"category": "hospital"}, [DIAOE_DOOR]),
        ({"q": " 街村"}, [YIJIE_DOOR]),
        ({"since": (old + timedelta(days=1)).isoformat()}, [DIAOE_DOOR]),
        ({"since": old.isoformat(), "unit_id": LONGGUAN.id}, [LONGGUAN_DOOR, YIJIE_DOOR]),
    ):
        count = (await admin.get("/checkpoints/posters", **request)).json()
        assert count == {"posters": len(expected), "first": expected[0].name}
        assert await printed(house, owner, admin, layout="sticker", **request) == [door.code for door in expected]


async def test_a_closed_door_has_no_poster(house: House, owner: psycopg.Connection) -> None:
    admin = await house.staff("longguan")
    await admin.patch(f"/checkpoints/{LONGGUAN_DOOR.id}", {"open": False})
    assert await printed(house, owner, admin, layout="a5") == [YIJIE_DOOR.code]
    await admin.patch(f"/checkpoints/{YIJIE_DOOR.id}", {"open": False})
    for answer in (await admin.post("/checkpoints/posters", {}),):
        assert (answer.status_code, answer.json()["code"]) == (422, "no_posters")
    assert (await admin.get("/checkpoints/posters")).json() == {"posters": 0, "first": None}


async def test_a_poster_carries_the_code_of_today(house: House, owner: psycopg.Connection) -> None:
    admin = await house.staff("yijie")
    replaced = (await admin.post(f"/checkpoints/{YIJIE_DOOR.id}/code")).json()["code"]
    assert await printed(house, owner, admin, layout="a4") == [replaced]


async def test_one_prints_one_s_own_area_only(house: House, owner: psycopg.Connection) -> None:
    town = await house.staff("longguan")
    assert await printed(house, owner, town, layout="sticker") == [LONGGUAN_DOOR.code, YIJIE_DOOR.code]
    for unit in (CHICHENG, DIAOE, XIWANZI):
        assert (await town.post("/checkpoints/posters", {"unit_id": unit.id})).status_code == 404
        assert (await town.get("/checkpoints/posters", unit_id=unit.id)).status_code == 404


async def test_printing_is_recorded(house: House, owner: psycopg.Connection) -> None:
    town = await house.staff("longguan")
    await printed(house, owner, town, layout="a5", unit_id=YIJIE.id)
    rows = owner.execute("SELECT actor, subject, detail FROM audit_log WHERE action = 'checkpoints.print_posters'")
    assert rows.fetchall() == [(f"staff:{ACCOUNT['longguan'].id}", f"unit:{YIJIE.id}", {"rows": 1, "format": "a5"})]


async def test_more_pages_than_a_printer_takes_come_in_several_files(
    house: House, owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = add_checkpoints(owner, XIWANZI, 25)
    monkeypatch.setattr(document, "SET_AT_ONCE", 10)
    monkeypatch.setattr(service, "PAGES_PER_FILE", 20)
    admin = await house.staff("xiwanzi")
    run_id = await start(admin, layout="a4")
    await work_off(house, owner)
    run = await finished(admin, run_id)
    assert [file["name"] for file in run["files"]] == ["海报-西湾子镇-A4纸-1.pdf", "海报-西湾子镇-A4纸-2.pdf"]
    found = [scanned(await download(admin, run_id, file["name"]), 40) for file in run["files"]]
    assert [len(part) for part in found] == [20, 6]
    assert {link.removeprefix(PREFIX) for part in found for link in part} == {*codes, "XWANZ00000000000"}


async def test_a_name_that_the_font_lacks_is_reported(house: House, owner: psycopg.Connection) -> None:
    admin = await house.staff("yijie")
    await admin.patch(f"/checkpoints/{YIJIE_DOOR.id}", {"name": "བོད་药店"})
    run_id = await start(admin, layout="a4")
    await work_off(house, owner)
    summary = (await finished(admin, run_id))["summary"]
    assert (summary["unprintable"], summary["unprintable_names"]) == (1, ["བོད་药店"])


async def test_without_the_font_nothing_is_started(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(document, "PAGES_DIR", tmp_path)
    admin = await house.staff("chicheng")
    answer = await admin.post("/checkpoints/posters", {})
    assert (answer.status_code, answer.json()["code"]) == (503, "poster_font_missing")
    assert "make setup" in answer.json()["detail"]


async def test_the_command_line_writes_a_file(
    cast: psycopg.Connection, db: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def progress(done: int, total: int) -> None:
        assert done <= total

    system = Scope.system("cli")
    request = PosterRequest(unit_id=CHICHENG.id, layout="a5")
    result, files = await service.print_to(db, settings, system, request, tmp_path / "o.pdf", progress=progress)
    assert (result.posters, result.pages, files) == (4, 2, [tmp_path / "o.pdf"])
    assert len(scanned(files[0].read_bytes(), 60)) == 4
    monkeypatch.setattr(document, "SET_AT_ONCE", 2)
    monkeypatch.setattr(service, "PAGES_PER_FILE", 1)
    _, files = await service.print_to(
        db, settings, system, PosterRequest(layout="a5"), tmp_path / "o.pdf", progress=progress
    )
    assert [path.name for path in files] == ["o-1.pdf", "o-2.pdf", "o-3.pdf"]
    with pytest.raises(Problem):
        await service.print_to(db, settings, system, PosterRequest(q="没有"), tmp_path / "o.pdf", progress=progress)
