"""A unit moves with everything below it: who sees it before, at once, and when the last row has followed."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.restructuring import store
from lianfang.restructuring.follow import follow, sweep
from tests.restructuring.tree import assert_sound, change, nothing_left, place
from tests.support.house import Client, House
from tests.support.people import somebody
from tests.support.runs import finished, work_off
from tests.support.story import (
    CHICHENG,
    CHONGLI,
    DIAOE,
    DIAOE_DOOR,
    HEBEI,
    LONGGUAN,
    LONGGUAN_DOOR,
    YIJIE,
    YIJIE_DOOR,
    ZHANGJIAKOU,
)
from tests.support.visits import Visit, add_people, add_visits


@pytest.fixture
def visited(cast: psycopg.Connection, keys: Keys) -> psycopg.Connection:
    """Forty visits in 龙关镇 and below over four days, ten in 雕鹗镇."""
    people = add_people(cast, keys, [somebody() for _ in range(10)])
    add_visits(
        cast,
        keys,
        [
            Visit(people[n % 10], (LONGGUAN_DOOR, YIJIE_DOOR)[n % 2], now() - timedelta(days=n % 4, minutes=1 + n))
            for n in range(40)
        ]
        + [Visit(people[n], DIAOE_DOOR, now() - timedelta(minutes=n + 1)) for n in range(10)],
    )
    return cast


@pytest.fixture
def in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but the units themselves comes along at once."""
    monkeypatch.setattr(store, "AT_ONCE", 1)


async def counted(client: Client) -> int:
    return int((await client.post("/records/count", {})).json()["count"])


async def test_a_moved_unit_is_its_new_parents_and_no_longer_the_old_ones(
    house: House, visited: psycopg.Connection
) -> None:
    city, county, district, town = [
        await house.staff(name) for name in ("zhangjiakou", "chicheng", "chongli", "longguan")
    ]
    assert [await counted(client) for client in (city, county, district, town)] == [50, 50, 0, 40]
    tenants = f"/checkpoints/{YIJIE_DOOR.id}/tenants"
    entered = (await town.post(tenants, {"rows": [{"floor": "1F", "name": "村史馆"}]})).json()
    moved = await change(city, LONGGUAN, "move", parent_id=CHONGLI.id)
    await work_off(house, visited)
    assert (await finished(city, moved["run_id"]))["summary"] == {"followed": 0}  # so few came along at once
    assert [await counted(client) for client in (city, county, district, town)] == [50, 10, 40, 40]
    assert nothing_left(visited, LONGGUAN)
    assert_sound(visited)
    assert [unit["name"] for unit in await district.pages("/units", parent_id=CHONGLI.id)] == ["西湾子镇", "龙关镇"]
    assert [unit["name"] for unit in await county.pages("/units", parent_id=CHICHENG.id)] == ["雕鹗镇"]
    for path in (f"/units/{LONGGUAN.id}", f"/units/{YIJIE.id}", f"/checkpoints/{YIJIE_DOOR.id}"):
        assert (await county.get(path)).status_code == 404
        assert (await district.get(path)).status_code == 200
    assert (await district.get(tenants)).json() == entered
    shown = (await town.get(f"/units/{YIJIE.id}")).json()
    assert [step["name"] for step in shown["path"]] == ["龙关镇", "一街村"]
    assert {account["username"] for account in await district.pages("/staff")} == {
        "chongli",
        "xiwanzi",
        "longguan",
        "yijie",
        "gate01",
    }


async def test_visits_follow_in_the_background_the_newest_day_first(
    house: House, visited: psycopg.Connection, worker: Database, in_chunks: None
) -> None:
    city, county, district, town = [
        await house.staff(name) for name in ("zhangjiakou", "chicheng", "chongli", "longguan")
    ]
    moved = await change(city, LONGGUAN, "move", parent_id=CHONGLI.id)
    # until they follow, visits are the old parents' as before, and nobody else's
    assert [await counted(client) for client in (city, county, district, town)] == [50, 50, 0, 0]
    async with worker.transaction() as conn:
        leaves = await store.worker_leaves(conn)
        days = [leaf for leaf in leaves if leaf.startswith("visits_")]
        assert days == sorted(days, reverse=True)
        assert leaves[: len(days)] == days
        assert await store.worker_rows(conn, moved["move_id"]) >= 40
        [today] = [leaf for leaf in days if leaf == f"visits_{now():%Y%m%d}"]
        step = await store.worker_follow(conn, moved["move_id"], today, 0, 3)
        assert step.moved == 3
        assert step.next is not None
    assert await counted(town) == 3
    assert await follow(worker, moved["move_id"], chunk=3) >= 37
    assert [await counted(client) for client in (city, county, district, town)] == [50, 10, 40, 40]
    assert nothing_left(visited, LONGGUAN)
    [row] = visited.execute("SELECT finished_at IS NOT NULL, units, rows_moved >= 40 FROM unit_moves").fetchall()
    assert row == (True, 2, True)
    assert (await follow(worker, moved["move_id"])) == 0


async def test_what_a_crash_broke_off_is_taken_up(
    house: House, visited: psycopg.Connection, worker: Database, in_chunks: None
) -> None:
    city = await house.staff("zhangjiakou")
    moved = await change(city, LONGGUAN, "move", parent_id=CHONGLI.id)

    async def crash(done: int) -> None:
        if done >= 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await follow(worker, moved["move_id"], crash, chunk=4)
    assert 12 <= visited.execute("SELECT rows_moved FROM unit_moves").fetchall()[0][0] < 60
    assert not nothing_left(visited, LONGGUAN)
    assert await sweep(worker) > 0
    assert nothing_left(visited, LONGGUAN)
    await work_off(house, visited)  # the run begins again and finds nothing to do
    assert (await finished(city, moved["run_id"]))["summary"] == {"followed": 0}
    assert visited.execute("SELECT count(*), count(DISTINCT scan_id) FROM visits").fetchone() == (50, 50)


async def test_rows_that_come_late_follow_to_where_the_unit_stands_now(
    house: House, visited: psycopg.Connection, worker: Database, keys: Keys
) -> None:
    """Even when the unit has moved on meanwhile."""
    city = await house.staff("zhangjiakou")
    for parent in (CHONGLI, CHICHENG):
        await change(city, LONGGUAN, "move", parent_id=parent.id)
    await work_off(house, visited)
    [person_id] = visited.execute("SELECT min(id) FROM people").fetchone() or [0]
    add_visits(visited, keys, [Visit(person_id, YIJIE_DOOR, now())])  # with the first place of the door
    assert not nothing_left(visited, LONGGUAN)
    assert await sweep(worker) == 1
    assert nothing_left(visited, LONGGUAN)
    lo, _ = place(visited, YIJIE)
    assert visited.execute("SELECT count(*) FROM visits WHERE ord = %s", [lo]).fetchone() == (21,)
    assert await sweep(worker) == 0


async def test_a_place_that_was_left_is_never_given_again(house: House, visited: psycopg.Connection) -> None:
    city, county = await house.staff("zhangjiakou"), await house.staff("chicheng")
    last = await county.post("/units", {"parent_id": CHICHENG.id, "name": "开发区", "level": "town"})
    row = visited.execute("SELECT lo, hi FROM units WHERE id = %s", [last.json()["id"]]).fetchone()
    assert row is not None
    answer = await city.post(f"/units/{last.json()['id']}/move", {"parent_id": CHONGLI.id, "reason": "划转"})
    assert answer.status_code == 202
    for name in ("新区", "高新区"):
        assert (
            await county.post("/units", {"parent_id": CHICHENG.id, "name": name, "level": "town"})
        ).status_code == 201
    assert visited.execute("SELECT FROM units WHERE lo BETWEEN %s AND %s", row).fetchall() == []
    assert_sound(visited)


async def test_the_same_parent_again_gives_a_larger_place(house: House, visited: psycopg.Connection) -> None:
    county = await house.staff("chicheng")
    await change(county, LONGGUAN, "move", parent_id=CHICHENG.id)
    await work_off(house, visited)
    lo, hi = place(visited, LONGGUAN)
    assert hi - lo > LONGGUAN.hi - LONGGUAN.lo
    assert nothing_left(visited, LONGGUAN)
    assert_sound(visited)


async def test_where_there_is_no_room_the_new_parent_gets_a_larger_place_first(
    house: House, visited: psycopg.Connection
) -> None:
    visited.execute("UPDATE units SET hi = lo + 5 WHERE id = %s", [DIAOE.id])
    visited.execute("UPDATE units SET level = 'unit' WHERE id IN (%s, %s)", [LONGGUAN.id, YIJIE.id])
    county = await house.staff("chicheng")
    for nth in range(5):
        made = await county.post("/units", {"parent_id": DIAOE.id, "name": f"第 {nth} 小学", "level": "unit"})
        assert made.status_code == 201, made.text
    full = await county.post("/units", {"parent_id": DIAOE.id, "name": "第六小学", "level": "unit"})
    assert full.json()["code"] == "unit_no_room"
    await change(county, LONGGUAN, "move", parent_id=DIAOE.id)
    await work_off(house, visited)
    assert visited.execute("SELECT count(*) FROM unit_moves WHERE finished_at IS NOT NULL").fetchone() == (2,)
    assert nothing_left(visited, LONGGUAN)
    assert_sound(visited)
    assert await counted(await house.staff("diaoe")) == 50
    assert await counted(await house.staff("longguan")) == 40


@pytest.mark.parametrize(
    ("who", "unit", "parent", "status", "code"),
    [
        ("chicheng", LONGGUAN, CHONGLI, 404, "not_found"),
        ("chongli", LONGGUAN, CHONGLI, 404, "not_found"),
        ("chicheng", CHICHENG, LONGGUAN, 409, "unit_own"),
        ("zhangjiakou", CHICHENG, LONGGUAN, 409, "unit_below_itself"),
        ("zhangjiakou", CHICHENG, CHICHENG, 409, "unit_below_itself"),
        ("zhangjiakou", CHONGLI, CHICHENG, 422, "unit_level_order"),
        ("clerk", LONGGUAN, DIAOE, 403, "forbidden"),
        ("gate01", YIJIE, LONGGUAN, 403, "forbidden"),
    ],
)
async def test_who_may_not_move_what_where(
    house: House, cast: psycopg.Connection, who: str, unit: Any, parent: Any, status: int, code: str
) -> None:
    client = await house.staff(who)
    answer = await client.post(f"/units/{unit.id}/move", {"parent_id": parent.id, "reason": "区划调整"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert cast.execute("SELECT count(*) FROM unit_moves").fetchone() == (0,)
    assert place(cast, unit) == (unit.lo, unit.hi)


async def test_what_would_come_along_is_told_before(house: House, visited: psycopg.Connection) -> None:
    county = await house.staff("chicheng")
    assert (await county.get(f"/units/{LONGGUAN.id}/extent")).json() == {
        "units": 2,
        "checkpoints": 2,
        "open_checkpoints": 2,
        "accounts": 3,
        "visits": 40,
    }
    assert (await county.get(f"/units/{CHONGLI.id}/extent")).status_code == 404


async def test_the_history_says_who_moved_it_from_where_to_where(house: House, cast: psycopg.Connection) -> None:
    city, district = await house.staff("zhangjiakou"), await house.staff("chongli")
    await city.patch(f"/units/{LONGGUAN.id}", {"name": "龙关新镇"})
    await change(city, LONGGUAN, "move", parent_id=CHONGLI.id)
    entries = await district.pages(f"/units/{LONGGUAN.id}/history")
    assert [(entry["kind"], entry["actor"], entry["actor_name"]) for entry in entries] == [
        ("move", "staff:2", None),  # an account above, whose name the district does not know
        ("rename", "staff:2", None),
    ]
    assert entries[0]["detail"] == {
        "before": {"id": CHICHENG.id, "name": "赤城县"},
        "after": {"id": CHONGLI.id, "name": "崇礼区"},
    }
    assert entries[0]["reason"] == "区划调整"
    assert (await city.pages(f"/units/{LONGGUAN.id}/history"))[0]["actor_name"] == "张家口市 admin"
    assert (await (await house.staff("chicheng")).get(f"/units/{LONGGUAN.id}/history")).status_code == 404
    logged = cast.execute("SELECT action, subject, detail FROM audit_log WHERE action = 'units.move'").fetchall()
    assert logged == [("units.move", f"unit:{LONGGUAN.id}", {"before": CHICHENG.id, "after": CHONGLI.id})]


def test_every_table_with_places_follows_or_says_why_not(owner: psycopg.Connection) -> None:
    """A table of a later room follows by its column. One that should not is listed with a reason."""
    having = {
        row[0]
        for row in owner.execute(
            "SELECT table_name FROM information_schema.columns JOIN information_schema.tables USING (table_name, table_schema)"
            " WHERE column_name = 'ord' AND table_schema = 'public' AND table_type = 'BASE TABLE'"
            " AND table_name !~ '^visits_[0-9]'"
        ).fetchall()
    }
    following = {row[0] for row in owner.execute("SELECT name FROM place_tables()").fetchall()}
    staying = dict(owner.execute("SELECT table_name, reason FROM places_that_stay").fetchall())
    assert following | staying.keys() == having
    assert not following & staying.keys()
    assert all(len(reason) > 10 for reason in staying.values())
    assert following >= {"visits", "checkpoints", "checkpoint_codes", "staff_accounts", "templates", "runs"}
    unpoliced = [
        name
        for name in following | {"units"}
        if owner.execute("SELECT FROM pg_policies WHERE tablename = %s AND policyname = 'functions'", [name]).fetchone()
        is None
    ]
    assert unpoliced == [], "the functions cannot change these under an owner who is not a superuser"


async def test_the_top_stays_and_every_kind_of_row_moves(
    house: House, visited: psycopg.Connection, in_chunks: None
) -> None:
    """The whole county, with a template of its own, to another place in the city and into the province."""
    province = await house.staff("hebei")
    county = await house.staff("chicheng")
    made = await county.post("/templates", {"unit_id": LONGGUAN.id, "name": "集市", "name_en": "Market", "fields": []})
    assert made.status_code == 201
    await change(province, CHICHENG, "move", parent_id=HEBEI.id)
    await work_off(house, visited)
    assert nothing_left(visited, CHICHENG)
    assert_sound(visited)
    assert await counted(await house.staff("zhangjiakou")) == 0
    assert await counted(county) == 50
    assert {t["name"] for t in (await county.get("/templates")).json()["items"]} >= {"集市", "村口登记"}
    await change(province, CHICHENG, "move", parent_id=ZHANGJIAKOU.id)
    await work_off(house, visited)
    assert nothing_left(visited, CHICHENG)
    assert_sound(visited)
    assert await counted(await house.staff("zhangjiakou")) == 50
