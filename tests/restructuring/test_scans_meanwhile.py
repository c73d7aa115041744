"""Scans arrive while their unit moves: each is stored once, and ends where the unit stands."""

import asyncio

import psycopg
import pytest

from lianfang.kit.db import Database
from lianfang.restructuring import store
from lianfang.restructuring.follow import follow, sweep
from tests.restructuring.tree import assert_sound, change, nothing_left, place
from tests.support.house import House, scan
from tests.support.story import CHICHENG, CHONGLI, LONGGUAN, LONGGUAN_DOOR, YIJIE, YIJIE_DOOR


async def test_every_scan_is_stored_once_and_follows(
    house: House, cast: psycopg.Connection, worker: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "AT_ONCE", 1)
    city, neighbour = await house.staff("zhangjiakou"), await house.staff("chongli")
    residents = [await house.resident() for _ in range(4)]
    sent: list[str] = []
    over = asyncio.Event()

    async def keep_scanning(nth: int) -> None:
        while not over.is_set():
            door = (LONGGUAN_DOOR, YIJIE_DOOR)[nth % 2]
            body = scan(door)
            answer = await residents[nth].post("/scans", body)
            assert answer.status_code == 201, answer.text
            sent.append(body["scan_id"])
            await asyncio.sleep(0.002)

    scanning = [asyncio.create_task(keep_scanning(nth)) for nth in range(4)]
    moves = []
    for parent in (CHONGLI, CHICHENG, CHONGLI):
        await asyncio.sleep(0.3)
        if parent is CHICHENG:
            seen = (await neighbour.post("/records/count", {})).json()["count"]
            assert seen <= len(sent)
        moves.append((await change(city, LONGGUAN, "move", parent_id=parent.id))["move_id"])
        # the second move begins while the rows of the first are still on their way
        follower = asyncio.create_task(follow(worker, moves[-1], chunk=5))
    await asyncio.sleep(0.3)
    over.set()
    await asyncio.gather(*scanning)
    await follower
    await sweep(worker)
    assert len(sent) > 40
    assert nothing_left(cast, LONGGUAN)
    assert_sound(cast)
    stored = cast.execute("SELECT scan_id::text, ord FROM visits").fetchall()
    assert sorted(row[0] for row in stored) == sorted(sent)
    assert {row[1] for row in stored} == {place(cast, LONGGUAN)[0], place(cast, YIJIE)[0]}
    for lo, hi in cast.execute("SELECT lo, hi FROM retired_places").fetchall():
        assert cast.execute("SELECT count(*) FROM visits WHERE ord BETWEEN %s AND %s", [lo, hi]).fetchone() == (0,)


async def test_a_unit_that_is_made_while_its_parent_moves_moves_too(house: House, cast: psycopg.Connection) -> None:
    city, town = await house.staff("zhangjiakou"), await house.staff("longguan")

    async def make(nth: int) -> int:
        answer = await town.post("/units", {"parent_id": LONGGUAN.id, "name": f"第 {nth} 小学", "level": "unit"})
        return answer.status_code

    made, _ = await asyncio.gather(
        asyncio.gather(*(make(nth) for nth in range(8))), change(city, LONGGUAN, "move", parent_id=CHONGLI.id)
    )
    # who signed in with the old place may be told that it is not theirs any more; what was made is in its place
    assert set(made) <= {201, 404}
    assert cast.execute("SELECT count(*) FROM units WHERE parent_id = %s", [LONGGUAN.id]).fetchone() == (
        1 + made.count(201),
    )
    assert_sound(cast)
