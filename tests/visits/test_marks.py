"""The moving mark of a stamp: the gate's and the phone's are one, for as long as a stamp is fresh, by its door and verdict."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from lianfang.kit.clock import now
from lianfang.visits import cells
from tests.support.house import Client, House
from tests.support.story import DIAOE_DOOR, LONGGUAN_DOOR, Door
from tests.support.visits import add_hold


async def mark_of(resident: Client, scan_id: str) -> dict[str, Any] | None:
    found = (await resident.get("/residents/me/cells", scan_id=scan_id)).json()["mark"]
    return dict(found) if found else None


async def scanned(resident: Client, door: Door = LONGGUAN_DOOR) -> str:
    return str((await resident.scan(door)).json()["scan_id"])


async def test_phone_and_gate_move_by_the_same_seeds(house: House) -> None:
    resident, gate = await house.resident(), await house.staff("gate01")
    mark = await mark_of(resident, await scanned(resident))
    marks = (await gate.get(f"/gate/{LONGGUAN_DOOR.id}/marks")).json()
    assert mark is not None
    # this quarter of an hour and the next; the clock may strike between the two questions
    assert set(mark["seeds"][1:]) <= set(marks["passed"]["seeds"])
    assert (mark["window_s"], len(marks["passed"]["seeds"])) == (900, 48)
    assert not set(mark["seeds"]) & set(marks["observed"]["seeds"])
    assert mark != await mark_of(resident, await scanned(resident, DIAOE_DOOR))


async def test_who_is_observed_does_not_move_by_a_passes_seeds_and_who_was_refused_by_none(
    house: House, cast: psycopg.Connection
) -> None:
    resident, gate = await house.resident(), await house.staff("gate01")
    add_hold(cast, resident.id, "yellow", now() - timedelta(hours=1), now() + timedelta(hours=1))
    mark = await mark_of(resident, await scanned(resident))
    marks = (await gate.get(f"/gate/{LONGGUAN_DOOR.id}/marks")).json()
    assert mark is not None
    assert not set(mark["seeds"]) & set(marks["passed"]["seeds"])
    assert set(mark["seeds"][1:]) <= set(marks["observed"]["seeds"])
    add_hold(cast, resident.id, "red", now() - timedelta(hours=1), now() + timedelta(hours=1))
    assert await mark_of(resident, await scanned(resident)) is None


async def test_an_old_stamp_and_somebody_elses_move_by_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    resident, other = await house.resident(), await house.resident()
    scan_id = await scanned(resident)
    assert await mark_of(other, scan_id) is None
    assert await mark_of(resident, str(UUID(int=1 << 70))) is None
    monkeypatch.setattr(cells, "clock_now", lambda: now() + timedelta(minutes=31))
    assert await mark_of(resident, scan_id) is None


async def test_marks_of_a_door_are_for_its_own_attendants(house: House) -> None:
    assert (await (await house.staff("gate01")).get(f"/gate/{DIAOE_DOOR.id}/marks")).status_code == 404
