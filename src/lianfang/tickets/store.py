"""Tickets in the database. With a Scope: the office's, or a resident's own, under row-level security. `worker_…`: following what
was decided, telling citizens, and what is known of a person."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

import msgspec

from lianfang.access.scope import Scope
from lianfang.codes.model import HoldColour
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries
from lianfang.tickets.machine import State
from lianfang.tickets.model import (
    DUE,
    DeskFigures,
    File,
    FileType,
    Filing,
    Kind,
    Listed,
    Macro,
    Outcome,
    SecondUnit,
    TicketStep,
)

Q = Queries(__package__)
NEWEST = (1 << 63) - 1


class TicketRow(msgspec.Struct, frozen=True):
    id: int
    ord: int
    unit_id: int
    person_id: int | None
    kind: Kind
    state: State
    hold_id: int | None
    evidence_id: UUID | None
    filed_by: int | None
    phone: bytes | None
    handler_id: int | None
    request_id: int | None
    outcome: Outcome | None
    created_at: datetime
    due_at: datetime
    asked_at: datetime | None
    answered_at: datetime | None


class Held(msgspec.Struct, frozen=True):
    """A hold that may be appealed against, and the way its evidence came."""

    id: int
    evidence_id: UUID
    provenance: str


class HoldRow(msgspec.Struct, frozen=True):
    id: int
    colour: HoldColour
    reason_zh: str
    reason_en: str
    ends_at: datetime
    evidence_id: UUID
    active: bool


class Desk(msgspec.Struct, frozen=True):
    id: int
    lo: int


class _StepRow(msgspec.Struct, frozen=True):
    id: int
    ticket_id: int
    at: datetime
    transition: str
    state: State
    actor: str
    unit: str
    text: bytes | None
    by: str


class NewStep(msgspec.Struct, frozen=True):
    """What happens to a ticket."""

    at: datetime
    transition: str
    state: State
    actor: str
    unit_id: int
    text: str = ""
    account_id: int | None = None
    tells: bool = False


class ToTell(msgspec.Struct, frozen=True):
    id: int
    ticket_id: int
    transition: str
    phone: bytes


def _interval(scope: Scope) -> dict[str, int]:
    return {"lo": scope.lo, "hi": scope.hi}


async def own_hold(scope: Scope, conn: Connection, hold_id: int, at: datetime) -> Held | None:
    return await fetch_one(conn, Held, Q.own_hold, {"person_id": scope.person_id, "id": hold_id, "at": at})


async def worker_hold(conn: Connection, person_id: int, hold_id: int, at: datetime) -> Held | None:
    return await fetch_one(conn, Held, Q.own_hold, {"person_id": person_id, "id": hold_id, "at": at})


async def worker_appealed(conn: Connection, person_id: int, hold_id: int, at: datetime) -> HoldRow | None:
    return await fetch_one(conn, HoldRow, Q.appealed_hold, {"person_id": person_id, "id": hold_id, "at": at})


async def own_desk(scope: Scope, conn: Connection, way: str) -> Desk:
    return await worker_desk(conn, scope.person_id, way)


async def worker_desk(conn: Connection, person_id: int | None, way: str) -> Desk:
    """The unit to which a ticket comes: of the evidence's way, else of the person, else the topmost one."""
    desk = await fetch_one(conn, Desk, Q.desk, {"person_id": person_id, "way": way})
    assert desk is not None
    return desk


async def open_of(scope: Scope, conn: Connection) -> int:
    return int(await fetch_value(conn, Q.open_of, {"person_id": scope.person_id}))


async def insert(scope: Scope, conn: Connection, keys: Keys, new: Filing) -> int:
    """Its id; psycopg's UniqueViolation where there is an appeal against that hold already."""
    ticket_id = int(await fetch_value(conn, Q.next_ticket))
    params = msgspec.structs.asdict(new) | {
        "id": ticket_id,
        "phone": keys.encrypt(new.phone, f"tickets.phone:{ticket_id}") if new.phone else None,
        "due_at": new.created_at + DUE[new.kind],
    }
    await conn.execute(Q.insert_ticket, params)
    return ticket_id


async def add_step(
    scope: Scope, conn: Connection, keys: Keys, ticket_id: int, ord: int, person_id: int | None, step: NewStep
) -> None:
    await worker_add_step(conn, keys, ticket_id, ord, person_id, step)


async def worker_add_step(
    conn: Connection, keys: Keys, ticket_id: int, ord: int, person_id: int | None, step: NewStep
) -> None:
    step_id = int(await fetch_value(conn, Q.next_step))
    params = msgspec.structs.asdict(step) | {
        "id": step_id,
        "ticket_id": ticket_id,
        "ord": ord,
        "person_id": person_id,
        "text": keys.encrypt(step.text, f"ticket_steps.text:{step_id}") if step.text else None,
    }
    await conn.execute(Q.insert_step, params)


async def add_file(
    scope: Scope, conn: Connection, keys: Keys, row: TicketRow, at: datetime, kind: FileType, content: bytes
) -> int:
    file_id = int(await fetch_value(conn, Q.next_file))
    params = {
        "id": file_id,
        "ticket_id": row.id,
        "ord": row.ord,
        "person_id": row.person_id,
        "at": at,
        "type": kind,
        "size": len(content),
        "content": keys.encrypt_bytes(content, f"ticket_files.content:{file_id}"),
    }
    await conn.execute(Q.insert_file, params)
    return file_id


async def lock(scope: Scope, conn: Connection, ticket_id: int) -> TicketRow | None:
    return await worker_lock(conn, ticket_id)


async def worker_lock(conn: Connection, ticket_id: int) -> TicketRow | None:
    return await fetch_one(conn, TicketRow, Q.lock, {"id": ticket_id})


async def find(scope: Scope, conn: Connection, ticket_id: int) -> TicketRow | None:
    return await fetch_one(conn, TicketRow, Q.find, {"id": ticket_id})


async def own(scope: Scope, conn: Connection, *, before: int, limit: int) -> list[TicketRow]:
    params = {"person_id": scope.person_id, "before": before, "limit": limit}
    return await fetch_all(conn, TicketRow, Q.own_tickets, params)


async def change(scope: Scope, conn: Connection, row: TicketRow) -> None:
    await worker_change(conn, row)


async def worker_change(conn: Connection, row: TicketRow) -> None:
    await conn.execute(Q.change, msgspec.structs.asdict(row))


async def send(scope: Scope, conn: Connection, ticket_id: int, unit_id: int) -> None:
    """psycopg's InsufficientPrivilege where the unit is neither in the scope nor the one above."""
    await conn.execute(Q.send, {"id": ticket_id, "unit_id": unit_id})


async def parent_of(scope: Scope, conn: Connection, unit_id: int) -> int | None:
    found: int | None = await fetch_value(conn, Q.parent_of, {"unit_id": unit_id})
    return found


async def attend(scope: Scope, conn: Connection) -> None:
    """The worker looks after tickets as soon as this transaction is done."""
    await conn.execute(Q.attend)


async def steps(scope: Scope, conn: Connection, keys: Keys, ids: list[int]) -> dict[int, list[TicketStep]]:
    found: dict[int, list[TicketStep]] = defaultdict(list)
    for row in await fetch_all(conn, _StepRow, Q.steps, {"ids": ids}):
        text = keys.decrypt(row.text, f"ticket_steps.text:{row.id}") if row.text else ""
        given = {"at": row.at, "transition": row.transition, "state": row.state, "actor": row.actor}
        found[row.ticket_id].append(msgspec.convert(given | {"unit": row.unit, "text": text, "by": row.by}, TicketStep))
    return found


async def files(scope: Scope, conn: Connection, ids: list[int]) -> dict[int, list[File]]:
    found: dict[int, list[File]] = defaultdict(list)
    for id, ticket_id, at, kind, size in await (await conn.execute(Q.files, {"ids": ids})).fetchall():
        found[ticket_id].append(File(id, at, kind, size))
    return found


async def file(
    scope: Scope, conn: Connection, keys: Keys, ticket_id: int, file_id: int
) -> tuple[FileType, bytes] | None:
    row = await (await conn.execute(Q.file, {"id": file_id, "ticket_id": ticket_id})).fetchone()
    return (row[0], keys.decrypt_bytes(row[1], f"ticket_files.content:{file_id}")) if row else None


async def unit_names(scope: Scope, conn: Connection, ids: list[int]) -> dict[int, str]:
    return dict(await (await conn.execute(Q.unit_names, {"ids": ids})).fetchall())


async def led_to(scope: Scope, conn: Connection, request_id: int) -> list[int]:
    return [row[0] for row in await (await conn.execute(Q.led_to, {"request_id": request_id})).fetchall()]


async def units_named(scope: Scope, conn: Connection, words: str) -> list[SecondUnit]:
    return await fetch_all(conn, SecondUnit, Q.units_named, {"words": words})


async def queue(
    scope: Scope,
    conn: Connection,
    account_id: int,
    *,
    states: list[State],
    kind: Kind | None,
    mine: bool,
    overdue: bool,
    at: datetime,
    after: tuple[datetime, int],
    limit: int,
) -> list[Listed]:
    params = _interval(scope) | {
        "account_id": account_id,
        "states": states,
        "kind": kind,
        "mine": mine,
        "overdue": overdue,
        "at": at,
        "after_at": after[0],
        "after_id": after[1],
        "limit": limit,
    }
    return await fetch_all(conn, Listed, Q.queue, params)


async def done(
    scope: Scope, conn: Connection, account_id: int, *, kind: Kind | None, before: int, limit: int
) -> list[Listed]:
    params = {"account_id": account_id, "kind": kind, "before": before, "limit": limit}
    return await fetch_all(conn, Listed, Q.done, _interval(scope) | params)


async def listed(scope: Scope, conn: Connection, account_id: int, ticket_id: int, at: datetime) -> Listed | None:
    params = {"account_id": account_id, "id": ticket_id, "at": at}
    return await fetch_one(conn, Listed, Q.listed, _interval(scope) | params)


async def figures(scope: Scope, conn: Connection, since: datetime, until: datetime, at: datetime) -> list[DeskFigures]:
    return await fetch_all(conn, DeskFigures, Q.figures, _interval(scope) | {"since": since, "until": until, "at": at})


async def macros(scope: Scope, conn: Connection) -> list[Macro]:
    return await fetch_all(conn, Macro, Q.macros, {"lo": scope.lo})


async def insert_macro(scope: Scope, conn: Connection, title: str, text: str) -> int:
    return int(await fetch_value(conn, Q.insert_macro, {"lo": scope.lo, "title": title, "text": text}))


async def delete_macro(scope: Scope, conn: Connection, macro_id: int) -> bool:
    return (await conn.execute(Q.delete_macro, {"lo": scope.lo, "id": macro_id})).rowcount == 1


async def worker_decided(conn: Connection, lapsed: datetime) -> list[tuple[int, bool]]:
    """Tickets whose release is decided, and whether it was signed."""
    return await (await conn.execute(Q.worker_decided, {"lapsed": lapsed})).fetchall()


async def worker_unheard(conn: Connection, before: datetime) -> list[int]:
    return [row[0] for row in await (await conn.execute(Q.worker_unheard, {"before": before})).fetchall()]


async def worker_to_tell(conn: Connection, since: datetime) -> list[ToTell]:
    return await fetch_all(conn, ToTell, Q.worker_to_tell, {"since": since})


async def worker_told(conn: Connection, step_id: int) -> None:
    await conn.execute(Q.worker_told, {"id": step_id})
