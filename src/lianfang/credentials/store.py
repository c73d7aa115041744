"""Keys, issued credentials and status lists in the database. What acts here is the server itself, so there is no Scope; the worker
reads and makes keys as lianfang_identity does."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from psycopg import AsyncCursor

from lianfang.credentials.model import KeyRole, Kind
from lianfang.kit.db import Connection, ask, bigints, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries

Q = Queries(__package__)


class KeyRow(msgspec.Struct, frozen=True):
    kid: bytes
    role: KeyRole
    public_key: bytes
    private_key: bytes
    signs_from: datetime
    signs_until: datetime
    trusted_until: datetime


class HolderRow(msgspec.Struct, frozen=True):
    person_id: int
    voided_at: datetime | None


class ListRow(msgspec.Struct, frozen=True):
    """A status list as it is published. `content`: the digest of what it says."""

    kind: Kind
    number: int
    version: int
    content: bytes
    token: bytes
    published_at: datetime


async def identity_keys(conn: Connection, now: datetime) -> list[KeyRow]:
    return await fetch_all(conn, KeyRow, Q.keys, {"now": now})


async def identity_lock_keys(conn: Connection) -> None:
    await conn.execute(Q.one_at_a_time)


async def identity_insert_key(conn: Connection, row: KeyRow) -> None:
    await conn.execute(Q.insert_key, msgspec.structs.asdict(row))


async def identity_next_number(conn: Connection) -> int:
    return int(await fetch_value(conn, Q.next_phone_number))


async def identity_insert(
    conn: Connection,
    *,
    person_id: int,
    guardian_id: int | None,
    number: int,
    kid: bytes,
    device_key: bytes,
    issued_at: datetime,
    expires_at: datetime,
) -> None:
    params = {
        "person_id": person_id,
        "guardian_id": guardian_id,
        "number": number,
        "kid": kid,
        "device_key": device_key,
        "issued_at": issued_at,
        "expires_at": expires_at,
    }
    await conn.execute(Q.insert_credential, params)


async def lane_holder(conn: Connection, kind: Kind, number: int) -> HolderRow | None:
    query = Q.phone_holder if kind == "phone" else Q.printed_holder
    return await fetch_one(conn, HolderRow, query, {"number": number})


async def lane_members(conn: Connection, guardian_id: int, numbers: Iterable[int], at: datetime) -> list[int]:
    """Whose credentials with these numbers the guardian's phone holds."""
    params = {"guardian_id": guardian_id, "numbers": bigints(numbers), "at": at}
    return [row[0] for row in await (await conn.execute(Q.members_shown, params)).fetchall()]


async def lane_ask_epochs(conn: Connection, person_ids: Iterable[int]) -> AsyncCursor[tuple[int, int]]:
    """(person, epoch) of these people, inside a pipeline."""
    return await ask(conn, lambda *row: (row[0], row[1]), Q.epochs, {"person_ids": bigints(person_ids)})


async def worker_live_numbers(conn: Connection, kind: Kind, now: datetime) -> tuple[int, int] | None:
    """The first and the last number of a kind that still hold."""
    query = Q.live_phone_numbers if kind == "phone" else Q.live_printed_numbers
    row = await (await conn.execute(query, {"now": now})).fetchone()
    return (row[0], row[1]) if row and row[0] is not None else None


async def worker_entries(conn: Connection, kind: Kind, now: datetime) -> list[tuple[int, int]]:
    """Number and status of everything that isn't green."""
    query = Q.phone_entries if kind == "phone" else Q.printed_entries
    return [(row[0], row[1]) for row in await (await conn.execute(query, {"now": now})).fetchall()]


async def lane_lists(conn: Connection) -> list[ListRow]:
    return await fetch_all(conn, ListRow, Q.lists)


async def worker_next_version(conn: Connection) -> int:
    return int(await fetch_value(conn, Q.next_version))


async def worker_publish(
    conn: Connection, *, kind: Kind, number: int, version: int, content: bytes, token: bytes, at: datetime
) -> None:
    params = {"kind": kind, "number": number, "version": version, "content": content, "token": token, "at": at}
    await conn.execute(Q.publish, params)


async def worker_withdraw(conn: Connection, kind: Kind, first: int, last: int) -> None:
    await conn.execute(Q.withdraw, {"kind": kind, "first": first, "last": last})


async def worker_tell(conn: Connection) -> None:
    await conn.execute(Q.tell)


async def worker_forget(conn: Connection, *, credentials_before: datetime, keys_before: datetime) -> None:
    await conn.execute(Q.forget_credentials, {"before": credentials_before})
    await conn.execute(Q.forget_keys, {"before": keys_before})
