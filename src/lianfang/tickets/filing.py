"""The citizen's side: filing, adding to it, taking it back, asking again; all of it on their own tickets."""

import asyncio
from datetime import timedelta

from psycopg.errors import UniqueViolation

from lianfang.access.scope import Scope, scoped
from lianfang.access.throttle import Limit, spend
from lianfang.audit import store as audit
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, invalid, wrong_field
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.people import store as people
from lianfang.people.model import unlock
from lianfang.tickets import attachments, store
from lianfang.tickets.advance import advance
from lianfang.tickets.machine import TransitionName, possible
from lianfang.tickets.model import (
    FILES_AT_MOST,
    OPEN_AT_MOST,
    REOPENED_WITHIN,
    File,
    Filing,
    NewTicket,
    OwnTicket,
)
from lianfang.tickets.problems import (
    APPEAL_OF_WHAT,
    APPEALED_ALREADY,
    HOLD_UNKNOWN,
    REOPEN_LATE,
    TOO_MANY_FILES,
    TOO_MANY_OPEN,
)
from lianfang.tickets.store import NewStep, TicketRow

PER_RESIDENT = Limit("tickets by resident", 20, timedelta(days=1))
FILES_PER_RESIDENT = Limit("ticket files by resident", 40, timedelta(days=1))


def checked_text(text: str) -> str:
    if not text.strip() or "\0" in text:
        raise invalid(wrong_field("text", "empty", "请填写说明。", "Please write what it is about."))
    return text.strip()


async def file(db: Database, identity: Database, keys: Keys, scope: Scope, new: NewTicket) -> OwnTicket:
    """A resident's own, or a guardian's for somebody in their care, who is told then. It comes to the desk of the hold's unit, or of
    where the person lives."""
    text, at = checked_text(new.text), clock_now()
    if (new.kind == "appeal") != (new.hold is not None):
        raise APPEAL_OF_WHAT()
    await spend(identity, keys, PER_RESIDENT, scope.actor)
    assert scope.person_id is not None
    async with identity.transaction() as conn:
        row = await people.identity_find(conn, scope.guardian_id or scope.person_id)
    async with scoped(db, scope) as conn:
        held = await store.own_hold(scope, conn, new.hold, at) if new.hold is not None else None
        if new.hold is not None and held is None:
            raise HOLD_UNKNOWN()
        if await store.open_of(scope, conn) >= OPEN_AT_MOST:
            raise TOO_MANY_OPEN(limit=OPEN_AT_MOST)
        desk = await store.own_desk(scope, conn, held.provenance if held else "")
        filing = Filing(
            unit_id=desk.id,
            ord=desk.lo,
            person_id=scope.person_id,
            kind=new.kind,
            hold_id=held.id if held else None,
            evidence_id=held.evidence_id if held else None,
            filed_by=None,
            phone=unlock(keys, row).phone if row else None,
            created_at=at,
        )
        ticket_id = await insert(scope, conn, keys, filing, NewStep(at, "file", "open", "citizen", desk.id, text))
        return await _shown(scope, conn, keys, ticket_id)


async def insert(scope: Scope, conn: Connection, keys: Keys, filing: Filing, step: NewStep) -> int:
    """A ticket with its first step. Problem `appealed_already`."""
    try:
        async with conn.transaction():
            ticket_id = await store.insert(scope, conn, keys, filing)
    except UniqueViolation:
        raise APPEALED_ALREADY() from None
    await store.add_step(scope, conn, keys, ticket_id, filing.ord, filing.person_id, step)
    await audit.record(scope, conn, "tickets.file", f"ticket:{ticket_id}", kind=filing.kind, hold=filing.hold_id)
    return ticket_id


async def list_own(db: Database, keys: Keys, scope: Scope, *, cursor: str | None, limit: int | None) -> Page[OwnTicket]:
    """The resident's own, newest first, each with its steps."""
    size = clamp(limit)
    before = decode_cursor(cursor, tuple[int]) or (store.NEWEST,)
    async with scoped(db, scope) as conn:
        rows = await store.own(scope, conn, before=before[0], limit=size + 1)
        shown = await _show(scope, conn, keys, rows)
    return page(shown, size, lambda ticket: (ticket.id,))


async def show_own(db: Database, keys: Keys, scope: Scope, ticket_id: int) -> OwnTicket:
    async with scoped(db, scope) as conn:
        return await _shown(scope, conn, keys, ticket_id)


async def act(
    db: Database, keys: Keys, scope: Scope, ticket_id: int, name: TransitionName, text: str = ""
) -> OwnTicket:
    """What a citizen does with their own: reply, withdraw, reopen."""
    async with scoped(db, scope) as conn:
        row = await store.lock(scope, conn, ticket_id)
        if row is None:
            raise NOT_FOUND()
        if name == "reopen" and row.answered_at and row.answered_at < clock_now() - REOPENED_WITHIN:
            raise REOPEN_LATE(days=REOPENED_WITHIN.days)
        await advance(conn, keys, row, name, "citizen", text=text)
        await audit.record(scope, conn, f"tickets.{name}", f"ticket:{ticket_id}")
        return await _shown(scope, conn, keys, ticket_id)


async def attach(db: Database, identity: Database, keys: Keys, scope: Scope, ticket_id: int, content: bytes) -> File:
    """A picture or a PDF, while the ticket is being dealt with."""
    await spend(identity, keys, FILES_PER_RESIDENT, scope.actor)
    kind, kept = await asyncio.to_thread(attachments.checked, content)
    at = clock_now()
    async with scoped(db, scope) as conn:
        row = await store.lock(scope, conn, ticket_id)
        if row is None:
            raise NOT_FOUND()
        there = (await store.files(scope, conn, [ticket_id])).get(ticket_id, [])
        if len(there) >= FILES_AT_MOST or row.state in ("answered", "withdrawn", "lapsed"):
            raise TOO_MANY_FILES(limit=FILES_AT_MOST)
        file_id = await store.add_file(scope, conn, keys, row, at, kind, kept)
        await audit.record(scope, conn, "tickets.attach", f"ticket:{ticket_id}", file=file_id, type=kind)
    return File(file_id, at, kind, len(kept))


async def _shown(scope: Scope, conn: Connection, keys: Keys, ticket_id: int) -> OwnTicket:
    row = await store.find(scope, conn, ticket_id)
    if row is None:
        raise NOT_FOUND()
    return (await _show(scope, conn, keys, [row]))[0]


async def _show(scope: Scope, conn: Connection, keys: Keys, rows: list[TicketRow]) -> list[OwnTicket]:
    ids = [row.id for row in rows]
    steps = await store.steps(scope, conn, keys, ids)
    files = await store.files(scope, conn, ids)
    units = await store.unit_names(scope, conn, [row.unit_id for row in rows])
    return [
        OwnTicket(
            row.id,
            row.kind,
            row.state,
            row.outcome,
            units.get(row.unit_id, ""),
            row.hold_id,
            row.created_at,
            row.due_at,
            steps.get(row.id, []),
            files.get(row.id, []),
            possible(row.state, "citizen"),
        )
        for row in rows
    ]
