"""Who is told: kept encrypted, shown masked, managed where units are."""

import psycopg
import pytest

from lianfang.access.scope import scoped
from lianfang.kit.db import Database
from tests.alerts.fake_wecom import KEY
from tests.support.house import House
from tests.support.story import CHICHENG, DIAOE, LONGGUAN

HOOK = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"
DUTY = {"label": "值班电话", "channel": "sms", "target": "138 0013 8000"}
GROUP = {"label": "发热工作群", "channel": "wecom", "target": HOOK, "speaks": "en"}


async def test_contacts_are_added_listed_masked_and_removed(house: House, cast: psycopg.Connection) -> None:
    town = await house.staff("longguan")
    path = f"/units/{LONGGUAN.id}/alert-contacts"
    for new in (DUTY, GROUP):
        assert (await town.post(path, new)).status_code == 201
    listed = (await town.get(path)).json()
    assert [(one["label"], one["target"], one["speaks"]) for one in listed] == [
        ("值班电话", "138****8000", "zh-CN"),
        ("发热工作群", f"…{KEY[-4:]}", "en"),
    ]
    rows = cast.execute("SELECT target FROM alert_contacts").fetchall()
    assert all(b"138" not in row[0] and KEY.encode() not in row[0] for row in rows)
    assert (await town.delete(f"/alert-contacts/{listed[0]['id']}")).status_code == 204
    assert (await town.delete(f"/alert-contacts/{listed[0]['id']}")).status_code == 404
    assert [one["label"] for one in (await town.get(path)).json()] == ["发热工作群"]


async def test_contacts_of_others_are_out_of_reach(house: House, db: Database) -> None:
    town, other, clerk = await house.staff("longguan"), await house.staff("diaoe"), await house.staff("clerk")
    path = f"/units/{LONGGUAN.id}/alert-contacts"
    contact = (await town.post(path, DUTY)).json()["id"]
    for answer in (
        await other.get(path),
        await other.post(path, DUTY),
        await other.delete(f"/alert-contacts/{contact}"),
        await other.post(f"/alert-contacts/{contact}/test"),
        await town.get(f"/units/{CHICHENG.id}/alert-contacts"),
    ):
        assert answer.status_code == 404
    assert (await clerk.get(path)).status_code == 403
    async with scoped(db, DIAOE.scope()) as conn:
        assert await (await conn.execute("SELECT FROM alert_contacts")).fetchall() == []
    async with scoped(db, CHICHENG.scope()) as conn:
        assert len(await (await conn.execute("SELECT FROM alert_contacts")).fetchall()) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {**DUTY, "target": "12345"},
        {**DUTY, "target": HOOK},
        {**GROUP, "target": "https://evil.example/cgi-bin/webhook/send?key=" + KEY},
        {**GROUP, "target": "http://127.0.0.1:5432/"},
        {**GROUP, "target": "13800138000"},
        {**DUTY, "label": " "},
        {**DUTY, "channel": "email"},
    ],
    ids=str,
)
async def test_a_target_that_is_none_is_refused(house: House, wrong: dict[str, str]) -> None:
    answer = await (await house.staff("longguan")).post(f"/units/{LONGGUAN.id}/alert-contacts", wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in wrong


async def test_a_unit_has_so_many_contacts_at_most(house: House) -> None:
    town = await house.staff("longguan")
    answers = [await town.post(f"/units/{LONGGUAN.id}/alert-contacts", GROUP) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [201] * 20 + [422]
    assert answers[-1].json()["code"] == "too_many_contacts"


async def test_a_test_message_goes_out_and_not_without_end(house: House, cast: psycopg.Connection) -> None:
    town = await house.staff("longguan")
    contact = (await town.post(f"/units/{LONGGUAN.id}/alert-contacts", GROUP)).json()["id"]
    codes = [(await town.post(f"/alert-contacts/{contact}/test")).status_code for _ in range(21)]
    assert codes == [202] * 20 + [429]
    assert cast.execute("SELECT count(*) FROM notices WHERE channel = 'wecom'").fetchone() == (20,)
