"""Whoever keeps a list of residents colours nobody by it: after an area's confirmation a second official stands for them."""

from typing import Any

import psycopg

from lianfang.areas import stays as stays_job
from lianfang.kit.crypto import Keys
from tests.areas.conftest import Stays, bulletin, confirm
from tests.areas.test_areas import add_resident
from tests.support.house import House
from tests.support.runs import work_off
from tests.support.story import LONGGUAN_DOOR
from tests.support.visits import add_person, add_visit

HIGH = "高风险地区：\n张家口市：赤城县龙关镇"


async def test_one_who_adds_residents_to_a_confirmed_area_colours_nobody(
    house: House, cast: psycopg.Connection, keys: Keys, stays: Stays
) -> None:
    seen, listed, forged, swapped, own = (add_person(cast, keys) for _ in range(5))
    add_visit(cast, keys, seen, LONGGUAN_DOOR)
    add_resident(cast, listed)
    county, city = await house.staff("chicheng"), await house.staff("zhangjiakou")
    assert (await county.post("/areas/bulletins", bulletin(HIGH))).status_code == 201
    await confirm(house, cast, "zhangjiakou")
    told = {person: [("龙关镇", "high")] for person in (seen, listed)}
    assert stays() == told

    # somebody is added, and another one is put in the place of who was there
    copy = """
      INSERT INTO roster_members (roster_id, ord, person_id, document_type, given, document_index, name_index, content, named_by)
      SELECT roster_id, ord, %s, document_type, given, %s, name_index, content, %s FROM roster_members LIMIT 1"""
    cast.execute(copy, [forged, b"2", "staff:3"])
    cast.execute(copy, [own, b"3", "staff:2"])
    cast.execute("UPDATE roster_members SET person_id = %s, named_at = now() WHERE person_id = %s", [swapped, listed])
    worker = house.services.db.worker
    assert await stays_job.follow(worker, at_once=True) == 0
    assert stays() == told
    # the bulletin sent again, and the level stated again, confirm nothing
    await county.post("/areas/bulletins", bulletin(HIGH))
    await work_off(house, cast)
    assert stays() == told

    area, waiting = await residents(city)
    assert (waiting["people"], waiting["mine_to_confirm"]) == (3, True)
    path, body = f"/areas/{area}/residents", {"until": waiting["until"]}
    for username in ("clerk", "longguan", "chongli"):
        assert (await (await house.staff(username)).post(path, body)).status_code in (403, 404), username
    answer = await city.post(path, body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["residents_waiting"] is None
    await work_off(house, cast)
    # all but whom the confirming account has put there itself
    assert stays() == told | {person: [("龙关镇", "high")] for person in (forged, swapped)}
    assert own not in stays()
    assert (await city.post(path, body)).json()["code"] == "area_stated_anew"
    [(actor, detail)] = cast.execute("SELECT actor, detail FROM audit_log WHERE action = 'areas.residents'").fetchall()
    assert (actor, detail["people"]) == ("staff:2", 3)


async def residents(client: Any) -> tuple[int, dict[str, Any]]:
    """Who waits in the one area."""
    [area] = (await client.get("/areas/")).json()["items"]
    return area["id"], area["residents_waiting"]
