"""Plans, reports and follow-ups in the database. With a Scope: as lianfang_app. `identity_…`: names of units for residents.
`worker_…`: reminding and forgetting, as lianfang_worker."""

from datetime import date, datetime, time
from typing import Any

import msgspec

from lianfang.access.scope import Scope
from lianfang.kit.db import Connection, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries
from lianfang.resumption.model import (
    Company,
    Duty,
    FollowUpAction,
    FollowUpState,
    MemberState,
    PlanChange,
    Source,
    StoredPlan,
)

Q = Queries(__package__)


class Membership(msgspec.Struct, frozen=True):
    """Somebody on a roster."""

    member_id: int
    roster_id: int
    ord: int
    person_id: int
    job_category: str


class MyPlan(StoredPlan, frozen=True):
    roster: str
    unit_id: int


class StoredReport(msgspec.Struct, frozen=True):
    """A version of a report; the answers are ciphertext."""

    day: date
    version: int
    at: datetime
    source: Source
    late: bool
    abnormal: bool
    content: bytes
    answers: bytes
    template_id: int


class NewRow(msgspec.Struct, frozen=True, kw_only=True):
    """A version to write."""

    person_id: int
    roster_id: int
    day: date
    version: int
    member_id: int
    ord: int
    template_id: int
    at: datetime
    source: Source
    recorded_by: int | None
    late: bool
    abnormal: bool
    content: bytes
    answers: bytes


class GroupRow(msgspec.Struct, frozen=True):
    """Figures of a department and job category together."""

    department: str
    job_category: str
    expected: int
    reported: int
    abnormal: int
    reminded: int


class DayRow(msgspec.Struct, frozen=True):
    """A member and their day; name, document and phone are ciphertext."""

    id: int
    number: str
    given: bytes
    phone: bytes | None
    department: str
    job_category: str
    due: time | None
    version: int | None
    at: datetime | None
    source: Source | None
    late: bool | None
    abnormal: bool | None
    reminded_at: datetime | None


class FollowUpRow(msgspec.Struct, frozen=True):
    id: int
    state: FollowUpState
    day: date
    opened_at: datetime
    roster_id: int
    roster: str
    unit_id: int
    unit_name: str
    member_id: int
    number: str
    given: bytes
    phone: bytes | None
    department: str
    job_category: str


class NoteRow(msgspec.Struct, frozen=True):
    id: int
    at: datetime
    account_id: int
    action: FollowUpAction
    note: bytes
    by_name: str | None


class VersionRow(msgspec.Struct, frozen=True):
    person_id: int
    version: int
    at: datetime
    source: Source
    late: bool
    abnormal: bool
    answers: bytes
    template_id: int


class Reminding(msgspec.Struct, frozen=True):
    """A roster whose members may be reminded, and how often that was done on the day."""

    roster_id: int
    remind_at: time
    quota: int
    company: str
    reminded: int


def _interval(scope: Scope) -> dict[str, Any]:
    return {"lo": scope.lo, "hi": scope.hi}


async def find_plan(scope: Scope, conn: Connection, roster_id: int) -> StoredPlan | None:
    return await fetch_one(conn, StoredPlan, Q.find_plan, _interval(scope) | {"roster_id": roster_id})


async def put_plan(
    scope: Scope, conn: Connection, roster_id: int, ord: int, template_id: int, change: PlanChange
) -> None:
    shared = {"roster_id": roster_id, "ord": ord}
    plan = {"template_id": template_id, "remind_at": change.remind_at, "quota": change.quota}
    await conn.execute(Q.put_plan, shared | plan)
    await conn.execute(Q.drop_duties, _interval(scope) | shared)
    for duty in change.duties:
        await conn.execute(Q.insert_duty, shared | msgspec.structs.asdict(duty))


async def duties(scope: Scope, conn: Connection, roster_id: int) -> list[Duty]:
    return await fetch_all(conn, Duty, Q.duties, _interval(scope) | {"roster_id": roster_id})


async def companies(scope: Scope, conn: Connection, day: date, until: datetime) -> list[Company]:
    return await fetch_all(conn, Company, Q.companies, _interval(scope) | {"day": day, "until": until})


async def groups(scope: Scope, conn: Connection, roster_id: int, day: date, until: datetime) -> list[GroupRow]:
    params = {"roster_id": roster_id, "day": day, "until": until}
    return await fetch_all(conn, GroupRow, Q.groups, _interval(scope) | params)


async def day_members(
    scope: Scope,
    conn: Connection,
    roster_id: int,
    day: date,
    until: datetime,
    *,
    state: MemberState,
    department: str | None,
    job_category: str | None,
    after: int,
    limit: int,
) -> list[DayRow]:
    params = {"roster_id": roster_id, "day": day, "until": until, "state": state, "after": after, "limit": limit}
    only = {"department": department, "job_category": job_category}
    return await fetch_all(conn, DayRow, Q.day_members, _interval(scope) | params | only)


async def find_member(scope: Scope, conn: Connection, roster_id: int, member_id: int) -> Membership | None:
    params = {"roster_id": roster_id, "member_id": member_id}
    return await fetch_one(conn, Membership, Q.find_member, _interval(scope) | params)


async def my_memberships(scope: Scope, conn: Connection) -> list[Membership]:
    return await fetch_all(conn, Membership, Q.my_memberships, {"person_id": scope.person_id})


async def my_plan(scope: Scope, conn: Connection, roster_id: int) -> MyPlan | None:
    return await fetch_one(conn, MyPlan, Q.my_plan, {"roster_id": roster_id})


async def my_duties(scope: Scope, conn: Connection, roster_id: int) -> list[Duty]:
    return await fetch_all(conn, Duty, Q.my_duties, {"roster_id": roster_id})


async def lock_day(scope: Scope, conn: Connection, member: Membership, day: date) -> None:
    params = {"person_id": member.person_id, "roster_id": member.roster_id, "day": day}
    await conn.execute(Q.lock_day, params)


async def latest(scope: Scope, conn: Connection, member: Membership, day: date) -> StoredReport | None:
    """The newest report up to a day."""
    params = {"person_id": member.person_id, "roster_id": member.roster_id, "day": day}
    return await fetch_one(conn, StoredReport, Q.latest, params)


async def insert_report(scope: Scope, conn: Connection, row: NewRow) -> None:
    await conn.execute(Q.insert_report, msgspec.structs.asdict(row))


async def open_follow_up(scope: Scope, conn: Connection, row: NewRow) -> None:
    await conn.execute(Q.open_follow_up, msgspec.structs.asdict(row))


async def follow_ups(
    scope: Scope, conn: Connection, *, state: str | None, before: int, limit: int
) -> list[FollowUpRow]:
    params = {"state": state, "before": before, "limit": limit}
    return await fetch_all(conn, FollowUpRow, Q.follow_ups, _interval(scope) | params)


async def find_follow_up(scope: Scope, conn: Connection, follow_up_id: int) -> FollowUpRow | None:
    return await fetch_one(conn, FollowUpRow, Q.find_follow_up, _interval(scope) | {"id": follow_up_id})


async def move_follow_up(
    scope: Scope, conn: Connection, follow_up_id: int, before: FollowUpState, after: FollowUpState
) -> int | None:
    """The follow-up's place; None where its state is another one by now."""
    params = {"id": follow_up_id, "before": before, "after": after}
    found = await fetch_value(conn, Q.move_follow_up, _interval(scope) | params)
    return None if found is None else int(found)


async def reserve_note(scope: Scope, conn: Connection) -> int:
    return int(await fetch_value(conn, Q.reserve_note))


async def insert_note(
    scope: Scope,
    conn: Connection,
    note_id: int,
    *,
    follow_up_id: int,
    ord: int,
    account_id: int,
    action: FollowUpAction,
    note: bytes,
) -> None:
    params = {
        "id": note_id,
        "follow_up_id": follow_up_id,
        "ord": ord,
        "account_id": account_id,
        "action": action,
        "note": note,
    }
    await conn.execute(Q.insert_note, params)


async def notes(scope: Scope, conn: Connection, follow_up_id: int) -> list[NoteRow]:
    return await fetch_all(conn, NoteRow, Q.notes, _interval(scope) | {"id": follow_up_id})


async def versions(scope: Scope, conn: Connection, roster_id: int, member_id: int, day: date) -> list[VersionRow]:
    params = {"roster_id": roster_id, "member_id": member_id, "day": day}
    return await fetch_all(conn, VersionRow, Q.versions, _interval(scope) | params)


async def identity_unit_names(conn: Connection, ids: list[int]) -> dict[int, str]:
    return dict(await (await conn.execute(Q.identity_unit_names, {"ids": ids})).fetchall())


async def worker_plans(conn: Connection, day: date, local: time) -> list[Reminding]:
    return await fetch_all(conn, Reminding, Q.worker_plans, {"day": day, "local": local})


async def worker_lock_plan(conn: Connection, roster_id: int) -> None:
    await conn.execute(Q.worker_lock_plan, {"roster_id": roster_id})


async def worker_remind(
    conn: Connection, roster_id: int, *, day: date, until: datetime, local: time, limit: int
) -> list[int]:
    """Members who are to get a message with this transaction."""
    params = {"roster_id": roster_id, "day": day, "until": until, "local": local, "limit": limit}
    return [row[0] for row in await (await conn.execute(Q.worker_remind, params)).fetchall()]


async def worker_phones(
    conn: Connection, roster_id: int, ids: list[int], *, day: date, until: datetime
) -> list[tuple[int, bytes, time]]:
    params = {"roster_id": roster_id, "ids": ids, "day": day, "until": until}
    rows = await (await conn.execute(Q.worker_phones, params)).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]


async def worker_drop(conn: Connection, first: date) -> int:
    """Drops what is about days before `first`; how many versions of reports."""
    await conn.execute(Q.worker_drop_follow_ups, {"first": first})
    await conn.execute(Q.worker_drop_reminders, {"first": first})
    return (await conn.execute(Q.worker_drop_reports, {"first": first})).rowcount
