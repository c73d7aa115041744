"""A steel works whose employees report every day, and a clock that stands where a test sets it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import psycopg
import pytest

from lianfang.resumption import reports
from tests.rosters.files import row_of, xlsx
from tests.support.house import Client, House
from tests.support.people import Resident, somebody
from tests.support.runs import finished, upload, work_off
from tests.support.story import LONGGUAN

HEALTHY = {"temperature": 36.5, "symptoms": "no", "contact": "no", "travel": "no"}
TODAY = date(2022, 11, 22)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets the clock of reports."""

    def set_(now: datetime) -> None:
        monkeypatch.setattr(reports, "clock_now", lambda: now)

    set_(datetime(2022, 11, 22, 1, 0, tzinfo=UTC))  # nine in the morning in Shanghai
    return set_


class Works(NamedTuple):
    """The roster, its people in order, and its administrator."""

    roster: int
    people: list[Resident]
    admin: Client

    async def members(self, **search: Any) -> list[dict[str, Any]]:
        answer = await self.admin.post(f"/resumption/rosters/{self.roster}/members", search)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def plan(self, *duties: dict[str, Any], **changed: Any) -> Any:
        lines = duties or ({"job_category": "", "starts_on": "2022-11-01", "due": "18:00:00"},)
        body = {"duties": list(lines)} | changed
        answer = await self.admin.send("PUT", f"/resumption/rosters/{self.roster}/plan", body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def day(self, **params: Any) -> Any:
        answer = await self.admin.get(f"/resumption/rosters/{self.roster}", **params)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def works(house: House, cast: psycopg.Connection, at: Callable[[datetime], None]) -> Works:
    """Four people: two of workshop 1, one of workshop 2 who welds, one without a telephone."""
    admin = await house.staff("longguan")
    roster = (await admin.post("/rosters", {"unit_id": LONGGUAN.id, "name": "钢铁厂员工", "kind": "employees"})).json()[
        "id"
    ]
    people = [somebody() for _ in range(4)]
    rows = [
        row_of(who, f"A{n}", "二车间" if n == 2 else "一车间", "焊工" if n == 2 else "生产")
        for n, who in enumerate(people)
    ]
    rows[3][4] = ""
    body = {"upload_id": await upload(admin, "a.xlsx", xlsx(rows)), "dry_run": False}
    run_id = (await admin.post(f"/rosters/{roster}/import", body)).json()["run_id"]
    await work_off(house, cast)
    await finished(admin, run_id)
    # they were there before the days that the tests tell of
    cast.execute("UPDATE roster_members SET joined_at = '2022-10-01'")
    works = Works(roster, people, admin)
    await works.plan()
    return works


async def report(client: Client, roster: int, day: date = TODAY, **answers: Any) -> Any:
    return await client.post(f"/residents/me/reports/{roster}", {"day": day.isoformat(), "answers": HEALTHY | answers})
