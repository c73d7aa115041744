"""Verbs on searches for a source: start one, see it, read what it found. Recorded with its purpose."""

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.audit.purpose import checked_purpose
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import NOT_FOUND, Language
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.runs import service as runs
from lianfang.sources import store
from lianfang.sources.model import Finding, FindingsQuery, NewSearch, Search, SearchStarted
from lianfang.tracing.api import NewTrace
from lianfang.tracing.problems import NOT_FINISHED
from lianfang.tracing.service import asked_place, finished_trace

KIND = "sources.search"
NEWEST = (1 << 62) - 1


async def start(db: Database, keys: Keys, scope: Scope, asked: NewSearch, language: Language) -> SearchStarted:
    """A search, worked as a run. Problems: `purpose_missing`, `not_found`, `trace_not_finished`."""
    purpose = checked_purpose(asked.purpose)
    async with scoped(db, scope) as conn:
        await finished_trace(scope, conn, asked.trace_id)
        search_id = await store.insert(scope, conn, asked.trace_id, purpose)
        run_id = await runs.start(scope, conn, keys, KIND, {"search_id": search_id}, language=language)
        await store.set_run(scope, conn, search_id, run_id)
        await audit.record(scope, conn, "sources.search", f"trace:{asked.trace_id}", purpose=purpose, search=search_id)
    return SearchStarted(search_id, run_id)


def trace_of(keys: Keys, row: store.AskedRow) -> NewTrace:
    """What the trace was asked for."""
    return msgspec.json.decode(keys.decrypt(row.asked, asked_place(row.actor)), type=NewTrace)


async def show(db: Database, scope: Scope, search_id: int) -> Search:
    """How a search stands; Problem `not_found`."""
    async with scoped(db, scope) as conn:
        found = await store.find(scope, conn, search_id)
    if found is None:
        raise NOT_FOUND()
    return found


async def list_searches(
    db: Database, scope: Scope, trace_id: int | None, cursor: str | None, limit: int | None
) -> Page[Search]:
    """Newest first; they name nobody."""
    limit = clamp(limit)
    (before,) = decode_cursor(cursor, tuple[int]) or (NEWEST,)
    async with scoped(db, scope) as conn:
        rows = await store.latest(scope, conn, trace_id, before=before, limit=limit + 1)
    return page(rows, limit, lambda row: (row.id,))


async def findings(db: Database, scope: Scope, search_id: int, query: FindingsQuery) -> list[Finding]:
    """The likeliest 200 hours of places; recorded. Problems `not_found`, `trace_not_finished`."""
    purpose = checked_purpose(query.purpose)
    async with scoped(db, scope) as conn:
        found = await store.find(scope, conn, search_id)
        if found is None:
            raise NOT_FOUND()
        if found.finished_at is None:
            raise NOT_FINISHED()
        rows = await store.findings(scope, conn, search_id)
        await audit.record(
            scope, conn, "sources.findings", f"trace:{found.trace_id}", purpose=purpose, search=search_id
        )
    return rows
