"""/doors, /residents/me, /scans, /records, /dashboard"""

import asyncio
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import QueryParameter
from litestar.response import File, Stream

from lianfang.access.rules import FAMILY, PUBLIC, staff
from lianfang.access.scope import Scope
from lianfang.config import Settings
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.paging import Page
from lianfang.kit.sheets import downloads
from lianfang.runs import service as runs
from lianfang.runs.model import Run
from lianfang.venues.doors import Doors
from lianfang.visits import cells, dashboard, export, export_run, occupancy, own, records, residents
from lianfang.visits.door import status_of
from lianfang.visits.feed import Bell
from lianfang.visits.gate_model import CheckedOut, CheckOut, MyCode
from lianfang.visits.model import (
    Count,
    MyVisit,
    Record,
    RecordDetail,
    RecordExport,
    RecordFilter,
    RecordKey,
    RecordSearch,
    Stamp,
    Waiting,
)
from lianfang.visits.presence import OfflineGate


@get("/doors/{code:str}", tags=["residents"], **PUBLIC)
async def open_door(
    db: Database, doors: Doors, keys: Keys, maybe_resident: Scope | None, code: str
) -> residents.DoorPage:
    """What the link on a door opens."""
    return await residents.open_door(db, doors, keys, maybe_resident, code)


@get("/residents/me/visits", tags=["residents"], **FAMILY)
async def my_visits(
    db: Database,
    lane_db: Database,
    acting: Scope,
    language: Language,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[MyVisit]:
    """Where the resident has been."""
    return await residents.my_visits(db, lane_db, acting, cursor, limit, language)


@get("/residents/me/cells", tags=["residents"], **FAMILY)
async def my_cells(
    db: Database,
    doors: Doors,
    keys: Keys,
    acting: Scope,
    language: Language,
    code: str = "",
    scan_id: UUID | None = None,
) -> cells.Cells:
    """The resident's own colour, travel, last test and vaccination; with a door's code also what it requires and what is lacking,
    before they go or after a scan; with a scan of the last minutes also by what its stamp moves."""
    return await cells.show(db, doors, keys, acting, code, scan_id, language)


@get("/residents/me/code", tags=["residents"], **FAMILY)
async def my_code(db: Database, keys: Keys, acting: Scope) -> MyCode:
    """The resident's own code, for the attendant of a gate to scan; good for five minutes."""
    return await own.my_code(db, keys, acting)


@get("/scans/{scan_id:uuid}", tags=["residents"], waits=True, polled=True, **FAMILY)
async def my_scan(
    lane_db: Database,
    keys: Keys,
    decided: Bell,
    acting: Scope,
    language: Language,
    scan_id: UUID,
    wait: Annotated[float, QueryParameter(ge=0, le=60)] = 0,
) -> Response[Stamp | Waiting]:
    """Where the resident's own scan stands: 200 with the stamp, 202 while it waits. `wait`: seconds that the answer may be
    held back until something is decided (25 at most)."""
    answered = await own.follow(lane_db, keys, decided, acting, scan_id, wait, language)
    return Response(answered, status_code=status_of(answered))


@post("/scans/{scan_id:uuid}/checkout", status_code=200, tags=["residents"], **FAMILY)
async def check_out(lane_db: Database, acting: Scope, scan_id: UUID, data: CheckOut | None = None) -> CheckedOut:
    """The resident leaves. The first time counts."""
    return await own.check_out(lane_db, acting, scan_id, data.at if data else None)


@post("/records/search", status_code=200, tags=["records"], **staff("records.read"))
async def search_records(
    db: Database, keys: Keys, acting: Scope, language: Language, data: RecordSearch
) -> Page[Record]:
    """Records of a part of the tree, newest first. A POST, so that document numbers stand in no log."""
    return await records.search(db, keys, acting, data, language)


@post("/records/count", status_code=200, tags=["records"], **staff("records.read"))
async def count_records(db: Database, keys: Keys, acting: Scope, data: RecordFilter) -> Count:
    """How many records a filter finds."""
    return Count(await records.count(db, keys, acting, data))


@post("/records/detail", status_code=200, tags=["records"], **staff("records.read"))
async def open_record(db: Database, keys: Keys, acting: Scope, language: Language, data: RecordKey) -> RecordDetail:
    """One record with the person in the clear; recorded with the purpose."""
    return await records.detail(db, keys, acting, data, language)


@post("/records/export", status_code=200, tags=["records"], **staff("records.export"))
async def export_records(
    db: Database, keys: Keys, settings: Settings, acting: Scope, language: Language, data: RecordExport
) -> Stream | File:
    """The records of a filter as a file, 20,000 at most; recorded with the purpose."""
    condition = await records.prepare_export(db, keys, acting, data, data.purpose, data.format)
    return await file_of(db, keys, settings, acting, condition, language, data.format)


async def file_of(
    db: Database,
    keys: Keys,
    settings: Settings,
    scope: Scope,
    condition: records.Condition,
    language: Language,
    kind: Literal["xlsx", "csv"],
) -> Stream | File:
    """The records of a condition as a file."""
    header, rows = await asyncio.to_thread(export.open_table, db, keys, settings, scope, condition, language)
    return await downloads.table(export_run.stem(settings), kind, header, rows)


@post("/records/exports", status_code=202, tags=["records"], **staff("records.export"))
async def start_export(db: Database, keys: Keys, acting: Scope, language: Language, data: RecordExport) -> Run:
    """Begins a run that writes the records of a filter into a file, however many; recorded with the purpose."""
    return await runs.show(db, acting, await records.start_export(db, keys, acting, data, language))


@get("/dashboard", tags=["records"], **staff("records.read"))
async def show_dashboard(
    db: Database, settings: Settings, acting: Scope, unit_id: int | None = None, day: date | None = None
) -> dashboard.Dashboard:
    """Figures of a day, by hour and by child unit."""
    return await dashboard.show(db, settings, acting, unit_id=unit_id, day=day)


@get("/checkpoints/{checkpoint_id:int}/occupancy", tags=["checkpoints"], **staff("records.read"))
async def show_occupancy(db: Database, acting: Scope, checkpoint_id: int) -> occupancy.Occupancy:
    """How many people are behind a door now, by floor and tenant."""
    return await occupancy.show(db, acting, checkpoint_id)


@get("/dashboard/gates", tags=["records"], **staff("records.read"))
async def offline_gates(
    db: Database, acting: Scope, unit_id: int | None = None, cursor: str | None = None, limit: int | None = None
) -> Page[OfflineGate]:
    """Gates that were connected within the last day and are not now, first those that went last."""
    return await dashboard.offline_gates(db, acting, unit_id=unit_id, cursor=cursor, limit=limit)


router = Router(
    "/",
    route_handlers=[
        offline_gates,
        open_door,
        my_visits,
        my_cells,
        my_code,
        my_scan,
        check_out,
        search_records,
        count_records,
        open_record,
        export_records,
        start_export,
        show_dashboard,
        show_occupancy,
    ],
)
