"""Verbs on traces: start one, see it, read who was found and why, compare it with an earlier one. Every read of people is recorded
with its purpose."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime

import msgspec
from msgspec.structs import replace

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.audit.purpose import checked_purpose
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, FieldError, Language, invalid, wrong_field
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.people import store as people
from lianfang.people.model import Me, masked, unlock
from lianfang.plans import store as plans
from lianfang.plans.model import Pack, PlanError
from lianfang.plans.packs import in_force, pack, packs
from lianfang.runs import service as runs
from lianfang.tracing import store
from lianfang.tracing.api import (
    ContactEvidence,
    ContactSearch,
    Difference,
    DifferenceQuery,
    EvidenceQuery,
    NewCase,
    NewTrace,
    Trace,
    TracedContact,
    TracePlan,
    TraceStarted,
)
from lianfang.tracing.problems import NOT_FINISHED, PLAN_UNKNOWN

KIND = "tracing.trace"
EVIDENCE_MAX = 1000
NEWEST = (1 << 62) - 1


def asked_place(actor: str) -> str:
    """What the words of a trace are encrypted for."""
    return f"traces.asked:{actor}"


async def start(db: Database, keys: Keys, scope: Scope, asked: NewTrace, language: Language) -> TraceStarted:
    """A trace, worked as a run. Problems: `purpose_missing`, `trace_plan_unknown`, and every wrong field at once."""
    purpose = checked_purpose(asked.purpose)
    now = min(asked.now or clock_now(), clock_now())
    plan = chosen_plan(asked.plan, now)
    async with scoped(db, scope) as conn:
        if errors := [e async for e in _faults(scope, conn, asked)]:
            raise invalid(*errors)
        if asked.after_id is not None:
            await finished_trace(scope, conn, asked.after_id)
        sealed = keys.encrypt(msgspec.json.encode(asked).decode(), asked_place(scope.actor))
        trace_id = await store.insert(
            scope, conn, plan=plan.id, asked=sealed, purpose=purpose, now=now, after_id=asked.after_id
        )
        run_id = await runs.start(scope, conn, keys, KIND, {"trace_id": trace_id, "plan": plan.id}, language=language)
        await store.set_run(scope, conn, trace_id, run_id)
        cases = [case.person_id for case in asked.cases]
        await audit.record(scope, conn, "tracing.run", f"trace:{trace_id}", purpose=purpose, plan=plan.id, cases=cases)
    return TraceStarted(trace_id, run_id)


def chosen_plan(key: str | None, now: datetime) -> Pack:
    """By its key, or the one in force. Problem `trace_plan_unknown`."""
    try:
        return pack(key) if key else in_force(now.date())
    except PlanError:
        raise PLAN_UNKNOWN(plan=key, known="、".join(packs())) from None


def plans_of(now: datetime) -> list[TracePlan]:
    """All plans, the one in force marked."""
    valid = in_force(now.date()).key
    return [
        TracePlan(
            p.key, p.name, p.name_en, p.contacts.window_days, p.contacts.overlap_minutes, p.contacts.second_degree,
            p.key == valid,
        )
        for p in packs().values()
    ]  # fmt: skip


async def plan_with_figures(conn: Connection, plan_id: str, now: datetime) -> Pack:
    """The plan of a trace, as it was adopted: with the figures that were decided with it."""
    adopted = (await plans.worker_in_force(conn, now)).get("")
    return adopted.pack if adopted and adopted.pack.id == plan_id else pack(plan_id.rpartition(".")[0])


async def _faults(scope: Scope, conn: Connection, asked: NewTrace) -> AsyncIterator[FieldError]:
    seen = await people.find_many(scope, conn, list({case.person_id for case in asked.cases}))
    known = {place.id for place in await store.places(scope, conn)}
    twice: set[int] = set()
    for n, case in enumerate(asked.cases):
        if case.person_id not in seen:
            yield wrong_field(
                f"cases.{n}.person_id", "unknown_person",
                "没有这个人，或不在您的管理范围内。", "There is no such person, or not within your area.",
            )  # fmt: skip
        if case.person_id in twice:
            yield wrong_field(
                f"cases.{n}.person_id", "twice", "同一个人只能列一次。", "List each person once."
            )  # fmt: skip
        twice.add(case.person_id)
        for fault in _case_faults(n, case, known):
            yield fault
    places = [("widened", w.checkpoint_id) for w in asked.widened]
    places += [("left_out", place) for left in asked.left_out for place in left.checkpoint_ids]
    for field, place in places:
        if place not in known:
            yield wrong_field(
                field, "unknown_checkpoint",
                "没有登记点 {id}，或不在您的管理范围内。", "There is no checkpoint {id}, or not within your area.", id=place,
            )  # fmt: skip


def _case_faults(n: int, case: NewCase, known: set[int]) -> Iterable[FieldError]:
    if case.since and case.until and case.until <= case.since:
        yield wrong_field(
            f"cases.{n}.until", "before_since", "结束时间须晚于开始时间。", "The end must be after the beginning."
        )
    for m, stay in enumerate(case.told):
        if stay.checkpoint_id not in known:
            yield wrong_field(
                f"cases.{n}.told.{m}.checkpoint_id", "unknown_checkpoint",
                "没有这个登记点，或不在您的管理范围内。", "There is no such checkpoint, or not within your area.",
            )  # fmt: skip
        if stay.ends <= stay.begins:
            yield wrong_field(
                f"cases.{n}.told.{m}.ends",
                "before_begins",
                "离开时间须晚于到达时间。",
                "The end must be after the beginning.",
            )


async def show(db: Database, scope: Scope, trace_id: int) -> Trace:
    """A trace of one's own part of the tree; Problem `not_found`."""
    async with scoped(db, scope) as conn:
        found = await store.find(scope, conn, trace_id)
    if found is None:
        raise NOT_FOUND()
    return found


async def list_traces(db: Database, scope: Scope, cursor: str | None, limit: int | None) -> Page[Trace]:
    """Newest first; they name nobody."""
    limit = clamp(limit)
    (before,) = decode_cursor(cursor, tuple[int]) or (NEWEST,)
    async with scoped(db, scope) as conn:
        rows = await store.latest(scope, conn, before=before, limit=limit + 1)
    return page(rows, limit, lambda row: (row.id,))


async def finished_trace(scope: Scope, conn: Connection, trace_id: int) -> Trace:
    """One that can be read; Problems `not_found`, `trace_not_finished`."""
    found = await store.find(scope, conn, trace_id)
    if found is None:
        raise NOT_FOUND()
    if found.finished_at is None:
        raise NOT_FINISHED()
    return found


async def contacts(db: Database, keys: Keys, scope: Scope, trace_id: int, search: ContactSearch) -> Page[TracedContact]:
    """Who was found, masked, the likeliest first; recorded."""
    purpose, limit = checked_purpose(search.purpose), clamp(search.limit)
    score, after = decode_cursor(search.cursor, tuple[float, int]) or (2.0, 0)
    async with scoped(db, scope) as conn:
        await finished_trace(scope, conn, trace_id)
        rows = await store.contacts(scope, conn, trace_id, search.degree, score=score, after=after, limit=limit + 1)
        named = [*(row.person_id for row in rows), *(row.via for row in rows if row.via)]
        shown = await names(scope, conn, keys, named)
        await audit.record(
            scope, conn, "tracing.contacts", f"trace:{trace_id}",
            purpose=purpose, degree=search.degree, people=[row.person_id for row in rows[:limit]],
        )  # fmt: skip
    found = page(rows, limit, lambda row: (row.score, row.person_id))
    return Page([_contact(row, shown) for row in found.items], found.next)


def _contact(row: store.ContactRow, shown: dict[int, Me]) -> TracedContact:
    who = shown.get(row.person_id)
    return TracedContact(
        row.person_id,
        who.name if who else "",
        who.phone if who else "",
        row.degree,
        row.since,
        row.last,
        round(row.seconds / 60, 1),
        row.exposures,
        round(row.score, 4),
        row.via,
        shown[row.via].name if row.via in shown else "",
    )


async def names(scope: Scope, conn: Connection, keys: Keys, ids: Iterable[int]) -> dict[int, Me]:
    """Who people are, masked, as far as they are within the scope."""
    known = await people.find_many(scope, conn, list(set(ids)))
    return {person_id: masked(unlock(keys, row)) for person_id, row in known.items()}


async def evidence(
    db: Database, keys: Keys, scope: Scope, trace_id: int, query: EvidenceQuery
) -> list[ContactEvidence]:
    """Who, where, when: how somebody comes to be a contact; recorded. The first 1,000 pieces."""
    purpose = checked_purpose(query.purpose)
    async with scoped(db, scope) as conn:
        await finished_trace(scope, conn, trace_id)
        rows = await store.evidence(scope, conn, trace_id, query.person_id, EVIDENCE_MAX)
        await audit.record(
            scope, conn, "tracing.evidence", f"person:{query.person_id}", purpose=purpose, trace=trace_id
        )
        shown = await names(scope, conn, keys, (row.source_id for row in rows))
    return [replace(row, source_name=shown[row.source_id].name) if row.source_id in shown else row for row in rows]


async def difference(db: Database, keys: Keys, scope: Scope, trace_id: int, query: DifferenceQuery) -> Page[Difference]:
    """Who was added, is gone, or is of another degree than in an earlier trace; recorded."""
    purpose, limit = checked_purpose(query.purpose), clamp(query.limit)
    (after,) = decode_cursor(query.cursor, tuple[int]) or (0,)
    async with scoped(db, scope) as conn:
        await finished_trace(scope, conn, trace_id)
        await finished_trace(scope, conn, query.before_id)
        rows = await store.differences(scope, conn, trace_id, query.before_id, after=after, limit=limit + 1)
        await audit.record(
            scope, conn, "tracing.difference", f"trace:{trace_id}", purpose=purpose, before=query.before_id
        )
        shown = await names(scope, conn, keys, (row.person_id for row in rows))
    found = page(rows, limit, lambda row: (row.person_id,))
    return Page([_named(row, shown.get(row.person_id)) for row in found.items], found.next)


def _named(row: Difference, who: Me | None) -> Difference:
    return replace(row, name=who.name, phone=who.phone) if who else row
