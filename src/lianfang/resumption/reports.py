"""Sending a day's report, for oneself or (a manager) for somebody without a telephone; what a resident is asked today."""

from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.config import Settings
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, invalid
from lianfang.resumption import store
from lianfang.resumption.decide import duty_of, instant, local_date, reasons
from lianfang.resumption.model import KEPT_DAYS, Answers, Duty, MyDuty, MyReport, NewReport, Reported
from lianfang.resumption.problems import CLOSED, DAY_OVER, NO_PLAN, NOT_ASKED
from lianfang.resumption.store import Membership, NewRow, StoredReport
from lianfang.venues import store as venues
from lianfang.venues.answers import CompiledForm
from lianfang.venues.model import Template

END_OF_DAY = time(23, 59, 59)


async def my_duties(db: Database, identity: Database, keys: Keys, settings: Settings, scope: Scope) -> list[MyDuty]:
    """What the resident is asked to report today."""
    now = clock_now()
    today = local_date(now, settings.zone)
    found: list[tuple[MyDuty, int]] = []
    async with scoped(db, scope) as conn:
        for member in await store.my_memberships(scope, conn):
            plan = await store.my_plan(scope, conn, member.roster_id)
            duty = duty_of(await store.my_duties(scope, conn, member.roster_id), member.job_category, today)
            if plan is None or duty is None:
                continue
            template = await _template(scope, conn, plan.template_id)
            last = await store.latest(scope, conn, member, today)
            mine = last if last and last.day == today else None
            due_at = instant(today, duty.due, settings.zone)
            asked = MyDuty(
                roster_id=member.roster_id,
                roster=plan.roster,
                company="",
                day=today,
                due_at=due_at,
                open=mine is None or now < due_at,
                template=template,
                remembered=_remembered(keys, member, template, last, today),
                report=_mine(keys, member, mine) if mine else None,
                kept_days=KEPT_DAYS,
            )
            found.append((asked, plan.unit_id))
    async with identity.transaction() as conn:
        names = await store.identity_unit_names(conn, [unit_id for _, unit_id in found])
    return [msgspec.structs.replace(asked, company=names.get(unit_id, "")) for asked, unit_id in found]


async def report_mine(
    db: Database, keys: Keys, settings: Settings, scope: Scope, roster_id: int, new: NewReport
) -> Reported:
    """A resident's own report of today."""
    async with scoped(db, scope) as conn:
        member = next((m for m in await store.my_memberships(scope, conn) if m.roster_id == roster_id), None)
        plan = await store.my_plan(scope, conn, roster_id) if member else None
        if member is None or plan is None:
            raise NOT_ASKED()
        duties = await store.my_duties(scope, conn, roster_id)
        if duty_of(duties, member.job_category, local_date(clock_now(), settings.zone)) is None:
            raise NOT_ASKED()
        template = await _template(scope, conn, plan.template_id)
        return await _report(scope, conn, keys, settings, member, duties, template, new, account_id=None)


async def report_for(
    db: Database,
    keys: Keys,
    settings: Settings,
    scope: Scope,
    account_id: int,
    roster_id: int,
    member_id: int,
    new: NewReport,
) -> Reported:
    """A manager reports for a member, and is recorded as the one who did."""
    async with scoped(db, scope) as conn:
        member = await store.find_member(scope, conn, roster_id, member_id)
        if member is None:
            raise NOT_FOUND()
        plan = await store.find_plan(scope, conn, roster_id)
        if plan is None:
            raise NO_PLAN()
        duties = await store.duties(scope, conn, roster_id)
        template = await _template(scope, conn, plan.template_id)
        done = await _report(scope, conn, keys, settings, member, duties, template, new, account_id=account_id)
        await audit.record(
            scope, conn, "resumption.report_for", f"member:{member_id}", roster=roster_id, day=done.day.isoformat()
        )
    return done


async def _report(
    scope: Scope,
    conn: Connection,
    keys: Keys,
    settings: Settings,
    member: Membership,
    duties: list[Duty],
    template: Template,
    new: NewReport,
    *,
    account_id: int | None,
) -> Reported:
    """The next version, unless the same answers are there already. One `now` decides everything."""
    now = clock_now()
    today = local_date(now, settings.zone)
    if new.day != today:
        raise DAY_OVER(today=today, day=new.day)
    answers, errors = CompiledForm(template.fields).check(new.answers)
    if errors:
        raise invalid(*errors)
    await store.lock_day(scope, conn, member, today)
    last = await store.latest(scope, conn, member, today)
    before = last if last and last.day == today else None
    content = content_of(keys, template, answers)
    why = reasons(template.fields, answers, settings.fever_celsius)
    if before and before.content == content:
        return Reported(today, before.version, before.at, before.late, before.abnormal, why)
    duty = duty_of(duties, member.job_category, today)
    due = duty.due if duty else END_OF_DAY  # somebody who need not may, all day long
    due_at = instant(today, due, settings.zone)
    if before and now >= due_at:
        raise CLOSED(due=f"{due:%H:%M}")
    version = before.version + 1 if before else 1
    row = NewRow(
        person_id=member.person_id,
        roster_id=member.roster_id,
        day=today,
        version=version,
        member_id=member.member_id,
        ord=member.ord,
        template_id=template.id,
        at=now,
        source="resident" if account_id is None else "manager",
        recorded_by=account_id,
        late=now >= due_at,
        abnormal=bool(why),
        content=content,
        answers=keys.encrypt_bytes(msgspec.json.encode(answers), answers_place(member, today, version)),
    )
    await store.insert_report(scope, conn, row)
    if why:
        await store.open_follow_up(scope, conn, row)
    return Reported(today, version, now, row.late, row.abnormal, why)


def answers_place(member: Membership, day: date, version: int) -> str:
    return f"daily_reports.answers:{member.person_id}:{member.roster_id}:{day}:{version}"


def content_of(keys: Keys, template: Template, answers: Answers) -> bytes:
    text = msgspec.json.encode([template.id, sorted(answers.items())]).decode()
    return keys.blind_index("daily_reports.content", text)


def _answers(keys: Keys, member: Membership, report: StoredReport) -> dict[str, Any]:
    raw = keys.decrypt_bytes(report.answers, answers_place(member, report.day, report.version))
    return msgspec.json.decode(raw, type=dict[str, Any])


def _mine(keys: Keys, member: Membership, report: StoredReport) -> MyReport:
    return MyReport(
        report.version, report.at, report.source, report.late, report.abnormal, _answers(keys, member, report)
    )


def _remembered(
    keys: Keys, member: Membership, template: Template, last: StoredReport | None, today: date
) -> dict[str, Any]:
    """Today's answers to correct; else of the last report what a form may remember (a temperature is measured anew)."""
    if last is None or today - last.day > timedelta(days=KEPT_DAYS):
        return {}
    answers = _answers(keys, member, last)
    if last.day != today:
        lasting = {field.key for field in template.fields if field.remember or field.show_when is not None}
        answers = {key: answer for key, answer in answers.items() if key in lasting}
    return CompiledForm(template.fields).recall(answers)


async def _template(scope: Scope, conn: Connection, template_id: int) -> Template:
    template = await venues.find_template(scope, conn, template_id)
    assert template is not None  # forms are never deleted
    return template


def today_of(settings: Settings, now: datetime | None = None) -> date:
    return local_date(now or clock_now(), settings.zone)
