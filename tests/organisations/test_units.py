"""The tree through HTTP: children are placed inside their parents, named once, coded as their parents are."""

import asyncio
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from tests.support.house import Client, House, until
from tests.support.story import (
    CHICHENG,
    CHONGLI,
    DIAOE,
    HEBEI,
    LONGGUAN,
    YIJIE,
    YIJIE_DOOR,
    ZHANGJIAKOU,
)


async def create(client: Client, **body: Any) -> dict[str, Any]:
    answer = await client.post("/units", {"parent_id": LONGGUAN.id, "level": "unit"} | body)
    assert answer.status_code == 201, answer.text
    unit: dict[str, Any] = answer.json()
    return unit


async def test_a_unit_is_shown_with_its_counts_and_the_way_to_it(house: House) -> None:
    admin = await house.staff("chicheng")
    unit = (await admin.get(f"/units/{LONGGUAN.id}")).json()
    assert unit == {
        "id": LONGGUAN.id,
        "parent_id": CHICHENG.id,
        "code": "130732102000",
        "name": "龙关镇",
        "level": "town",
        "children": 1,
        "checkpoints": 1,
        "closed_at": None,
        "merged_into": None,
        "path": [{"id": CHICHENG.id, "name": "赤城县"}, {"id": LONGGUAN.id, "name": "龙关镇"}],
    }


async def test_without_a_question_the_own_unit_is_the_answer(house: House) -> None:
    for username, unit in (("hebei", HEBEI), ("chicheng", CHICHENG), ("yijie", YIJIE)):
        assert [item["id"] for item in await (await house.staff(username)).pages("/units")] == [unit.id]


async def test_children_are_listed_in_the_order_of_the_tree(house: House) -> None:
    admin = await house.staff("hebei")
    assert [item["id"] for item in await admin.pages("/units", parent_id=ZHANGJIAKOU.id, limit=1)] == [
        CHICHENG.id,
        CHONGLI.id,
    ]
    assert await admin.pages("/units", parent_id=YIJIE.id) == []


async def test_units_are_found_by_a_part_of_the_name_or_the_beginning_of_the_code(house: House) -> None:
    admin = await house.staff("chicheng")
    assert [item["name"] for item in await admin.pages("/units", q="镇")] == ["龙关镇", "雕鹗镇"]
    assert [item["name"] for item in await admin.pages("/units", q="1307321022")] == ["一街村"]
    assert await admin.pages("/units", q="崇礼") == []
    assert await admin.pages("/units", q="%") == []


async def test_a_new_unit_stands_inside_its_parent_and_beside_its_siblings(
    house: House, cast: psycopg.Connection
) -> None:
    admin = await house.staff("longguan")
    created = [await create(admin, name=f"第 {number} 小学") for number in range(5)]
    rows = cast.execute("SELECT lo, hi FROM units WHERE parent_id = %s ORDER BY lo", [LONGGUAN.id]).fetchall()
    assert len(rows) == 6
    assert all(LONGGUAN.lo < lo <= hi <= LONGGUAN.hi for lo, hi in rows)
    assert all(before[1] < after[0] for before, after in pairwise(rows))
    listed = [item["name"] for item in await admin.pages("/units", parent_id=LONGGUAN.id)]
    assert listed == ["一街村", *(unit["name"] for unit in created)]


async def test_units_created_at_once_do_not_share_a_place(house: House, cast: psycopg.Connection) -> None:
    admin = await house.staff("longguan")
    await asyncio.gather(*(create(admin, name=f"并发 {number}") for number in range(10)))
    rows = cast.execute("SELECT lo, hi FROM units WHERE parent_id = %s ORDER BY lo", [LONGGUAN.id]).fetchall()
    assert len(rows) == 11
    assert all(before[1] < after[0] for before, after in pairwise(rows))


async def test_the_admin_of_a_new_unit_works_there_and_nowhere_else(house: House) -> None:
    """A parent creates a child and its admin; the child does the same."""
    town = await house.staff("longguan")
    school = await create(town, name="龙关中学")
    new = {"unit_id": school["id"], "username": "school", "display_name": "校办", "role": "admin"}
    password = (await town.post("/staff", new)).json()["initial_password"]
    admin = await house.client()
    assert (await admin.post("/session", {"username": "school", "password": password})).status_code == 200
    chosen = {"old_password": password, "new_password": "a-school-by-the-river"}
    assert (await admin.post("/session/password", chosen)).status_code == 204
    gate = await create(admin, parent_id=school["id"], name="东门")
    door = {"unit_id": gate["id"], "name": "东门岗", "category": "school", "template_id": 2}
    assert (await admin.post("/checkpoints", door)).status_code == 201
    assert (await admin.get(f"/units/{YIJIE.id}")).status_code == 404
    assert (await admin.post("/units", {"parent_id": LONGGUAN.id, "name": "别处", "level": "unit"})).status_code == 404
    assert gate["id"] in [item["id"] for item in await town.pages("/units", q="东门")]


async def test_levels_go_downwards_and_institutions_may_nest(house: House) -> None:
    admin = await house.staff("hebei")
    for parent, level in ((CHICHENG, "county"), (CHICHENG, "city"), (YIJIE, "village"), (LONGGUAN, "town")):
        answer = await admin.post("/units", {"parent_id": parent.id, "name": "新", "level": level})
        assert (answer.status_code, answer.json()["code"]) == (422, "unit_level_order")
    group = await create(admin, parent_id=YIJIE.id, name="集团")
    branch = await create(admin, parent_id=group["id"], name="分部")
    answer = await admin.post("/units", {"parent_id": branch["id"], "name": "村", "level": "village"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unit_level_order")


async def test_a_name_is_used_once_under_a_parent(house: House) -> None:
    admin = await house.staff("chicheng")
    answer = await admin.post("/units", {"parent_id": CHICHENG.id, "name": " 龙关镇 ", "level": "town"})
    assert (answer.status_code, answer.json()["code"]) == (409, "unit_name_taken")
    answer = await admin.patch(f"/units/{DIAOE.id}", {"name": "龙关镇"})
    assert (answer.status_code, answer.json()["code"]) == (409, "unit_name_taken")
    assert (await admin.patch(f"/units/{DIAOE.id}", {"name": "雕鹗镇"})).status_code == 200
    assert (await create(admin, parent_id=DIAOE.id, name="龙关镇"))["name"] == "龙关镇"


async def test_a_code_is_used_once_in_the_whole_country(house: House) -> None:
    admin = await house.staff("chicheng")
    body = {"parent_id": CHICHENG.id, "name": "新镇", "level": "town"}
    taken = await admin.post("/units", body | {"code": LONGGUAN.code})
    assert (taken.status_code, taken.json()["code"]) == (409, "unit_code_taken")
    created = await create(admin, **body | {"code": "130732109000"})
    assert created["code"] == "130732109000"


@pytest.mark.parametrize(
    ("level", "code"),
    [
        ("town", "130709109000"),  # another county's
        ("town", "130732109201"),  # a village's
        ("town", "130732000000"),  # the county's own
        ("town", "130732109"),
        ("town", "１３０７３２１０９０００"),
        ("town", "13073210900X"),
        ("unit", "130732109000"),  # institutions have none
        ("town", ""),
    ],
)
async def test_a_code_belongs_to_its_level_and_its_parent(house: House, level: str, code: str) -> None:
    """Or a later import of the official codes would find it taken, in the wrong place."""
    admin = await house.staff("chicheng")
    answer = await admin.post("/units", {"parent_id": CHICHENG.id, "name": "新", "level": level, "code": code})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "code")


async def test_a_name_without_letters_that_show_is_refused(house: House) -> None:
    admin = await house.staff("chicheng")
    for name in ("", "   ", "a\nb", "a\u200bb", "名" * 101):
        for answer in (
            await admin.post("/units", {"parent_id": CHICHENG.id, "name": name, "level": "unit"}),
            await admin.patch(f"/units/{LONGGUAN.id}", {"name": name}),
        ):
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "name")


async def test_a_full_parent_says_so(house: House, cast: psycopg.Connection) -> None:
    cast.execute("UPDATE units SET hi = lo WHERE id = %s", [YIJIE.id])
    answer = await (await house.staff("longguan")).post(
        "/units", {"parent_id": YIJIE.id, "name": "新", "level": "unit"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "unit_no_room")


async def test_what_was_done_is_recorded(house: House) -> None:
    admin = await house.staff("chicheng")
    unit = await create(admin, name="新校")
    await admin.patch(f"/units/{unit['id']}", {"name": "老校"})
    renamed, created = (await admin.get("/audit")).json()["items"][:2]
    assert (created["action"], created["subject"]) == ("units.create", f"unit:{unit['id']}")
    assert (renamed["action"], renamed["detail"]) == ("units.rename", {"before": "新校", "after": "老校"})


async def test_a_new_name_is_at_the_doors_at_once(house: House) -> None:
    resident, admin = await house.resident(), await house.staff("longguan")
    path = f"/doors/{YIJIE_DOOR.code}"
    assert (await resident.get(path)).json()["checkpoint"]["unit_path"][-2] == "龙关镇"
    await admin.patch(f"/units/{LONGGUAN.id}", {"name": "龙关古镇"})
    await until(lambda: house.services.doors.known(YIJIE_DOOR.code) is None)
    assert (await resident.get(path)).json()["checkpoint"]["unit_path"][-2] == "龙关古镇"
