"""Doors in memory: many that are asked for at once are read together, and one that is wrong fails by itself."""

import asyncio

import pytest

from lianfang.kit.errors import Problem
from lianfang.venues import store
from tests.support.house import House, until
from tests.support.story import CHICHENG_DOOR, DIAOE_DOOR, LONGGUAN_DOOR, YIJIE_DOOR


async def test_those_asked_for_at_once_are_read_together(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    read = store.lane_find_doors

    async def counted(conn, codes):  # type: ignore[no-untyped-def]
        reads.append(sorted(codes))
        return await read(conn, codes)

    monkeypatch.setattr(store, "lane_find_doors", counted)
    doors = house.services.doors
    await doors.stop()
    doors.forget_all()
    known = [YIJIE_DOOR.code, LONGGUAN_DOOR.code, DIAOE_DOOR.code]
    wrong = ["NOSUCHCODE000000", "a\0b", "\ud800", ""]
    found = await asyncio.gather(*(doors.find(code) for code in [*known, *wrong, *known]), return_exceptions=True)
    assert [door.code for door in found[:3] if not isinstance(door, BaseException)] == known
    assert all(isinstance(error, Problem) and error.type.code == "door_unknown" for error in found[3:7])
    assert found[7:] == found[:3]
    assert len(reads) == 1
    assert found[0].template is (await doors.find(YIJIE_DOOR.code)).template  # type: ignore[union-attr]


async def test_whoever_hangs_up_takes_nobody_along(house: House) -> None:
    doors = house.services.doors
    doors.forget_all()
    first = asyncio.create_task(doors.find(YIJIE_DOOR.code))
    await asyncio.sleep(0)
    second = asyncio.create_task(doors.find(YIJIE_DOOR.code))
    first.cancel()
    assert (await second).code == YIJIE_DOOR.code
    assert doors.known(YIJIE_DOOR.code)


async def test_open_doors_are_in_memory_before_anybody_comes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    doors = house.services.doors
    await doors.stop()
    doors.forget_all()
    monkeypatch.setattr("lianfang.venues.doors.WARMED_AT_ONCE", 2)
    await doors.start()
    await until(lambda: all(doors.known(door.code) for door in (YIJIE_DOOR, LONGGUAN_DOOR, DIAOE_DOOR, CHICHENG_DOOR)))
