"""/doors, /residents/me/visits, /gate, /records, /dashboard"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import msgspec
from litestar import Response, Router, get, post
from litestar.background_tasks import BackgroundTask
from litestar.params import HeaderParameter
from litestar.response import File, ServerSentEvent, ServerSentEventMessage, Stream

from lianfang.access.rules import PUBLIC, RESIDENT, staff
from lianfang.access.scope import Scope
from lianfang.config import Settings
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.paging import Page
from lianfang.kit.sheets import write_csv, write_xlsx
from lianfang.staff.model import StaffSession
from lianfang.staff.sessions import Sessions
from lianfang.venues import service as venues
from lianfang.venues.doors import Doors
from lianfang.venues.model import Category
from lianfang.visits import dashboard, export, feed, records, residents
from lianfang.visits.model import (
    Count,
    GateRecent,
    MyVisit,
    Record,
    RecordDetail,
    RecordExport,
    RecordFilter,
    RecordKey,
    RecordSearch,
)


@get("/doors/{code:str}", tags=["residents"], **PUBLIC)
async def open_door(
    db: Database, doors: Doors, keys: Keys, maybe_resident: Scope | None, code: str
) -> residents.DoorPage:
    """What the link on a door opens."""
    return await residents.open_door(db, doors, keys, maybe_resident, code)


@get("/residents/me/visits", tags=["residents"], **RESIDENT)
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


class GateCheckpoint(msgspec.Struct, frozen=True):
    id: int
    name: str
    category: Category
    unit_name: str


@get("/gate/checkpoints", tags=["gate"], **staff("gate.watch"))
async def gate_checkpoints(
    db: Database, settings: Settings, acting: Scope, q: str | None = None, cursor: str | None = None
) -> Page[GateCheckpoint]:
    """The checkpoints that the account can watch."""
    found = await venues.list_checkpoints(
        db, settings, acting, unit_id=None, category=None, text=q, cursor=cursor, limit=None
    )
    return Page([GateCheckpoint(c.id, c.name, c.category, c.unit_name) for c in found.items], found.next)


@get("/gate/{checkpoint_id:int}/recent", tags=["gate"], **staff("gate.watch"))
async def gate_recent(
    db: Database, keys: Keys, settings: Settings, acting: Scope, language: Language, checkpoint_id: int
) -> GateRecent:
    """The last visits of the past day, newest first, and today's number."""
    await venues.find_checkpoint(db, acting, checkpoint_id)
    return await feed.recent(db, keys, settings.zone, acting, checkpoint_id, language)


@get("/gate/{checkpoint_id:int}/events", tags=["gate"], media_type="text/event-stream", **staff("gate.watch"))
async def gate_events(
    db: Database,
    keys: Keys,
    bell: feed.Bell,
    sessions: Sessions,
    session: StaffSession,
    acting: Scope,
    language: Language,
    checkpoint_id: int,
    last_event_id: Annotated[str | None, HeaderParameter(name="Last-Event-ID")] = None,
) -> ServerSentEvent:
    """New visits as they are committed. `Last-Event-ID` resumes where a lost connection ended."""
    await venues.find_checkpoint(db, acting, checkpoint_id)

    async def events() -> AsyncIterator[ServerSentEventMessage]:
        yield ServerSentEventMessage(event="hello", data=clock_now().isoformat())
        since = _cursor(last_event_id)
        async for item in feed.follow(db, keys, bell, acting, checkpoint_id, language, since):
            current = await sessions.current(session.key)
            if current is None or current.scope != acting:
                return  # signed out, disabled or moved since
            if item is None:
                yield ServerSentEventMessage(comment="ping")
            else:
                yield ServerSentEventMessage(event="visit", id=item[0], data=msgspec.json.encode(item[1]).decode())

    return ServerSentEvent(events(), headers={"x-accel-buffering": "no", "cache-control": "no-store"})


def _cursor(text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return at if at and at.tzinfo else None


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
) -> Response[bytes] | Stream | File:
    """The records of a filter as a file; recorded with the purpose."""
    condition = await records.prepare_export(db, keys, acting, data, data.purpose, data.format)
    rows = export.rows_of(db, keys, settings, acting, condition, language)
    header = export.HEADER[language]
    name = f"lianfang-records-{clock_now().astimezone(settings.zone):%Y%m%d-%H%M%S}.{data.format}"
    if data.format == "csv":
        disposition = {"content-disposition": f'attachment; filename="{name}"'}
        return Stream(write_csv(rows, header), media_type="text/csv", headers=disposition)
    # a workbook is a zip archive: it can be sent once it is complete
    directory = tempfile.TemporaryDirectory(prefix="lianfang-export-")
    path = Path(directory.name) / name
    await asyncio.to_thread(write_xlsx, path, header, rows)
    return File(
        path,
        filename=name,
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        background=BackgroundTask(directory.cleanup),
    )


@get("/dashboard", tags=["records"], **staff("records.read"))
async def show_dashboard(
    db: Database, settings: Settings, acting: Scope, unit_id: int | None = None, day: date | None = None
) -> dashboard.Dashboard:
    """Figures of a day, by hour and by child unit."""
    return await dashboard.show(db, settings, acting, unit_id=unit_id, day=day)


router = Router(
    "/",
    route_handlers=[
        open_door,
        my_visits,
        gate_checkpoints,
        gate_recent,
        gate_events,
        search_records,
        count_records,
        open_record,
        export_records,
        show_dashboard,
    ],
)
