"""Nobody changes the plan alone, nor without having seen whom it would turn."""

from typing import Any

import psycopg

from lianfang.codes.derive import apply_due_plans, recolour
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.plans.packs import pack
from tests.codes.cases import DAY, adopt, tell, told
from tests.support.house import Client, House
from tests.support.runs import work_off
from tests.support.story import LONGGUAN_DOOR, XIWANZI_DOOR
from tests.support.visits import Visit, add_visits


async def compared(house: House, cast: psycopg.Connection, who: Client, **wanted: Any) -> int:
    started = await who.post("/plans/comparisons", wanted)
    assert started.status_code == 202, started.text
    await work_off(house, cast)
    return int(started.json()["comparison_id"])


async def test_two_units_adopt_what_both_have_seen_and_each_sees_its_own_part(
    house: House, worker: Database, cast: psycopg.Connection, keys: Keys
) -> None:
    first, second = await house.resident(), await house.resident()
    at = now()
    add_visits(cast, keys, [Visit(first.id, LONGGUAN_DOOR, at - DAY), Visit(second.id, XIWANZI_DOOR, at - DAY)])
    await adopt(worker, pack("v9"), starts_at=at - 9 * DAY)
    await apply_due_plans(worker)
    await tell(worker, *(told(one.id, "contact_order", "second", at - DAY) for one in (first, second)))
    await recolour(worker)
    chicheng, chongli, hebei = [await house.staff(name) for name in ("chicheng", "chongli", "hebei")]
    shown = (await chicheng.get("/plans")).json()
    assert [(one["plan"], one["province"]) for one in shown["in_force"]] == [("v9.1", "")]
    content = (await chicheng.get("/plans/packs/v20")).json()
    [close] = [rule for rule in content["rules"] if rule["key"] == "close_contact"]
    assert close["steps"] == [{"colour": "red", "days": 5}, {"colour": "yellow", "days": 3}]
    assert close["clause"]

    # a comparison with what is not in force is no ground to adopt anything
    other = await compared(house, cast, chicheng, a="v8", b="v20")
    assert (await chicheng.post("/plans/proposals", {"comparison_id": other, "reason": "x"})).status_code == 409
    number = await compared(house, cast, chicheng, b="v20")
    found = (await chicheng.get(f"/plans/comparisons/{number}")).json()["found"]
    assert (found["people"], found["changed"], found["changes"]) == (2, 2, [["yellow", "green"]])
    assert [unit["name"] for unit in found["units"]] == ["赤城县", "龙关镇"]
    theirs = (await hebei.get(f"/plans/comparisons/{number}")).json()["found"]["units"]
    assert {unit["name"] for unit in theirs} > {"赤城县", "崇礼区", "河北省"}

    proposed = (await chicheng.post("/plans/proposals", {"comparison_id": number, "reason": "按省里通知"})).json()
    assert (proposed["state"], proposed["changed"], proposed["mine"]) == ("proposed", 2, False)
    path = f"/plans/proposals/{proposed['id']}/decision"
    # whoever proposed it, and another unit where neither acts for the whole tree
    for who in (chicheng, chongli):
        refused = await who.post(path, {"agreed": True})
        assert (refused.status_code, refused.json()["code"]) == (403, "plan_second_official")
    assert cast.execute("SELECT FROM plan_adoptions WHERE strpos(decided_by, '+') > 0").fetchall() == []
    assert (await first.get("/residents/me/colour")).json()["colour"] == "yellow"
    assert [one["mine"] for one in (await hebei.get("/plans/proposals")).json()["items"]] == [True]
    agreed = (await hebei.post(path, {"agreed": True})).json()
    assert (agreed["state"], agreed["proposed_by"], agreed["decided_by"]) == ("agreed", "赤城县 admin", "河北省 admin")
    assert (await hebei.post(path, {"agreed": True})).status_code == 409
    await apply_due_plans(worker)
    assert (await first.get("/residents/me/colour")).json()["colour"] == "green"
    [counting] = (await chicheng.get("/plans")).json()["in_force"]
    assert (counting["plan"], counting["decided_by"]) == ("v20.1", ["赤城县 admin", "河北省 admin"])
