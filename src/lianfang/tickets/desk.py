"""The office's side: a hotline's ticket, and every step that staff take."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from psycopg.errors import InsufficientPrivilege

from lianfang.access.rules import Permission
from lianfang.access.scope import Scope, scoped
from lianfang.access.throttle import Limit, spend
from lianfang.audit import store as audit
from lianfang.codes import manual
from lianfang.codes.cases import known_now
from lianfang.codes.manual_model import NewHoldRequest
from lianfang.codes.problems import NOBODY
from lianfang.evidence import store as evidence
from lianfang.kit import identifiers
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, Language, invalid, wrong_field
from lianfang.kit.identifiers import mask_name, mask_phone
from lianfang.organisations import store as organisations
from lianfang.people import store as people
from lianfang.people.model import Person, unlock
from lianfang.tickets import filing, store
from lianfang.tickets.advance import advance, check
from lianfang.tickets.machine import Actor, TransitionName, possible
from lianfang.tickets.model import AppealedHold, CalledIn, Filing, HandOver, Outcome, Release, SecondUnit, Ticket, words
from lianfang.tickets.problems import APPEAL_OF_WHAT, HANDLER_ONLY, HOLD_UNKNOWN, NOWHERE_ABOVE
from lianfang.tickets.store import NewStep, TicketRow

DOCUMENTS_BY_ACCOUNT = Limit("hotline documents", 200, timedelta(hours=1))


def actor_of(row: TicketRow, account_id: int) -> Actor:
    return "handler" if row.handler_id == account_id else "colleague"


async def take_call(
    db: Database, identity: Database, worker: Database, keys: Keys, scope: Scope, account_id: int, new: CalledIn
) -> int:
    """What somebody says on the phone, in the clerk's words. It comes to the desk of the hold's or the person's unit where that
    is one of the clerk's, else it stays at the clerk's own."""
    text, at = filing.checked_text(new.text), clock_now()
    person = await _caller(identity, keys, scope, new)
    if (new.kind == "appeal") != (new.hold is not None) or (new.kind == "appeal" and person is None):
        raise APPEAL_OF_WHAT()
    phone = _phone(new.phone) if new.phone else person.phone if person else None
    held = None
    async with worker.transaction() as conn:
        if person and new.hold is not None:
            held = await store.worker_hold(conn, person.id, new.hold, at)
            if held is None:
                raise HOLD_UNKNOWN()
        desk = await store.worker_desk(conn, person.id if person else None, held.provenance if held else "")
    async with scoped(db, scope) as conn:
        own = await organisations.own_unit(scope, conn)
        assert own is not None
        here = scope.covers(desk.lo) and person is not None
        unit_id, ord = (desk.id, desk.lo) if here else (own.id, scope.lo)
        filed = Filing(
            unit_id=unit_id,
            ord=ord,
            person_id=person.id if person else None,
            kind=new.kind,
            hold_id=held.id if held else None,
            evidence_id=held.evidence_id if held else None,
            filed_by=account_id,
            phone=phone,
            created_at=at,
        )
        step = NewStep(at, "file", "open", "staff", unit_id, text, account_id)
        return await filing.insert(scope, conn, keys, filed, step)


async def _caller(identity: Database, keys: Keys, scope: Scope, new: CalledIn) -> Person | None:
    if not new.document_number:
        return None
    await spend(identity, keys, DOCUMENTS_BY_ACCOUNT, scope.actor)
    kind = new.document_type or "resident_id"
    try:
        number = identifiers.document(kind, new.document_number)
    except identifiers.IdentifierError:
        raise NOBODY() from None
    async with identity.transaction() as conn:
        row = await people.identity_find_by_document(conn, people.document_index(keys, kind, number))
    if row is None:
        raise NOBODY()
    return unlock(keys, row)


def _phone(text: str) -> str:
    try:
        return identifiers.phone(text)
    except identifiers.IdentifierError:
        raise invalid(
            wrong_field("phone", "phone", "请填写 11 位手机号码。", "Enter a mobile number of 11 digits.")
        ) from None


async def show(
    db: Database,
    identity: Database,
    keys: Keys,
    scope: Scope,
    account_id: int,
    permissions: Collection[Permission],
    ticket_id: int,
) -> Ticket:
    """A ticket with every word of it; recorded."""
    async with scoped(db, scope) as conn:
        row = await store.find(scope, conn, ticket_id)
        about = await store.listed(scope, conn, account_id, ticket_id, clock_now())
        if row is None or about is None:
            raise NOT_FOUND()
        steps = (await store.steps(scope, conn, keys, [ticket_id])).get(ticket_id, [])
        files = (await store.files(scope, conn, [ticket_id])).get(ticket_id, [])
        await audit.record(scope, conn, "tickets.open", f"ticket:{ticket_id}")
    name = ""
    if row.person_id is not None:
        async with identity.transaction() as conn:
            stored = await people.identity_find(conn, row.person_id)
        name = mask_name(unlock(keys, stored).name) if stored else ""
    phone = mask_phone(keys.decrypt(row.phone, f"tickets.phone:{ticket_id}")) if row.phone else ""
    can = possible(row.state, actor_of(row, account_id), permissions=permissions, held=row.hold_id is not None)
    return Ticket(about, row.person_id, name, phone, row.hold_id, row.request_id, steps, files, can)


async def act(
    db: Database,
    keys: Keys,
    scope: Scope,
    account_id: int,
    ticket_id: int,
    name: TransitionName,
    text: str = "",
    *,
    outcome: Outcome | None = None,
) -> None:
    """A step that stays at its desk: take, ask, reply, answer."""
    further: dict[str, Any] = {"outcome": outcome} if outcome else {}
    async with scoped(db, scope) as conn:
        row = await _locked(scope, conn, ticket_id)
        await advance(conn, keys, row, name, actor_of(row, account_id), text=text, account_id=account_id, **further)
        await audit.record(scope, conn, f"tickets.{name}", f"ticket:{ticket_id}", **further)
        await store.attend(scope, conn)


async def hand_over(db: Database, keys: Keys, scope: Scope, account_id: int, ticket_id: int, given: HandOver) -> None:
    """Back into the queue, here or at another unit of the scope."""
    async with scoped(db, scope) as conn:
        row = await _locked(scope, conn, ticket_id)
        await _send(scope, conn, keys, row, account_id, "hand_over", given.unit_id or row.unit_id, given.text)


async def escalate(db: Database, keys: Keys, scope: Scope, account_id: int, ticket_id: int, text: str) -> None:
    """To the unit above the one where it stands, which the account itself may not see any more."""
    async with scoped(db, scope) as conn:
        row = await _locked(scope, conn, ticket_id)
        above = await store.parent_of(scope, conn, row.unit_id)
        if above is None:
            raise NOWHERE_ABOVE()
        await _send(scope, conn, keys, row, account_id, "escalate", above, text)


async def _send(
    scope: Scope,
    conn: Connection,
    keys: Keys,
    row: TicketRow,
    account_id: int,
    name: TransitionName,
    unit_id: int,
    text: str,
) -> None:
    actor = actor_of(row, account_id)
    check(row, name, actor, text)
    if name == "hand_over" and (await organisations.find_place(scope, conn, unit_id)) is None:
        raise invalid(wrong_field("unit_id", "unknown", "没有这个单位。", "There is no such unit."))
    await advance(conn, keys, row, name, actor, text=text, account_id=account_id, unit_id=unit_id)
    await audit.record(scope, conn, f"tickets.{name}", f"ticket:{row.id}", to_unit=unit_id)
    if unit_id != row.unit_id:
        try:
            await store.send(scope, conn, row.id, unit_id)
        except InsufficientPrivilege:
            raise invalid(wrong_field("unit_id", "closed", "该单位已撤销。", "That unit is closed.")) from None


async def release(
    db: Database, worker: Database, keys: Keys, scope: Scope, account_id: int, ticket_id: int, wanted: Release
) -> None:
    """Asks an official of another unit to sign that what the citizen appeals against shall hold no more. The ticket waits for
    that, and follows it."""
    async with scoped(db, scope) as conn:
        row = await _locked(scope, conn, ticket_id)
        check(row, "release", actor_of(row, account_id), wanted.text)
    assert row.person_id is not None
    asked = NewHoldRequest(row.person_id, wanted.second_unit_id, wanted.grounds, wanted.text, target=row.evidence_id)
    request_id = await manual.ask(db, worker, keys, scope, account_id, asked)
    async with scoped(db, scope) as conn:
        row = await _locked(scope, conn, ticket_id)
        actor = actor_of(row, account_id)
        await advance(conn, keys, row, "release", actor, text=wanted.text, account_id=account_id, request_id=request_id)
        await audit.record(scope, conn, "tickets.release", f"ticket:{ticket_id}", request=request_id)


async def appealed_hold(
    db: Database, worker: Database, scope: Scope, ticket_id: int, language: Language
) -> AppealedHold:
    """The hold of an appeal, and what is known of the person: what a release may rest on. Recorded."""
    at = clock_now()
    async with scoped(db, scope) as conn:
        row = await store.find(scope, conn, ticket_id)
        if row is None or row.person_id is None or row.hold_id is None:
            raise NOT_FOUND()
        await audit.record(scope, conn, "tickets.case", f"person:{row.person_id}", ticket=ticket_id)
    async with worker.transaction() as conn:
        hold = await store.worker_appealed(conn, row.person_id, row.hold_id, at)
        known = await evidence.worker_standing(conn, [row.person_id], manual.KINDS)
    if hold is None:
        raise NOT_FOUND()
    return AppealedHold(
        hold.id,
        hold.colour,
        words(language, hold.reason_zh, hold.reason_en),
        hold.ends_at,
        hold.active,
        hold.evidence_id,
        known_now(known, at),
    )


async def led_to(db: Database, scope: Scope, request_id: int) -> list[int]:
    """The ticket that a request came of, where there is one in this part of the tree."""
    async with scoped(db, scope) as conn:
        return await store.led_to(scope, conn, request_id)


async def second_units(db: Database, scope: Scope, words: str) -> list[SecondUnit]:
    """Units anywhere by their exact name or code, for whoever looks for a second official."""
    async with scoped(db, scope) as conn:
        return await store.units_named(scope, conn, words.strip()[:60])


async def open_file(
    db: Database, keys: Keys, scope: Scope, account_id: int, ticket_id: int, file_id: int
) -> tuple[str, bytes]:
    """An attachment, for whoever handles the ticket; recorded."""
    async with scoped(db, scope) as conn:
        row = await store.find(scope, conn, ticket_id)
        found = await store.file(scope, conn, keys, ticket_id, file_id)
        if row is None or found is None:
            raise NOT_FOUND()
        if row.handler_id != account_id:
            raise HANDLER_ONLY()
        await audit.record(scope, conn, "tickets.file_open", f"ticket:{ticket_id}", file=file_id)
    return found


async def _locked(scope: Scope, conn: Connection, ticket_id: int) -> TicketRow:
    row = await store.lock(scope, conn, ticket_id)
    if row is None:
        raise NOT_FOUND()
    return row
