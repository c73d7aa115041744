"""A day's report: asked of whom it binds, once a day, corrected until the hour, by the person or for them."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from lianfang.access.scope import Scope, scoped
from lianfang.config import Settings
from lianfang.kit.db import Database
from tests.conftest import OpenHouse
from tests.resumption.conftest import HEALTHY, TODAY, Works, report
from tests.support.database import MASTER
from tests.support.house import Client, House
from tests.support.people import somebody
from tests.support.story import LONGGUAN

SetClock = Callable[[datetime], None]
MORNING = datetime(2022, 11, 22, 1, 0, tzinfo=UTC)


async def duties(client: Client) -> list[dict[str, Any]]:
    answer = await client.get("/residents/me/reports")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def versions(owner: psycopg.Connection) -> list[tuple[Any, ...]]:
    return owner.execute(
        "SELECT day, version, source::text, late, abnormal FROM daily_reports ORDER BY person_id, day, version"
    ).fetchall()


async def test_a_member_is_told_who_asks_until_when_and_for_how_long_it_is_kept(house: House, works: Works) -> None:
    client = await house.resident(works.people[0])
    [duty] = await duties(client)
    assert (duty["company"], duty["roster"], duty["day"]) == (LONGGUAN.name, "钢铁厂员工", "2022-11-22")
    assert (duty["due_at"], duty["open"], duty["kept_days"]) == ("2022-11-22T10:00:00Z", True, 28)
    assert [field["key"] for field in duty["template"]["fields"]][:2] == ["temperature", "symptoms"]
    assert (duty["report"], duty["remembered"]) == (None, {})


async def test_nobody_else_is_asked(house: House, works: Works) -> None:
    stranger = await house.resident()
    assert await duties(stranger) == []
    assert (await report(stranger, works.roster)).json()["code"] == "report_not_asked"


async def test_a_report_is_stored_and_counted(house: House, works: Works, owner: psycopg.Connection) -> None:
    client = await house.resident(works.people[0])
    sent = (await report(client, works.roster)).json()
    assert (sent["version"], sent["late"], sent["abnormal"], sent["reasons"]) == (1, False, False, [])
    [duty] = await duties(client)
    assert duty["report"]["answers"] == HEALTHY
    total = (await works.day(day="2022-11-22"))["total"]
    assert (total["expected"], total["reported"], total["abnormal"]) == (4, 1, 0)
    raw = owner.execute("SELECT answers FROM daily_reports").fetchone()
    assert raw is not None
    assert b"36.5" not in raw[0]


async def test_the_same_answers_again_are_the_same_report(
    house: House, works: Works, owner: psycopg.Connection
) -> None:
    client = await house.resident(works.people[0])
    first = (await report(client, works.roster)).json()
    again = await asyncio.gather(*(report(client, works.roster) for _ in range(4)))
    assert [answer.json() for answer in again] == [first] * 4
    assert versions(owner) == [(TODAY, 1, "resident", False, False)]


async def test_two_reports_at_once_are_numbered_one_after_the_other(
    house: House, works: Works, owner: psycopg.Connection
) -> None:
    client = await house.resident(works.people[0])
    sent = await asyncio.gather(*(report(client, works.roster, temperature=36 + n / 10) for n in range(4)))
    assert sorted(answer.json()["version"] for answer in sent) == [1, 2, 3, 4]
    assert [row[1] for row in versions(owner)] == [1, 2, 3, 4]


async def test_a_correction_is_a_version_and_nothing_is_overwritten(
    house: House, works: Works, owner: psycopg.Connection, at: SetClock
) -> None:
    client = await house.resident(works.people[0])
    await report(client, works.roster, temperature=37.5)
    at(datetime(2022, 11, 22, 9, 59, 59, tzinfo=UTC))
    assert (await report(client, works.roster)).json()["version"] == 2
    at(datetime(2022, 11, 22, 10, 0, tzinfo=UTC))
    refused = await report(client, works.roster, temperature=36.1)
    assert (refused.status_code, refused.json()["code"]) == (409, "report_closed")
    assert "18:00" in refused.json()["detail"]
    assert (await report(client, works.roster)).json()["version"] == 2, "a retry of what is stored is no correction"
    assert versions(owner) == [(TODAY, 1, "resident", False, True), (TODAY, 2, "resident", False, False)]
    assert (await works.day(day="2022-11-22"))["total"]["abnormal"] == 0  # the newest version counts
    [duty] = await duties(client)
    assert duty["open"] is False


async def test_a_first_report_after_the_hour_is_late(house: House, works: Works, at: SetClock) -> None:
    client = await house.resident(works.people[0])
    at(datetime(2022, 11, 22, 15, 59, tzinfo=UTC))
    assert (await duties(client))[0]["open"] is True
    assert (await report(client, works.roster)).json()["late"] is True


async def test_a_report_that_comes_after_midnight_is_not_misfiled(
    house: House, works: Works, owner: psycopg.Connection, at: SetClock
) -> None:
    client = await house.resident(works.people[0])
    at(datetime(2022, 11, 22, 16, 0, tzinfo=UTC))
    refused = await report(client, works.roster, TODAY)
    assert (refused.status_code, refused.json()["code"]) == (409, "report_day_over")
    assert versions(owner) == []
    assert (await report(client, works.roster, TODAY + timedelta(1))).status_code == 200


@pytest.mark.parametrize(
    ("zone", "utc", "day", "due"),
    [
        ("Europe/Berlin", datetime(2022, 3, 27, 21, 30, tzinfo=UTC), date(2022, 3, 27), "2022-03-27T16:00:00Z"),
        ("Europe/Berlin", datetime(2022, 10, 30, 22, 30, tzinfo=UTC), date(2022, 10, 30), "2022-10-30T17:00:00Z"),
        ("America/New_York", datetime(2022, 11, 7, 4, 30, tzinfo=UTC), date(2022, 11, 6), "2022-11-06T23:00:00Z"),
    ],
)
async def test_the_day_is_the_installations_own_where_clocks_change(
    house_with: OpenHouse,
    works: Works,
    owner: psycopg.Connection,
    at: SetClock,
    zone: str,
    utc: datetime,
    day: date,
    due: str,
) -> None:
    await works.plan({"job_category": "", "starts_on": "2022-01-01", "due": "18:00:00"})
    owner.execute("UPDATE roster_members SET joined_at = '2022-01-01'")
    elsewhere = await house_with(Settings(demo=True, secret_key=MASTER.hex(), timezone=zone))
    client = await elsewhere.resident(works.people[0])
    at(utc)
    [duty] = await duties(client)
    assert (duty["day"], duty["due_at"]) == (day.isoformat(), due)
    assert (await report(client, works.roster, day)).json()["late"] is True
    admin = await elsewhere.staff("longguan")
    for other, reported in ((day - timedelta(1), 0), (day, 1), (day + timedelta(1), 0)):
        shown = (await admin.get(f"/resumption/rosters/{works.roster}", day=other.isoformat())).json()
        assert shown["total"]["reported"] == reported


async def test_yesterdays_answers_are_filled_in_but_not_the_temperature(
    house: House, works: Works, at: SetClock
) -> None:
    client = await house.resident(works.people[0])
    await report(client, works.roster, travel="yes", travel_where="北京")
    at(MORNING + timedelta(1))
    [duty] = await duties(client)
    assert duty["remembered"] == {"symptoms": "no", "contact": "no", "travel": "yes", "travel_where": "北京"}
    assert duty["report"] is None
    at(MORNING + timedelta(29))
    assert (await duties(client))[0]["remembered"] == {}


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"temperature": 50}, "answers.temperature"),
        ({"symptoms": "yes"}, "answers.symptoms_what"),
        ({"contact": "maybe"}, "answers.contact"),
        ({"shoe": 43}, "answers.shoe"),
    ],
)
async def test_a_wrong_answer_is_named_and_nothing_stored(
    house: House, works: Works, owner: psycopg.Connection, answers: dict[str, Any], field: str
) -> None:
    client = await house.resident(works.people[0])
    refused = await report(client, works.roster, **answers)
    assert (refused.status_code, [error["field"] for error in refused.json()["errors"]]) == (422, [field])
    assert versions(owner) == []


async def test_a_manager_reports_for_somebody_without_a_telephone(works: Works, owner: psycopg.Connection) -> None:
    member = (await works.members())[3]
    assert member["phone"] == ""
    path = f"/resumption/rosters/{works.roster}/members/{member['id']}/report"
    sent = await works.admin.post(path, {"day": TODAY.isoformat(), "answers": HEALTHY})
    assert sent.status_code == 200, sent.text
    assert (await works.members())[3]["report"]["source"] == "manager"
    assert owner.execute("SELECT source::text, recorded_by FROM daily_reports").fetchone() == (
        "manager",
        works.admin.id,
    )
    assert owner.execute("SELECT count(*) FROM audit_log WHERE action = 'resumption.report_for'").fetchone() == (1,)


async def test_who_must_report_is_a_matter_of_the_category_and_the_day(
    house: House, works: Works, at: SetClock
) -> None:
    await works.plan(
        {"job_category": "", "starts_on": "2022-11-22", "due": "18:00:00"},
        {"job_category": "焊工", "starts_on": "2022-11-24", "due": "09:00:00", "ends_on": "2022-11-25"},
    )
    welder, other = await house.resident(works.people[2]), await house.resident(works.people[0])
    for days, welders, others in ((-1, 0, 0), (0, 0, 1), (1, 0, 1), (2, 1, 1), (3, 1, 1), (4, 0, 1)):
        at(MORNING + timedelta(days) - timedelta(minutes=30))
        assert (len(await duties(welder)), len(await duties(other))) == (welders, others), days
        expected = (await works.day())["total"]["expected"]
        assert expected == welders + 3 * others
    at(MORNING + timedelta(2) + timedelta(minutes=1))
    assert (await report(welder, works.roster, TODAY + timedelta(2))).json()["late"] is True  # nine o'clock is theirs


async def test_who_left_is_not_asked(house: House, works: Works) -> None:
    client = await house.resident(works.people[0])
    member = (await works.members())[0]
    assert (await works.admin.delete(f"/rosters/{works.roster}/members/{member['id']}")).status_code == 204
    assert await duties(client) == []
    assert (await report(client, works.roster)).json()["code"] == "report_not_asked"


async def test_only_a_roster_of_employees_reports(works: Works) -> None:
    other = (await works.admin.post("/rosters", {"unit_id": LONGGUAN.id, "name": "住户", "kind": "residents"})).json()[
        "id"
    ]
    body = {"duties": [{"job_category": "", "starts_on": "2022-11-01", "due": "18:00:00"}]}
    answer = await works.admin.send("PUT", f"/resumption/rosters/{other}/plan", body)
    assert answer.json()["code"] == "roster_not_employees"
    twice = await works.admin.send("PUT", f"/resumption/rosters/{works.roster}/plan", {"duties": body["duties"] * 2})
    assert [error["field"] for error in twice.json()["errors"]] == ["duties"]


async def test_a_resident_writes_only_their_own_report(
    house: House, works: Works, db: Database, owner: psycopg.Connection
) -> None:
    """With nothing but SQL: another's membership, another's unit, another's name."""
    mine = await house.resident(works.people[0])
    rows = owner.execute("SELECT id, person_id, ord FROM roster_members ORDER BY id").fetchall()
    me = next(row for row in rows if row[1] == mine.id)
    other = next(row for row in rows if row[1] != mine.id)
    query = (
        b"INSERT INTO daily_reports (person_id, roster_id, day, version, member_id, ord, template_id, at, source, late, abnormal,"
        b" content, answers) VALUES (%s, %s, '2022-11-22', 1, %s, %s, 1, now(), %s, false, false, '', '')"
    )
    for person, member, ord, source in (
        (other[1], other[0], other[2], "resident"),
        (me[1], other[0], me[2], "resident"),
        (me[1], me[0], me[2] + 1, "resident"),
        (me[1], me[0], me[2], "manager"),
    ):
        with pytest.raises(pg.InsufficientPrivilege, match="row-level security"):
            async with scoped(db, Scope.resident(mine.id)) as conn:
                await conn.execute(query, [person, works.roster, member, ord, source])
    async with scoped(db, Scope.resident(mine.id)) as conn:
        assert (await conn.execute(query, [me[1], works.roster, me[0], me[2], "resident"])).rowcount == 1
        for table, seen in (("report_plans", 1), ("report_duties", 1), ("daily_reports", 1), ("follow_ups", 0)):
            assert len(await (await conn.execute(f"SELECT FROM {table}".encode())).fetchall()) == seen, table
    async with scoped(db, Scope.resident(somebody_else(owner))) as conn:
        for table in (
            "report_plans",
            "report_duties",
            "daily_reports",
            "follow_ups",
            "follow_up_notes",
            "report_reminders",
        ):
            assert await (await conn.execute(f"SELECT FROM {table}".encode())).fetchall() == [], table


def somebody_else(owner: psycopg.Connection) -> int:
    row = owner.execute("SELECT max(id) + 1 FROM people").fetchone()
    assert row is not None
    assert somebody().document
    return int(row[0])
