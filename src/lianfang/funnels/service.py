"""Verbs on funnels: narrow a trace, see what each step kept and cost, read who was dropped or kept, take it along as a file."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.audit.purpose import checked_purpose
from lianfang.funnels import store
from lianfang.funnels.decide import narrow
from lianfang.funnels.model import (
    CANDIDATES_MAX,
    Funnel,
    FunnelExport,
    FunnelPerson,
    NewFunnel,
    PeopleQuery,
    Place,
    Step,
)
from lianfang.funnels.problems import TOO_MANY
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, FieldError, Language, invalid, wrong_field
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.organisations import store as organisations
from lianfang.people import store as people
from lianfang.people.model import Me, masked, unlock
from lianfang.tracing.risk import MODEL
from lianfang.tracing.service import finished_trace

NEWEST = (1 << 62) - 1
KEPT = -1
AT_ONCE = 2000
ASKS_NUMBER = frozenset({"minutes", "score", "test", "vaccination"})
HEADER = {
    "zh-CN": ["人员编号", "姓名", "手机", "分钟", "次序分", "估计感染概率", "结果", "步骤"],
    "en": ["person", "name", "phone", "minutes", "score", "estimated risk", "outcome", "step"],
}
OUTCOME = {"zh-CN": ("保留", "排除"), "en": ("kept", "dropped")}
STEP_WORDS = {
    "area": {"zh-CN": "区域", "en": "area"},
    "place": {"zh-CN": "登记点", "en": "checkpoint"},
    "category": {"zh-CN": "场所类别", "en": "category"},
    "minutes": {"zh-CN": "共处时长", "en": "minutes together"},
    "score": {"zh-CN": "次序分", "en": "score"},
    "test": {"zh-CN": "核酸检测", "en": "test"},
    "vaccination": {"zh-CN": "疫苗接种", "en": "vaccination"},
}


async def create(db: Database, lane: Database, scope: Scope, asked: NewFunnel) -> Funnel:
    """Narrows, and saves what came of it. Problems: `purpose_missing`, `not_found`, `trace_not_finished`, `funnel_too_many`, and
    every wrong step at once."""
    purpose = checked_purpose(asked.purpose)
    as_of = min(asked.as_of or clock_now(), clock_now())
    async with scoped(db, scope) as conn:
        trace = await finished_trace(scope, conn, asked.trace_id)
        if trace.first > CANDIDATES_MAX:
            raise TOO_MANY(count=f"{trace.first:,}")
        places = {place.id: place for place in await store.places(scope, conn)}
        spans = await _spans(scope, conn, asked.steps)
        if errors := list(_faults(asked, spans, places)):
            raise invalid(*errors)
        candidates = await store.candidates(scope, conn, asked.trace_id)
        if any(step.kind in ("test", "vaccination") for step in asked.steps):
            ids = [c.person_id for c in candidates]
            async with lane.transaction() as reading:
                facts = await store.lane_facts(reading, ids, as_of)
            candidates = [msgspec.structs.replace(c, facts=facts.get(c.person_id, ())) for c in candidates]
        outcome = await asyncio.to_thread(narrow, candidates, asked.steps, places, spans)
        funnel_id = await store.insert(
            scope, conn,
            {
                "trace_id": asked.trace_id, "name": asked.name.strip(), "purpose": purpose, "as_of": as_of,
                "steps": msgspec.json.encode(asked.steps).decode(), "results": msgspec.json.encode(outcome.results).decode(),
                "candidates": len(candidates), "kept": outcome.results[-1].kept, "expected": outcome.expected, "model": MODEL,
            },
            {
                "person": list(outcome.step), "step": list(outcome.step.values()),
                "risk": [outcome.risk[person] for person in outcome.step],
            },
        )  # fmt: skip
        await audit.record(scope, conn, "funnels.create", f"trace:{asked.trace_id}", purpose=purpose, funnel=funnel_id)
        return await _found(scope, conn, funnel_id)


async def _spans(scope: Scope, conn: Connection, steps: Sequence[Step]) -> dict[int, tuple[int, int]]:
    units = {unit for step in steps if step.kind == "area" for unit in step.ids}
    found = [(unit, await organisations.find_place(scope, conn, unit)) for unit in units]
    return {unit: (place.lo, place.hi) for unit, place in found if place}


def _faults(asked: NewFunnel, spans: dict[int, tuple[int, int]], places: dict[int, Place]) -> Iterator[FieldError]:
    if not asked.name.strip():
        yield wrong_field("name", "empty", "请填写名称。", "Enter a name.")
    for n, step in enumerate(asked.steps):
        known: Mapping[int, object] = spans if step.kind == "area" else places
        if step.kind in ("area", "place") and not step.ids:
            yield wrong_field(f"steps.{n}.ids", "empty", "请至少选择一项。", "Choose at least one.")
        if step.kind in ("area", "place") and (unknown := [i for i in step.ids if i not in known]):
            yield wrong_field(
                f"steps.{n}.ids", "unknown", "没有 {id}，或不在您的管理范围内。",
                "There is no {id}, or it is not within your area.", id=unknown[0],
            )  # fmt: skip
        if step.kind == "category" and not step.categories:
            yield wrong_field(f"steps.{n}.categories", "empty", "请至少选择一类。", "Choose at least one category.")
        if step.kind in ASKS_NUMBER and step.at_least is None:
            yield wrong_field(f"steps.{n}.at_least", "missing", "请填写数值。", "Enter a number.")


async def show(db: Database, scope: Scope, funnel_id: int) -> Funnel:
    """A saved funnel; Problem `not_found`."""
    async with scoped(db, scope) as conn:
        return await _found(scope, conn, funnel_id)


async def _found(scope: Scope, conn: Connection, funnel_id: int) -> Funnel:
    found = await store.find(scope, conn, funnel_id)
    if found is None:
        raise NOT_FOUND()
    return found


async def list_funnels(
    db: Database, scope: Scope, trace_id: int | None, cursor: str | None, limit: int | None
) -> Page[Funnel]:
    """Newest first; they name nobody."""
    limit = clamp(limit)
    (before,) = decode_cursor(cursor, tuple[int]) or (NEWEST,)
    async with scoped(db, scope) as conn:
        rows = await store.latest(scope, conn, trace_id, before=before, limit=limit + 1)
    return page(rows, limit, lambda row: (row.id,))


async def read_people(db: Database, keys: Keys, scope: Scope, funnel_id: int, query: PeopleQuery) -> Page[FunnelPerson]:
    """Who was dropped by a step, or kept: masked, the likeliest to be infected first; recorded."""
    purpose, limit = checked_purpose(query.purpose), clamp(query.limit)
    step = KEPT if query.step is None else query.step
    risk, after = decode_cursor(query.cursor, tuple[float, int]) or (2.0, 0)
    async with scoped(db, scope) as conn:
        await _found(scope, conn, funnel_id)
        rows = await store.people(scope, conn, funnel_id, step, risk=risk, after=after, limit=limit + 1)
        shown = await _shown(keys, scope, conn, rows)
        who = [row.person_id for row in rows[:limit]]
        await audit.record(
            scope, conn, "funnels.people", f"funnel:{funnel_id}", purpose=purpose, step=query.step, people=who
        )
    found = page(rows, limit, lambda row: (row.risk, row.person_id))
    return Page([_person(row, shown) for row in found.items], found.next)


async def _shown(keys: Keys, scope: Scope, conn: Connection, rows: Iterable[store.PersonRow]) -> dict[int, Me]:
    known = await people.find_many(scope, conn, [row.person_id for row in rows])
    return {person_id: masked(unlock(keys, row)) for person_id, row in known.items()}


def _person(row: store.PersonRow, shown: dict[int, Me]) -> FunnelPerson:
    who = shown.get(row.person_id)
    return FunnelPerson(
        row.person_id, who.name if who else "", who.phone if who else "", round(row.seconds / 60, 1),
        round(row.score, 4), round(row.risk, 5), None if row.step == KEPT else row.step,
    )  # fmt: skip


async def export(
    db: Database, keys: Keys, scope: Scope, funnel_id: int, asked: FunnelExport, language: Language
) -> list[Sequence[str]]:
    """Everybody as rows under HEADER, the kept first; names and phones masked; recorded."""
    purpose = checked_purpose(asked.purpose)
    rows: list[Sequence[str]] = []
    async with scoped(db, scope) as conn:
        funnel = await _found(scope, conn, funnel_id)
        await audit.record(
            scope, conn, "funnels.export", f"funnel:{funnel_id}", purpose=purpose, rows=funnel.candidates
        )
        for step in range(KEPT, len(funnel.steps)):
            risk, after = 2.0, 0
            while part := await store.people(scope, conn, funnel_id, step, risk=risk, after=after, limit=AT_ONCE):
                shown = await _shown(keys, scope, conn, part)
                rows += [_row(_person(row, shown), funnel.steps, language) for row in part]
                risk, after = part[-1].risk, part[-1].person_id
    return rows


def _row(person: FunnelPerson, steps: Sequence[Step], language: Language) -> Sequence[str]:
    dropped = person.step is not None
    step = "" if person.step is None else f"{person.step + 1} {STEP_WORDS[steps[person.step].kind][language]}"
    figures = (f"{person.minutes}", f"{person.score}", f"{person.risk}")
    return (str(person.person_id), person.name, person.phone, *figures, OUTCOME[language][dropped], step)
