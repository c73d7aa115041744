"""/units"""

from litestar import Router, get, patch, post

from lianfang.access.rules import staff
from lianfang.access.scope import Scope
from lianfang.kit.db import Database
from lianfang.kit.paging import Page
from lianfang.organisations import service
from lianfang.organisations.model import NewUnit, Unit, UnitChange, UnitDetail
from lianfang.organisations.store import Happened


@get("/", **staff("units.read"))
async def list_units(
    db: Database,
    acting: Scope,
    parent_id: int | None = None,
    q: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[Unit]:
    """Children of a unit, a search below the own unit, or the own unit."""
    return await service.list_units(db, acting, parent_id=parent_id, text=q, cursor=cursor, limit=limit)


@get("/{unit_id:int}", **staff("units.read"))
async def show_unit(db: Database, acting: Scope, unit_id: int) -> UnitDetail:
    """A unit with its counts and the way to it."""
    return await service.show_unit(db, acting, unit_id)


@get("/{unit_id:int}/history", **staff("units.read"))
async def unit_history(
    db: Database, acting: Scope, unit_id: int, cursor: str | None = None, limit: int | None = None
) -> Page[Happened]:
    """What has happened to a unit, newest first."""
    return await service.history(db, acting, unit_id, cursor=cursor, limit=limit)


@post("/", **staff("units.manage"))
async def create_unit(db: Database, acting: Scope, data: NewUnit) -> Unit:
    """Creates a child."""
    return await service.create_unit(db, acting, data)


@patch("/{unit_id:int}", **staff("units.manage"))
async def rename_unit(db: Database, acting: Scope, unit_id: int, data: UnitChange) -> Unit:
    """Renames a unit."""
    return await service.rename_unit(db, acting, unit_id, data)


router = Router(
    "/units", route_handlers=[list_units, show_unit, unit_history, create_unit, rename_unit], tags=["units"]
)
