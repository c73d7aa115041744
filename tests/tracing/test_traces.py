"""A trace from the request to the answer: who is found and why, for whom, and what is written down about it."""

import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from python_calamine import CalamineWorkbook

from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.tracing import work
from lianfang.tracing.shelf import Shelf
from tests.support.house import Client, House
from tests.support.runs import download, finished, work_off
from tests.support.story import CHICHENG_DOOR, LONGGUAN_DOOR, YIJIE_DOOR
from tests.support.visits import Visit, add_person, add_visits

PURPOSE = "疫情流调"


@pytest.fixture(autouse=True)
def shelf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(work, "shelf", lambda settings, lane: Shelf(tmp_path, lane))


@pytest.fixture
def noon() -> datetime:
    return (now() - timedelta(days=2)).replace(hour=4, minute=0, second=0, microsecond=0)


def cases_of(*people: int, day: datetime) -> list[dict[str, Any]]:
    return [{"person_id": person, "onset": f"{day:%Y-%m-%d}"} for person in people]


async def trace(client: Client, house: House, owner: psycopg.Connection, **asked: Any) -> dict[str, Any]:
    answer = await client.post("/traces", {"purpose": PURPOSE, "plan": "v9"} | asked)
    assert answer.status_code == 202, answer.text
    await work_off(house, owner)
    started = answer.json()
    await finished(client, started["run_id"])
    found: dict[str, Any] = (await client.get(f"/traces/{started['trace_id']}")).json()
    return found


async def people_of(client: Client, trace_id: int, degree: int) -> list[dict[str, Any]]:
    answer = await client.post(f"/traces/{trace_id}/contacts", {"purpose": PURPOSE, "degree": degree})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_from_a_case_to_contacts_of_contacts_and_why(
    house: House, cast: psycopg.Connection, keys: Keys, noon: datetime
) -> None:
    case, met, later, via_met, elsewhere = (add_person(cast, keys) for _ in range(5))
    add_visits(cast, keys, [
        Visit(case, LONGGUAN_DOOR, noon),
        Visit(met, LONGGUAN_DOOR, noon + timedelta(minutes=20)),  # a market: an hour, so 40 minutes together
        Visit(later, LONGGUAN_DOOR, noon + timedelta(minutes=55)),  # five minutes: too short
        Visit(met, YIJIE_DOOR, noon + timedelta(hours=5)),
        Visit(via_met, YIJIE_DOOR, noon + timedelta(hours=6)),
        Visit(elsewhere, CHICHENG_DOOR, noon),
    ])  # fmt: skip
    admin = await house.staff("longguan")
    found = await trace(admin, house, cast, cases=cases_of(case, day=noon))
    # whoever was at the market five minutes with the case was there longer with the contact
    assert (found["first"], found["second"], found["exposures"]) == (1, 2, 1)
    [contact] = await people_of(admin, found["id"], 1)
    assert (contact["person_id"], contact["minutes"], contact["via"]) == (met, 40.0, None)
    assert "*" in contact["name"]
    second = {c["person_id"]: c for c in await people_of(admin, found["id"], 2)}
    assert {person: c["via"] for person, c in second.items()} == {via_met: met, later: met}
    assert (second[via_met]["exposures"], second[via_met]["minutes"] > 0, second[via_met]["score"] > 0) == (
        1,
        True,
        True,
    )
    [how] = (await admin.post(f"/traces/{found['id']}/evidence", {"purpose": PURPOSE, "person_id": via_met})).json()
    assert (how["source_id"], how["checkpoint"]) == (met, YIJIE_DOOR.name)
    [why] = (await admin.post(f"/traces/{found['id']}/evidence", {"purpose": PURPOSE, "person_id": met})).json()
    assert (why["source_id"], why["checkpoint"], why["chance"], why["crowd"]) == (case, LONGGUAN_DOOR.name, 1.0, 1)
    assert datetime.fromisoformat(why["ends"]) - datetime.fromisoformat(why["begins"]) == timedelta(minutes=40)
    said = cast.execute("SELECT action, detail ->> 'purpose' FROM audit_log WHERE action LIKE 'tracing.%' ORDER BY id")
    actions = [row[0] for row in said if row[1] == PURPOSE]
    assert actions == ["tracing.run", *["tracing.contacts"] * 2, *["tracing.evidence"] * 2]


async def test_a_late_visit_is_what_two_traces_differ_in(
    house: House, cast: psycopg.Connection, keys: Keys, noon: datetime
) -> None:
    case, met, late = (add_person(cast, keys) for _ in range(3))
    add_visits(cast, keys, [Visit(person, LONGGUAN_DOOR, noon) for person in (case, met)])
    admin = await house.staff("longguan")
    before = await trace(admin, house, cast, cases=cases_of(case, day=noon))
    add_visits(cast, keys, [Visit(late, LONGGUAN_DOOR, noon + timedelta(minutes=10))])
    cast.execute("UPDATE visits SET recorded_at = now() WHERE person_id = %s", [late])
    after = await trace(admin, house, cast, cases=cases_of(case, day=noon), after_id=before["id"])
    asked = {"purpose": PURPOSE, "before_id": before["id"]}
    answer = (await admin.post(f"/traces/{after['id']}/difference", asked)).json()
    [added] = answer["items"]
    assert (added["person_id"], added["before"], added["now"]) == (late, None, 1)
    assert "*" in added["name"]


async def test_a_scan_that_was_answered_is_traceable_by_the_next_question(
    house: House, cast: psycopg.Connection, keys: Keys, tmp_path: Path
) -> None:
    """Nothing lies between but the database: the index was written before, and no worker has run since."""
    services = house.services
    await Shelf(tmp_path, services.db.lane).write(None, at_once=True)
    people = [await house.resident() for _ in range(2)]
    case, met = (int(client.me["person_id"]) for client in people)
    first = now() - timedelta(minutes=40)
    for client in people:
        answer = await client.scan(LONGGUAN_DOOR, at=first)
        assert answer.status_code == 201, answer.text
    admin = await house.staff("longguan")
    found = await trace(admin, house, cast, cases=cases_of(case, day=now()))
    assert [c["person_id"] for c in await people_of(admin, found["id"], 1)] == [met]


async def test_nothing_is_said_of_other_parts_of_the_tree(
    house: House, cast: psycopg.Connection, keys: Keys, noon: datetime
) -> None:
    case, inside, outside = (add_person(cast, keys) for _ in range(3))
    add_visits(cast, keys, [
        Visit(case, LONGGUAN_DOOR, noon), Visit(inside, LONGGUAN_DOOR, noon),
        Visit(case, CHICHENG_DOOR, noon + timedelta(hours=3)), Visit(outside, CHICHENG_DOOR, noon + timedelta(hours=3)),
    ])  # fmt: skip
    town, county, other = [await house.staff(name) for name in ("longguan", "chicheng", "xiwanzi")]
    found = await trace(town, house, cast, cases=cases_of(case, day=noon), second_degree=False)
    assert [c["person_id"] for c in await people_of(town, found["id"], 1)] == [inside]
    wider = await trace(county, house, cast, cases=cases_of(case, day=noon), second_degree=False)
    assert {c["person_id"] for c in await people_of(county, wider["id"], 1)} == {inside, outside}
    assert (await town.get(f"/traces/{wider['id']}")).status_code == 404
    for verb, asked in (("contacts", {}), ("evidence", {"person_id": inside}), ("difference", {"before_id": 1})):
        refused = await other.post(f"/traces/{found['id']}/{verb}", {"purpose": PURPOSE} | asked)
        assert refused.status_code == 404, verb
    refused = await other.post("/traces", {"purpose": PURPOSE, "cases": cases_of(case, day=noon)})
    assert [error["code"] for error in refused.json()["errors"]] == ["unknown_person"]


async def test_told_stays_exclusions_and_isolation(
    house: House, cast: psycopg.Connection, keys: Keys, noon: datetime
) -> None:
    case, met, nurse, second = (add_person(cast, keys) for _ in range(4))
    add_visits(cast, keys, [
        Visit(case, CHICHENG_DOOR, noon - timedelta(days=10)),
        Visit(met, LONGGUAN_DOOR, noon), Visit(nurse, LONGGUAN_DOOR, noon),
        Visit(met, YIJIE_DOOR, noon + timedelta(hours=5)), Visit(second, YIJIE_DOOR, noon + timedelta(hours=5)),
    ])  # fmt: skip
    [told] = cases_of(case, day=noon)
    stay = {
        "checkpoint_id": LONGGUAN_DOOR.id,
        "begins": noon.isoformat(),
        "ends": (noon + timedelta(minutes=30)).isoformat(),
    }
    told["told"] = [stay | {"give_minutes": 60}]
    admin = await house.staff("chicheng")
    left_out = [{"reason": "全程防护", "person_ids": [nurse]}]
    asked = {"cases": [told], "left_out": left_out}
    found = await trace(admin, house, cast, **asked)
    [contact] = await people_of(admin, found["id"], 1)
    assert contact["person_id"] == met
    [why] = (await admin.post(f"/traces/{found['id']}/evidence", {"purpose": PURPOSE, "person_id": met})).json()
    assert 0 < why["chance"] < 1
    assert {c["person_id"] for c in await people_of(admin, found["id"], 2)} == {second}
    isolated = [{"person_id": met, "at": (noon + timedelta(hours=2)).isoformat()}]
    found = await trace(admin, house, cast, **asked, isolated=isolated)
    assert await people_of(admin, found["id"], 2) == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"purpose": ""}, "purpose_missing"), ({"plan": "v99"}, "trace_plan_unknown"), ({"cases": []}, "invalid_request")],
)
async def test_what_is_wrong_is_said(
    house: House, cast: psycopg.Connection, keys: Keys, noon: datetime, wrong: dict[str, Any], code: str
) -> None:
    person = add_person(cast, keys)
    add_visits(cast, keys, [Visit(person, LONGGUAN_DOOR, noon)])
    admin = await house.staff("longguan")
    asked = {"purpose": PURPOSE, "cases": cases_of(person, day=noon)} | wrong
    answer = await admin.post("/traces", asked)
    assert answer.json()["code"] == code, answer.text


async def test_a_list_of_cases_and_the_file_of_contacts(
    house: House, cast: psycopg.Connection, keys: Keys, noon: datetime
) -> None:
    case, met, second = (add_person(cast, keys) for _ in range(3))
    hidden = add_person(cast, keys)
    add_visits(cast, keys, [
        Visit(case, LONGGUAN_DOOR, noon), Visit(met, LONGGUAN_DOOR, noon), Visit(hidden, CHICHENG_DOOR, noon),
        Visit(met, YIJIE_DOOR, noon + timedelta(hours=5)), Visit(second, YIJIE_DOOR, noon + timedelta(hours=5)),
    ])  # fmt: skip
    admin = await house.staff("longguan")
    pasted = f"人员编号,发病日期,隔离时间\n{case},2022/11/20,2022年11月21日 8时30分\n{case},2022-11-20,\n{hidden},2022-11-20,\n{met},昨天,\n"
    answer = await admin.http.post(
        "/api/v1/traces/cases", params={"purpose": PURPOSE}, content=pasted.encode(),
        headers={"content-type": "application/octet-stream"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    read = answer.json()
    [found] = read["cases"]
    assert (found["person_id"], found["onset"]) == (case, "2022-11-20")
    assert found["isolated_at"] == "2022-11-21T08:30:00+08:00"  # the clock on the wall, where the product stands
    assert "*" in found["name"]
    bad = [(row["line"], row["column"], row["code"]) for row in read["rejected"]]
    assert bad == [(3, "who", "twice"), (4, "who", "unknown"), (5, "onset", "format")]
    traced = await trace(admin, house, cast, cases=cases_of(case, day=noon))
    started = await admin.post(f"/traces/{traced['id']}/exports", {"purpose": PURPOSE})
    assert started.status_code == 202, started.text
    await work_off(house, cast)
    run = await finished(admin, started.json()["run_id"])
    assert run["summary"] == {"rows": 2}
    [file] = run["files"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(await download(admin, run["id"], file["name"])))
    _, first, other = book.get_sheet_by_index(0).to_python()
    assert [first[0], first[1], first[7], first[11]] == ["1", str(met), "60.0", LONGGUAN_DOOR.name]
    assert [other[0], other[1], other[10]] == ["2", str(second), str(met)]
