"""/funnels"""

from litestar import Router, get, post
from litestar.response import File, Stream

from lianfang.access.rules import staff
from lianfang.access.scope import Scope
from lianfang.funnels import service
from lianfang.funnels.model import Funnel, FunnelExport, FunnelPerson, NewFunnel, PeopleQuery
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.paging import Page
from lianfang.kit.sheets import downloads


@post("/", **staff("tracing.run"))
async def create_funnel(db: Database, lane_db: Database, acting: Scope, data: NewFunnel) -> Funnel:
    """Narrows the first-degree contacts of a finished trace, up to 100,000, step by step, and saves it. Each step says how many it
    keeps, how many it drops, and how many of those are expected to be infected. The same name again is the next version."""
    return await service.create(db, lane_db, acting, data)


@get("/", **staff("tracing.run"))
async def list_funnels(
    db: Database, acting: Scope, trace_id: int | None = None, cursor: str | None = None, limit: int | None = None
) -> Page[Funnel]:
    """Saved funnels, newest first; of one trace, where `trace_id` is given."""
    return await service.list_funnels(db, acting, trace_id, cursor, limit)


@get("/{funnel_id:int}", **staff("tracing.run"))
async def show_funnel(db: Database, acting: Scope, funnel_id: int) -> Funnel:
    """A saved funnel with its steps (`steps`) and what each did (`results`, in the same order)."""
    return await service.show(db, acting, funnel_id)


@post("/{funnel_id:int}/people", status_code=200, **staff("tracing.run"))
async def read_funnel_people(
    db: Database, keys: Keys, acting: Scope, funnel_id: int, data: PeopleQuery
) -> Page[FunnelPerson]:
    """Who was dropped by a step, or (without `step`) kept; the likeliest to be infected first. Recorded with its purpose."""
    return await service.read_people(db, keys, acting, funnel_id, data)


@post("/{funnel_id:int}/export", status_code=200, **staff("tracing.run"))
async def export_funnel(
    db: Database, keys: Keys, acting: Scope, language: Language, funnel_id: int, data: FunnelExport
) -> Stream | File:
    """Everybody with the step that dropped them, as a file; names masked. Recorded with its purpose."""
    rows = await service.export(db, keys, acting, funnel_id, data, language)
    return await downloads.table(f"lianfang-funnel-{funnel_id}", data.format, service.HEADER[language], iter(rows))


router = Router(
    "/funnels",
    route_handlers=[create_funnel, list_funnels, show_funnel, read_funnel_people, export_funnel],
    tags=["funnels"],
)
