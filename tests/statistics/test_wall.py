"""The wall: who has not reported today, and which fevers are new."""

from datetime import timedelta

import psycopg

from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from tests.support.house import House
from tests.support.people import somebody
from tests.support.story import CHICHENG_DOOR, DIAOE, DIAOE_DOOR, LONGGUAN_DOOR, XIWANZI_DOOR, YIJIE_DOOR
from tests.support.visits import Visit, add_people, add_visits


async def test_whoever_is_silent_is_named_and_who_fell_silent_last_comes_first(
    house: House, cast: psycopg.Connection, keys: Keys
) -> None:
    [person] = add_people(cast, keys, [somebody()])
    yesterday = now() - timedelta(days=1)
    add_visits(
        cast, keys, [Visit(person, LONGGUAN_DOOR, now()), Visit(person, DIAOE_DOOR, yesterday - timedelta(minutes=1))]
    )
    add_visits(cast, keys, [Visit(person, YIJIE_DOOR, yesterday)])
    wall = (await (await house.staff("chicheng")).get("/statistics/wall")).json()
    assert (wall["board"]["checkpoints"], wall["board"]["silent"]) == (4, 3)
    assert wall["silent_units"] == [{"id": DIAOE.id, "name": "雕鹗镇", "checkpoints": 1}]
    silent = wall["silent_checkpoints"]
    assert [row["id"] for row in silent] == [YIJIE_DOOR.id, DIAOE_DOOR.id, CHICHENG_DOOR.id]
    assert silent[-1]["last_at"] is None
    await (await house.staff("chicheng")).patch(f"/checkpoints/{CHICHENG_DOOR.id}", {"open": False})
    assert (await (await house.staff("chicheng")).get("/statistics/wall")).json()["board"]["silent"] == 2


async def test_fevers_of_today_without_a_name(house: House, cast: psycopg.Connection) -> None:
    moment = now()
    for door, at, seen in (
        (YIJIE_DOOR, moment, False),
        (LONGGUAN_DOOR, moment - timedelta(seconds=1), True),
        (XIWANZI_DOOR, moment, False),
        (YIJIE_DOOR, moment - timedelta(days=7, seconds=1), False),
        (YIJIE_DOOR, moment - timedelta(days=7) + timedelta(minutes=5), False),
    ):
        cast.execute(
            "INSERT INTO fever_alerts (ord, checkpoint_id, person_id, celsius, at, celsius_checkpoint_id, acknowledged_at)"
            " VALUES (%s, %s, 1, 38.1, %s, 1, %s)",
            [door.unit.lo, door.id, at, moment if seen else None],
        )
    wall = (await (await house.staff("chicheng")).get("/statistics/wall")).json()
    assert (wall["fevers"], wall["fevers_open"]) == (2, 1)
    assert wall["fevers_last_week"] <= 1  # at midnight the one of a week ago belongs to the day before
    assert [(f["checkpoint"], f["unit"], f["celsius"], f["acknowledged"]) for f in wall["fever_places"]] == [
        ("一街村东口", "一街村", 38.1, False),
        ("龙关集市", "龙关镇", 38.1, True),
    ]
