"""A tower's visitors say whom they visit: at the door, at the gate, in the records, and in the count of who is there now."""

from datetime import timedelta
from typing import Any

import psycopg

from lianfang.kit.clock import now
from tests.support.gate import equip, waits
from tests.support.house import Answer, Client, House, scan, until
from tests.support.people import somebody
from tests.support.story import LONGGUAN_DOOR, YIJIE_DOOR
from tests.visits.conftest import row_of
from tests.visits.test_staff_scan import scans, token_of

MINUTE = timedelta(minutes=1)
TENANTS = f"/checkpoints/{LONGGUAN_DOOR.id}/tenants"
OCCUPANCY = f"/checkpoints/{LONGGUAN_DOOR.id}/occupancy"


async def tower(house: House) -> dict[str, int]:
    """The market hall has three tenants; their ids by name."""
    rows = [
        {"floor": "12F", "name": "白河设计"},
        {"floor": "2F", "name": "海陀旅行社"},
        {"floor": "12F", "name": "律所"},
    ]
    clerk = await house.staff("longguan")
    items = (await clerk.post(TENANTS, {"rows": rows})).json()["items"]
    house.services.doors.forget_all()
    return {item["name"]: item["id"] for item in items}


async def close(house: House, tenant: int) -> None:
    await (await house.staff("longguan")).post(f"{TENANTS}/{tenant}/close")
    house.services.doors.forget_all()


def wrong(answer: Answer) -> tuple[int, str, str]:
    [error] = answer.json()["errors"]
    return answer.status_code, error["field"], error["code"]


async def people(client: Client) -> dict[str, int]:
    """Who is there now, by tenant; and all of them."""
    found = (await client.get(OCCUPANCY)).json()
    counts = {tenant["name"]: tenant["people"] for floor in found["floors"] for tenant in floor["tenants"]}
    for floor in found["floors"]:
        assert floor["people"] == sum(tenant["people"] for tenant in floor["tenants"])
    assert found["people"] == sum(counts.values()) + found["elsewhere"]
    return counts | {"": found["elsewhere"]}


async def test_the_door_lists_its_tenants_and_remembers_the_last_one(house: House, cast: psycopg.Connection) -> None:
    resident = await house.resident()
    door = (await resident.get(f"/doors/{LONGGUAN_DOOR.code}")).json()
    assert (door["tenants"], door["remembered_tenant"]) == ([], None)
    clerk = await house.staff("longguan")
    rows = {"rows": [{"floor": "12F", "name": "白河设计"}, {"floor": "2F", "name": "海陀旅行社"}]}
    entered = (await clerk.post(TENANTS, rows)).json()["items"]
    # the lane hears of it
    await until(lambda: house.services.doors.known(LONGGUAN_DOOR.code) is None)
    door = (await resident.get(f"/doors/{LONGGUAN_DOOR.code}")).json()
    assert door["tenants"] == entered
    body = scan(LONGGUAN_DOOR, tenant=entered[1]["id"])
    stamp = (await resident.post("/scans", body)).json()
    assert (stamp["floor"], stamp["tenant"]) == ("12F", "白河设计")
    assert row_of(cast, body["scan_id"], "tenant_id") == (entered[1]["id"],)
    assert (await resident.post("/scans", body)).json() == stamp | {"replayed": True}
    other = body | {"tenant": entered[0]["id"]}
    assert (await resident.post("/scans", other)).status_code == 409
    assert (await resident.get(f"/doors/{LONGGUAN_DOOR.code}")).json()["remembered_tenant"] == entered[1]["id"]
    await close(house, entered[1]["id"])
    door = (await resident.get(f"/doors/{LONGGUAN_DOOR.code}")).json()
    assert (len(door["tenants"]), door["remembered_tenant"]) == (1, None)


async def test_whom_one_visits_must_be_said_and_be_there(house: House) -> None:
    ids, resident = await tower(house), await house.resident()
    assert wrong(await resident.scan(LONGGUAN_DOOR)) == (422, "tenant", "required")
    assert wrong(await resident.scan(LONGGUAN_DOOR, tenant=987654)) == (422, "tenant", "unknown")
    assert wrong(await resident.scan(YIJIE_DOOR, tenant=ids["律所"])) == (422, "tenant", "unknown")
    await close(house, ids["律所"])
    assert wrong(await resident.scan(LONGGUAN_DOOR, tenant=ids["律所"])) == (422, "tenant", "closed")


async def test_what_was_written_down_without_a_network_is_never_refused_for_its_tenant(
    house: House, cast: psycopg.Connection
) -> None:
    ids = await tower(house)
    await close(house, ids["律所"])
    resident, gate = await house.resident(), await house.staff("gate01")
    late = await resident.scan(LONGGUAN_DOOR, tenant=ids["律所"], at=now() - 5 * MINUTE)
    assert (late.status_code, late.json()["tenant"]) == (201, "律所")
    # a page from before the tower had tenants
    assert (await resident.scan(LONGGUAN_DOOR, at=now() - 5 * MINUTE)).status_code == 201
    token = await token_of(resident)
    assert wrong(await scans(gate, token=token, tenant=ids["律所"])) == (422, "tenant", "closed")
    taken = await scans(gate, token=token, tenant=ids["律所"], at=now().isoformat())
    assert (taken.status_code, taken.json()["floor"]) == (201, "12F")
    assert row_of(cast, taken.json()["scan_id"], "tenant_id") == (ids["律所"],)
    # the attendant sees the person, and may leave it open like the form's questions
    assert (await scans(gate, token=token)).status_code == 201


async def test_an_attendant_is_told_whom_somebody_visits(house: House, cast: psycopg.Connection) -> None:
    ids = await tower(house)
    equip(house, cast, LONGGUAN_DOOR, review=True)
    resident, gate = await house.resident(), await house.staff("gate01")
    waiting = await waits(resident, LONGGUAN_DOOR, tenant=ids["白河设计"])
    [person] = (await gate.get(f"/gate/{LONGGUAN_DOOR.id}/waiting")).json()["items"]
    assert (person["floor"], person["tenant"]) == ("12F", "白河设计")
    decision = {
        "decision_id": waiting["scan_id"],
        "scan_id": waiting["scan_id"],
        "person_id": resident.id,
        "action": "approve",
        "at": now().isoformat(),
    }
    decided = (await gate.post(f"/gate/{LONGGUAN_DOOR.id}/decisions", decision)).json()
    assert decided["stamp"]["tenant"] == "白河设计"


async def test_records_name_the_tenant_also_after_it_left(house: House) -> None:
    ids, admin = await tower(house), await house.staff("chicheng")
    for name in ("律所", "白河设计"):
        await (await house.resident(somebody())).scan(LONGGUAN_DOOR, tenant=ids[name])
    await close(house, ids["律所"])
    search: dict[str, Any] = {"tenant_id": ids["律所"]}
    [record] = (await admin.post("/records/search", search)).json()["items"]
    assert (record["floor"], record["tenant"]) == ("12F", "律所")
    assert (await admin.post("/records/count", search)).json() == {"count": 1}
    key = {"person_id": record["person_id"], "scan_id": record["scan_id"], "purpose": "核对来访"}
    detail = (await admin.post("/records/detail", key)).json()
    assert (detail["floor"], detail["tenant"]) == ("12F", "律所")
    text = (await admin.post("/records/export", search | {"format": "csv", "purpose": "核对来访"})).text
    header, row = (line.split(",") for line in text.lstrip("\ufeff").splitlines())
    shown = dict(zip(header, row, strict=True))
    assert (shown["楼层"], shown["去往单位"]) == ("12F", "律所")
    # another unit's account can't even ask by its id
    beside = await house.staff("xiwanzi")
    assert (await beside.post("/records/search", search)).json()["items"] == []


async def test_who_is_in_the_tower_now(house: House, cast: psycopg.Connection) -> None:
    ids, admin = await tower(house), await house.staff("longguan")
    equip(house, cast, LONGGUAN_DOOR, checkout=True)
    assert await people(admin) == {"海陀旅行社": 0, "白河设计": 0, "律所": 0, "": 0}
    staying, leaving, roaming, gone = [await house.resident(somebody()) for _ in range(4)]
    await staying.scan(LONGGUAN_DOOR, tenant=ids["律所"], at=now() - 30 * MINUTE)
    await staying.scan(LONGGUAN_DOOR, tenant=ids["白河设计"], at=now() - 20 * MINUTE)  # and is there since
    left = (await leaving.scan(LONGGUAN_DOOR, tenant=ids["律所"], at=now() - 30 * MINUTE)).json()
    await roaming.scan(LONGGUAN_DOOR, tenant=ids["律所"], at=now() - 10 * MINUTE)
    # longer ago than people stay in a public place
    await gone.scan(LONGGUAN_DOOR, tenant=ids["律所"], at=now() - 61 * MINUTE)
    assert await people(admin) == {"海陀旅行社": 0, "白河设计": 1, "律所": 2, "": 0}
    await leaving.post(f"/scans/{left['scan_id']}/checkout")
    await roaming.scan(YIJIE_DOOR)
    assert await people(admin) == {"海陀旅行社": 0, "白河设计": 1, "律所": 0, "": 0}
    # a tenant that leaves is shown as long as somebody is there; whoever named none is counted apart
    await close(house, ids["白河设计"])
    await close(house, ids["律所"])
    await scans(await house.staff("gate01"), token=await token_of(gone))
    assert await people(admin) == {"海陀旅行社": 0, "白河设计": 1, "": 1}
    for username, status in (("gate01", 403), ("xiwanzi", 404), ("hebei", 200)):
        assert (await (await house.staff(username)).get(OCCUPANCY)).status_code == status, username
