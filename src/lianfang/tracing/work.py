"""A trace being worked, as a run: the index is asked, and what it says is stored under the rights of whoever asked."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.config import Settings
from lianfang.kit.clock import now as clock_now
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND
from lianfang.plans.model import Pack
from lianfang.runs.work import Work
from lianfang.tracing import store
from lianfang.tracing.api import NewCase, NewTrace
from lianfang.tracing.index import Index
from lianfang.tracing.model import Rules, Source, Stay
from lianfang.tracing.query import (
    Contacts,
    Evidence,
    Places,
    Seconds,
    contacts,
    exposures,
    second_degree,
    second_evidence,
)
from lianfang.tracing.rules import MINUTE_S, rules, window
from lianfang.tracing.service import asked_place, plan_with_figures
from lianfang.tracing.shelf import Shelf, shelf_of
from lianfang.tracing.zones import zone

FIRST_MAX, SECOND_MAX = 3_000, 20_000
"""With more of either the second degree is known by since when and through whom alone."""


class Found(NamedTuple):
    """All of a trace. `milliseconds`: of the search. `further`: how the second degree was met, and what that comes to, where they
    are few enough to be called."""

    evidence: Evidence
    first: Contacts
    second: Seconds
    milliseconds: int
    further: tuple[Evidence, Contacts] | None = None


def shelf(settings: Settings, lane: Database) -> Shelf:
    """Where this installation keeps its index."""
    return shelf_of(settings.home_path / "tracing", lane)


async def work(work: Work) -> dict[str, Any]:
    """Works a trace; again after a crash, from the beginning."""
    trace_id, scope = int(work.parameters["trace_id"]), work.scope
    async with scoped(work.app, scope) as conn:
        row = await store.asked(scope, conn, trace_id)
        if row is None:
            raise NOT_FOUND()
        places = await store.places(scope, conn)
    asked = msgspec.json.decode(work.keys.decrypt(row.asked, asked_place(row.actor)), type=NewTrace)
    async with work.worker.transaction() as conn:
        plan = await plan_with_figures(conn, work.parameters["plan"], row.now)
    sources, figures = prepared(asked, plan, places, row.now, work.settings.zone)
    index = await shelf(work.settings, work.lane).index()
    second = plan.contacts.second_degree if asked.second_degree is None else asked.second_degree
    found = await asyncio.to_thread(search, index, sources, figures, second)
    async with scoped(work.app, scope) as conn:
        await save(scope, conn, trace_id, row.ord, sources, found)
    return {
        "trace_id": trace_id,
        "cases": len(sources),
        "exposures": len(found.evidence),
        "first": len(found.first),
        "second": len(found.second),
        "milliseconds": found.milliseconds,
    }


def prepared(
    asked: NewTrace, plan: Pack, places: Sequence[store.Place], now: datetime, local: ZoneInfo
) -> tuple[list[Source], Rules]:
    """Whose contacts are looked for, and by which figures. Places of other parts of the tree are left out: nothing is said
    of them."""
    figures = rules(
        plan,
        now,
        {place.id: place.category for place in places},
        modes={place.id: place.mode for place in places if place.mode},
        widened=[w.checkpoint_id for w in asked.widened],
        without_places=[place for left in asked.left_out for place in left.checkpoint_ids],
        without_people=[person for left in asked.left_out for person in left.person_ids],
        isolated={one.person_id: int(one.at.timestamp()) for one in asked.isolated},
    )
    return [_source(case, plan, now, local) for case in asked.cases], figures


def _source(case: NewCase, plan: Pack, now: datetime, local: ZoneInfo) -> Source:
    since, until = window(plan, local, case.onset, case.isolated_at, now)
    told = tuple(
        Stay(
            case.person_id,
            stay.checkpoint_id,
            int(stay.begins.timestamp()),
            int(stay.ends.timestamp()),
            zone(stay.seat),
            stay.give_minutes * MINUTE_S,
        )
        for stay in case.told
    )
    since = int(case.since.timestamp()) if case.since else since
    until = int(case.until.timestamp()) if case.until else until
    struck = frozenset((one.checkpoint_id, int(one.at.timestamp())) for one in case.struck)
    return Source(case.person_id, since, until, told, struck)


def search(index: Index, sources: list[Source], figures: Rules, second: bool) -> Found:
    """The whole answer."""
    places = Places.of(figures, max([index.last_venue, *figures.dwell]))
    begun = time.perf_counter()
    found = exposures(index, sources, figures, places)
    first = contacts(found, sources, figures)
    met = second_degree(index, first, sources, figures, places) if second else Seconds.none()
    few = 0 < len(met) <= SECOND_MAX and len(first) <= FIRST_MAX
    further = second_evidence(index, first, met, figures, places) if few else None
    return Found(found, first, met, round((time.perf_counter() - begun) * 1000), further)


async def save(scope: Scope, conn: Connection, trace_id: int, ord: int, sources: list[Source], found: Found) -> None:
    """What was found takes the place of what an earlier attempt stored. `ord`: of the trace; its unit may have moved."""
    first, second, cases = found.first, found.second, len(sources)
    await store.drop_found(scope, conn, trace_id)
    zeros, nobody = [0] * max(cases, len(second)), ["NULL"] * max(cases, len(first), len(second))
    await store.insert_contacts(scope, conn, trace_id, ord, 0, {
        "person": [s.person for s in sources], "since": [s.since for s in sources], "last": [s.until for s in sources],
        "seconds": zeros[:cases], "exposures": zeros[:cases], "score": zeros[:cases], "via": nobody[:cases],
    })  # fmt: skip
    await store.insert_contacts(scope, conn, trace_id, ord, 1, {
        "person": first.person, "since": first.since, "last": first.last, "seconds": first.seconds,
        "exposures": first.exposures, "score": first.score, "via": nobody[: len(first)],
    })  # fmt: skip
    await store.insert_contacts(scope, conn, trace_id, ord, 2, {
        "person": second.person, "since": second.since, "via": second.via, **_sums(found.further, len(second)),
    })  # fmt: skip
    for e in (found.evidence, found.further[0]) if found.further else (found.evidence,):
        await store.insert_exposures(scope, conn, trace_id, ord, {
            "source": e.source, "person": e.person, "place": e.place, "begins": e.begins, "ends": e.ends,
            "chance": e.chance, "crowd": e.crowd,
        })  # fmt: skip
    e = found.evidence
    await store.finish(
        scope, conn, trace_id,
        exposures=len(e), first=len(first), second=len(second), milliseconds=found.milliseconds,
    )  # fmt: skip


def _sums(further: tuple[Evidence, Contacts] | None, many: int) -> dict[str, Any]:
    """What the second degree comes to, by their ids."""
    if further is None:
        zeros = [0] * many
        return {"last": ["NULL"] * many, "seconds": zeros, "exposures": zeros, "score": zeros}
    sums = further[1]
    return {"last": sums.last, "seconds": sums.seconds, "exposures": sums.exposures, "score": sums.score}


async def tend(settings: Settings, lane: Database, worker: Database, retention: timedelta | None) -> None:
    """The worker's part: the tail goes to the disk, days past the retention go, and traces of that time."""
    await shelf(settings, lane).write(retention)
    if retention is not None:
        async with worker.transaction() as conn:
            await store.worker_forget(conn, clock_now() - retention)
