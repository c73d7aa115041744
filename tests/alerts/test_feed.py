"""The console's stream: fevers in the reader's scope and nobody else's, the open count, and an end when the session ends."""

import json

import psycopg

from lianfang.kit.crypto import Keys
from tests.alerts.fevers import add_fever, ring
from tests.support.asgi import Stream
from tests.support.house import House
from tests.support.story import ACCOUNT, DIAOE_DOOR, XIWANZI_DOOR, YIJIE_DOOR


async def until(stream: Stream, kind: str) -> dict[str, object]:
    while True:
        event = await stream.event()
        if event["event"] == kind:
            return dict(json.loads(event["data"])) | {"cursor": event.get("id")}


async def test_only_fevers_in_the_scope_arrive(house: House, cast: psycopg.Connection, keys: Keys) -> None:
    before = add_fever(cast, keys, YIJIE_DOOR)
    town = await house.staff("longguan")
    async with town.stream("/alerts/events") as stream:
        assert (await until(stream, "count"))["open"] == 1
        for door in (DIAOE_DOOR, XIWANZI_DOOR):
            ring(cast, add_fever(cast, keys, door))
        mine = add_fever(cast, keys, YIJIE_DOOR)
        ring(cast, mine)
        assert (await until(stream, "alert"))["id"] == mine != before


async def test_whoever_comes_back_misses_nothing(house: House, cast: psycopg.Connection, keys: Keys) -> None:
    town = await house.staff("longguan")
    async with town.stream("/alerts/events") as stream:
        await until(stream, "count")
        ring(cast, add_fever(cast, keys, YIJIE_DOOR))
        cursor = (await until(stream, "alert"))["cursor"]
    missed = add_fever(cast, keys, YIJIE_DOOR)
    async with town.stream("/alerts/events", last_event_id=str(cursor)) as stream:
        while (await until(stream, "alert"))["id"] != missed:
            pass


async def test_taking_one_on_lowers_everybodys_count(house: House, cast: psycopg.Connection, keys: Keys) -> None:
    alert = add_fever(cast, keys, YIJIE_DOOR)
    county, town = await house.staff("chicheng"), await house.staff("longguan")
    async with county.stream("/alerts/events") as stream:
        assert (await until(stream, "count"))["open"] == 1
        assert (await town.post(f"/alerts/{alert}/acknowledge", {})).status_code == 200
        assert (await until(stream, "count"))["open"] == 0


async def test_the_stream_ends_with_the_session(house: House, cast: psycopg.Connection, keys: Keys) -> None:
    clerk, admin = await house.staff("clerk"), await house.staff("chicheng")
    async with clerk.stream("/alerts/events") as stream:
        await until(stream, "count")
        assert (await admin.patch(f"/staff/{ACCOUNT['clerk'].id}", {"disabled": True})).status_code == 200
        ring(cast, add_fever(cast, keys, YIJIE_DOOR))
        assert await stream.ended()
