"""A search being worked, as a run, under the rights of whoever asked."""

import asyncio
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from lianfang.access.scope import scoped
from lianfang.kit.errors import NOT_FOUND
from lianfang.plans.model import Pack
from lianfang.runs.work import Work
from lianfang.sources import store
from lianfang.sources.find import find
from lianfang.sources.service import trace_of
from lianfang.tracing import store as traces
from lianfang.tracing import work as tracing
from lianfang.tracing.api import NewTrace
from lianfang.tracing.model import Source
from lianfang.tracing.query import Places
from lianfang.tracing.service import plan_with_figures


async def work(run: Work) -> dict[str, Any]:
    """Works a search; again after a crash, from the beginning."""
    search_id, scope = int(run.parameters["search_id"]), run.scope
    async with scoped(run.app, scope) as conn:
        row = await store.asked(scope, conn, search_id)
        if row is None:
            raise NOT_FOUND()
        places = await traces.places(scope, conn)
    asked = trace_of(run.keys, row)
    async with run.worker.transaction() as conn:
        plan = await plan_with_figures(conn, row.plan, row.now)
    sources, figures = tracing.prepared(asked, plan, places, row.now, run.settings.zone)
    cases = backward(asked, sources, plan, run.settings.zone)
    index = await tracing.shelf(run.settings, run.lane).index()
    known = Places.of(figures, max([index.last_venue, *figures.dwell]))
    result = await asyncio.to_thread(find, index, cases, known)
    async with scoped(run.app, scope) as conn:
        await store.finish(
            scope, conn, search_id,
            cases=len(cases), tested=result.tested, found=result.found, findings=result.findings,
        )  # fmt: skip
    return {"search_id": search_id, "cases": len(cases), "found": result.found}


def backward(asked: NewTrace, sources: list[Source], plan: Pack, zone: ZoneInfo) -> list[Source]:
    """The same cases, in the days in which they may have been infected: from so many days before onset until it."""
    found = []
    for case, source in zip(asked.cases, sources, strict=True):
        onset = datetime.combine(case.onset, time(), zone)
        since = onset - timedelta(days=plan.contacts.backward_days)
        found.append(source._replace(since=int(since.timestamp()), until=int(onset.timestamp())))
    return found
