"""Which gates are connected: noted by their streams, told on the dashboard and the wall, to nobody outside."""

from datetime import timedelta

import psycopg
import pytest

from lianfang.kit.clock import now
from lianfang.visits import feed, presence
from tests.support.house import Client, House, until
from tests.support.story import CHICHENG_DOOR, DIAOE_DOOR, LONGGUAN, LONGGUAN_DOOR, XIWANZI_DOOR, YIJIE_DOOR, Door


async def gates(client: Client, **unit: int) -> tuple[int, int, list[str]]:
    board = (await client.get("/dashboard", **unit)).json()["gates"]
    offline = [gate["name"] for gate in await client.pages("/dashboard/gates", limit=1, **unit)]
    wall = (await client.get("/statistics/wall", **unit)).json()
    assert [gate["name"] for gate in wall["offline_gates"]] == offline
    assert wall["board"]["gates"] == board
    return board["watched"], board["offline"], offline


def seen(cast: psycopg.Connection, door: Door, minutes: float) -> None:
    cast.execute(
        "INSERT INTO gate_presence VALUES (%s, %s, now() - %s * interval '1 minute')"
        " ON CONFLICT (checkpoint_id) DO UPDATE SET seen_at = excluded.seen_at",
        [door.id, door.unit.lo, minutes],
    )


def seen_again(cast: psycopg.Connection) -> bool:
    [row] = cast.execute("SELECT seen_at FROM gate_presence").fetchall()
    return bool(now() - row[0] < timedelta(minutes=1))


async def test_a_gate_is_there_while_its_page_is_connected(house: House, cast: psycopg.Connection) -> None:
    gate, admin = await house.staff("gate01"), await house.staff("chicheng")
    assert await gates(admin) == (0, 0, [])
    async with gate.stream(f"/gate/{LONGGUAN_DOOR.id}/events") as stream:
        assert (await stream.event())["event"] == "hello"
        assert await gates(admin) == (1, 0, [])
    seen(cast, LONGGUAN_DOOR, minutes=3)
    assert await gates(admin) == (1, 1, [LONGGUAN_DOOR.name])
    async with gate.stream(f"/gate/{LONGGUAN_DOOR.id}/events") as stream:
        await stream.event()
        assert await gates(admin) == (1, 0, [])


async def test_an_open_stream_is_noted_again_and_again(
    house: House, cast: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "PING_S", 0.01)
    monkeypatch.setattr(presence, "NOTED_EVERY", timedelta(0))
    gate, admin = await house.staff("gate01"), await house.staff("chicheng")
    async with gate.stream(f"/gate/{LONGGUAN_DOOR.id}/events") as stream:
        await stream.event()
        seen(cast, LONGGUAN_DOOR, minutes=30)
        await until(lambda: seen_again(cast))
        assert await gates(admin) == (1, 0, [])


async def test_who_went_is_told_to_those_above_for_a_day(house: House, cast: psycopg.Connection) -> None:
    for door, minutes in (
        (YIJIE_DOOR, 5),
        (LONGGUAN_DOOR, 90),
        (DIAOE_DOOR, 1),
        (XIWANZI_DOOR, 5),
        (CHICHENG_DOOR, 1441),
    ):
        seen(cast, door, minutes)
    county, town = await house.staff("chicheng"), await house.staff("longguan")
    assert await gates(county) == (3, 2, [YIJIE_DOOR.name, LONGGUAN_DOOR.name])
    assert (
        await gates(town) == await gates(county, unit_id=LONGGUAN.id) == (2, 2, [YIJIE_DOOR.name, LONGGUAN_DOOR.name])
    )
    cast.execute("UPDATE checkpoints SET open = false WHERE id = %s", [YIJIE_DOOR.id])
    assert await gates(county) == (2, 1, [LONGGUAN_DOOR.name])
    yesterday = str((now() - timedelta(days=1)).astimezone(house.services.settings.zone).date())
    assert (await county.get("/dashboard", day=yesterday)).json()["gates"] is None
    assert (await (await house.staff("gate01")).get("/dashboard/gates")).status_code == 403
