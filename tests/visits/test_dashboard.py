"""The dashboard's figures are the records', added up."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from typing import Any

import psycopg
import pytest

from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from tests.support.house import Client, House
from tests.support.people import somebody
from tests.support.story import CHICHENG, DOORS, LONGGUAN, LONGGUAN_DOOR, XIWANZI, YIJIE, YIJIE_DOOR
from tests.support.visits import Visit, add_people, add_visits

DAY = now().date() - timedelta(days=12)
MIDNIGHT = datetime.combine(DAY - timedelta(days=1), time(16), UTC)  # of that day in Chicheng, eight hours ahead
VERDICTS = (("pass", "ok"), ("observe", "hold_yellow"), ("refuse", "hold_red"))


@pytest.fixture
def visits(cast: psycopg.Connection, keys: Keys) -> list[Visit]:
    """Ten days up to its end, every 25 minutes, at every door in turn."""
    people = add_people(cast, keys, [somebody() for _ in range(7)])
    begin = MIDNIGHT - timedelta(days=8)
    visits = [
        Visit(people[n % 7], DOORS[n % 5], begin + timedelta(minutes=25 * n), *VERDICTS[0 if n % 4 else n % 3])
        for n in range(10 * 24 * 60 // 25)
    ]
    add_visits(cast, keys, visits)
    return visits


async def figures(client: Client, **params: Any) -> dict[str, Any]:
    answer = await client.get("/dashboard", **params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def count(client: Client, **filter: Any) -> int:
    day = {"from": MIDNIGHT.isoformat(), "to": (MIDNIGHT + timedelta(days=1)).isoformat()}
    return int((await client.post("/records/count", day | filter)).json()["count"])


@pytest.mark.parametrize("unit", [CHICHENG, LONGGUAN, YIJIE], ids=lambda unit: unit.level)
async def test_every_sum_equals_the_records(house: House, visits: list[Visit], unit: Any) -> None:
    admin = await house.staff("chicheng")
    board = await figures(admin, day=DAY.isoformat(), unit_id=unit.id)
    assert board["checkpoints"] >= board["silent"]
    assert (board["day"], board["unit"]) == (DAY.isoformat(), {"id": unit.id, "name": unit.name})
    assert board["scans"] == await count(admin, unit_id=unit.id) > 0
    assert board["refused"] == await count(admin, unit_id=unit.id, verdict="refuse")
    assert board["observed"] == await count(admin, unit_id=unit.id, verdict="observe")
    assert sum(board["hours"]) == board["scans"]
    assert sum(board["hours_last_week"]) == board["scans_last_week"]


async def test_the_hours_are_those_of_the_local_day(house: House, visits: list[Visit]) -> None:
    board = await figures(await house.staff("hebei"), day=DAY.isoformat())
    for hours, begin in ((board["hours"], MIDNIGHT), (board["hours_last_week"], MIDNIGHT - timedelta(days=7))):
        by_hour = Counter(
            int((v.at - begin) / timedelta(hours=1)) for v in visits if begin <= v.at < begin + timedelta(days=1)
        )
        assert hours == [by_hour[hour] for hour in range(24)]


async def test_people_are_counted_once(house: House, visits: list[Visit]) -> None:
    board = await figures(await house.staff("yijie"), day=DAY.isoformat())
    of_the_day = [v for v in visits if v.door is YIJIE_DOOR and MIDNIGHT <= v.at < MIDNIGHT + timedelta(days=1)]
    assert (board["scans"], board["people"]) == (len(of_the_day), len({v.person_id for v in of_the_day}))


async def test_the_children_add_up_to_their_parent_but_for_its_own_doors(house: House, visits: list[Visit]) -> None:
    admin = await house.staff("chicheng")
    board = await figures(admin, day=DAY.isoformat())
    children = {unit["name"]: unit for unit in board["units"]}
    assert children.keys() == {"龙关镇", "雕鹗镇"}
    for unit in board["units"]:
        assert unit["scans"] == await count(admin, unit_id=unit["id"])
        assert unit["refused"] == await count(admin, unit_id=unit["id"], verdict="refuse")
    own = await count(admin, checkpoint_id=1)
    assert sum(unit["scans"] for unit in board["units"]) + own == board["scans"]
    assert (children["龙关镇"]["checkpoints"], children["雕鹗镇"]["checkpoints"]) == (2, 1)


async def test_a_silent_door_is_an_open_one_without_a_scan(house: House, cast: psycopg.Connection, keys: Keys) -> None:
    [person] = add_people(cast, keys, [somebody()])
    add_visits(cast, keys, [Visit(person, LONGGUAN_DOOR, MIDNIGHT + timedelta(hours=3))])
    admin = await house.staff("chicheng")

    async def silent() -> dict[str, int]:
        return {unit["name"]: unit["silent"] for unit in (await figures(admin, day=DAY.isoformat()))["units"]}

    assert await silent() == {"龙关镇": 1, "雕鹗镇": 1}
    await admin.patch(f"/checkpoints/{YIJIE_DOOR.id}", {"open": False})
    assert await silent() == {"龙关镇": 0, "雕鹗镇": 1}


async def test_without_a_day_it_is_today_and_last_week_up_to_this_hour(
    house: House, cast: psycopg.Connection, keys: Keys
) -> None:
    [person] = add_people(cast, keys, [somebody()])
    week_ago = now() - timedelta(days=7)
    add_visits(
        cast,
        keys,
        [
            Visit(person, LONGGUAN_DOOR, at)
            for at in (now(), week_ago - timedelta(seconds=5), week_ago + timedelta(seconds=30))
        ],
    )
    board = await figures(await house.staff("longguan"))
    assert board["day"] == now().astimezone(house.services.settings.zone).date().isoformat()
    assert board["scans"] == 1
    # the second of these two has not come round yet; at midnight the first one belongs to the day before
    assert board["scans_last_week"] <= 1


async def test_a_scan_appears_at_once(house: House) -> None:
    resident, admin = await house.resident(), await house.staff("longguan")
    before = (await figures(admin))["scans"]
    await resident.scan(LONGGUAN_DOOR)
    assert (await figures(admin))["scans"] == before + 1


@pytest.mark.parametrize("day", ["0001-01-01", "1950-01-01", "9999-12-31"])
async def test_a_day_beyond_all_days_is_refused(house: House, day: str) -> None:
    answer = await (await house.staff("clerk")).get("/dashboard", day=day)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "day")


async def test_a_day_without_partitions_is_empty(house: House) -> None:
    board = await figures(await house.staff("clerk"), day="1999-09-09")
    assert (board["scans"], board["people"], board["hours"]) == (0, 0, [0] * 24)


async def test_another_units_board_is_not_found(house: House) -> None:
    assert (await (await house.staff("clerk")).get("/dashboard", unit_id=XIWANZI.id)).status_code == 404
