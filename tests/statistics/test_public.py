"""What everybody may know tells nobody about few people: not by itself, not by subtraction, not by two pages side by side."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.kit.clock import local_day, now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.statistics import public
from lianfang.statistics.disclosure import SMALLEST, Cell, disclose
from lianfang.statistics.jobs import sum_up
from tests.support.house import House
from tests.support.people import somebody
from tests.support.story import CHICHENG, CHICHENG_DOOR, DIAOE, DIAOE_DOOR, HEBEI, LONGGUAN, LONGGUAN_DOOR, YIJIE, Door
from tests.support.visits import Visit, add_people, add_visits

ZONE = ZoneInfo("Asia/Shanghai")
YESTERDAY = now().astimezone(ZONE).date() - timedelta(days=1)

# who was where: sets of people, so that the union behind a difference can be counted
PARTS = st.lists(st.sets(st.integers(1, 60), max_size=40), min_size=1, max_size=6)


def table(parts: list[set[int]]) -> tuple[Cell, list[Cell]]:
    everybody = set().union(*parts)
    cells = [Cell(2 * len(part), len(part)) for part in parts]
    return Cell(sum(cell.scans for cell in cells), len(everybody)), cells


@given(PARTS)
def test_no_figure_and_no_difference_stands_for_few_people(parts: list[set[int]]) -> None:
    total, cells = table(parts)
    shown = disclose(total, cells)
    hidden = [at for at, cell in enumerate(shown.cells) if cell is None]
    for at, cell in enumerate(shown.cells):
        if cell is not None:
            assert cell == cells[at].scans
            assert len(parts[at]) == 0 or len(parts[at]) >= SMALLEST
    if shown.total is None:
        return
    assert shown.total == total.scans
    assert total.people == 0 or total.people >= SMALLEST
    if hidden:
        # the total minus what is shown: at least two parts, and at least ten people behind them
        assert len(hidden) >= 2
        assert len(set().union(*(parts[at] for at in hidden))) >= SMALLEST


@given(PARTS)
def test_no_more_is_hidden_than_the_small_ones_and_one_beside_them(parts: list[set[int]]) -> None:
    total, cells = table(parts)
    shown = disclose(total, cells)
    small = [at for at, cell in enumerate(cells) if 0 < cell.people < SMALLEST]
    if not small:
        assert shown == (total.scans, tuple(cell.scans for cell in cells))
    elif total.people >= SMALLEST:
        assert len([cell for cell in shown.cells if cell is None]) <= len(small) + 1


@pytest.mark.parametrize(
    ("cells", "total", "shown"),
    [
        ([(40, 30), (25, 20), (50, 11)], 90, ("all", 40, 25, 50)),
        ([(40, 30), (25, 20), (5, 4)], 50, ("all", 40, None, None)),
        ([(100, 1), (25, 20)], 21, ("all", None, None)),  # a hundred scans of one person
        ([(40, 30), (0, 0), (5, 4)], 34, ("all", None, 0, None)),
        ([(5, 4), (9, 9), (0, 0)], 13, (None, None, None, 0)),
        ([(5, 4), (3, 3), (0, 0)], 7, (None, None, None, None)),
        ([(40, 30), (5, 4), (6, 5), (25, 20)], 59, ("all", 40, None, None, None)),
        ([(0, 0), (0, 0)], 0, ("all", 0, 0)),
    ],
)
def test_examples(cells: list[tuple[int, int]], total: int, shown: tuple[Any, ...]) -> None:
    parts = [Cell(*cell) for cell in cells]
    whole = Cell(sum(cell.scans for cell in parts), total)
    found = disclose(whole, parts)
    assert (found.total, *found.cells) == tuple(whole.scans if cell == "all" else cell for cell in shown)


@pytest.fixture
def crowd(cast: psycopg.Connection, keys: Keys) -> Any:
    """Puts so many different people at a door yesterday."""

    def at(door: Door, count: int) -> None:
        people = add_people(cast, keys, [somebody() for _ in range(count)])
        noon = local_day(YESTERDAY, ZONE)[0] + timedelta(hours=12)
        add_visits(cast, keys, [Visit(person, door, noon) for person in people])

    return at


async def published(house: House, *units: Any) -> None:
    public.forget()
    admin = await house.staff("chicheng")
    for unit in units:
        answer = await admin.post("/statistics/publication", {"unit_id": unit.id, "published": True})
        assert answer.json() == {"published": True, "possible": True, "path": f"/h5/statistics/{unit.id}"}


async def test_a_county_shows_its_towns_and_hides_the_small_ones(
    house: House, cast: psycopg.Connection, lane_db: Database, crowd: Any
) -> None:
    for door, count in ((LONGGUAN_DOOR, 20), (DIAOE_DOOR, 3), (CHICHENG_DOOR, 15)):
        crowd(door, count)
    await sum_up(lane_db, ZONE, None)
    await published(house, CHICHENG, LONGGUAN, DIAOE)
    nobody = await house.client()
    page = (await nobody.get(f"/public/statistics/{CHICHENG.id}")).json()
    assert (page["name"], page["parts"]) == ("赤城县", ["龙关镇", "雕鹗镇", None])
    assert page["days"][-1] == {"day": str(YESTERDAY), "total": 38, "parts": [20, None, None]}
    assert page["days"][0]["parts"] == [0, 0, 0]
    # a town's own page says no more than the county's
    for unit, figure in ((LONGGUAN, 20), (DIAOE, None)):
        town = (await nobody.get(f"/public/statistics/{unit.id}")).json()
        assert (town["parts"], town["days"][-1]) == ([], {"day": str(YESTERDAY), "total": figure, "parts": []})


async def test_a_town_hidden_beside_a_small_one_is_hidden_on_its_own_page_too(
    house: House, cast: psycopg.Connection, lane_db: Database, crowd: Any
) -> None:
    for door, count in ((LONGGUAN_DOOR, 12), (DIAOE_DOOR, 3), (CHICHENG_DOOR, 15)):
        crowd(door, count)
    await sum_up(lane_db, ZONE, None)
    await published(house, LONGGUAN)
    town = (await (await house.client()).get(f"/public/statistics/{LONGGUAN.id}")).json()
    assert town["days"][-1]["total"] is None


async def test_nothing_is_public_until_it_is_switched_on_and_after_it_is_switched_off(
    house: House, lane_db: Database, crowd: Any
) -> None:
    crowd(LONGGUAN_DOOR, 20)
    await sum_up(lane_db, ZONE, None)
    nobody, admin = await house.client(), await house.staff("chicheng")

    async def status(unit: Any) -> int:
        return (await nobody.get(f"/public/statistics/{unit.id}")).status_code

    assert await status(CHICHENG) == 404
    await published(house, CHICHENG)
    assert (await status(CHICHENG), await status(LONGGUAN)) == (200, 404)
    await admin.post("/statistics/publication", {"unit_id": CHICHENG.id, "published": False})
    assert await status(CHICHENG) == 404
    entries = [e for e in (await admin.get("/audit")).json()["items"] if e["action"] == "statistics.publish"]
    assert [entry["detail"] for entry in entries] == [{"published": False}, {"published": True}]


async def test_today_is_not_public(house: House, cast: psycopg.Connection, keys: Keys, lane_db: Database) -> None:
    people = add_people(cast, keys, [somebody() for _ in range(15)])
    add_visits(cast, keys, [Visit(person, LONGGUAN_DOOR, now()) for person in people])
    await sum_up(lane_db, ZONE, None)
    await published(house, CHICHENG)
    page = (await (await house.client()).get(f"/public/statistics/{CHICHENG.id}")).json()
    assert page["days"][-1]["day"] == str(YESTERDAY)
    assert sum(day["total"] for day in page["days"]) == 0


async def test_only_the_administrator_of_a_county_or_town_publishes(house: House) -> None:
    clerk, admin, hebei = [await house.staff(name) for name in ("clerk", "chicheng", "hebei")]
    body = {"unit_id": LONGGUAN.id, "published": True}
    assert (await clerk.post("/statistics/publication", body)).status_code == 403
    assert (await (await house.staff("chongli")).post("/statistics/publication", body)).status_code == 404
    for unit, client in ((YIJIE.id, admin), (HEBEI.id, hebei)):
        answer = await client.post("/statistics/publication", body | {"unit_id": unit})
        assert (answer.status_code, answer.json()["code"]) == (422, "level_not_public")
        assert (await client.get("/statistics/publication", unit_id=unit)).json()["possible"] is False
