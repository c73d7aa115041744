"""Doors that ask for more than a colour: a recent negative test, doses, no stay in a risk area; decided in the lane."""

import asyncio
import random
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import AsyncCursor

from lianfang.evidence import store as evidence
from lianfang.kit.clock import now
from lianfang.kit.db import Connection
from lianfang.requirements.model import Known, Requirements
from lianfang.requirements.words import decoded
from tests.requirements.twin import twin
from tests.support.evidence import add, require
from tests.support.gate import equip
from tests.support.house import House, scan
from tests.support.people import somebody
from tests.support.story import CHICHENG_DOOR, DIAOE_DOOR, LONGGUAN_DOOR
from tests.support.visits import add_hold
from tests.visits.conftest import HeldLane, row_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def test_a_refusal_says_which_requirement_failed_and_what_to_do(house: House, cast: psycopg.Connection) -> None:
    resident = await house.resident()
    require(house, cast, LONGGUAN_DOOR, test_hours=48)
    add(cast, resident.id, "test", "negative", 60.5 * HOUR, subject="pcr")
    body = scan(LONGGUAN_DOOR)
    stamp = (await resident.post("/scans", body, accept_language="en")).json()
    assert (stamp["verdict"], stamp["reason"]) == ("refuse", "lacks:test.48.61")
    assert stamp["reason_text"].startswith("Needs a negative test within 48 h; your last is 61 h old.")
    # a test later, the refusal stands; the next scan passes
    add(cast, resident.id, "test", "negative", HOUR, subject="pcr")
    again = (await resident.post("/scans", body)).json()
    assert (again["verdict"], again["replayed"]) == ("refuse", True)
    assert again["reason_text"].startswith("需要 48 小时内的核酸阴性结果，您最近一次在 61 小时前")
    assert (await resident.scan(LONGGUAN_DOOR)).json()["verdict"] == "pass"
    assert [visit["reason"] for visit in await resident.pages("/residents/me/visits")] == ["ok", "lacks:test.48.61"]


async def test_red_and_fever_come_before_what_is_lacking_and_that_before_the_attendant(
    house: House, cast: psycopg.Connection
) -> None:
    resident = await house.resident()
    equip(house, cast, LONGGUAN_DOOR, review=True)
    require(house, cast, LONGGUAN_DOOR, doses=2)
    add(cast, resident.id, "vaccination", "1", DAY)
    assert (await resident.scan(LONGGUAN_DOOR)).json()["reason"] == "lacks:doses.2.1"
    add_hold(cast, resident.id, "red", now() - HOUR, now() + HOUR)
    assert (await resident.scan(LONGGUAN_DOOR)).json()["reason"] == "hold_red"
    passed = await house.resident()
    add(cast, passed.id, "vaccination", "2", DAY, provenance="certificate:dcc/AT/1", confidence=80)
    assert (await passed.scan(LONGGUAN_DOOR)).status_code == 202  # and waits for the attendant


async def test_what_somebody_typed_lets_in_once_accepted_and_keeps_nobody_out(
    house: House, cast: psycopg.Connection
) -> None:
    require(house, cast, LONGGUAN_DOOR, test_hours=24, risk_days=7)
    resident = await house.resident()
    add(cast, resident.id, "test", "negative", 2 * HOUR, subject="pcr", provenance="import:3")
    add(cast, resident.id, "test", "positive", HOUR, subject="pcr", provenance="import:3")
    add(cast, resident.id, "arrival", "high", DAY, provenance="run:3")
    assert (await resident.scan(LONGGUAN_DOOR)).json()["verdict"] == "pass"
    stayed = add(cast, resident.id, "area_stay", "high", DAY, provenance="area:3", confidence=60)
    assert (await resident.scan(LONGGUAN_DOOR)).json()["reason"] == "lacks:risk.7.high"
    add(cast, resident.id, "area_stay", "withdrawn", DAY, provenance="area:3", supersedes=stayed)
    assert (await resident.scan(LONGGUAN_DOOR)).json()["verdict"] == "pass"


async def test_an_offline_scan_counts_by_what_was_required_then(house: House, cast: psycopg.Connection) -> None:
    resident = await house.resident()
    require(house, cast, LONGGUAN_DOOR, doses=1)
    cast.execute("UPDATE checkpoints SET test_hours = 24, doses = NULL WHERE id = %s", [LONGGUAN_DOOR.id])
    # as if the change were two hours old, and what came before it four
    cast.execute(
        "UPDATE checkpoints SET former_requirements = jsonb_set(jsonb_set(former_requirements, '{0,until}', to_jsonb(%s::timestamptz)),"
        " '{1,until}', to_jsonb(%s::timestamptz)) WHERE id = %s",
        [now() - 4 * HOUR, now() - 2 * HOUR, LONGGUAN_DOOR.id],
    )
    house.services.doors.forget_all()
    reasons = [(await resident.scan(LONGGUAN_DOOR, at=now() - ago * HOUR)).json()["reason"] for ago in (5, 3, 1)]
    assert reasons == ["ok", "lacks:doses.1.0", "lacks:test.24."]


async def test_the_attendant_is_told_before_and_by_the_scan(house: House, cast: psycopg.Connection) -> None:
    require(house, cast, LONGGUAN_DOOR, test_hours=48)
    cast.execute("UPDATE checkpoints SET lat = 40.9, lon = 115.8 WHERE id = %s", [LONGGUAN_DOOR.id])
    query = (
        "INSERT INTO test_sites (ord, name, address, lat, lon, hours, phone, note, source)"
        " VALUES (%s, %s, '', %s, 115.8, '', '', '', '县卫健局')"
    )
    for name, lat in (("县医院", 40.91), ("中医院", 40.95)):
        cast.execute(query, [LONGGUAN_DOOR.unit.lo, name, lat])
    resident, gate = await house.resident(somebody("张三丰")), await house.staff("gate01")
    token = (await resident.get("/residents/me/code")).json()["token"]
    shown = (await gate.get(f"/gate/{LONGGUAN_DOOR.id}/person", token=token)).json()
    expected = "需要 48 小时内的核酸阴性结果，没有查到您最近的检测；请先做核酸检测。最近的采样点：县医院 (1.1 km)。"
    assert shown["lacking"] == expected
    body = {"scan_id": scan()["scan_id"], "token": token}
    stamp = (await gate.post(f"/gate/{LONGGUAN_DOOR.id}/scans", body)).json()
    assert (stamp["verdict"], stamp["reason_text"]) == ("refuse", expected)
    [seen] = (await gate.get(f"/gate/{LONGGUAN_DOOR.id}/recent")).json()["items"]
    assert expected.startswith(seen["reason_text"])


async def test_residents_see_before_they_go_what_is_required_and_what_they_lack(
    house: House, cast: psycopg.Connection
) -> None:
    require(house, cast, LONGGUAN_DOOR, test_hours=48, doses=3, risk_days=14)
    resident = await house.resident()
    checkpoint = (await resident.get(f"/doors/{LONGGUAN_DOOR.code}")).json()["checkpoint"]
    assert (checkpoint["test_hours"], checkpoint["doses"], checkpoint["risk_days"]) == (48, 3, 14)
    add(cast, resident.id, "test", "negative", 20 * HOUR, subject="pcr", source="县医院")
    add(cast, resident.id, "vaccination", "2", 90 * DAY, subject="CoronaVac", source="疾控中心")
    add(cast, resident.id, "arrival", "low", 3 * DAY, subject="北京市", source="铁路")
    cells = (await resident.get("/residents/me/cells", code=LONGGUAN_DOOR.code)).json()
    assert cells["health"] == {"colour": "green", "until": None}
    assert (cells["test"]["result"], cells["test"]["source"]) == ("negative", "县医院")
    assert cells["test"]["valid_until"] > cells["as_of"]
    assert (cells["vaccination"]["doses"], cells["vaccination"]["product"]) == (2, "CoronaVac")
    assert (cells["travel"]["state"], cells["travel"]["place"]) == ("clear", "北京市")
    assert [(each["requirement"], bool(each["lacking"])) for each in cells["required"]] == [
        ("test", False),
        ("doses", True),
        ("risk", False),
    ]
    # at another door nothing is asked, and nobody reads another's
    assert (await resident.get("/residents/me/cells")).json()["required"] == []
    stranger = (await (await house.resident()).get("/residents/me/cells")).json()
    assert (stranger["test"]["at"], stranger["vaccination"]["doses"]) == (None, 0)


async def test_a_batch_asks_once_for_those_of_whom_something_is_asked(
    house: House, cast: psycopg.Connection, held: HeldLane, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[set[int]] = []
    original = evidence.lane_ask_known

    async def counted(conn: Connection, people: Iterable[int], at: Any) -> AsyncCursor[Known]:
        asked.append(set(people))
        return await original(conn, people, at)

    monkeypatch.setattr(evidence, "lane_ask_known", counted)
    require(house, cast, DIAOE_DOOR, doses=1)
    first, *others = [await house.resident() for _ in range(4)]
    before = await held.occupied_by(first)
    doors = (DIAOE_DOOR, CHICHENG_DOOR, DIAOE_DOOR)
    rest = [asyncio.create_task(each.scan(door)) for each, door in zip(others, doors, strict=True)]
    await held.waiting(3)
    held.release()
    answers = [(await task).json()["verdict"] for task in [*before, *rest]]
    assert answers == ["pass", "refuse", "pass", "refuse"]
    assert asked == [{others[0].id, others[2].id}]


async def test_what_the_lane_decides_is_what_the_rules_say_aloud(house: House, cast: psycopg.Connection) -> None:
    dice = random.Random(7)
    required = Requirements(48, 2, 7)
    require(house, cast, LONGGUAN_DOOR, test_hours=48, doses=2, risk_days=7)
    residents = [await house.resident() for _ in range(24)]
    met = set()
    for resident in residents:
        for _ in range(dice.randrange(9)):
            kind = dice.choice(["test", "test", "vaccination", "arrival", "area_stay"])
            results = {"test": ["negative"] * 4 + ["positive"], "vaccination": ["1", "2", "3"]}
            result = dice.choice(results.get(kind, ["low", "low", "high"]))
            subject = dice.choice(["pcr", "pcr", "antigen"]) if kind == "test" else "x"
            add(cast, resident.id, kind, result, dice.choice([9, 20, 47, 49, 150, 180]) * HOUR, subject=subject)
        stamp = (await resident.scan(LONGGUAN_DOOR)).json()
        columns = "person_id, kind::text, at, until, result, subject"
        rows = cast.execute(f"SELECT {columns} FROM evidence WHERE person_id = %s".encode(), [resident.id]).fetchall()
        [at] = row_of(cast, stamp["scan_id"], "at")
        missing = twin(required, [Known(*row) for row in rows], at)
        assert {lack.requirement for lack in decoded(stamp["reason"])} == missing
        assert stamp["verdict"] == ("refuse" if missing else "pass")
        met |= missing or {"nothing"}
    assert met == {"test", "doses", "risk", "nothing"}
