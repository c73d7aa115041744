"""The console's list of fevers: who sees which, and who takes them on."""

from datetime import timedelta

import psycopg
import pytest

from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from tests.alerts.fevers import add_fever
from tests.support.house import House
from tests.support.people import somebody
from tests.support.story import CHICHENG_DOOR, DIAOE_DOOR, LONGGUAN, LONGGUAN_DOOR, XIWANZI_DOOR, YIJIE, YIJIE_DOOR

# door → the accounts whose scope covers it
SEEN_BY = (
    (YIJIE_DOOR, {"yijie", "longguan", "chicheng", "zhangjiakou", "hebei", "clerk"}),
    (LONGGUAN_DOOR, {"longguan", "chicheng", "zhangjiakou", "hebei", "clerk"}),
    (XIWANZI_DOOR, {"xiwanzi", "chongli", "zhangjiakou", "hebei"}),
)
ACCOUNTS = ("hebei", "zhangjiakou", "chicheng", "longguan", "yijie", "diaoe", "chongli", "xiwanzi", "clerk")


@pytest.mark.parametrize("username", ACCOUNTS)
async def test_a_fever_is_seen_by_its_unit_and_every_unit_above(
    house: House, cast: psycopg.Connection, keys: Keys, username: str
) -> None:
    alerts = [(add_fever(cast, keys, door), accounts) for door, accounts in SEEN_BY]
    staff = await house.staff(username)
    seen = {item["id"] for item in (await staff.get("/alerts")).json()["items"]}
    assert seen == {alert for alert, accounts in alerts if username in accounts}
    assert (await staff.get("/alerts/count")).json() == {"open": len(seen)}
    for alert, accounts in alerts:
        answer = await staff.post(f"/alerts/{alert}/acknowledge", {})
        assert answer.status_code == (200 if username in accounts else 404)


async def test_an_alert_says_where_when_and_how_hot_and_masks_the_person(
    house: House, cast: psycopg.Connection, keys: Keys
) -> None:
    add_fever(cast, keys, YIJIE_DOOR, 38.7, who=somebody("诸葛亮"), measured_at=DIAOE_DOOR)
    [alert] = (await (await house.staff("chicheng")).get("/alerts")).json()["items"]
    assert (alert["checkpoint"], alert["unit"], alert["celsius"]) == ("一街村东口", "一街村", 38.7)
    assert (alert["person"], alert["reused"], alert["acknowledged"]) == ("诸*亮", True, None)


async def test_taking_one_on_is_seen_by_all_and_recorded(house: House, cast: psycopg.Connection, keys: Keys) -> None:
    alert = add_fever(cast, keys, YIJIE_DOOR)
    town, county, clerk = await house.staff("longguan"), await house.staff("chicheng"), await house.staff("clerk")
    done = await town.post(f"/alerts/{alert}/acknowledge", {"note": "已送发热门诊"})
    assert done.json()["acknowledged"]["note"] == "已送发热门诊"
    # the same account may say so twice: the first answer got lost
    assert (await town.post(f"/alerts/{alert}/acknowledge", {"note": "again"})).json() == done.json()
    second = await county.post(f"/alerts/{alert}/acknowledge", {})
    assert (second.status_code, second.json()["code"]) == (409, "already_acknowledged")
    assert "龙关镇" in second.json()["detail"]
    shown = (await clerk.get("/alerts", status="acknowledged")).json()["items"]
    assert [item["acknowledged"]["by"] for item in shown] == ["龙关镇 admin"]
    assert (await clerk.get("/alerts", status="open")).json()["items"] == []
    stored = cast.execute("SELECT note FROM fever_alerts").fetchone()
    assert stored is not None
    assert "发热门诊".encode() not in stored[0]
    entry = cast.execute("SELECT actor, subject, detail FROM audit_log WHERE action = 'alerts.acknowledge'").fetchall()
    assert entry == [("staff:4", f"alert:{alert}", {})]


async def test_lists_are_read_page_by_page_and_by_unit(house: House, cast: psycopg.Connection, keys: Keys) -> None:
    ids = [add_fever(cast, keys, door) for door in (CHICHENG_DOOR, YIJIE_DOOR, LONGGUAN_DOOR, YIJIE_DOOR, DIAOE_DOOR)]
    county = await house.staff("chicheng")
    assert [item["id"] for item in await county.pages("/alerts", limit=2)] == ids[::-1]
    assert [item["id"] for item in await county.pages("/alerts", limit=2, unit_id=LONGGUAN.id)] == ids[3:0:-1]
    assert [item["id"] for item in await county.pages("/alerts", unit_id=YIJIE.id)] == [ids[3], ids[1]]
    town = await house.staff("diaoe")
    assert (await town.get("/alerts", unit_id=YIJIE.id)).status_code == 404


async def test_attendants_and_importers_have_other_pages(house: House) -> None:
    for username in ("gate01", "import"):
        staff = await house.staff(username)
        assert (await staff.get("/alerts")).status_code == 403
        assert (await staff.get("/alerts/events")).status_code == 403


@pytest.mark.parametrize("note", ["x" * 201, "a\0b"])
async def test_a_note_that_cannot_be_kept_is_refused(
    house: House, cast: psycopg.Connection, keys: Keys, note: str
) -> None:
    alert = add_fever(cast, keys, YIJIE_DOOR, recorded_at=now() - timedelta(hours=1))
    answer = await (await house.staff("yijie")).post(f"/alerts/{alert}/acknowledge", {"note": note})
    assert answer.status_code == 422
