"""/rosters"""

import asyncio

from litestar import Response, Router, delete, get, patch, post
from litestar.response import File, Stream

from lianfang.access.rules import staff
from lianfang.access.scope import Scope
from lianfang.config import Settings
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.paging import Page
from lianfang.kit.sheets import downloads
from lianfang.rosters import export, service, template
from lianfang.rosters.model import (
    ExportRequest,
    Kind,
    Member,
    NewRoster,
    Purpose,
    Roster,
    RosterChange,
    Search,
    Started,
    StartImport,
)


@get("/", **staff("rosters.read"))
async def list_rosters(
    db: Database,
    acting: Scope,
    unit_id: int | None = None,
    kind: Kind | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[Roster]:
    """The lists of a unit and everything below it."""
    return await service.list_rosters(db, acting, unit_id=unit_id, kind=kind, cursor=cursor, limit=limit)


@post("/", **staff("rosters.manage"))
async def create_roster(db: Database, acting: Scope, data: NewRoster) -> Roster:
    """Creates an empty list."""
    return await service.create_roster(db, acting, data)


@get("/template.xlsx", media_type=downloads.XLSX, **staff("rosters.read"))
async def show_template(language: Language, kind: Kind = "employees") -> Response[bytes]:
    """The workbook to fill in."""
    content = await asyncio.to_thread(template.build, kind, language)
    disposition = {"content-disposition": f'attachment; filename="lianfang-roster-{kind}.xlsx"'}
    return Response(content, media_type=downloads.XLSX, headers=disposition)


@get("/{roster_id:int}", **staff("rosters.read"))
async def show_roster(db: Database, acting: Scope, roster_id: int) -> Roster:
    """One list."""
    return await service.show_roster(db, acting, roster_id)


@patch("/{roster_id:int}", **staff("rosters.manage"))
async def rename_roster(db: Database, acting: Scope, roster_id: int, data: RosterChange) -> Roster:
    """Gives a list another name."""
    return await service.rename_roster(db, acting, roster_id, data)


@post("/{roster_id:int}/import", status_code=202, **staff("rosters.manage"))
async def start_import(
    db: Database, keys: Keys, acting: Scope, language: Language, roster_id: int, data: StartImport
) -> Started:
    """Imports an uploaded file, or only says what would happen; a run."""
    return await service.start_import(db, keys, acting, roster_id, data, language)


@post("/{roster_id:int}/members/search", status_code=200, **staff("rosters.read"))
async def search_members(db: Database, keys: Keys, acting: Scope, roster_id: int, data: Search) -> Page[Member]:
    """Members, masked; by number, document, phone or name exactly."""
    return await service.search_members(db, keys, acting, roster_id, data)


@post("/{roster_id:int}/members/{member_id:int}/open", status_code=200, **staff("rosters.read"))
async def open_member(db: Database, keys: Keys, acting: Scope, roster_id: int, member_id: int, data: Purpose) -> Member:
    """One member in the clear; recorded with the purpose."""
    return await service.open_member(db, keys, acting, roster_id, member_id, data.purpose)


@delete("/{roster_id:int}/members/{member_id:int}", **staff("rosters.manage"))
async def remove_member(db: Database, acting: Scope, roster_id: int, member_id: int) -> None:
    """The member has left."""
    await service.remove_member(db, acting, roster_id, member_id)


@post("/{roster_id:int}/export", status_code=200, **staff("rosters.export"))
async def export_roster(
    db: Database, keys: Keys, settings: Settings, acting: Scope, language: Language, roster_id: int, data: ExportRequest
) -> Stream | File:
    """The list as a file; recorded with the purpose."""
    await export.prepare_export(db, acting, roster_id, data)
    rows = export.rows_of(db, keys, acting, roster_id, data, language)
    stem = f"lianfang-roster-{roster_id}-{clock_now().astimezone(settings.zone):%Y%m%d-%H%M%S}"
    return await downloads.table(stem, data.format, export.header(language), rows)


router = Router(
    "/rosters",
    route_handlers=[
        list_rosters,
        create_roster,
        show_template,
        show_roster,
        rename_roster,
        start_import,
        search_members,
        open_member,
        remove_member,
        export_roster,
    ],
    tags=["rosters"],
)
