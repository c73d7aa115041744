"""Plans, and the views of a company and of a county on a day."""

from collections.abc import Iterable
from datetime import date, timedelta

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.config import Settings
from lianfang.kit.clock import local_day
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, invalid, wrong_field
from lianfang.kit.identifiers import mask_name, mask_phone
from lianfang.kit.paging import Page, clamp, decode_cursor, encode_cursor, page
from lianfang.organisations import store as organisations
from lianfang.resumption import form, store
from lianfang.resumption.model import (
    Company,
    CompanyDay,
    CompanyList,
    DayMember,
    DaySearch,
    Figures,
    Group,
    Plan,
    PlanChange,
    Report,
)
from lianfang.resumption.problems import NOT_EMPLOYEES
from lianfang.resumption.reports import today_of
from lianfang.resumption.store import DayRow, GroupRow
from lianfang.rosters import store as rosters
from lianfang.rosters.model import StoredRoster
from lianfang.rosters.service import existing
from lianfang.venues import store as venues
from lianfang.venues.problems import TEMPLATE_UNKNOWN


async def change_plan(db: Database, settings: Settings, scope: Scope, roster_id: int, change: PlanChange) -> Plan:
    """Sets who of a roster reports, from when, and until what hour of each day."""
    categories = [duty.job_category.strip() for duty in change.duties]
    if len(set(categories)) < len(categories):
        raise invalid(
            wrong_field("duties", "twice", "同一岗位类别只能有一行。", "Each job category has one line at most.")
        )
    for index, duty in enumerate(change.duties):
        if duty.ends_on is not None and duty.ends_on < duty.starts_on:
            where = f"duties[{index}].ends_on"
            raise invalid(wrong_field(where, "range", "结束日期早于开始日期。", "It ends before it begins."))
    async with scoped(db, scope) as conn:
        roster = await existing(scope, conn, roster_id)
        if roster.kind != "employees":
            raise NOT_EMPLOYEES()
        template_id = change.template_id or await _common_form(scope, conn, roster)
        if await venues.find_template(scope, conn, template_id) is None:
            raise TEMPLATE_UNKNOWN(id=template_id)
        await store.put_plan(scope, conn, roster_id, roster.ord, template_id, change)
        await audit.record(
            scope, conn, "resumption.plan", f"roster:{roster_id}", duties=len(change.duties), template=template_id
        )
        plan = await _plan(scope, conn, roster_id)
    assert plan is not None
    return plan


async def _common_form(scope: Scope, conn: Connection, roster: StoredRoster) -> int:
    """The unit's form of daily reports: the one it can use, else its own first one."""
    for template in await venues.list_templates(scope, conn):
        if template.name == form.NAME:
            return template.id
    place = await organisations.lock_parent(scope, conn, roster.unit_id)
    if place is None:
        raise NOT_FOUND()
    stored = await venues.insert_template(
        scope, conn, place=place, name=form.NAME, name_en=form.NAME_EN, fields=list(form.FIELDS)
    )
    return stored.id


async def list_companies(
    db: Database,
    settings: Settings,
    scope: Scope,
    *,
    unit_id: int | None,
    day: date | None,
    silent: bool,
    cursor: str | None,
    limit: int | None,
) -> CompanyList:
    """Every reporting roster of an area with its day. `silent`: only those of which nobody reported."""
    day = day or today_of(settings)
    limit = clamp(limit)
    after = decode_cursor(cursor, tuple[int, int]) or (0, 0)
    async with scoped(db, scope) as conn:
        part = scope
        if unit_id is not None:
            place = await organisations.find_place(scope, conn, unit_id)
            if place is None:
                raise NOT_FOUND()
            part = scope.narrowed(place.lo, place.hi)
        everything = await store.companies(part, conn, day, local_day(day, settings.zone)[1])
    shown = [row for row in everything if (row.ord, row.roster_id) > after and (not silent or _silent(row))]
    more = len(shown) > limit
    shown = shown[:limit]
    return CompanyList(
        day,
        shown,
        encode_cursor(shown[-1].ord, shown[-1].roster_id) if more else None,
        Figures(
            sum(row.expected for row in everything),
            sum(row.reported for row in everything),
            sum(row.abnormal for row in everything),
            sum(row.reminded for row in everything),
        ),
        len(everything),
        sum(_silent(row) for row in everything),
    )


def _silent(row: Company) -> bool:
    return row.expected > 0 and row.reported == 0


async def show_day(db: Database, settings: Settings, scope: Scope, roster_id: int, day: date | None) -> CompanyDay:
    day = day or today_of(settings)
    async with scoped(db, scope) as conn:
        roster = await existing(scope, conn, roster_id)
        rows = await store.groups(scope, conn, roster_id, day, local_day(day, settings.zone)[1])
        plan = await _plan(scope, conn, roster_id)
    return CompanyDay(
        roster_id=roster_id,
        roster=roster.name,
        unit_id=roster.unit_id,
        unit_name=roster.unit_name,
        day=day,
        plan=plan,
        total=Figures(
            sum(row.expected for row in rows),
            sum(row.reported for row in rows),
            sum(row.abnormal for row in rows),
            sum(row.reminded for row in rows),
        ),
        departments=_grouped((row.department, row) for row in rows),
        job_categories=_grouped((row.job_category, row) for row in rows),
    )


async def search_day(
    db: Database, keys: Keys, settings: Settings, scope: Scope, roster_id: int, request: DaySearch
) -> Page[DayMember]:
    """A page of a roster's members with their day, masked."""
    day = request.day or today_of(settings)
    limit = clamp(request.limit)
    key = decode_cursor(request.cursor, tuple[int])
    async with scoped(db, scope) as conn:
        await existing(scope, conn, roster_id)
        rows = await store.day_members(
            scope,
            conn,
            roster_id,
            day,
            local_day(day, settings.zone)[1],
            state=request.state,
            department=request.department,
            job_category=request.job_category,
            after=key[0] if key else 0,
            limit=limit + 1,
        )
    listed = page(rows, limit, lambda row: (row.id,))
    return Page([day_member(keys, row) for row in listed.items], listed.next)


def day_member(keys: Keys, row: DayRow) -> DayMember:
    """The member as lists show them."""
    report = None
    if row.version is not None:
        assert row.at is not None
        assert row.source is not None
        report = Report(row.version, row.at, row.source, bool(row.late), bool(row.abnormal))
    return DayMember(
        id=row.id,
        number=row.number,
        name=mask_name(rosters.unseal(keys, row.id, row.given).name),
        phone=mask_phone(keys.decrypt(row.phone, f"roster_members.phone:{row.id}")) if row.phone else "",
        department=row.department,
        job_category=row.job_category,
        due=row.due,
        report=report,
        reminded_at=row.reminded_at,
    )


def first_kept(today: date, kept_days: int) -> date:
    """The oldest day whose reports are kept."""
    return today - timedelta(days=kept_days)


async def _plan(scope: Scope, conn: Connection, roster_id: int) -> Plan | None:
    row = await store.find_plan(scope, conn, roster_id)
    if row is None:
        return None
    template = await venues.find_template(scope, conn, row.template_id)
    assert template is not None
    return Plan(
        template_id=row.template_id,
        template_name=template.name,
        remind_at=row.remind_at,
        quota=row.quota,
        duties=await store.duties(scope, conn, roster_id),
    )


def _grouped(rows: Iterable[tuple[str, GroupRow]]) -> list[Group]:
    sums: dict[str, list[int]] = {}
    for name, row in rows:
        figures = sums.setdefault(name, [0, 0, 0])
        for index, value in enumerate((row.expected, row.reported, row.abnormal)):
            figures[index] += value
    return [Group(name, *figures) for name, figures in sorted(sums.items())]
