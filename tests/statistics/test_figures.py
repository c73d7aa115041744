"""The sums give what counting the visits one by one would give, whatever came late, twice or in another order."""

import random
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import psycopg
import pytest

from lianfang.config import Settings
from lianfang.kit.clock import local_day, now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.restructuring.follow import follow
from lianfang.statistics.jobs import sum_up
from tests.support.database import MASTER
from tests.support.house import Client, House
from tests.support.people import somebody
from tests.support.story import (
    CHICHENG,
    CHONGLI,
    DIAOE,
    DOORS,
    HEBEI,
    LONGGUAN,
    UNITS,
    XIWANZI,
    YIJIE,
    ZHANGJIAKOU,
    Unit,
)
from tests.support.visits import Visit, add_people, add_visits

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = now().astimezone(ZONE).date()
LAST = TODAY - timedelta(days=1)
FIRST = LAST - timedelta(days=6)
VERDICTS = (("pass", "ok"), ("pass", "ok"), ("pass", "ok"), ("observe", "hold_yellow"), ("refuse", "hold_red"))
LEVELS = (HEBEI, ZHANGJIAKOU, CHICHENG, LONGGUAN, YIJIE, DIAOE)


@pytest.fixture
def scatter(cast: psycopg.Connection, keys: Keys) -> Callable[[int], list[Visit]]:
    """Adds visits of few people at every door over ten days, recorded now: many of them meet again and again."""
    dice = random.Random(11)
    people = add_people(cast, keys, [somebody() for _ in range(9)])
    begin = local_day(FIRST - timedelta(days=2), ZONE)[0]

    def add(count: int) -> list[Visit]:
        visits = [
            Visit(
                dice.choice(people),
                dice.choice(DOORS),
                begin + timedelta(seconds=dice.randrange(10 * 86_400)),
                *dice.choice(VERDICTS),
            )
            for _ in range(count)
        ]
        add_visits(cast, keys, visits)
        cast.execute(
            "UPDATE visits SET recorded_at = now() WHERE scan_id = ANY(%s)", [[visit.scan_id for visit in visits]]
        )
        return visits

    return add


def within(unit: Unit, visit: Visit) -> bool:
    return unit.lo <= visit.door.unit.lo <= unit.hi


def plainly(visits: Iterable[Visit], unit: Unit, first: date = FIRST, last: date = LAST) -> dict[str, Any]:
    """The figures by counting each visit where it belongs."""

    def figures(some: Iterable[Visit]) -> dict[str, int]:
        some = list(some)
        return {
            "scans": len(some),
            "people": len({v.person_id for v in some}),
            "refused": sum(v.verdict == "refuse" for v in some),
            "observed": sum(v.verdict == "observe" for v in some),
            "fevers": 0,
        }

    def local(visit: Visit) -> datetime:
        return visit.at.astimezone(ZONE)

    ours = [v for v in visits if within(unit, v) and first <= local(v).date() <= last]
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return {
        "total": figures(ours),
        "own": figures(v for v in ours if v.door.unit is unit),
        "days": {str(day): figures(v for v in ours if local(v).date() == day) for day in days},
        "hours": {hour: figures(v for v in ours if local(v).hour == hour) | {"people": None} for hour in range(24)},
        "categories": {c: figures(v for v in ours if v.door.category == c) for c in {v.door.category for v in ours}},
        "units": {child.id: figures(v for v in ours if within(child, v)) for child in UNITS if child.parent is unit},
    }


async def shown(client: Client, unit: Unit, first: date = FIRST, last: date = LAST) -> dict[str, Any]:
    answer = await client.get("/statistics", unit_id=unit.id, **{"from": str(first), "to": str(last)})
    assert answer.status_code == 200, answer.text
    found = answer.json()

    def by(key: str, rows: list[dict[str, Any]]) -> dict[Any, Any]:
        names = ("scans", "people", "refused", "observed", "fevers")
        return {row[key]: {name: row[name] for name in names} for row in rows}

    return {
        "total": found["total"],
        "own": found["own"],
        "days": by("day", found["days"]),
        "hours": by("hour", found["hours"]),
        "categories": by("category", found["categories"]),
        "units": by("id", found["units"]),
    }


async def rolled(lane_db: Database, owner: psycopg.Connection) -> None:
    await sum_up(lane_db, ZONE, None)
    state = owner.execute("SELECT recorded_until IS NOT NULL AND NOT wanted_anew FROM statistics_state").fetchone()
    assert state == (True,)


@pytest.mark.parametrize("unit", LEVELS, ids=lambda unit: unit.level + unit.code)
async def test_the_sums_equal_the_visits_counted_one_by_one(
    house: House, cast: psycopg.Connection, lane_db: Database, scatter: Callable[[int], list[Visit]], unit: Unit
) -> None:
    visits = scatter(400)
    await rolled(lane_db, cast)
    assert await shown(await house.staff("hebei"), unit) == plainly(visits, unit)


@pytest.mark.parametrize("unit", [CHICHENG, LONGGUAN, YIJIE], ids=lambda unit: unit.level)
async def test_without_sums_the_same_figures_come_from_the_visits(
    house: House, scatter: Callable[[int], list[Visit]], unit: Unit
) -> None:
    visits = scatter(200)
    assert await shown(await house.staff("hebei"), unit) == plainly(visits, unit)


async def test_what_comes_late_is_added_and_nothing_is_added_twice(
    house: House, cast: psycopg.Connection, lane_db: Database, scatter: Callable[[int], list[Visit]]
) -> None:
    """Each round puts visits between those of every earlier day; the days before and after must follow."""
    hebei = await house.staff("hebei")
    visits: list[Visit] = []
    for count in (60, 1, 40, 0, 25, 1, 1, 80):
        visits += scatter(count)
        await rolled(lane_db, cast)
        for unit in LEVELS:
            assert await shown(hebei, unit) == plainly(visits, unit), f"{unit.name} after {len(visits)}"
    # any period, not only the one that was looked at so far
    for first, last in ((FIRST, FIRST), (LAST, LAST), (FIRST + timedelta(days=2), LAST - timedelta(days=1))):
        assert await shown(hebei, HEBEI, first, last) == plainly(visits, HEBEI, first, last)


async def test_a_scan_through_the_lane_is_counted(house: House, cast: psycopg.Connection, lane_db: Database) -> None:
    await rolled(lane_db, cast)
    resident, hebei = await house.resident(), await house.staff("hebei")
    assert (await resident.scan(DOORS[1])).status_code in (200, 201)
    await rolled(lane_db, cast)
    assert (await shown(hebei, HEBEI, TODAY, TODAY))["total"]["scans"] == 1


async def test_moved_places_and_changed_categories_are_counted_anew(
    house: House, cast: psycopg.Connection, lane_db: Database, worker: Database, scatter: Callable[[int], list[Visit]]
) -> None:
    visits = scatter(80)
    await rolled(lane_db, cast)
    hebei = await house.staff("hebei")
    body = {"parent_id": CHONGLI.id, "reason": "区划调整"}
    answer_of_move = answer = await hebei.post(f"/units/{DIAOE.id}/move", body)
    assert answer.status_code == 202, answer.text
    await sum_up(lane_db, ZONE, None)  # in vain, as long as rows are on their way
    assert cast.execute("SELECT wanted_anew FROM statistics_state").fetchone() == (True,)
    answer = await hebei.get("/statistics", unit_id=HEBEI.id)
    assert (answer.status_code, answer.json()["code"]) == (503, "statistics_in_preparation")
    remaining = [v for v in visits if v.door.unit is not DIAOE]
    assert (await shown(hebei, CHICHENG))["total"] == plainly(remaining, CHICHENG)["total"]
    await follow(worker, answer_of_move.json()["move_id"])
    await rolled(lane_db, cast)
    assert (await shown(hebei, CHICHENG))["total"] == plainly(remaining, CHICHENG)["total"]
    assert (await shown(hebei, CHONGLI))["total"]["scans"] == len(
        [v for v in visits if v.door.unit in (DIAOE, XIWANZI) and FIRST <= v.at.astimezone(ZONE).date() <= LAST]
    )
    cast.execute("UPDATE checkpoints SET category = 'hospital' WHERE category = 'school'")
    await rolled(lane_db, cast)
    assert "school" not in (await shown(hebei, HEBEI))["categories"]


async def test_days_past_the_retention_leave_the_sums(
    cast: psycopg.Connection, lane_db: Database, scatter: Callable[[int], list[Visit]]
) -> None:
    scatter(60)
    await sum_up(lane_db, ZONE, timedelta(days=3))
    for table in ("place_hours", "place_people", "counted_days"):
        [oldest] = cast.execute(f"SELECT min(day) FROM {table}".encode()).fetchone() or [None]
        assert oldest >= TODAY - timedelta(days=5), table


async def test_fevers_are_counted_where_they_were_met(house: House, cast: psycopg.Connection) -> None:
    at = local_day(LAST, ZONE)[0] + timedelta(hours=8, minutes=10)
    for door, celsius in ((DOORS[1], 38.2), (DOORS[2], 37.4), (DOORS[4], 39.0)):
        cast.execute(
            "INSERT INTO fever_alerts (ord, checkpoint_id, person_id, celsius, at, celsius_checkpoint_id)"
            " VALUES (%s, %s, 1, %s, %s, %s)",
            [door.unit.lo, door.id, celsius, at, door.id],
        )
    found = await shown(await house.staff("chicheng"), CHICHENG)
    assert found["total"]["fevers"] == found["days"][str(LAST)]["fevers"] == found["hours"][8]["fevers"] == 2
    assert {unit: row["fevers"] for unit, row in found["units"].items()} == {LONGGUAN.id: 2, DIAOE.id: 0}
    assert found["categories"]["village"]["fevers"] == 1


async def test_the_workbook_has_the_numbers_of_the_page(
    house: House, cast: psycopg.Connection, lane_db: Database, scatter: Callable[[int], list[Visit]], tmp_path: Any
) -> None:
    scatter(150)
    await rolled(lane_db, cast)
    clerk = await house.staff("clerk")
    period = {"unit_id": CHICHENG.id, "from": str(FIRST), "to": str(LAST)}
    page = (await clerk.get("/statistics", **period)).json()
    answer = await clerk.get("/statistics/file", **period)
    path = tmp_path / "statistics.xlsx"
    path.write_bytes(answer.content)
    book = openpyxl.load_workbook(path)
    names = ("scans", "people", "refused", "observed", "fevers")

    def row(of: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(of[name] for name in names)

    def rows(sheet: str, skip: int = 1) -> list[tuple[Any, ...]]:
        return [tuple(cells[skip:]) for cells in list(book[sheet].values)[1:]]

    assert rows("按下级单位", 2) == [*(row(unit) for unit in page["units"]), row(page["own"]), row(page["total"])]
    assert rows("按日") == [row(day) for day in page["days"]]
    assert rows("按时段") == [row(hour) for hour in page["hours"]]
    assert rows("按类别") == [row(category) for category in page["categories"]]
    assert [cells[1] for cells in list(book["说明"].values)[4:9]] == list(row(page["total"]))
    [entry] = [
        e for e in (await (await house.staff("chicheng")).get("/audit")).json()["items"] if "export" in e["action"]
    ]
    assert entry["action"] == "statistics.export"


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("2022-01-02", "2022-01-01", "from"),
        ("2000-01-01", "2022-01-01", "from"),
        ("0001-01-01", "0001-01-01", "to"),
        ("2022-01-01", "9999-12-31", "to"),
    ],
)
async def test_an_impossible_period_is_named(house: House, first: str, last: str, field: str) -> None:
    answer = await (await house.staff("clerk")).get("/statistics", **{"from": first, "to": last})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_the_period_is_as_long_as_records_are_kept(house_with: Any) -> None:
    house = await house_with(Settings(demo=True, secret_key=MASTER.hex(), retention_days=28))
    clerk = await house.staff("clerk")
    for days, status in ((28, 200), (29, 422)):
        period = {"from": str(TODAY - timedelta(days=days - 1)), "to": str(TODAY)}
        assert (await clerk.get("/statistics", **period)).status_code == status


async def test_another_units_figures_are_not_found(house: House) -> None:
    clerk = await house.staff("clerk")
    for path in ("/statistics", "/statistics/file", "/statistics/wall", "/statistics/publication"):
        assert (await clerk.get(path, unit_id=XIWANZI.id)).status_code == 404


def test_the_days_are_local() -> None:
    """16:00 in Greenwich is midnight at these doors: the tests above mean something only if days are not UTC's."""
    assert datetime(2026, 1, 1, 16, tzinfo=UTC).astimezone(ZONE).date() == date(2026, 1, 2)
