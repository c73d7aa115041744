"""/sources"""

from litestar import Router, get, post

from lianfang.access.rules import staff
from lianfang.access.scope import Scope
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.paging import Page
from lianfang.sources import service
from lianfang.sources.model import Finding, FindingsQuery, NewSearch, Search, SearchStarted


@post("/", status_code=202, **staff("tracing.run"))
async def start_search(db: Database, keys: Keys, acting: Scope, language: Language, data: NewSearch) -> SearchStarted:
    """Looks which hours of which places the cases of a finished trace share beyond chance, in the days before their onset; a run.
    Recorded with its purpose."""
    return await service.start(db, keys, acting, data, language)


@get("/", **staff("tracing.run"))
async def list_searches(
    db: Database, acting: Scope, trace_id: int | None = None, cursor: str | None = None, limit: int | None = None
) -> Page[Search]:
    """Searches, newest first; of one trace, where `trace_id` is given."""
    return await service.list_searches(db, acting, trace_id, cursor, limit)


@get("/{search_id:int}", **staff("tracing.run"))
async def show_search(db: Database, acting: Scope, search_id: int) -> Search:
    """How a search stands, and how much it found."""
    return await service.show(db, acting, search_id)


@post("/{search_id:int}/findings", status_code=200, **staff("tracing.run"))
async def read_findings(db: Database, acting: Scope, search_id: int, data: FindingsQuery) -> list[Finding]:
    """The hours of places that cases share, the least likely by chance first, 200 at most. Recorded with its purpose."""
    return await service.findings(db, acting, search_id, data)


router = Router("/sources", route_handlers=[start_search, list_searches, show_search, read_findings], tags=["sources"])
