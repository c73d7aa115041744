"""Units merge, close and reopen; what stood below them keeps working, or says that it does not."""

import psycopg

from tests.restructuring.tree import assert_sound, change, nothing_left, place
from tests.support.house import House
from tests.support.runs import work_off
from tests.support.story import (
    ACCOUNT,
    CHICHENG,
    CHONGLI,
    DIAOE,
    LONGGUAN,
    LONGGUAN_DOOR,
    XIWANZI,
    YIJIE,
    YIJIE_DOOR,
)


async def test_a_merged_unit_s_children_doors_and_accounts_become_the_other_s(
    house: House, cast: psycopg.Connection
) -> None:
    county, resident = await house.staff("chicheng"), await house.resident()
    town, gate = await house.staff("longguan"), await house.staff("gate01")
    before = (await resident.scan(LONGGUAN_DOOR)).json()
    await change(county, LONGGUAN, "merge", into_id=DIAOE.id)
    await work_off(house, cast)
    assert nothing_left(cast, LONGGUAN)
    assert_sound(cast)
    # the door keeps its code, its visits and its attendant
    again = await resident.scan(LONGGUAN_DOOR)
    assert again.status_code == 201, again.text
    assert again.json()["checkpoint"] == before["checkpoint"]
    door = (await resident.get(f"/doors/{LONGGUAN_DOOR.code}")).json()
    assert door["checkpoint"]["unit_path"][-1] == "雕鹗镇"
    other = await house.staff("diaoe")
    assert {
        (record["unit"], record["checkpoint"]) for record in (await other.post("/records/search", {})).json()["items"]
    } == {("雕鹗镇", "龙关集市")}
    watched = {(c["name"], c["unit_name"]) for c in await gate.pages("/gate/checkpoints")}
    assert watched == {("龙关集市", "雕鹗镇"), ("雕鹗卫生院", "雕鹗镇"), ("一街村东口", "一街村")}
    assert (await town.get("/session")).json()["unit"]["name"] == "雕鹗镇"
    below = {unit["name"]: unit for unit in await other.pages("/units", parent_id=DIAOE.id)}
    assert below.keys() == {"龙关镇", "一街村"}
    assert below["龙关镇"]["closed_at"]
    assert below["龙关镇"]["merged_into"] == DIAOE.id
    assert below["一街村"]["closed_at"] is None
    for unit in (LONGGUAN, DIAOE):
        [entry] = await other.pages(f"/units/{unit.id}/history")
        assert (entry["kind"], entry["detail"]["unit"]["name"], entry["detail"]["into"]["name"]) == (
            "merge",
            "龙关镇",
            "雕鹗镇",
        )


async def test_both_units_may_have_imported_the_same_place(house: House, cast: psycopg.Connection) -> None:
    for unit in (LONGGUAN, DIAOE):
        cast.execute("UPDATE checkpoints SET ref = 'P1' WHERE unit_id = %s", [unit.id])
    county = await house.staff("chicheng")
    await change(county, LONGGUAN, "merge", into_id=DIAOE.id)
    refs = cast.execute("SELECT ref FROM checkpoints WHERE unit_id = %s ORDER BY ref", [DIAOE.id]).fetchall()
    assert refs == [("P1",), (f"P1@{LONGGUAN.id}",)]


async def test_a_merge_that_would_give_two_children_one_name_is_refused(house: House, cast: psycopg.Connection) -> None:
    county = await house.staff("chicheng")
    await county.post("/units", {"parent_id": DIAOE.id, "name": "一街村", "level": "village"})
    answer = await change(county, LONGGUAN, "merge", 409, into_id=DIAOE.id)
    assert answer["code"] == "unit_name_taken"
    assert place(cast, LONGGUAN) == (LONGGUAN.lo, LONGGUAN.hi)


async def test_a_merge_is_taken_back_by_reopening_and_moving(house: House, cast: psycopg.Connection) -> None:
    county = await house.staff("chicheng")
    await change(county, LONGGUAN, "merge", into_id=DIAOE.id)
    assert (await change(county, LONGGUAN, "merge", 409, into_id=CHICHENG.id))["code"] == "unit_already_closed"
    await change(county, LONGGUAN, "reopen", 200)
    await change(county, LONGGUAN, "move", parent_id=CHICHENG.id)
    await change(county, YIJIE, "move", parent_id=LONGGUAN.id)
    await work_off(house, cast)
    assert_sound(cast)
    assert [u["name"] for u in await county.pages("/units", parent_id=CHICHENG.id)] == ["雕鹗镇", "龙关镇"]
    assert [u["name"] for u in await county.pages("/units", parent_id=LONGGUAN.id)] == ["一街村"]


async def test_a_closed_unit_s_doors_say_so_and_its_accounts_are_out(house: House, cast: psycopg.Connection) -> None:
    county, town, gate = await house.staff("chicheng"), await house.staff("longguan"), await house.staff("gate01")
    resident = await house.resident()
    for door in (LONGGUAN_DOOR, YIJIE_DOOR):
        assert (await resident.scan(door)).status_code == 201
    cast.execute("UPDATE staff_accounts SET disabled = true WHERE username = 'yijie'")
    done = await change(county, LONGGUAN, "close", 200)
    assert done == {"units": 2, "checkpoints": 2, "accounts": 2}
    for door in (LONGGUAN_DOOR, YIJIE_DOOR):
        answer = await resident.scan(door)
        assert (answer.status_code, answer.json()["code"]) == (409, "door_closed")
    for client in (town, gate):
        assert (await client.get("/session")).status_code == 401
    # its history and records stay the county's to read
    assert (await county.post("/records/count", {"unit_id": LONGGUAN.id})).json() == {"count": 2}
    assert (await county.get(f"/units/{YIJIE.id}")).json()["closed_at"]
    # and nothing is added to it
    refused = [
        await county.post("/units", {"parent_id": YIJIE.id, "name": "小学", "level": "unit"}),
        await county.post(
            "/checkpoints", {"unit_id": YIJIE.id, "name": "西口", "category": "village", "template_id": 1}
        ),
        await county.patch(f"/checkpoints/{YIJIE_DOOR.id}", {"open": True}),
        await county.post(
            "/staff", {"unit_id": YIJIE.id, "username": "newone", "display_name": "新人", "role": "clerk"}
        ),
        await county.patch(f"/staff/{ACCOUNT['gate01'].id}", {"disabled": False}),
        await county.post(f"/units/{DIAOE.id}/move", {"parent_id": LONGGUAN.id, "reason": "划转"}),
        await county.post(f"/units/{DIAOE.id}/merge", {"into_id": YIJIE.id, "reason": "划转"}),
    ]
    assert {answer.json()["code"] for answer in refused} <= {"unit_closed", "unit_level_order"}
    assert all(answer.status_code in (409, 422) for answer in refused)
    assert (await change(county, LONGGUAN, "close", 409))["code"] == "unit_already_closed"
    assert (await change(county, YIJIE, "reopen", 409))["code"] == "unit_closed_above"

    assert await change(county, LONGGUAN, "reopen", 200) == done
    assert (await resident.scan(YIJIE_DOOR)).status_code == 201
    assert (await town.get("/session")).status_code == 401  # signed out for good
    await house.staff("longguan")
    states = cast.execute("SELECT username, disabled FROM staff_accounts WHERE unit_id IN (4, 5)").fetchall()
    assert dict(states) == {"longguan": False, "gate01": False, "yijie": True}  # as it was before
    assert (await change(county, LONGGUAN, "reopen", 409))["code"] == "unit_not_closed"
    kinds = [entry["kind"] for entry in await county.pages(f"/units/{LONGGUAN.id}/history")]
    assert kinds == ["reopen", "close"]


async def test_what_was_closed_before_stays_closed(house: House, cast: psycopg.Connection) -> None:
    county = await house.staff("chicheng")
    await change(county, YIJIE, "close", 200)
    await change(county, LONGGUAN, "close", 200)
    await change(county, LONGGUAN, "reopen", 200)
    assert (await county.get(f"/units/{YIJIE.id}")).json()["closed_at"]
    assert cast.execute("SELECT open FROM checkpoints WHERE id = %s", [YIJIE_DOOR.id]).fetchone() == (False,)
    await change(county, YIJIE, "reopen", 200)
    assert (await county.get(f"/units/{YIJIE.id}")).json()["closed_at"] is None


async def test_a_neighbour_changes_nothing(house: House, cast: psycopg.Connection) -> None:
    neighbour = await house.staff("chongli")
    for verb in ("close", "reopen"):
        assert (await change(neighbour, LONGGUAN, verb, 404))["code"] == "not_found"
    assert (await change(neighbour, XIWANZI, "merge", 404, into_id=LONGGUAN.id))["code"] == "not_found"
    assert (await change(neighbour, LONGGUAN, "merge", 404, into_id=XIWANZI.id))["code"] == "not_found"
    assert (await change(neighbour, CHONGLI, "close", 409))["code"] == "unit_own"
    assert cast.execute("SELECT count(*) FROM units WHERE closed_at IS NOT NULL").fetchone() == (0,)
