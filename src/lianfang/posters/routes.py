"""/checkpoints/posters"""

from datetime import date

from litestar import Router, get, post

from lianfang.access.rules import staff
from lianfang.access.scope import Scope
from lianfang.config import Settings
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.posters import service
from lianfang.posters.model import PosterCount, PosterFilter, PosterRequest
from lianfang.runs.model import Run
from lianfang.venues.model import Category


@get("/", **staff("checkpoints.read"))
async def count_posters(
    db: Database,
    settings: Settings,
    acting: Scope,
    unit_id: int | None = None,
    category: Category | None = None,
    q: str = "",
    since: date | None = None,
) -> PosterCount:
    """How many posters a filter finds."""
    wanted = PosterFilter(unit_id, category, q, since)
    return await service.count_posters(db, settings, acting, wanted)


@post("/", **staff("checkpoints.read"))
async def print_posters(
    db: Database, settings: Settings, keys: Keys, acting: Scope, language: Language, data: PosterRequest
) -> Run:
    """Begins a run that makes a PDF of the posters: A4, two A5 on an A4, or sheets of 21 stickers."""
    return await service.start(db, settings, keys, acting, data, language)


router = Router("/checkpoints/posters", route_handlers=[count_posters, print_posters], tags=["checkpoints"])
