"""A roster's day as a file, masked."""

from collections.abc import Iterator
from datetime import date

from psycopg.rows import class_row

from lianfang.access.scope import Scope, scoped, scoped_blocking
from lianfang.audit import store as audit
from lianfang.audit.purpose import checked_purpose
from lianfang.config import Settings
from lianfang.kit.clock import local_day
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language, Text
from lianfang.resumption.model import SOURCES, DayExport
from lianfang.resumption.reports import today_of
from lianfang.resumption.service import day_member
from lianfang.resumption.store import DayRow, Q
from lianfang.rosters.service import existing

CHUNK = 2000
HEADER = (
    Text("日期", "Day"),
    Text("工号", "Number"),
    Text("姓名", "Name"),
    Text("手机号", "Mobile phone"),
    Text("部门", "Department"),
    Text("岗位类别", "Job category"),
    Text("应报", "Must report"),
    Text("状态", "State"),
    Text("填报时间", "Reported at"),
    Text("来源", "Source"),
    Text("提醒时间", "Reminded at"),
)
YES, NO = Text("是", "yes"), Text("否", "no")
STATES = {
    "missing": Text("未填报", "Missing"),
    "reported": Text("已填报", "Reported"),
    "late": Text("逾期填报", "Reported late"),
    "abnormal": Text("异常", "Abnormal"),
    "free": Text("无需填报", "Need not report"),
}


async def prepare_export(db: Database, settings: Settings, scope: Scope, roster_id: int, request: DayExport) -> date:
    """Checks and records an export before its first byte leaves; its day."""
    purpose = checked_purpose(request.purpose)
    day = request.day or today_of(settings)
    async with scoped(db, scope) as conn:
        await existing(scope, conn, roster_id)
        await audit.record(
            scope,
            conn,
            "resumption.export",
            f"roster:{roster_id}",
            day=day.isoformat(),
            state=request.state,
            format=request.format,
            purpose=purpose,
        )
    return day


def rows_of(
    db: Database,
    keys: Keys,
    settings: Settings,
    scope: Scope,
    roster_id: int,
    day: date,
    request: DayExport,
    language: Language,
) -> Iterator[tuple[str, ...]]:
    """Every member and their day, chunk by chunk. Blocking: runs in a thread."""
    params = {
        "roster_id": roster_id,
        "day": day,
        "until": local_day(day, settings.zone)[1],
        "state": request.state,
        "department": None,
        "job_category": None,
        "lo": scope.lo,
        "hi": scope.hi,
        "limit": CHUNK,
        "after": 0,
    }
    with scoped_blocking(db, scope) as conn, conn.cursor(row_factory=class_row(DayRow)) as cursor:
        while rows := cursor.execute(Q.day_members, params).fetchall():
            params["after"] = rows[-1].id
            for row in rows:
                yield _cells(keys, settings, day, row, language)


def _cells(keys: Keys, settings: Settings, day: date, row: DayRow, language: Language) -> tuple[str, ...]:
    member = day_member(keys, row)
    report = member.report
    state = "free" if member.due is None else "missing"
    if report:
        state = "abnormal" if report.abnormal else "late" if report.late else "reported"
    return (
        day.isoformat(),
        member.number,
        member.name,
        member.phone,
        member.department,
        member.job_category,
        (YES if member.due else NO).show(language),
        STATES[state].show(language),
        f"{report.at.astimezone(settings.zone):%Y-%m-%d %H:%M}" if report else "",
        SOURCES[report.source].show(language) if report else "",
        f"{member.reminded_at.astimezone(settings.zone):%Y-%m-%d %H:%M}" if member.reminded_at else "",
    )
