"""A reading finds its person: by their code, by their waiting, or by their coming within half a minute."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from lianfang.kit.clock import now
from lianfang.kit.ids import uuid7
from tests.devices.test_devices import bearer, reading
from tests.support.house import Answer, Client, House
from tests.support.people import somebody
from tests.support.story import DIAOE_DOOR, LONGGUAN_DOOR

Measure = Callable[..., Awaitable[Answer]]


@pytest.fixture
async def door(cast: psycopg.Connection) -> None:
    """A door that measures, before any process keeps it in memory."""
    cast.execute("UPDATE checkpoints SET temperature_valid_min = 0 WHERE id = %s", [LONGGUAN_DOOR.id])


@pytest.fixture
async def measured(door: None, house: House) -> Measure:
    """The thermometer at that door."""
    clerk = await house.staff("clerk")
    made = (await clerk.post("/devices", {"name": "热像仪", "checkpoint_id": LONGGUAN_DOOR.id})).json()
    device = await house.client()

    async def send(celsius: float, **changed: Any) -> Answer:
        return await device.post("/temperatures", reading(celsius, **changed), **bearer(made["token"]))

    return send


async def stamp_of(resident: Client, scan_id: str) -> dict[str, Any]:
    answer = await resident.get(f"/scans/{scan_id}", wait=20)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def stored(cast: psycopg.Connection) -> list[tuple[Any, ...]]:
    return cast.execute(
        "SELECT person_id, celsius::float8, device_id IS NOT NULL FROM temperatures ORDER BY at"
    ).fetchall()


async def test_whoever_waits_is_let_in(house: House, measured: Measure, cast: psycopg.Connection) -> None:
    resident = await house.resident()
    waiting = await resident.scan(LONGGUAN_DOOR)
    assert (waiting.status_code, waiting.json()["needs"]) == (202, ["temperature"])
    taken = (await measured(36.6)).json()
    assert (taken["state"], taken["fever"]) == ("used", False)
    stamp = await stamp_of(resident, waiting.json()["scan_id"])
    assert (stamp["verdict"], stamp["temperature"]["celsius"]) == ("pass", 36.6)
    assert stored(cast) == [(resident.id, 36.6, True)]


async def test_the_one_who_waits_longest_comes_first(house: House, measured: Measure) -> None:
    first, second = await house.resident(), await house.resident()
    scans = [(await one.scan(LONGGUAN_DOOR)).json()["scan_id"] for one in (first, second)]
    await measured(36.1)
    assert (await stamp_of(first, scans[0]))["temperature"]["celsius"] == 36.1
    assert (await second.get(f"/scans/{scans[1]}")).status_code == 202
    await measured(36.2)
    assert (await stamp_of(second, scans[1]))["temperature"]["celsius"] == 36.2


async def test_whoever_measures_first_and_scans_then_need_not_measure_again(
    house: House, measured: Measure, cast: psycopg.Connection
) -> None:
    resident = await house.resident()
    assert (await measured(36.4)).json()["state"] == "open"
    waiting = await resident.scan(LONGGUAN_DOOR)
    stamp = await stamp_of(resident, waiting.json()["scan_id"])
    assert stamp["temperature"]["celsius"] == 36.4
    assert cast.execute("SELECT state FROM device_readings").fetchall() == [("used",)]
    # it is used up: the next one has to measure
    other = await house.resident()
    scan = (await other.scan(LONGGUAN_DOOR)).json()["scan_id"]
    await asyncio.sleep(0.6)
    assert (await other.get(f"/scans/{scan}")).status_code == 202


async def test_what_nobody_claims_in_half_a_minute_is_nobodys(
    house: House, measured: Measure, cast: psycopg.Connection
) -> None:
    await measured(36.4)
    cast.execute("UPDATE device_readings SET received_at = now() - interval '31 seconds'")
    resident = await house.resident()
    scan = (await resident.scan(LONGGUAN_DOOR)).json()["scan_id"]
    await asyncio.sleep(0.6)
    assert (await resident.get(f"/scans/{scan}")).status_code == 202
    assert stored(cast) == []


async def test_whoever_has_waited_a_minute_is_not_the_one_before_the_thermometer(
    house: House, measured: Measure, cast: psycopg.Connection
) -> None:
    resident = await house.resident()
    await resident.scan(LONGGUAN_DOOR)
    cast.execute("UPDATE waiting SET at = now() - interval '61 seconds'")
    assert (await measured(36.4)).json()["state"] == "open"
    assert stored(cast) == []


async def test_a_code_says_whose_it_is(house: House, measured: Measure, cast: psycopg.Connection) -> None:
    early, resident = await house.resident(), await house.resident()
    await early.scan(LONGGUAN_DOOR)
    code = (await resident.get("/residents/me/code")).json()["token"]
    assert (await measured(36.7, token=code)).json()["state"] == "used"
    assert stored(cast) == [(resident.id, 36.7, True)]
    refused = await measured(36.7, token="LF1.made-up")
    assert refused.json()["code"] == "code_expired"
    # nothing of it is kept, so that the device may send it again with another code
    assert cast.execute("SELECT count(*) FROM device_readings").fetchone() == (1,)


async def test_a_fever_stops_and_is_told(house: House, measured: Measure, cast: psycopg.Connection) -> None:
    county = await house.staff("chicheng")
    resident = await house.resident(somebody("华佗"))
    scan = (await resident.scan(LONGGUAN_DOOR)).json()["scan_id"]
    async with county.stream("/alerts/events") as stream:
        assert (await measured(38.3)).json()["fever"] is True
        stamp = await stamp_of(resident, scan)
        assert (stamp["verdict"], stamp["reason"]) == ("refuse", "fever")
        event = await stream.event()
        while event["event"] != "alert":
            event = await stream.event()
    [alert] = (await county.get("/alerts")).json()["items"]
    assert (alert["celsius"], alert["person"], alert["checkpoint"]) == (38.3, "华*", "龙关集市")


async def test_a_fever_by_code_without_a_scan_is_told_too(house: House, measured: Measure) -> None:
    county, resident = await house.staff("chicheng"), await house.resident()
    code = (await resident.get("/residents/me/code")).json()["token"]
    assert (await measured(39.0, token=code)).json()["fever"] is True
    [alert] = (await county.get("/alerts")).json()["items"]
    assert (alert["celsius"], alert["scan_id"], alert["serial"]) == (39.0, None, None)


@pytest.mark.parametrize("celsius", [12.0, 34.9, 41.0, 99.5])
async def test_an_implausible_value_is_questioned_and_used_for_nobody(
    house: House, measured: Measure, cast: psycopg.Connection, celsius: float
) -> None:
    resident = await house.resident()
    scan = (await resident.scan(LONGGUAN_DOOR)).json()["scan_id"]
    taken = (await measured(celsius)).json()
    assert (taken["state"], taken["fever"]) == ("questioned", False)
    assert (await resident.get(f"/scans/{scan}")).status_code == 202
    assert stored(cast) == []
    assert cast.execute("SELECT count(*) FROM fever_alerts").fetchone() == (0,)
    assert (await measured(36.5)).json()["state"] == "used"


async def test_the_same_reading_again_changes_nothing(
    house: House, measured: Measure, cast: psycopg.Connection
) -> None:
    first, second = await house.resident(), await house.resident()
    await first.scan(LONGGUAN_DOOR)
    await second.scan(LONGGUAN_DOOR)
    same = {"id": str(uuid7()), "at": now().isoformat()}
    answers = [await measured(36.5, **same) for _ in range(3)]
    assert [answer.json()["state"] for answer in answers] == ["used"] * 3
    assert len(stored(cast)) == 1
    changed = await measured(38.5, **same)
    assert (changed.status_code, changed.json()["code"]) == (409, "reading_id_reused")


async def test_a_late_reading_is_nobodys_at_the_door(house: House, measured: Measure, cast: psycopg.Connection) -> None:
    resident = await house.resident()
    scan = (await resident.scan(LONGGUAN_DOOR)).json()["scan_id"]
    late = await measured(36.5, at=(now() - timedelta(minutes=3)).isoformat())
    assert late.json()["state"] == "open"
    await asyncio.sleep(0.4)
    assert (await resident.get(f"/scans/{scan}")).status_code == 202


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": (now() + timedelta(hours=1)).isoformat()},
        {"celsius": 101},
        {"celsius": -1},
        {"id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
        {"id": "x"},
        {"who": 1},
    ],
    ids=str,
)
async def test_a_reading_that_is_none_is_refused(measured: Measure, wrong: dict[str, Any]) -> None:
    answer = await measured(wrong.pop("celsius", 36.5), **wrong)
    assert answer.status_code == 422


async def test_a_device_speaks_for_its_own_checkpoint_only(
    house: House, measured: Measure, cast: psycopg.Connection
) -> None:
    cast.execute("UPDATE checkpoints SET temperature_valid_min = 0 WHERE id = %s", [DIAOE_DOOR.id])
    house.services.doors.forget_all()
    resident = await house.resident()
    scan = (await resident.scan(DIAOE_DOOR)).json()["scan_id"]
    assert (await measured(36.5)).json()["state"] == "open"
    await asyncio.sleep(0.4)
    assert (await resident.get(f"/scans/{scan}")).status_code == 202


async def test_a_review_still_needs_somebody_to_look(house: House, measured: Measure, cast: psycopg.Connection) -> None:
    cast.execute("UPDATE checkpoints SET review = true WHERE id = %s", [LONGGUAN_DOOR.id])
    house.services.doors.forget_all()
    resident = await house.resident()
    scan = (await resident.scan(LONGGUAN_DOOR)).json()["scan_id"]
    assert (await measured(36.5)).json()["state"] == "used"
    waiting = await resident.get(f"/scans/{scan}")
    assert (waiting.status_code, waiting.json()["needs"]) == (202, ["review"])
