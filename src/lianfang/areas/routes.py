"""/areas, /test-sites, and what is public of them"""

from typing import Annotated, Literal

from litestar import Response, Router, get, post
from litestar.params import QueryParameter

from lianfang.access.rules import PUBLIC, staff
from lianfang.access.scope import Scope
from lianfang.areas import public, service
from lianfang.areas.decide import State
from lianfang.areas.model import (
    AreaMeaning,
    AreasConfirmed,
    AreasToConfirm,
    Bulletin,
    BulletinsImported,
    BulletinText,
    Level,
    LevelChange,
    ReadRow,
    ResidentsToConfirm,
    RiskArea,
    StartAreaImport,
    StartSites,
    TestSite,
)
from lianfang.areas.public import PublicAreas
from lianfang.config import Settings
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.paging import Page
from lianfang.rosters.model import Started

CACHED = {"cache-control": f"public, max-age={public.KEPT_S}"}


@get("/", **staff("areas.read"))
async def list_areas(
    db: Database,
    acting: Scope,
    now: bool = True,
    waiting: bool = False,
    in_state: Annotated[State | None, QueryParameter(name="state")] = None,
    level: Level | None = None,
    q: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[RiskArea]:
    """Areas of the account's own bulletins and those of units below, newest first; `now`: those that have a level; `waiting`:
    those that colour nobody before they are confirmed."""
    return await service.list_areas(
        db, acting, state=in_state, level=level, now=now, waiting=waiting, text=q, cursor=cursor, limit=limit
    )


@get("/counts", **staff("areas.read"))
async def count_areas(db: Database, acting: Scope) -> dict[str, int]:
    """How many areas have a level now, by what is known of them; `waiting`: how many wait to be confirmed."""
    return await service.count_states(db, acting)


@get("/bulletins", **staff("areas.read"))
async def list_bulletins(
    db: Database, acting: Scope, odd: bool = False, cursor: str | None = None, limit: int | None = None
) -> Page[Bulletin]:
    """Bulletins as they were stored, newest first; `odd`: those that do not add up."""
    return await service.list_bulletins(db, acting, odd=odd, cursor=cursor, limit=limit)


@post("/preview", status_code=200, **staff("areas.manage"))
async def preview_bulletin(db: Database, acting: Scope, data: BulletinText) -> list[ReadRow]:
    """What would be read in a pasted bulletin; nothing is stored."""
    return await service.preview(db, acting, data)


@post("/bulletins", **staff("areas.manage"))
async def publish_bulletin(
    db: Database, keys: Keys, settings: Settings, acting: Scope, language: Language, data: BulletinText
) -> BulletinsImported:
    """Stores a pasted bulletin; levels change, and those who stayed there are told by their code."""
    return await service.publish(db, keys, acting, data, settings.zone, language)


@post("/confirm", status_code=200, **staff("areas.confirm"))
async def confirm_areas(
    db: Database, keys: Keys, acting: Scope, language: Language, data: AreasToConfirm
) -> AreasConfirmed:
    """A second official, of a unit above, confirms what others stated; all or none. Problem `area_second_official`."""
    return await service.confirm(db, keys, acting, data, language)


@post("/imports", status_code=202, **staff("areas.manage"))
async def start_import(db: Database, keys: Keys, acting: Scope, language: Language, data: StartAreaImport) -> Started:
    """Imports an uploaded file of bulletins, or only says what would happen; a run."""
    parameters: dict[str, object] = {"dry_run": data.dry_run, "complete": data.complete}
    return Started(await service.start_run(db, keys, acting, service.IMPORT, data.upload_id, parameters, language))


@post("/{area_id:int}/decide", status_code=200, **staff("areas.manage"))
async def decide_area(
    db: Database, keys: Keys, acting: Scope, language: Language, area_id: int, data: AreaMeaning
) -> RiskArea:
    """Says what an area means in the tree."""
    return await service.decide(db, keys, acting, area_id, data, language)


@post("/{area_id:int}/residents", status_code=200, **staff("areas.confirm"))
async def confirm_residents(
    db: Database, keys: Keys, acting: Scope, language: Language, area_id: int, data: ResidentsToConfirm
) -> RiskArea:
    """A second official, of a unit above the lists, confirms who was put on lists of residents since the area was confirmed."""
    return await service.confirm_residents(db, keys, acting, area_id, data, language)


@post("/{area_id:int}/level", status_code=200, **staff("areas.manage"))
async def change_level(
    db: Database, keys: Keys, settings: Settings, acting: Scope, language: Language, area_id: int, data: LevelChange
) -> RiskArea:
    """Another level from now on, or none."""
    return await service.change_level(db, keys, acting, area_id, data, settings.zone, language)


@post("/imports", status_code=202, **staff("areas.manage"))
async def start_sites(db: Database, keys: Keys, acting: Scope, language: Language, data: StartSites) -> Started:
    """Imports an uploaded list of test sites; those it does not name are closed. A run."""
    parameters: dict[str, object] = {"dry_run": data.dry_run, "source": data.source}
    return Started(await service.start_run(db, keys, acting, service.SITES, data.upload_id, parameters, language))


@get("/public/areas", tags=["areas"], **PUBLIC)
async def public_areas(
    lane_db: Database,
    level: Level | None = None,
    q: str | None = None,
    code: str = "",
    cursor: str | None = None,
    limit: int | None = None,
) -> Response[PublicAreas]:
    """Areas that have a level now, with source and age; `code`: of a division."""
    found = await public.areas(lane_db, level=level, text=q, code=code, cursor=cursor, limit=limit)
    return Response(found, headers=CACHED)


@get("/public/test-sites", tags=["areas"], **PUBLIC)
async def public_sites(
    lane_db: Database,
    lat: float | None = None,
    lon: float | None = None,
    system: Literal["wgs84", "gcj02"] = "wgs84",
    q: str | None = None,
) -> Response[Page[TestSite]]:
    """The nearest places that take samples. The position is used for the answer and stored nowhere."""
    found = await public.sites(lane_db, lat=lat, lon=lon, gcj02=system == "gcj02", text=q)
    return Response(found, headers={"cache-control": "no-store"})


router = Router(
    "/areas",
    route_handlers=[
        list_areas,
        count_areas,
        list_bulletins,
        preview_bulletin,
        publish_bulletin,
        confirm_areas,
        confirm_residents,
        start_import,
        decide_area,
        change_level,
    ],
    tags=["areas"],
)
sites_router = Router("/test-sites", route_handlers=[start_sites], tags=["areas"])
public_router = Router("/", route_handlers=[public_areas, public_sites])
