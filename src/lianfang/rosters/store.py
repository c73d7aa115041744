"""Rosters in the database, always with a Scope, as lianfang_app."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from lianfang.access.scope import Scope
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries
from lianfang.people.store import phone_index
from lianfang.rosters.check import Given
from lianfang.rosters.model import Kind, StoredMember, StoredRoster

Q = Queries(__package__)


class Known(NamedTuple):
    """What is stored of a document."""

    id: int
    content: bytes
    gone: bool
    number: str


class Holder(msgspec.Struct, frozen=True):
    """Who holds a number."""

    number: str
    id: int
    given: bytes
    document_index: bytes


class MemberRow(msgspec.Struct, frozen=True, gc=False):
    """A member to write. Bytes become base64 on their way."""

    id: int
    person_id: int
    document_type: str
    given: bytes
    phone: bytes | None
    number: str
    department: str
    job_category: str
    document_index: bytes
    phone_index: bytes | None
    name_index: bytes
    content: bytes


def name_index(keys: Keys, name: str) -> bytes:
    """As names are compared: capitals and spaces are a matter of the form."""
    return keys.blind_index("roster_members.name", name.casefold().replace(" ", ""))


def content_of(keys: Keys, given: Given) -> bytes:
    return keys.blind_index("roster_members.content", "\x00".join(given))


def member_row(keys: Keys, member_id: int, person_id: int, index: bytes, given: Given) -> MemberRow:
    """The member, encrypted for their place; `index` is that of the document."""
    return MemberRow(
        member_id,
        person_id,
        given.document_type,
        keys.encrypt_bytes(msgspec.json.encode((given.name, given.document)), f"roster_members.given:{member_id}"),
        keys.encrypt(given.phone, f"roster_members.phone:{member_id}") if given.phone else None,
        given.number,
        given.department,
        given.job_category,
        index,
        phone_index(keys, given.phone) if given.phone else None,
        name_index(keys, given.name),
        content_of(keys, given),
    )


class Sealed(msgspec.Struct, frozen=True, array_like=True):
    """Name and document as the unit gave them."""

    name: str
    document: str


def unseal(keys: Keys, member_id: int, given: bytes) -> Sealed:
    return msgspec.json.decode(keys.decrypt_bytes(given, f"roster_members.given:{member_id}"), type=Sealed)


def _interval(scope: Scope) -> dict[str, int]:
    return {"lo": scope.lo, "hi": scope.hi}


async def list_rosters(
    scope: Scope, conn: Connection, *, kind: Kind | None, after: tuple[int, int], limit: int
) -> list[StoredRoster]:
    params = {"kind": kind, "after_ord": after[0], "after_id": after[1], "limit": limit}
    return await fetch_all(conn, StoredRoster, Q.list_rosters, _interval(scope) | params)


async def find_roster(scope: Scope, conn: Connection, roster_id: int) -> StoredRoster | None:
    return await fetch_one(conn, StoredRoster, Q.find_roster, _interval(scope) | {"id": roster_id})


async def insert_roster(scope: Scope, conn: Connection, *, unit_id: int, ord: int, name: str, kind: Kind) -> int | None:
    """The new list's id; None where the unit has one of this name."""
    params = {"unit_id": unit_id, "ord": ord, "name": name, "kind": kind}
    found = await fetch_value(conn, Q.insert_roster, params)
    return None if found is None else int(found)


async def find_by_name(scope: Scope, conn: Connection, unit_id: int, name: str) -> int | None:
    found = await fetch_value(conn, Q.find_by_name, _interval(scope) | {"unit_id": unit_id, "name": name})
    return None if found is None else int(found)


async def rename_roster(scope: Scope, conn: Connection, roster_id: int, name: str) -> None:
    await conn.execute(Q.rename_roster, _interval(scope) | {"id": roster_id, "name": name})


async def lock_roster(scope: Scope, conn: Connection, roster_id: int) -> int | None:
    """The place of the list's unit; other imports of it wait for the end of this transaction."""
    found = await fetch_value(conn, Q.lock_roster, _interval(scope) | {"id": roster_id})
    return None if found is None else int(found)


async def known_members(scope: Scope, conn: Connection, roster_id: int, indexes: Sequence[bytes]) -> dict[bytes, Known]:
    params = {"roster_id": roster_id, "indexes": b"".join(indexes), "count": len(indexes)}
    rows = await (await conn.execute(Q.known_members, _interval(scope) | params)).fetchall()
    return {row[0]: Known(*row[1:]) for row in rows}


async def holders(scope: Scope, conn: Connection, roster_id: int, numbers: Sequence[str]) -> dict[str, Holder]:
    params = {"roster_id": roster_id, "numbers": list(numbers)}
    return {row.number: row for row in await fetch_all(conn, Holder, Q.holders, _interval(scope) | params)}


async def reserve_ids(scope: Scope, conn: Connection, count: int) -> list[int]:
    rows = await (await conn.execute(Q.reserve_ids, {"count": count})).fetchall()
    return [int(row[0]) for row in rows]


async def insert_members(
    scope: Scope,
    conn: Connection,
    roster_id: int,
    ord: int,
    rows: list[MemberRow],
    *,
    joined_at: datetime | None = None,
) -> int:
    """`joined_at` where it was not now."""
    params = {"roster_id": roster_id, "ord": ord, "rows": msgspec.json.encode(rows).decode(), "joined_at": joined_at}
    params["actor"] = scope.actor
    return (await conn.execute(Q.insert_members, params)).rowcount


async def update_members(scope: Scope, conn: Connection, roster_id: int, rows: list[MemberRow]) -> int:
    params = {"roster_id": roster_id, "rows": msgspec.json.encode(rows).decode(), "actor": scope.actor}
    return (await conn.execute(Q.update_members, _interval(scope) | params)).rowcount


async def count_missing(scope: Scope, conn: Connection, roster_id: int, kept: Iterable[int]) -> int:
    """How many members are not among those kept; they are remembered for `leave_missing` in this transaction."""
    await conn.execute(Q.stage_kept)
    async with conn.cursor() as cursor, cursor.copy(Q.copy_kept) as copy:
        for member_id in kept:
            await copy.write_row((member_id,))
    return int(await fetch_value(conn, Q.count_missing, _interval(scope) | {"roster_id": roster_id}))


async def leave_missing(scope: Scope, conn: Connection, roster_id: int) -> int:
    return (await conn.execute(Q.leave_missing, _interval(scope) | {"roster_id": roster_id})).rowcount


async def leave(scope: Scope, conn: Connection, roster_id: int, member_id: int) -> bool:
    """Whether there was such a member who had not left."""
    params = _interval(scope) | {"roster_id": roster_id, "id": member_id}
    return await fetch_value(conn, Q.leave, params) is not None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which members; blind indexes instead of what they hide."""

    number: str = ""
    department: str = ""
    documents: list[bytes] | None = None
    phone: bytes | None = None
    name: bytes | None = None
    gone: bool = False


async def list_members(
    scope: Scope, conn: Connection, roster_id: int, wanted: Wanted, *, after: int, limit: int
) -> list[StoredMember]:
    params = msgspec.structs.asdict(wanted) | {"roster_id": roster_id, "after": after, "limit": limit}
    return await fetch_all(conn, StoredMember, Q.list_members, _interval(scope) | params)


async def find_member(scope: Scope, conn: Connection, roster_id: int, member_id: int) -> StoredMember | None:
    params = _interval(scope) | {"roster_id": roster_id, "id": member_id}
    return await fetch_one(conn, StoredMember, Q.find_member, params)
