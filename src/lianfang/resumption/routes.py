"""/resumption, /residents/me/reports"""

from datetime import date
from typing import Literal

from litestar import Router, get, post, put
from litestar.response import File, Stream

from lianfang.access.rules import RESIDENT, staff
from lianfang.access.scope import Scope
from lianfang.config import Settings
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.paging import Page
from lianfang.kit.sheets import downloads
from lianfang.resumption import export, follow, reports, service
from lianfang.resumption.model import (
    CompanyDay,
    CompanyList,
    DayExport,
    DayMember,
    DaySearch,
    FollowUp,
    FollowUpDetail,
    FollowUpStep,
    MyDuty,
    NewReport,
    Plan,
    PlanChange,
    Reported,
)
from lianfang.rosters.model import Purpose


@get("/residents/me/reports", tags=["residents"], **RESIDENT)
async def my_duties(db: Database, identity: Database, keys: Keys, settings: Settings, acting: Scope) -> list[MyDuty]:
    """What the resident is asked to report today, by whom, and what they reported."""
    return await reports.my_duties(db, identity, keys, settings, acting)


@post("/residents/me/reports/{roster_id:int}", status_code=200, tags=["residents"], **RESIDENT)
async def report_mine(
    db: Database, keys: Keys, settings: Settings, acting: Scope, roster_id: int, data: NewReport
) -> Reported:
    """The resident's report of today, or a correction; the same answers again change nothing."""
    return await reports.report_mine(db, keys, settings, acting, roster_id, data)


@get("/resumption/companies", **staff("reports.read"))
async def list_companies(
    db: Database,
    settings: Settings,
    acting: Scope,
    unit_id: int | None = None,
    day: date | None = None,
    silent: bool = False,
    cursor: str | None = None,
    limit: int | None = None,
) -> CompanyList:
    """Reporting rosters of an area with a day's figures, and the sum of all."""
    return await service.list_companies(
        db, settings, acting, unit_id=unit_id, day=day, silent=silent, cursor=cursor, limit=limit
    )


@get("/resumption/rosters/{roster_id:int}", **staff("reports.read"))
async def show_day(
    db: Database, settings: Settings, acting: Scope, roster_id: int, day: date | None = None
) -> CompanyDay:
    """One roster's day by department and job category, and how it reports."""
    return await service.show_day(db, settings, acting, roster_id, day)


@put("/resumption/rosters/{roster_id:int}/plan", **staff("reports.manage"))
async def change_plan(db: Database, settings: Settings, acting: Scope, roster_id: int, data: PlanChange) -> Plan:
    """Sets who reports, from when, and until what hour."""
    return await service.change_plan(db, settings, acting, roster_id, data)


@post("/resumption/rosters/{roster_id:int}/members", status_code=200, **staff("reports.read"))
async def search_day(
    db: Database, keys: Keys, settings: Settings, acting: Scope, roster_id: int, data: DaySearch
) -> Page[DayMember]:
    """Who has reported on a day and who has not, masked."""
    return await service.search_day(db, keys, settings, acting, roster_id, data)


@post("/resumption/rosters/{roster_id:int}/members/{member_id:int}/report", status_code=200, **staff("reports.manage"))
async def report_for(
    db: Database,
    keys: Keys,
    settings: Settings,
    acting: Scope,
    importer_id: int,
    roster_id: int,
    member_id: int,
    data: NewReport,
) -> Reported:
    """Reports for a member who has no telephone; recorded as such."""
    return await reports.report_for(db, keys, settings, acting, importer_id, roster_id, member_id, data)


@post("/resumption/rosters/{roster_id:int}/export", status_code=200, **staff("rosters.export"))
async def export_day(
    db: Database, keys: Keys, settings: Settings, acting: Scope, language: Language, roster_id: int, data: DayExport
) -> Stream | File:
    """A roster's day as a file, masked; recorded with the purpose."""
    day = await export.prepare_export(db, settings, acting, roster_id, data)
    rows = export.rows_of(db, keys, settings, acting, roster_id, day, data, language)
    header = [text.show(language) for text in export.HEADER]
    return await downloads.table(f"lianfang-reports-{roster_id}-{day:%Y%m%d}", data.format, header, rows)


@get("/resumption/follow-ups", **staff("reports.read"))
async def list_follow_ups(
    db: Database,
    keys: Keys,
    acting: Scope,
    unit_id: int | None = None,
    only: Literal["open", "contacted", "closed", "unfinished"] | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[FollowUp]:
    """What was abnormal and is to be looked after, newest first, masked."""
    return await follow.list_follow_ups(db, keys, acting, unit_id=unit_id, state=only, cursor=cursor, limit=limit)


@post("/resumption/follow-ups/{follow_up_id:int}/open", status_code=200, **staff("reports.manage"))
async def open_follow_up(db: Database, keys: Keys, acting: Scope, follow_up_id: int, data: Purpose) -> FollowUpDetail:
    """One in the clear, with the answers and what was done; recorded with the purpose."""
    return await follow.open_follow_up(db, keys, acting, follow_up_id, data.purpose)


@post("/resumption/follow-ups/{follow_up_id:int}/steps", status_code=200, **staff("reports.manage"))
async def take_step(
    db: Database, keys: Keys, acting: Scope, importer_id: int, follow_up_id: int, data: FollowUpStep
) -> FollowUpDetail:
    """Writes down what was done: contact, close, reopen."""
    return await follow.take_step(db, keys, acting, importer_id, follow_up_id, data)


router = Router(
    "/",
    route_handlers=[
        my_duties,
        report_mine,
        list_companies,
        show_day,
        change_plan,
        search_day,
        report_for,
        export_day,
        list_follow_ups,
        open_follow_up,
        take_step,
    ],
    tags=["resumption"],
)
