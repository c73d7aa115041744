"""The company of the story whose employees report every day: five days and today, two of them abnormal, a few missing."""

import random
from datetime import datetime, time, timedelta
from typing import Any, Final

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.bootstrap import Databases
from lianfang.demo.dice import dice
from lianfang.demo.model import Story
from lianfang.demo.visits import ZONE
from lianfang.kit.crypto import Keys
from lianfang.people.store import document_index
from lianfang.resumption import form, reports, store
from lianfang.resumption.decide import instant, reasons
from lianfang.resumption.model import Duty, PlanChange
from lianfang.rosters import store as rosters
from lianfang.rosters.check import Given
from lianfang.venues import store as venues

SCOPE: Final = Scope.system("demo")
STAFF: Final = 60
DAYS: Final = 5
WORKSHOPS: Final = ("一车间", "二车间", "三车间", "办公室")
JOBS: Final = ("一线生产", "一线生产", "一线生产", "管理")
HEALTHY: Final = {"symptoms": "no", "contact": "no", "travel": "no"}
FEVERISH: Final[dict[int, dict[str, Any]]] = {
    7: {"temperature": 37.8, "symptoms": "yes", "symptoms_what": "咳嗽、乏力"},
    23: {"contact": "yes", "contact_what": "11 月 20 日与返乡亲属同住"},
}


async def load(
    db: Databases, keys: Keys, story: Story, unit_id: int, ord: int, person_ids: list[int], now: datetime
) -> None:
    chance = dice(story.door, "works")
    today = now.astimezone(ZONE).date()
    workers = [index for index, person in enumerate(story.people) if person.role == "worker"][:STAFF]
    async with scoped(db.app, SCOPE) as conn:
        roster_id = await rosters.insert_roster(
            SCOPE, conn, unit_id=unit_id, ord=ord, name="在岗员工", kind="employees"
        )
        assert roster_id is not None
        ids = await rosters.reserve_ids(SCOPE, conn, len(workers))
        rows = []
        for place, (member_id, index) in enumerate(zip(ids, workers, strict=True)):
            person = story.people[index]
            shop = place % len(WORKSHOPS)
            phone = "" if place in (11, 42) else person.phone  # two without a telephone
            given = Given(
                person.document_type,  # type: ignore[arg-type]
                person.document_number,
                person.name,
                phone,
                f"G{place + 1:04d}",
                WORKSHOPS[shop],
                JOBS[shop],
            )
            index_of = document_index(keys, person.document_type, person.document_number)
            rows.append(rosters.member_row(keys, member_id, person_ids[index], index_of, given))
        joined = instant(today - timedelta(30), time(8), ZONE)
        await rosters.insert_members(SCOPE, conn, roster_id, ord, rows, joined_at=joined)
        template = next(t for t in await venues.list_templates(SCOPE, conn) if t.name == form.NAME)
        duties = [Duty("", today - timedelta(14), time(18)), Duty("管理", today - timedelta(14), time(12))]
        await store.put_plan(SCOPE, conn, roster_id, ord, template.id, PlanChange(duties, remind_at=time(17)))
        for ago in range(DAYS, -1, -1):
            for place, (member_id, row) in enumerate(zip(ids, rows, strict=True)):
                if ago == 0 and place in (5, 11, 18, 31, 42, 57):  # these are missing today
                    continue
                answers = _answers(chance, place if ago == 0 else -1)
                at = instant(today - timedelta(ago), time(7, chance.randrange(50)), ZONE)
                why = reasons(form.FIELDS, answers, 37.3)
                member = store.Membership(member_id, roster_id, ord, row.person_id, row.job_category)
                sealed = keys.encrypt_bytes(
                    msgspec.json.encode(answers), reports.answers_place(member, today - timedelta(ago), 1)
                )
                new = store.NewRow(
                    person_id=row.person_id, roster_id=roster_id, day=today - timedelta(ago), version=1, member_id=member_id,
                    ord=ord, template_id=template.id, at=min(at, now), source="resident", recorded_by=None, late=False,
                    abnormal=bool(why), content=reports.content_of(keys, template, answers), answers=sealed,
                )  # fmt: skip
                await store.insert_report(SCOPE, conn, new)
                if why:
                    await store.open_follow_up(SCOPE, conn, new)


def _answers(chance: random.Random, place: int) -> dict[str, Any]:
    usual: dict[str, Any] = {"temperature": round(36 + chance.random() * 0.9, 1), **HEALTHY}
    return usual | FEVERISH.get(place, {})
