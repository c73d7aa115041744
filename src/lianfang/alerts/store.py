"""Alerts and their contacts in the database. `worker_…`: telling, as lianfang_worker; everything else under a Scope."""

from datetime import datetime
from uuid import UUID

import msgspec

from lianfang.access.scope import Scope
from lianfang.kit.db import Connection, fetch_all, fetch_one, fetch_value
from lianfang.kit.errors import Language
from lianfang.kit.sql import Queries
from lianfang.notices.store import Channel
from lianfang.visits import store as visits

Q = Queries(__package__)


class AlertRow(msgspec.Struct, frozen=True, kw_only=True):
    """`note` is ciphertext."""

    id: int
    checkpoint_id: int
    checkpoint: str
    unit_id: int
    unit: str
    person_id: int
    scan_id: UUID | None
    celsius: float
    at: datetime
    recorded_at: datetime
    reused: bool
    acknowledged_at: datetime | None
    acknowledged_by_id: int | None
    acknowledged_by: str | None
    note: bytes | None


class ContactRow(msgspec.Struct, frozen=True):
    """`target` is ciphertext."""

    id: int
    unit_id: int
    label: str
    channel: Channel
    target: bytes
    language: Language
    created_at: datetime


class Untold(msgspec.Struct, frozen=True, kw_only=True):
    """A fever whose contacts have not been told."""

    id: int
    ord: int
    celsius: float
    at: datetime
    recorded_at: datetime
    reused: bool
    checkpoint: str
    unit: str


class Above(msgspec.Struct, frozen=True):
    """A contact of the door's unit or of one above it."""

    id: int
    channel: Channel
    target: bytes
    language: Language


def _interval(scope: Scope) -> dict[str, int]:
    return {"lo": scope.lo, "hi": scope.hi}


async def latest(scope: Scope, conn: Connection, *, only_open: bool | None, before: int, limit: int) -> list[AlertRow]:
    params = _interval(scope) | {"open": only_open, "before": before, "limit": limit}
    return await fetch_all(conn, AlertRow, Q.latest, params)


async def since(scope: Scope, conn: Connection, at: datetime, *, limit: int) -> list[AlertRow]:
    return await fetch_all(conn, AlertRow, Q.since, _interval(scope) | {"since": at, "limit": limit})


async def find(scope: Scope, conn: Connection, alert_id: int) -> AlertRow | None:
    return await fetch_one(conn, AlertRow, Q.find, _interval(scope) | {"id": alert_id})


async def count_open(scope: Scope, conn: Connection) -> int:
    return int(await fetch_value(conn, Q.count_open, _interval(scope)))


async def acknowledge(scope: Scope, conn: Connection, alert_id: int, account_id: int, note: bytes | None) -> bool:
    """False where somebody else was first. Everybody who watches is told when this transaction commits."""
    done = await visits.acknowledge_alert(scope, conn, alert_id, account_id, note)
    if done:
        await conn.execute(Q.ring, {"id": alert_id})
    return done


async def contacts(scope: Scope, conn: Connection, unit_id: int) -> list[ContactRow]:
    return await fetch_all(conn, ContactRow, Q.contacts, _interval(scope) | {"unit_id": unit_id})


async def find_contact(scope: Scope, conn: Connection, contact_id: int) -> ContactRow | None:
    return await fetch_one(conn, ContactRow, Q.find_contact, _interval(scope) | {"id": contact_id})


async def reserve_contact_id(scope: Scope, conn: Connection) -> int:
    return int(await fetch_value(conn, Q.reserve_contact_id))


async def insert_contact(
    scope: Scope,
    conn: Connection,
    contact_id: int,
    *,
    unit_id: int,
    ord: int,
    label: str,
    channel: Channel,
    target: bytes,
    language: Language,
) -> None:
    params = {
        "id": contact_id,
        "unit_id": unit_id,
        "ord": ord,
        "label": label,
        "channel": channel,
        "target": target,
        "language": language,
    }
    await conn.execute(Q.insert_contact, params)


async def delete_contact(scope: Scope, conn: Connection, contact_id: int) -> bool:
    return (await conn.execute(Q.delete_contact, _interval(scope) | {"id": contact_id})).rowcount == 1


async def worker_untold(conn: Connection, *, limit: int) -> list[Untold]:
    """Locked until the end of the transaction; another worker passes them by."""
    return await fetch_all(conn, Untold, Q.untold, {"limit": limit})


async def worker_contacts_above(conn: Connection, alert_id: int, ord: int) -> list[Above]:
    return await fetch_all(conn, Above, Q.contacts_above, {"alert_id": alert_id, "ord": ord})


async def worker_note_told(conn: Connection, alert_id: int, contact_id: int, notice_id: int) -> None:
    params = {"alert_id": alert_id, "contact_id": contact_id, "notice_id": notice_id}
    await conn.execute(Q.note_told, params)
