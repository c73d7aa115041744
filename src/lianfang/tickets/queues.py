"""What the office looks at: queues, figures of answering, and texts that it answers with."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.kit.clock import local_day
from lianfang.kit.clock import now as clock_now
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, invalid, wrong_field
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.organisations import store as organisations
from lianfang.tickets import store
from lianfang.tickets.filing import checked_text
from lianfang.tickets.machine import State
from lianfang.tickets.model import DeskFigures, Kind, Listed, Macro, NewMacro, View

STATES_OF: dict[View, list[State]] = {
    "waiting": ["open"],
    "mine": ["taken", "asked", "releasing"],
    "away": ["asked", "releasing"],
    "overdue": ["open", "taken", "releasing"],
}
LONGEST = timedelta(days=366)


async def list_tickets(
    db: Database,
    scope: Scope,
    account_id: int,
    *,
    view: View,
    kind: Kind | None,
    unit_id: int | None,
    cursor: str | None,
    limit: int | None,
) -> Page[Listed]:
    """A queue of a unit and everything below it."""
    size = clamp(limit)
    async with scoped(db, scope) as conn:
        part = await _part(scope, conn, unit_id)
        if view == "done":
            before = decode_cursor(cursor, tuple[int]) or (store.NEWEST,)
            rows = await store.done(part, conn, account_id, kind=kind, before=before[0], limit=size + 1)
            return page(rows, size, lambda row: (row.id,))
        rows = await store.queue(
            part,
            conn,
            account_id,
            states=STATES_OF[view],
            kind=kind,
            mine=view == "mine",
            overdue=view == "overdue",
            at=clock_now(),
            after=decode_cursor(cursor, tuple[datetime, int]) or (datetime.fromisoformat("1970-01-01T00:00:00Z"), 0),
            limit=size + 1,
        )
    return page(rows, size, lambda row: (row.due_at, row.id))


async def figures(
    db: Database, scope: Scope, zone: ZoneInfo, *, unit_id: int | None, since: date | None, until: date | None
) -> list[DeskFigures]:
    """How each desk answers what came in from one day to another, both counted in."""
    now = clock_now()
    last = until or now.astimezone(zone).date()
    first = since or last - timedelta(days=29)
    if not timedelta(0) <= last - first <= LONGEST:
        raise invalid(wrong_field("since", "range", "请选择一年以内的起止日期。", "Choose a period of a year at most."))
    async with scoped(db, scope) as conn:
        part = await _part(scope, conn, unit_id)
        return await store.figures(part, conn, local_day(first, zone)[0], local_day(last, zone)[1], now)


async def _part(scope: Scope, conn: Connection, unit_id: int | None) -> Scope:
    if unit_id is None:
        return scope
    place = await organisations.find_place(scope, conn, unit_id)
    if place is None:
        raise NOT_FOUND()
    return scope.narrowed(place.lo, place.hi)


async def list_macros(db: Database, scope: Scope) -> list[Macro]:
    """One's own unit's first, then those of the units above."""
    async with scoped(db, scope) as conn:
        return await store.macros(scope, conn)


async def add_macro(db: Database, scope: Scope, new: NewMacro) -> list[Macro]:
    text = checked_text(new.text)
    if not new.title.strip() or "\0" in new.title:
        raise invalid(wrong_field("title", "empty", "请填写名称。", "Enter a name."))
    async with scoped(db, scope) as conn:
        macro_id = await store.insert_macro(scope, conn, new.title.strip(), text)
        await audit.record(scope, conn, "tickets.macro_add", f"macro:{macro_id}")
        return await store.macros(scope, conn)


async def drop_macro(db: Database, scope: Scope, macro_id: int) -> None:
    async with scoped(db, scope) as conn:
        if not await store.delete_macro(scope, conn, macro_id):
            raise NOT_FOUND()
        await audit.record(scope, conn, "tickets.macro_drop", f"macro:{macro_id}")
