"""What a unit lets another one see: exactly that, as long as it lasts, and written down on both sides."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from tests.support.house import Client, House, until
from tests.support.story import (
    CHICHENG,
    CHONGLI,
    DIAOE,
    DIAOE_DOOR,
    LONGGUAN,
    LONGGUAN_DOOR,
    XIWANZI,
    YIJIE,
    YIJIE_DOOR,
)
from tests.support.visits import Visit, add_person, add_visits


@pytest.fixture
def visited(cast: psycopg.Connection, keys: Keys) -> psycopg.Connection:
    """Three visits at the market, two at the village, one in 雕鹗镇; a fever at the market and one in 雕鹗镇."""
    person = add_person(cast, keys)
    at = now()
    doors = [LONGGUAN_DOOR] * 3 + [YIJIE_DOOR] * 2 + [DIAOE_DOOR]
    add_visits(cast, keys, [Visit(person, door, at - timedelta(minutes=n + 1)) for n, door in enumerate(doors)])
    for door in (LONGGUAN_DOOR, DIAOE_DOOR):
        cast.execute(
            "INSERT INTO fever_alerts (ord, checkpoint_id, person_id, celsius, at, celsius_checkpoint_id)"
            " VALUES (%s, %s, %s, 38.4, now(), %s)",
            [door.unit.lo, door.id, person, door.id],
        )
    return cast


def share(**changed: Any) -> dict[str, Any]:
    """龙关镇 shows the records of its public places to 西湾子镇, in another county, for a day."""
    return {
        "unit_id": LONGGUAN.id,
        "to_unit_id": XIWANZI.id,
        "kind": "records",
        "categories": ["public_place"],
        "purpose": "联合流调",
        "ends_at": (now() + timedelta(days=1)).isoformat(),
    } | changed


async def give(client: Client, **changed: Any) -> dict[str, Any]:
    answer = await client.post("/shares", share(**changed))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def read(client: Client, made: dict[str, Any], **filter: Any) -> Any:
    return await client.post(f"/shared/{made['id']}/records", filter)


async def test_a_unit_anywhere_is_found_by_its_exact_name_or_code(house: House) -> None:
    giver = await house.staff("longguan")
    for words in ("西湾子镇", "130709100000", "130709100"):
        found = (await giver.get("/shares/addressees", q=words)).json()
        assert found == [{"id": XIWANZI.id, "name": "西湾子镇", "code": "130709100000"}]
    for words in ("西湾子", "%", "1307", "", "\0"):
        assert (await giver.get("/shares/addressees", q=words)).json() in (
            [],
            [{"id": 2, "name": "张家口市", "code": "130700000000"}],
        )
    assert (await giver.get("/shares/addressees", q="130709")).json()[0]["name"] == "崇礼区"


async def test_the_receiver_reads_what_is_shared_and_nothing_else(house: House, visited: psycopg.Connection) -> None:
    giver, receiver = await house.staff("longguan"), await house.staff("xiwanzi")
    assert (await receiver.post("/records/count", {})).json() == {"count": 0}
    made = await give(giver)
    assert (made["unit"], made["to_unit"], made["state"]) == ("龙关镇", "西湾子镇", "running")
    [offered] = await receiver.pages("/shared")
    assert offered == made
    records = (await read(receiver, made)).json()["items"]
    assert {record["checkpoint"] for record in records} == {"龙关集市"}
    assert len(records) == 3
    assert all("*" in record["name"] and "*" in record["document"] for record in records)
    page = (await read(receiver, made, limit=2)).json()
    assert [len(page["items"]), len((await read(receiver, made, cursor=page["next"])).json()["items"])] == [2, 1]
    # it opens no other door: not the list, not the record in the clear, not the file, not the alerts
    assert (await receiver.post("/records/count", {})).json() == {"count": 0}
    key = {"person_id": records[0]["person_id"], "scan_id": records[0]["scan_id"], "purpose": "联合流调"}
    assert (await receiver.post("/records/detail", key)).status_code == 404
    assert (await receiver.get(f"/shared/{made['id']}/alerts")).json()["code"] == "share_other_kind"
    refused = await receiver.post(f"/shared/{made['id']}/export", {"format": "csv", "purpose": "联合流调"})
    assert refused.json()["code"] == "share_no_export"
    asked = await read(receiver, made, document="110101199003070000")
    assert asked.status_code == 422


async def test_records_of_every_kind_and_fevers(house: House, visited: psycopg.Connection) -> None:
    giver, receiver = await house.staff("longguan"), await house.staff("xiwanzi")
    whole = await give(giver, categories=[])
    assert len((await read(receiver, whole)).json()["items"]) == 5
    village = await give(giver, unit_id=YIJIE.id, categories=[])
    assert len((await read(receiver, village)).json()["items"]) == 2
    fevers = await give(giver, kind="alerts")
    [alert] = (await receiver.get(f"/shared/{fevers['id']}/alerts")).json()["items"]
    assert (alert["checkpoint"], alert["unit"], alert["celsius"]) == ("龙关集市", "龙关镇", 38.4)
    assert "*" in alert["name"]
    assert (await read(receiver, fevers)).json()["code"] == "share_other_kind"


async def test_a_file_where_the_share_allows_it(house: House, visited: psycopg.Connection) -> None:
    giver, receiver = await house.staff("longguan"), await house.staff("xiwanzi")
    made = await give(giver, export=True)
    answer = await receiver.post(f"/shared/{made['id']}/export", {"format": "csv", "purpose": "联合流调"})
    assert answer.status_code == 200
    lines = answer.content.decode("utf-8-sig").strip().splitlines()
    assert len(lines) == 4
    assert all("龙关集市" in line for line in lines[1:])
    assert (await receiver.post(f"/shared/{made['id']}/export", {"format": "csv", "purpose": ""})).status_code == 422


async def test_every_read_is_written_down_on_both_sides(house: House, visited: psycopg.Connection) -> None:
    giver, receiver = await house.staff("longguan"), await house.staff("xiwanzi")
    made = await give(giver)
    await read(receiver, made)
    for client in (giver, receiver):
        entries = [e for e in (await client.get("/audit")).json()["items"] if e["action"] == "shared.read"]
        assert [(e["actor"], e["subject"]) for e in entries] == [("staff:8", f"share:{made['id']}")]
    stranger = await house.staff("diaoe")
    assert not [e for e in (await stranger.get("/audit")).json()["items"] if "share" in e["action"]]


async def test_a_share_that_is_taken_back_shows_nothing_from_then_on(house: House, visited: psycopg.Connection) -> None:
    giver, county, receiver = [await house.staff(name) for name in ("longguan", "chicheng", "xiwanzi")]
    for ender in (giver, county):
        made = await give(giver)
        assert (await read(receiver, made)).status_code == 200
        assert (await receiver.post(f"/shares/{made['id']}/revoke")).status_code == 404  # not the receiver's to end
        assert (await ender.post(f"/shares/{made['id']}/revoke")).status_code == 204
        answer = await read(receiver, made)
        assert (answer.status_code, answer.json()["code"]) == (410, "share_over")
        assert (await ender.post(f"/shares/{made['id']}/revoke")).status_code == 404
    assert {item["state"] for item in await receiver.pages("/shared")} == {"revoked"}


async def test_a_share_lasts_its_period(house: House, visited: psycopg.Connection) -> None:
    giver, receiver = await house.staff("longguan"), await house.staff("xiwanzi")
    early = await give(giver, starts_at=(now() + timedelta(hours=1)).isoformat())
    assert (await read(receiver, early)).json()["code"] == "share_over"
    short = await give(giver, ends_at=(now() + timedelta(seconds=1.5)).isoformat())
    assert (await read(receiver, short)).status_code == 200
    end = now() + timedelta(seconds=1.6)
    await until(lambda: now() > end)
    assert (await read(receiver, short)).json()["code"] == "share_over"
    assert [item["state"] for item in await giver.pages("/shares")] == ["over", "waiting"]


async def test_nobody_else_reads_through_it(house: House, visited: psycopg.Connection) -> None:
    giver = await house.staff("longguan")
    made = await give(giver)
    for name, status in (("diaoe", 404), ("yijie", 404), ("longguan", 404), ("gate01", 403), ("import", 403)):
        other = await house.staff(name)
        assert (await read(other, made)).status_code == status, name
    above = await house.staff("chongli")  # sees all below, and what is shown to it
    assert len((await read(above, made)).json()["items"]) == 3
    assert [item["id"] for item in await above.pages("/shared")] == [made["id"]]
    clerk = await house.staff("clerk")
    assert (await clerk.post("/shares", share())).status_code == 403
    assert await (await house.staff("diaoe")).pages("/shares") == []


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"unit_id": DIAOE.id}, 404, "not_found"),
        ({"unit_id": CHICHENG.id}, 404, "not_found"),
        ({"to_unit_id": 987654}, 422, "addressee_unknown"),
        ({"to_unit_id": LONGGUAN.id}, 422, "share_with_itself"),
        ({"to_unit_id": YIJIE.id}, 422, "share_with_itself"),
        ({"purpose": "查"}, 422, "purpose_missing"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, 422, "invalid_request"),
        ({"ends_at": "2100-01-01T00:00:00Z"}, 422, "invalid_request"),
        ({"categories": ["everything"]}, 422, "invalid_request"),
    ],
    ids=str,
)
async def test_what_cannot_be_shared(
    house: House, cast: psycopg.Connection, changed: dict[str, Any], status: int, code: str
) -> None:
    giver = await house.staff("longguan")
    answer = await giver.post("/shares", share(**changed))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert cast.execute("SELECT count(*) FROM shares").fetchone() == (0,)


async def test_a_share_follows_units_that_move(house: House, visited: psycopg.Connection) -> None:
    giver, receiver, city = [await house.staff(name) for name in ("longguan", "xiwanzi", "zhangjiakou")]
    made = await give(giver)
    for unit, parent in ((LONGGUAN, CHONGLI), (XIWANZI, CHICHENG)):
        body = {"parent_id": parent.id, "reason": "区划调整"}
        assert (await city.post(f"/units/{unit.id}/move", body)).status_code == 202
    assert len((await read(receiver, made)).json()["items"]) == 3
    assert [item["id"] for item in await giver.pages("/shares")] == [made["id"]]
    assert (await read(await house.staff("chongli"), made)).status_code == 404
    assert (await read(await house.staff("chicheng"), made)).status_code == 200
