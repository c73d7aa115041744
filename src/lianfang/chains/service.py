"""Verbs on charts: read one, take it along as a file. Every read is recorded with its purpose."""

import asyncio
from collections.abc import Sequence
from datetime import date
from itertools import chain

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.audit.purpose import checked_purpose
from lianfang.chains import store
from lianfang.chains.decide import MODEL, Clusters, forest, transmissions
from lianfang.chains.model import (
    PEOPLE_MAX,
    Case,
    Chart,
    ChartExport,
    ChartQuery,
    Links,
    Meeting,
    People,
    Places,
    Transmission,
)
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import NOT_FOUND
from lianfang.people import store as people
from lianfang.people.model import masked, unlock
from lianfang.tracing.api import NewTrace
from lianfang.tracing.service import asked_place, finished_trace

EPOCH = date(1970, 1, 1)


async def read(db: Database, keys: Keys, scope: Scope, trace_id: int, query: ChartQuery) -> Chart:
    """The chart of a trace of one's own part of the tree. Problems: `purpose_missing`, `not_found`, `trace_not_finished`."""
    purpose = checked_purpose(query.purpose)
    return await _chart(db, keys, scope, trace_id, query.people_max, "chains.read", purpose)


async def export(db: Database, keys: Keys, scope: Scope, trace_id: int, asked: ChartExport) -> Chart:
    """The same, to be written to a file."""
    purpose = checked_purpose(asked.purpose)
    return await _chart(db, keys, scope, trace_id, PEOPLE_MAX, "chains.export", purpose)


async def _chart(db: Database, keys: Keys, scope: Scope, trace_id: int, limit: int, action: str, purpose: str) -> Chart:
    async with scoped(db, scope) as conn:
        trace = await finished_trace(scope, conn, trace_id)
        row = await store.asked(scope, conn, trace_id)
        if row is None:
            raise NOT_FOUND()
        rows = await store.people(scope, conn, trace_id, limit)
        meetings = await store.meetings(scope, conn, trace_id)
        places = await store.places(scope, conn, sorted({m.place for m in meetings}))
        known = await people.find_many(scope, conn, [r.person_id for r in rows if r.degree == 0])
        await audit.record(scope, conn, action, f"trace:{trace_id}", purpose=purpose, people=len(rows))
    asked = msgspec.json.decode(keys.decrypt(row.asked, asked_place(row.actor)), type=NewTrace)
    onsets = {case.person_id: (case.onset - EPOCH).days for case in asked.cases}
    names = [
        masked(unlock(keys, known[r.person_id])).name if r.person_id in known else "" for r in rows if r.degree == 0
    ]
    left_out = len(asked.cases) + trace.first - len(rows)
    return await asyncio.to_thread(drawn, trace_id, rows, onsets, names, meetings, places, left_out)


def drawn(
    trace_id: int,
    rows: Sequence[store.PersonRow],
    onsets: dict[int, int],
    names: list[str],
    meetings: Sequence[Meeting],
    places: Sequence[store.PlaceRow],
    left_out: int,
) -> Chart:
    """All columns. A place that is no longer in sight is left out with its meetings."""
    number = {row.person_id: n for n, row in enumerate(rows)}
    place = {row.id: n for n, row in enumerate(places)}
    shown = [m for m in meetings if m.source in number and m.person in number and m.place in place]
    cases = [Case(row.person_id, onsets[row.person_id]) for row in rows if row.degree == 0]
    possible = transmissions(cases, meetings)
    chosen = forest(possible)
    clusters = Clusters()
    for m in shown:
        clusters.join(number[m.source], number[m.person])
    infectors = [chosen.get(row.person_id) for row in rows]
    return Chart(
        trace_id,
        left_out,
        names,
        People(
            [row.person_id for row in rows],
            [row.degree for row in rows],
            [onsets.get(row.person_id) if row.degree == 0 else None for row in rows],
            [row.since for row in rows],
            [round(row.score, 4) for row in rows],
            [number[link.infector] if link else None for link in infectors],
            [round(link.probability, 4) if link else 0.0 for link in infectors],
            [clusters.root(n) for n in range(len(rows))],
        ),
        Places([p.id for p in places], [p.name for p in places], [p.category for p in places]),
        Links(
            [number[m.source] for m in shown],
            [number[m.person] for m in shown],
            [place[m.place] for m in shown],
            [m.begins for m in shown],
            [m.ends for m in shown],
            [round((m.ends - m.begins) / 60, 1) for m in shown],
        ),
        [
            Transmission(number[link.infector], number[link.infected], round(link.probability, 4), link.days)
            for link in chain.from_iterable(possible[case.person_id] for case in cases if case.person_id in possible)
        ],
        MODEL,
    )
