"""/statistics"""

from datetime import date
from typing import Annotated

from litestar import Response, Router, get, post
from litestar.params import QueryParameter
from litestar.response import File

from lianfang.access.rules import PUBLIC, staff
from lianfang.access.scope import Scope
from lianfang.config import Settings
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.sheets import downloads
from lianfang.staff.model import StaffSession
from lianfang.statistics import book, public, service, wall
from lianfang.statistics.model import Publication, PublicationChange, PublicStatistics, Statistics, Wall

First = Annotated[date | None, QueryParameter(name="from")]
Last = Annotated[date | None, QueryParameter(name="to")]


@get("/", **staff("records.read"))
async def show_statistics(
    db: Database,
    settings: Settings,
    acting: Scope,
    unit_id: int | None = None,
    first: First = None,
    last: Last = None,
) -> Statistics:
    """Figures of a unit and everything below it over local days, both included (default: the last seven)."""
    return await service.show(db, settings, acting, unit_id=unit_id, first=first, last=last)


@get("/file", media_type="application/octet-stream", **staff("records.read"))
async def download_statistics(
    db: Database,
    settings: Settings,
    acting: Scope,
    language: Language,
    unit_id: int | None = None,
    first: First = None,
    last: Last = None,
) -> File:
    """The same figures as a workbook."""
    found = await service.show(db, settings, acting, unit_id=unit_id, first=first, last=last)
    await service.record_file(db, acting, found)
    stem = f"lianfang-statistics-{found.first:%Y%m%d}-{found.last:%Y%m%d}"
    return await downloads.workbook(stem, lambda path: book.write(path, found, settings, language))


@get("/wall", **staff("records.read"))
async def show_wall(db: Database, settings: Settings, acting: Scope, unit_id: int | None = None) -> Wall:
    """Today on one screen: against last week, who has not reported, fevers."""
    return await wall.show(db, settings, acting, unit_id)


@get("/publication", **staff("records.read"))
async def show_publication(db: Database, acting: Scope, unit_id: int) -> Publication:
    """Whether a unit's figures are public."""
    return await public.show_publication(db, acting, unit_id)


@post("/publication", status_code=200, **staff("units.manage"))
async def change_publication(
    db: Database, acting: Scope, session: StaffSession, data: PublicationChange
) -> Publication:
    """Publishes a unit's figures, or withdraws them; recorded."""
    return await public.change_publication(db, acting, session.account_id, data)


@get("/public/statistics/{unit_id:int}", tags=["statistics"], **PUBLIC)
async def public_statistics(lane_db: Database, settings: Settings, unit_id: int) -> Response[PublicStatistics]:
    """Check-ins of a county or town that publishes them, by whole days; small figures are hidden."""
    found = await public.show(lane_db, settings, unit_id)
    return Response(found, headers={"cache-control": f"public, max-age={public.KEPT_S}"})


router = Router(
    "/statistics",
    route_handlers=[show_statistics, download_statistics, show_wall, show_publication, change_publication],
    tags=["statistics"],
)
public_router = Router("/", route_handlers=[public_statistics])
