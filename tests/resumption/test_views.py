"""The company's and the county's view, follow-ups, and whom they are closed to."""

import csv
import io
from datetime import timedelta
from typing import Any

import psycopg

from tests.resumption.conftest import HEALTHY, TODAY, Works, report
from tests.rosters.files import cells
from tests.support.house import Client, House
from tests.support.story import DIAOE, LONGGUAN

PURPOSE = "联系发热员工"
DAY = TODAY.isoformat()


async def companies(client: Client, **params: Any) -> Any:
    answer = await client.get("/resumption/companies", day=DAY, **params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def follow_ups(client: Client, **params: Any) -> list[dict[str, Any]]:
    return await client.pages("/resumption/follow-ups", **params)


async def test_the_company_sees_who_has_reported_by_department_and_category(house: House, works: Works) -> None:
    await report(await house.resident(works.people[0]), works.roster)
    await report(
        await house.resident(works.people[2]), works.roster, temperature=38, symptoms="yes", symptoms_what="咳嗽"
    )
    day = await works.day(day=DAY)
    assert day["total"] == {"expected": 4, "reported": 2, "abnormal": 1, "reminded": 0}
    assert day["departments"] == [
        {"name": "一车间", "expected": 3, "reported": 1, "abnormal": 0},
        {"name": "二车间", "expected": 1, "reported": 1, "abnormal": 1},
    ]
    assert [(g["name"], g["abnormal"]) for g in day["job_categories"]] == [("焊工", 1), ("生产", 0)]
    assert day["plan"]["duties"] == [
        {"job_category": "", "starts_on": "2022-11-01", "due": "18:00:00", "ends_on": None}
    ]
    for search, found in (
        ({"state": "missing"}, ["A1", "A3"]),
        ({"state": "reported"}, ["A0", "A2"]),
        ({"state": "abnormal"}, ["A2"]),
        ({"department": "一车间"}, ["A0", "A1", "A3"]),
        ({"job_category": "焊工", "state": "all"}, ["A2"]),
    ):
        assert [member["number"] for member in await works.members(day=DAY, **search)] == found
    names = [member["name"] for member in await works.members(day=DAY)]
    assert not {who.name for who in works.people} & set(names), "masked"
    page = (await works.admin.post(f"/resumption/rosters/{works.roster}/members", {"day": DAY, "limit": 3})).json()
    rest = {"day": DAY, "limit": 3, "cursor": page["next"]}
    assert len((await works.admin.post(f"/resumption/rosters/{works.roster}/members", rest)).json()["items"]) == 1


async def test_a_days_list_is_exported_masked_and_recorded(
    house: House, works: Works, owner: psycopg.Connection
) -> None:
    await report(await house.resident(works.people[0]), works.roster, temperature=38)
    path = f"/resumption/rosters/{works.roster}/export"
    assert (await works.admin.post(path, {"purpose": "", "day": DAY})).json()["code"] == "purpose_missing"
    book = cells((await works.admin.post(path, {"purpose": PURPOSE, "day": DAY})).content)
    assert [(row[1], row[7], row[9]) for row in book[1:]] == [
        ("A0", "异常", "本人填报"), ("A1", "未填报", ""), ("A2", "未填报", ""), ("A3", "未填报", "")
    ]  # fmt: skip
    assert book[1][8] == "2022-11-22 09:00"  # local time
    answer = await works.admin.post(path, {"purpose": PURPOSE, "day": DAY, "format": "csv", "state": "missing"})
    assert len(list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))) == 4
    logged = owner.execute(
        "SELECT detail ->> 'day', detail ->> 'purpose' FROM audit_log WHERE action = 'resumption.export'"
    )
    assert logged.fetchall() == [(DAY, PURPOSE)] * 2


async def test_the_county_sees_companies_and_which_are_silent(house: House, works: Works) -> None:
    county = await house.staff("chicheng")
    silent = (await county.post("/rosters", {"unit_id": DIAOE.id, "name": "雕鹗面粉厂", "kind": "employees"})).json()[
        "id"
    ]
    body = {"duties": [{"job_category": "", "starts_on": "2022-11-01", "due": "18:00:00"}]}
    assert (await county.send("PUT", f"/resumption/rosters/{silent}/plan", body)).status_code == 200
    await report(await house.resident(works.people[0]), works.roster, contact="yes", contact_what="同事")
    shown = await companies(county)
    [steel, flour] = shown["items"]
    assert (steel["unit_name"], steel["expected"], steel["reported"], steel["abnormal"]) == (LONGGUAN.name, 4, 1, 1)
    assert (flour["unit_name"], flour["expected"]) == (DIAOE.name, 0)
    assert (shown["total"]["expected"], shown["companies"], shown["silent"]) == (4, 2, 0)
    yesterday = (TODAY - timedelta(1)).isoformat()
    quiet = (await county.get("/resumption/companies", day=yesterday, silent=True)).json()
    assert ([row["roster_id"] for row in quiet["items"]], quiet["silent"]) == ([works.roster], 1)
    assert [row["roster_id"] for row in (await companies(county, unit_id=DIAOE.id))["items"]] == [silent]
    first = await companies(county, limit=1)
    second = await companies(county, limit=1, cursor=first["next"])
    assert [first["items"][0]["roster_id"], second["items"][0]["roster_id"]] == [works.roster, silent]
    assert second["next"] is None


async def test_the_abnormal_is_followed_up_until_it_is_closed(
    house: House, works: Works, owner: psycopg.Connection
) -> None:
    who = works.people[2]
    await report(await house.resident(who), works.roster, temperature=38.4)
    [item] = await follow_ups(works.admin, only="open")
    assert (item["number"], item["state"], item["actions"]) == ("A2", "open", ["contact", "close"])
    assert who.name not in item["name"]
    path = f"/resumption/follow-ups/{item['id']}"
    assert (await works.admin.post(path + "/open", {"purpose": " "})).json()["code"] == "purpose_missing"
    detail = (await works.admin.post(path + "/open", {"purpose": PURPOSE})).json()
    assert (detail["name"], detail["document"], detail["phone"]) == (who.name, who.document, "+86" + who.phone)
    assert detail["reports"][0]["answers"][0] == {
        "key": "temperature", "label": "今日体温（℃）", "label_en": "Temperature today (°C)", "value": 38.4, "choice": "", "choice_en": ""
    }  # fmt: skip
    for action, note, state in (
        ("contact", "已电话联系，去发热门诊", "contacted"),
        ("contact", "核酸阴性", "contacted"),
        ("close", "退烧三天，复工", "closed"),
        ("reopen", "又发热", "open"),
    ):
        done = await works.admin.post(path + "/steps", {"action": action, "note": note})
        assert done.json()["state"] == state, done.text
    notes = done.json()["notes"]
    assert (notes[0]["action"], notes[0]["note"]) == ("contact", "已电话联系，去发热门诊")
    assert all(note["by"] and note["at"] for note in notes)
    wrong = await works.admin.post(path + "/steps", {"action": "reopen", "note": "x"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "follow_up_step")
    assert (await works.admin.post(path + "/steps", {"action": "close", "note": ""})).status_code == 422
    stored = owner.execute("SELECT note FROM follow_up_notes").fetchall()
    assert all("发热".encode() not in row[0] for row in stored), "encrypted"
    assert [f["id"] for f in await follow_ups(works.admin, only="unfinished")] == [item["id"]]
    assert await follow_ups(works.admin, only="closed") == []


async def test_a_day_has_one_follow_up_however_often_it_is_corrected(house: House, works: Works) -> None:
    client = await house.resident(works.people[0])
    for temperature in (38, 36.5, 39):
        await report(client, works.roster, temperature=temperature)
    [item] = await follow_ups(works.admin)
    detail = (await works.admin.post(f"/resumption/follow-ups/{item['id']}/open", {"purpose": PURPOSE})).json()
    assert [(r["version"], r["abnormal"]) for r in detail["reports"]] == [(1, True), (2, False), (3, True)]


async def test_nobody_beside_sees_anything(house: House, works: Works) -> None:
    await report(await house.resident(works.people[0]), works.roster, temperature=38)
    [item] = await follow_ups(works.admin)
    member = (await works.members(day=DAY))[0]["id"]
    roster = f"/resumption/rosters/{works.roster}"
    plan = {"duties": [{"job_category": "", "starts_on": "2022-11-01", "due": "18:00:00"}]}
    for name in ("diaoe", "xiwanzi", "yijie"):
        stranger = await house.staff(name)
        assert (await companies(stranger))["items"] == []
        assert await follow_ups(stranger) == []
        for method, path, body in (
            ("GET", roster, None),
            ("PUT", roster + "/plan", plan),
            ("POST", roster + "/members", {}),
            ("POST", roster + "/export", {"purpose": PURPOSE}),
            ("POST", f"{roster}/members/{member}/report", {"day": DAY, "answers": HEALTHY}),
            ("POST", f"/resumption/follow-ups/{item['id']}/open", {"purpose": PURPOSE}),
            ("POST", f"/resumption/follow-ups/{item['id']}/steps", {"action": "close", "note": "x"}),
        ):
            answer = await stranger.send(method, path, body)
            assert answer.status_code == 404, (name, path, answer.text)
    gate = await house.staff("gate01")
    assert (await gate.get("/resumption/companies")).status_code == 403
    assert (await companies(await house.staff("hebei")))["total"]["abnormal"] == 1
