"""/units/{id}/extent, …/move, …/merge, …/close, …/reopen"""

from litestar import Router, get, post

from lianfang.access.rules import staff
from lianfang.access.scope import Scope
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.restructuring import service
from lianfang.restructuring.model import Closed, Extent, Following, UnitClose, UnitMerge, UnitMove
from lianfang.staff.sessions import Sessions
from lianfang.venues.doors import Doors


def _forget(doors: Doors, sessions: Sessions) -> None:
    """Other processes hear of it within milliseconds; whoever asks this one next finds it done."""
    doors.forget_all()
    sessions.clear()


@get("/{unit_id:int}/extent", **staff("units.manage"))
async def unit_extent(db: Database, acting: Scope, unit_id: int) -> Extent:
    """What belongs to a unit and everything below it: what would come along, or be closed."""
    return await service.show_extent(db, acting, unit_id)


@post("/{unit_id:int}/move", status_code=202, **staff("units.manage"))
async def move_unit(
    db: Database,
    keys: Keys,
    doors: Doors,
    sessions: Sessions,
    acting: Scope,
    language: Language,
    unit_id: int,
    data: UnitMove,
) -> Following:
    """Puts a unit with everything below it under another unit of one's own."""
    done = await service.move(db, keys, acting, unit_id, data, language)
    _forget(doors, sessions)
    return done


@post("/{unit_id:int}/merge", status_code=202, **staff("units.manage"))
async def merge_unit(
    db: Database,
    keys: Keys,
    doors: Doors,
    sessions: Sessions,
    acting: Scope,
    language: Language,
    unit_id: int,
    data: UnitMerge,
) -> Following:
    """Another unit takes over the unit's children, checkpoints and accounts; it stays below that one, closed."""
    done = await service.merge(db, keys, acting, unit_id, data, language)
    _forget(doors, sessions)
    return done


@post("/{unit_id:int}/close", status_code=200, **staff("units.manage"))
async def close_unit(
    db: Database, doors: Doors, sessions: Sessions, acting: Scope, unit_id: int, data: UnitClose
) -> Closed:
    """Closes a unit and everything below it."""
    done = await service.close(db, acting, unit_id, data)
    _forget(doors, sessions)
    return done


@post("/{unit_id:int}/reopen", status_code=200, **staff("units.manage"))
async def reopen_unit(
    db: Database, doors: Doors, sessions: Sessions, acting: Scope, unit_id: int, data: UnitClose
) -> Closed:
    """Opens again what was closed with the unit."""
    done = await service.reopen(db, acting, unit_id, data)
    _forget(doors, sessions)
    return done


router = Router("/units", route_handlers=[unit_extent, move_unit, merge_unit, close_unit, reopen_unit], tags=["units"])
