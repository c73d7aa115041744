"""A bulletin is read, what it means is decided, and those who stayed there are told until it ends."""

from datetime import timedelta
from typing import Any

import psycopg

from lianfang.areas import stays as stays_job
from lianfang.codes.derive import recolour
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.plans import packs
from lianfang.plans import store as plans
from tests.areas.conftest import CDC, Stays, bulletin, confirm, publish
from tests.support.house import Client, House
from tests.support.runs import download, finished, upload, work_off
from tests.support.story import CHICHENG, DIAOE_DOOR, LONGGUAN, LONGGUAN_DOOR, XIWANZI_DOOR, YIJIE, YIJIE_DOOR
from tests.support.visits import add_person, add_visit

TEXT = """
高风险地区（1个）：
河北省张家口市（1）：赤城县龙关镇
中风险地区：
河北省张家口市（3个）：赤城县雕鹗镇阳光小区、黑山寺村，石家庄市藁城区
"""


async def areas(client: Client, **query: Any) -> dict[str, dict[str, Any]]:
    """By the end of their name."""
    answer = await client.get("/areas/", limit=200, **query)
    assert answer.status_code == 200, answer.text
    return {area["name"].rpartition("县")[2]: area for area in answer.json()["items"]}


async def test_a_bulletin_is_looked_at_before_it_is_stored(city: Client) -> None:
    answer = await city.post("/areas/preview", bulletin(TEXT))
    assert answer.status_code == 200, answer.text
    high, medium = answer.json()
    assert (high["level"], high["declared"], high["found"], high["issues"]) == ("high", 1, 1, [])
    [town] = high["areas"]
    assert town["state"] == "matched"
    assert [place["id"] for place in town["places"]] == [LONGGUAN.id]
    assert [area["state"] for area in medium["areas"]] == ["review", "review", "outside"]
    # the town itself is among what may be meant by an estate that nobody has entered
    assert "雕鹗镇" in [place["name"] for place in medium["areas"][0]["candidates"]]
    assert await areas(city) == {}


async def test_what_is_not_clear_waits_for_somebody_who_knows(
    house: House, cast: psycopg.Connection, keys: Keys, city: Client, stays: Stays
) -> None:
    there = add_person(cast, keys)
    add_visit(cast, keys, there, DIAOE_DOOR)
    result = await publish(house, cast, city, TEXT)
    assert [result[name] for name in ("rows", "areas", "matched", "review", "outside", "begun")] == [2, 4, 1, 2, 1, 4]
    estate = (await areas(city, state="review"))["雕鹗镇阳光小区"]
    assert (estate["level"], estate["doubt"]) == ("medium", "narrower")
    assert there not in stays()
    path = f"/areas/{estate['id']}/decide"
    refused = await city.post(path, {"places": [{"kind": "unit", "id": 987}]})
    assert refused.json()["code"] == "area_place_unknown"
    answer = await city.post(path, {"places": [{"kind": "checkpoint", "id": DIAOE_DOOR.id}]})
    assert answer.status_code == 200, answer.text
    assert [place["name"] for place in answer.json()["places"]] == [DIAOE_DOOR.name]
    await confirm(house, cast, "hebei")
    assert stays()[there] == [("雕鹗镇阳光小区", "medium")]
    # it meant another place after all: those who are no longer in it have nothing that stands
    await city.post(path, {"places": [{"kind": "unit", "id": YIJIE.id}]})
    await confirm(house, cast, "hebei")
    assert stays()[there] == [("雕鹗镇阳光小区", "withdrawn")]


async def test_those_who_stayed_are_told_and_nobody_else(
    house: House, cast: psycopg.Connection, keys: Keys, city: Client, stays: Stays
) -> None:
    town, village, elsewhere, long_ago, listed = (add_person(cast, keys) for _ in range(5))
    add_visit(cast, keys, town, LONGGUAN_DOOR)
    add_visit(cast, keys, village, YIJIE_DOOR, at=now() - timedelta(days=6))
    add_visit(cast, keys, elsewhere, DIAOE_DOOR)
    add_visit(cast, keys, elsewhere, XIWANZI_DOOR)
    add_visit(cast, keys, long_ago, LONGGUAN_DOOR, at=now() - timedelta(days=9))
    add_resident(cast, listed)
    await publish(house, cast, city, "高风险地区：\n河北省张家口市：赤城县龙关镇")
    assert stays() == {person: [("龙关镇", "high")] for person in (town, village, listed)}
    [(source, provenance, confidence)] = cast.execute(
        "SELECT source, provenance, confidence FROM evidence WHERE person_id = %s", [town]
    ).fetchall()
    assert (source, confidence) == (f"河北省张家口市赤城县龙关镇 · {CDC}", 90)
    assert provenance.startswith("area:")
    [(waiting,)] = cast.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'codes.recolour'").fetchall()
    assert waiting > 0
    # again: nobody is told twice, and who comes later is told too
    add_visit(cast, keys, elsewhere, LONGGUAN_DOOR)
    assert await stays_job.follow(house.services.db.worker, at_once=True) == 1
    assert await stays_job.follow(house.services.db.worker, at_once=True) == 0
    assert stays()[elsewhere] == [("龙关镇", "high")]


async def test_for_how_long_before_is_asked_as_the_plan_in_force_says(
    house: House, cast: psycopg.Connection, keys: Keys, city: Client, stays: Stays
) -> None:
    eighth, at = packs.pack("v8"), now()
    async with house.services.db.worker.transaction() as conn:
        adopted = await plans.worker_adopt(conn, eighth, province="", parameters={}, starts_at=at, decided_by="staff:1")
        await plans.worker_set_applied(conn, [adopted], at)
    here, long_ago = add_person(cast, keys), add_person(cast, keys)
    add_visit(cast, keys, here, LONGGUAN_DOOR, at=at - timedelta(days=9))  # the twentieth's seven days are over
    add_visit(cast, keys, long_ago, LONGGUAN_DOOR, at=at - timedelta(days=16))
    await publish(house, cast, city, "高风险地区：\n河北省张家口市：赤城县龙关镇")
    assert stays().keys() == {here}


async def test_after_a_kill_in_the_middle_the_rest_is_told_and_nobody_twice(
    house: House,
    cast: psycopg.Connection,
    keys: Keys,
    city: Client,
    stays: Stays,
) -> None:
    people = [add_person(cast, keys) for _ in range(3)]
    for person in people:
        add_visit(cast, keys, person, LONGGUAN_DOOR)
    await publish(house, cast, city, "高风险地区：\n河北省张家口市：赤城县龙关镇")
    told = stays()
    assert set(told) == set(people)
    # as if only one of three parts had been committed, and that the level has been looked at not yet
    cast.execute("DELETE FROM evidence WHERE person_id = ANY(%s)", [people[1:]])
    cast.execute("UPDATE area_levels SET stays_until = NULL")
    worker = house.services.db.worker
    assert await stays_job.follow(worker, at_once=True) == 2
    assert stays() == told
    await recolour(worker)
    held = "SELECT count(*), count(DISTINCT person_id) FROM holds WHERE person_id = ANY(%s)"
    assert cast.execute(held, [people]).fetchone() == (3, 3)


def add_resident(owner: psycopg.Connection, person_id: int) -> None:
    """On the village's list of residents, never seen at a door."""
    owner.execute(
        "INSERT INTO rosters (id, unit_id, ord, name, kind) VALUES (1, %s, %s, '村民', 'residents')",
        [YIJIE.id, YIJIE.lo],
    )
    owner.execute(
        "INSERT INTO roster_members (roster_id, ord, person_id, document_type, given, document_index, name_index, content)"
        " VALUES (1, %s, %s, 'resident_id', '', '', '', '')",
        [YIJIE.lo, person_id],
    )


async def test_a_lower_level_and_the_end_are_told_to_the_same_people(
    house: House, cast: psycopg.Connection, keys: Keys, city: Client, stays: Stays
) -> None:
    person = add_person(cast, keys)
    add_visit(cast, keys, person, LONGGUAN_DOOR, at=now() - timedelta(days=3))
    await publish(house, cast, city, "高风险地区：\n张家口市：赤城县龙关镇", days_ago=2, complete=True)
    assert stays()[person] == [("龙关镇", "high")]
    result = await publish(house, cast, city, "中风险地区：\n张家口市：赤城县龙关镇", days_ago=1, complete=True)
    assert (result["lowered"], result["raised"]) == (1, 0)
    assert stays()[person] == [("龙关镇", "medium")]
    # the next complete list of that source does not name it
    result = await publish(house, cast, city, "中风险地区：\n张家口市：赤城县雕鹗镇", complete=True)
    assert (result["ended"], result["begun"]) == (1, 1)
    assert stays()[person] == [("龙关镇", "low")]
    assert (await areas(city)).keys() == {"雕鹗镇"}
    # late, an old bulletin changes nothing any more
    stale = await publish(house, cast, city, "高风险地区：\n张家口市：赤城县雕鹗镇", days_ago=5)
    assert (stale["raised"], (await areas(city))["雕鹗镇"]["level"]) == (0, "medium")


async def test_a_part_that_is_excepted_is_left_out(
    house: House, cast: psycopg.Connection, keys: Keys, city: Client, stays: Stays
) -> None:
    town, village = add_person(cast, keys), add_person(cast, keys)
    add_visit(cast, keys, town, LONGGUAN_DOOR)
    add_visit(cast, keys, village, YIJIE_DOOR)
    await publish(house, cast, city, "中风险地区：\n张家口市：赤城县龙关镇（除一街村外）")
    assert stays().keys() == {town}


async def test_a_level_is_changed_by_hand(
    house: House, cast: psycopg.Connection, keys: Keys, city: Client, stays: Stays
) -> None:
    person = add_person(cast, keys)
    add_visit(cast, keys, person, LONGGUAN_DOOR)
    await publish(house, cast, city, "高风险地区：\n张家口市：赤城县龙关镇")
    area = (await areas(city))["龙关镇"]
    answer = await city.post(f"/areas/{area['id']}/level", {"level": None, "source": "张家口市指挥部"})
    assert (answer.status_code, answer.json()["level"]) == (200, None)
    await work_off(house, cast)
    assert stays()[person] == [("龙关镇", "low")]


async def test_others_neither_see_nor_change_an_areas_meaning(
    house: House, cast: psycopg.Connection, city: Client
) -> None:
    await publish(house, cast, city, TEXT)
    area = (await areas(city))["雕鹗镇阳光小区"]
    diaoe = await house.staff("diaoe")
    assert await areas(diaoe) == {}
    body = {"places": [{"kind": "checkpoint", "id": DIAOE_DOOR.id}]}
    assert (await diaoe.post(f"/areas/{area['id']}/decide", body)).status_code == 404
    guard = await house.staff("gate01")
    assert (await guard.get("/areas/")).status_code == 403


async def test_residents_look_areas_up(house: House, cast: psycopg.Connection, city: Client) -> None:
    await publish(house, cast, city, TEXT)
    anybody = await house.client()
    found = (await anybody.get("/public/areas")).json()
    assert {(count["level"], count["areas"]) for count in found["counts"]} == {("high", 1), ("medium", 3)}
    assert [area["source"] for area in found["items"]] == [CDC] * 4
    by_code = (await anybody.get("/public/areas", code=CHICHENG.code[:6])).json()["items"]
    assert len(by_code) == 3
    assert (await anybody.get("/public/areas", code="13x")).status_code == 422
    first = (await anybody.get("/public/areas", limit=3)).json()
    rest = (await anybody.get("/public/areas", limit=3, cursor=first["next"])).json()
    assert [area["id"] for area in first["items"] + rest["items"]] == [area["id"] for area in found["items"]]


async def import_file(
    house: House, owner: psycopg.Connection, client: Client, content: str, **body: Any
) -> dict[str, Any]:
    upload_id = await upload(client, "bulletins.csv", content.encode())
    path = body.pop("path", "/areas/imports")
    answer = await client.post(path, {"upload_id": upload_id, "dry_run": False} | body)
    assert answer.status_code == 202, answer.text
    await work_off(house, owner)
    return await finished(client, answer.json()["run_id"])


async def test_a_file_of_bulletins_is_imported_and_wrong_rows_come_back(
    house: House, cast: psycopg.Connection, city: Client
) -> None:
    file = """发布日期,发布单位,风险等级,地区,数量,区域
2022/11/1,市疾控,高风险,河北省张家口市,1,赤城县龙关镇
2022年11月2日,市疾控,中,河北省张家口市,2,赤城县龙关镇
2022-11-03,市疾控,特高,河北省张家口市,1,赤城县雕鹗镇
昨天,市疾控,中,河北省张家口市,1,赤城县雕鹗镇
"""
    tried = await import_file(house, cast, city, file, dry_run=True)
    assert (tried["summary"]["areas"], await areas(city)) == (1, {})
    run = await import_file(house, cast, city, file)
    wanted = {"rows": 2, "rejected": 2, "begun": 1, "lowered": 1, "mismatched": 1, "known": 0}
    assert {name: run["summary"][name] for name in wanted} == wanted
    assert (await areas(city))["龙关镇"]["level"] == "medium"
    assert len(await download(city, run["id"], run["files"][0]["name"])) > 1000
    [odd] = (await city.get("/areas/bulletins", odd=True)).json()["items"]
    assert (odd["declared"], odd["found"], odd["issues"][0]["code"]) == (2, 1, "count")
    again = await import_file(house, cast, city, file)
    assert (again["summary"]["known"], again["summary"]["begun"]) == (2, 0)


SITES = """采样点名称,地址,经度,纬度,坐标系,开放时间,电话
县医院采样点,西大街1号,115.83125,40.91388,GCJ02,全天,
龙关卫生院,龙关镇,115.58,40.77,,8:00-17:00,
流动采样车,各村,,,,,
坏行,哪里,东经,40.9,,,
"""


async def test_sites_near_me(house: House, cast: psycopg.Connection, city: Client) -> None:
    body = {"path": "/test-sites/imports", "source": "县卫健局"}
    run = await import_file(house, cast, city, SITES, **body)
    assert (run["summary"]["created"], run["summary"]["rejected"]) == (3, 1)
    anybody = await house.client()
    near = (await anybody.get("/public/test-sites", lat=40.9127, lon=115.8250)).json()["items"]
    assert [site["name"] for site in near] == ["县医院采样点", "龙关卫生院", "流动采样车"]
    # Mars coordinates were converted: unconverted, the clinic would be half a kilometre away
    assert near[0]["distance_m"] < 150
    assert 25_000 < near[1]["distance_m"] < 28_000
    assert near[2]["distance_m"] is None
    mars = (await anybody.get("/public/test-sites", lat=40.91388, lon=115.83125, system="gcj02")).json()["items"]
    assert mars[0]["distance_m"] < 5
    # a later list: what it does not name is closed
    lines = SITES.splitlines()
    run = await import_file(house, cast, city, "\n".join(lines[:2]), **body)
    assert (run["summary"]["changed"], run["summary"]["closed"]) == (1, 2)
    assert len((await anybody.get("/public/test-sites")).json()["items"]) == 1
