"""/traces"""

from typing import Any

from litestar import Request, Router, get, post

from lianfang.access.rules import staff
from lianfang.access.scope import Scope
from lianfang.config import Settings
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.paging import Page
from lianfang.rosters.model import Started
from lianfang.tracing import cases, export, service
from lianfang.tracing.api import (
    CasesRead,
    ContactEvidence,
    ContactSearch,
    Difference,
    DifferenceQuery,
    EvidenceQuery,
    NewTrace,
    Trace,
    TracedContact,
    TraceExport,
    TracePlan,
    TraceStarted,
)

CASES_FILE_MAX_KIB = 1024


@post("/", status_code=202, **staff("tracing.run"))
async def start_trace(db: Database, keys: Keys, acting: Scope, language: Language, data: NewTrace) -> TraceStarted:
    """Looks for the contacts of cases, within the account's part of the tree; a run. Recorded with its purpose."""
    return await service.start(db, keys, acting, data, language)


@get("/", **staff("tracing.run"))
async def list_traces(db: Database, acting: Scope, cursor: str | None = None, limit: int | None = None) -> Page[Trace]:
    """Traces, newest first."""
    return await service.list_traces(db, acting, cursor, limit)


@get("/plans", **staff("tracing.run"))
async def list_plans() -> list[TracePlan]:
    """Plans that can be traced by."""
    return service.plans_of(now())


@get("/{trace_id:int}", **staff("tracing.run"))
async def show_trace(db: Database, acting: Scope, trace_id: int) -> Trace:
    """How a trace stands, and how many it found."""
    return await service.show(db, acting, trace_id)


@post("/{trace_id:int}/contacts", status_code=200, **staff("tracing.run"))
async def read_contacts(
    db: Database, keys: Keys, acting: Scope, trace_id: int, data: ContactSearch
) -> Page[TracedContact]:
    """Who was found, the likeliest first; recorded with its purpose."""
    return await service.contacts(db, keys, acting, trace_id, data)


@post("/{trace_id:int}/evidence", status_code=200, **staff("tracing.run"))
async def read_evidence(
    db: Database, keys: Keys, acting: Scope, trace_id: int, data: EvidenceQuery
) -> list[ContactEvidence]:
    """How somebody comes to be a contact; recorded with its purpose."""
    return await service.evidence(db, keys, acting, trace_id, data)


@post("/{trace_id:int}/difference", status_code=200, **staff("tracing.run"))
async def compare_traces(
    db: Database, keys: Keys, acting: Scope, trace_id: int, data: DifferenceQuery
) -> Page[Difference]:
    """Who was added, is gone or of another degree since an earlier trace; recorded with its purpose."""
    return await service.difference(db, keys, acting, trace_id, data)


@post("/{trace_id:int}/exports", status_code=202, **staff("tracing.run"))
async def export_contacts(
    db: Database, keys: Keys, acting: Scope, language: Language, trace_id: int, data: TraceExport
) -> Started:
    """Who was found as a workbook, masked; a run. Recorded with its purpose."""
    return Started(await export.start(db, keys, acting, trace_id, data, language))


@post(
    "/cases",
    status_code=200,
    request_max_body_size=CASES_FILE_MAX_KIB << 10,
    takes="application/octet-stream",
    **staff("tracing.run"),
)
async def read_cases(
    request: Request[Any, Any, Any],
    db: Database,
    keys: Keys,
    settings: Settings,
    acting: Scope,
    language: Language,
    purpose: str,
) -> CasesRead:
    """Whom a list of cases means: a workbook or CSV as it is (`application/octet-stream`, 1 MiB), each row a document or phone,
    the day of onset, and the time of isolation. Rows that are none come back with the reason. Recorded with its purpose."""
    return await cases.read(db, keys, settings.zone, acting, await request.body(), purpose, language)


router = Router(
    "/traces",
    route_handlers=[
        start_trace,
        list_traces,
        list_plans,
        show_trace,
        read_contacts,
        read_evidence,
        compare_traces,
        export_contacts,
        read_cases,
    ],
    tags=["traces"],
)
