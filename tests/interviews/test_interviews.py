"""An interview from the days that doors recorded to what it changes in a trace: versions, places, rights, secrets."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.tracing import work
from lianfang.tracing.shelf import Shelf
from tests.support.house import Client, House
from tests.support.runs import finished, work_off
from tests.support.story import CHICHENG_DOOR, LONGGUAN_DOOR, YIJIE_DOOR
from tests.support.visits import Visit, add_person, add_visits

PURPOSE = "病例流调"


@pytest.fixture
def noon() -> datetime:
    return (now() - timedelta(days=3)).replace(hour=4, minute=0, second=0, microsecond=0)


def days(person: int, noon: datetime) -> dict[str, Any]:
    return {"person_id": person, "first": f"{noon:%Y-%m-%d}", "last": f"{noon:%Y-%m-%d}", "purpose": PURPOSE}


async def trajectory(client: Client, person: int, noon: datetime) -> dict[str, Any]:
    answer = await client.post("/interviews/trajectory", days(person, noon))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_days_as_recorded_and_as_told_with_gaps_and_companions(
    house: House, cast: psycopg.Connection, keys: Keys, noon: datetime
) -> None:
    case, friend, passer = (add_person(cast, keys) for _ in range(3))
    evening = noon + timedelta(hours=5)
    add_visits(cast, keys, [
        Visit(case, LONGGUAN_DOOR, noon), Visit(friend, LONGGUAN_DOOR, noon + timedelta(minutes=3)),
        Visit(passer, LONGGUAN_DOOR, noon + timedelta(minutes=4)),
        Visit(case, YIJIE_DOOR, evening), Visit(friend, YIJIE_DOOR, evening - timedelta(minutes=5)),
    ])  # fmt: skip
    admin = await house.staff("longguan")
    found = await trajectory(admin, case, noon)
    assert [(s["place"], s["state"]) for s in found["stays"]] == [
        (LONGGUAN_DOOR.name, "recorded"),
        (YIJIE_DOOR.name, "recorded"),
    ]
    assert [(c["person_id"], c["times"]) for c in found["companions"]] == [(friend, 2)]
    assert "*" in found["name"]
    assert any(gap["begins"] == found["stays"][0]["ends"] for gap in found["gaps"])
    told = {"person_id": case, "day": f"{noon:%Y-%m-%d}", "place": "老王家的棋牌室", "when": "下午三点左右"}
    written = (await admin.post("/interviews/stays", told | {"note": "在打牌"})).json()
    assert (written["version"], written["give_minutes"]) == (1, 30)
    assert written["begins"].endswith("15:00:00+08:00")
    [stay] = [s for s in (await trajectory(admin, case, noon))["stays"] if s["state"] == "told"]
    assert (stay["place"], stay["checkpoint_id"], stay["told"]["note"]) == ("老王家的棋牌室", None, "在打牌")
    [words] = cast.execute("SELECT words FROM interview_stays").fetchone() or ()
    assert "棋牌".encode() not in bytes(words)
    unclear = await admin.post("/interviews/stays", told | {"when": "记不清"})
    assert [e["field"] for e in unclear.json()["errors"]] == ["when"]


async def test_a_correction_is_a_further_version_and_nothing_is_lost(
    house: House, cast: psycopg.Connection, keys: Keys, noon: datetime
) -> None:
    case = add_person(cast, keys)
    add_visits(cast, keys, [Visit(case, LONGGUAN_DOOR, noon)])
    admin = await house.staff("longguan")
    told = {"person_id": case, "day": f"{noon:%Y-%m-%d}", "place": "集市", "when": "中午"}
    first = (await admin.post("/interviews/stays", told)).json()
    again = told | {"stay_id": first["stay_id"], "version": 1, "checkpoint_id": YIJIE_DOOR.id, "when": "1点到2点"}
    second = (await admin.post("/interviews/stays", again)).json()
    assert (second["stay_id"], second["version"]) == (first["stay_id"], 2)
    late = await admin.post("/interviews/stays", again)
    assert (late.status_code, late.json()["code"]) == (409, "interview_changed")
    await admin.post("/interviews/stays", again | {"version": 2, "withdrawn": True})
    assert [s["state"] for s in (await trajectory(admin, case, noon))["stays"]] == ["recorded"]
    kept = (await admin.post("/interviews/history", {"person_id": case, "purpose": PURPOSE})).json()
    assert [(v["version"], v["state"], v["told"]["when"]) for v in kept] == [
        (1, "told", "中午"), (2, "told", "1点到2点"), (3, "withdrawn", "1点到2点"),
    ]  # fmt: skip
    may = cast.execute("SELECT has_table_privilege('lianfang_app', 'interview_stays', 'UPDATE, DELETE')").fetchone()
    assert may == (False,)


async def test_places_are_found_by_what_they_are_called(house: House, cast: psycopg.Connection) -> None:
    admin = await house.staff("longguan")
    found = (await admin.post("/interviews/places", {"text": LONGGUAN_DOOR.name[:-1] + "边"})).json()
    assert found[0]["checkpoint_id"] == LONGGUAN_DOOR.id
    assert 0.4 <= found[0]["likeness"] < 1
    assert (await admin.post("/interviews/places", {"text": CHICHENG_DOOR.name})).json() == []  # of another unit


async def test_the_interview_enters_the_trace(
    house: House, cast: psycopg.Connection, keys: Keys, noon: datetime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(work, "shelf", lambda settings, lane: Shelf(tmp_path, lane))
    case, there, elsewhere = (add_person(cast, keys) for _ in range(3))
    add_visits(cast, keys, [
        Visit(case, LONGGUAN_DOOR, noon), Visit(there, LONGGUAN_DOOR, noon), Visit(elsewhere, YIJIE_DOOR, noon),
    ])  # fmt: skip
    admin = await house.staff("longguan")
    struck = {"person_id": case, "checkpoint_id": LONGGUAN_DOOR.id, "at": noon.isoformat(), "state": "struck"}
    assert (await admin.post("/interviews/marks", struck)).status_code == 201
    told = {
        "person_id": case, "day": f"{noon:%Y-%m-%d}", "place": "街口", "checkpoint_id": YIJIE_DOOR.id, "when": "around noon",
    }  # fmt: skip
    assert (await admin.post("/interviews/stays", told)).status_code == 201
    [said] = (await admin.post("/interviews/answers", {"person_ids": [case], "purpose": PURPOSE})).json()
    cases = [{"onset": f"{noon:%Y-%m-%d}"} | said]
    started = (await admin.post("/traces", {"purpose": PURPOSE, "plan": "v9", "cases": cases})).json()
    await work_off(house, cast)
    await finished(admin, started["run_id"])
    asked = {"purpose": PURPOSE, "degree": 1}
    [met] = (await admin.post(f"/traces/{started['trace_id']}/contacts", asked)).json()["items"]
    assert met["person_id"] == elsewhere  # not whoever was where the case was not
    shown = await trajectory(admin, case, noon)
    assert {s["state"] for s in shown["stays"]} == {"struck", "told"}
    notice = (await admin.post("/interviews/notice", days(case, noon))).json()
    assert YIJIE_DOOR.name in notice["zh"]
    assert LONGGUAN_DOOR.name not in notice["zh"]
    other = await house.staff("xiwanzi")
    for verb in ("trajectory", "notice"):
        assert (await other.post(f"/interviews/{verb}", days(case, noon))).status_code == 404
    assert (await other.post("/interviews/answers", {"person_ids": [case], "purpose": PURPOSE})).json() == []
    assert (await other.post("/interviews/marks", struck)).status_code == 404
    recorded = cast.execute("SELECT DISTINCT action FROM audit_log WHERE action LIKE 'interviews.%' ORDER BY 1")
    assert [row[0] for row in recorded] == [
        f"interviews.{verb}" for verb in ("answers", "mark", "notice", "show", "tell")
    ]
