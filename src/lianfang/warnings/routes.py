"""/warnings"""

from litestar import Router, get

from lianfang.access.rules import staff
from lianfang.access.scope import Scope
from lianfang.kit.db import Database
from lianfang.kit.paging import Page
from lianfang.warnings import service
from lianfang.warnings.model import EarlyWarning, Signal


@get("/", **staff("alerts.read"))
async def list_warnings(
    db: Database, acting: Scope, signal: Signal | None = None, cursor: str | None = None, limit: int | None = None
) -> Page[EarlyWarning]:
    """Places and areas with more fevers, positive tests or red codes than their own past lets expect, newest first. The day before
    is looked at four times a day; each run of days is raised once."""
    return await service.list_warnings(db, acting, signal, cursor, limit)


router = Router("/warnings", route_handlers=[list_warnings], tags=["warnings"])
