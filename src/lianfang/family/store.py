"""Guardianships in the database. With a Scope: as lianfang_app, under row-level security. Whoever becomes one's guardian is proven
where registrations are, as lianfang_identity; whether somebody is one is asked by the lane too."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from lianfang.access.scope import LAST, Scope
from lianfang.family.model import Proof, Relation
from lianfang.kit.db import Connection, bigints, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries

Q = Queries(__package__)
Pair = tuple[int, int]
"""guardian, member"""


class GuardianshipRow(msgspec.Struct, frozen=True):
    id: int
    guardian_id: int
    member_id: int
    relation: Relation
    proof: Proof
    began_at: datetime
    proven_at: datetime | None
    proven_by: str | None
    ended_at: datetime | None
    ended_by: str | None
    reason: str


class NewGuardianship(msgspec.Struct, frozen=True):
    """`proven_by`: staff:12, or the member themself; None where it was only said."""

    guardian_id: int
    member_id: int
    relation: Relation
    proof: Proof
    consent_text: str
    now: datetime
    proven_by: str | None
    ord: int = LAST


async def identity_lock(conn: Connection, guardian_id: int) -> int:
    """Nobody else changes this guardian's members until the end of the transaction; how many there are."""
    await conn.execute(Q.lock_guardian, {"guardian_id": guardian_id})
    return int(await fetch_value(conn, Q.count_members, {"guardian_id": guardian_id}))


async def identity_find(conn: Connection, guardian_id: int, member_id: int) -> GuardianshipRow | None:
    params = {"guardian_id": guardian_id, "member_id": member_id}
    return await fetch_one(conn, GuardianshipRow, Q.find_now, params)


async def identity_insert(conn: Connection, new: NewGuardianship) -> int:
    return int(await fetch_value(conn, Q.insert, msgspec.structs.asdict(new)))


async def identity_prove(conn: Connection, guardianship_id: int, new: NewGuardianship) -> None:
    await conn.execute(Q.prove, msgspec.structs.asdict(new) | {"id": guardianship_id})


async def identity_finish(
    scope: Scope, conn: Connection, guardianship_id: int, now: datetime, reason: str
) -> Pair | None:
    """Guardian and member; None where there is none that this scope may end."""
    params = {
        "id": guardianship_id,
        "now": now,
        "by": scope.actor,
        "reason": reason,
        "self": scope.person_id,
        "lo": scope.lo,
        "hi": scope.hi,
    }
    row = await (await conn.execute(Q.finish, params)).fetchone()
    return (row[0], row[1]) if row else None


async def of_person(scope: Scope, conn: Connection) -> list[GuardianshipRow]:
    return await fetch_all(conn, GuardianshipRow, Q.of_person, {"self": scope.person_id})


async def of_place(scope: Scope, conn: Connection, *, before: int, limit: int) -> list[GuardianshipRow]:
    params = {"lo": scope.lo, "hi": scope.hi, "before": before, "limit": limit}
    return await fetch_all(conn, GuardianshipRow, Q.of_place, params)


async def find(scope: Scope, conn: Connection, guardianship_id: int) -> GuardianshipRow | None:
    params = {"lo": scope.lo, "hi": scope.hi, "id": guardianship_id}
    return await fetch_one(conn, GuardianshipRow, Q.find, params)


async def lane_in_care(conn: Connection, pairs: Iterable[Pair]) -> dict[Pair, bool]:
    """Whether it is shut, of those who do look after each other."""
    pairs = set(pairs)
    params = {"guardians": bigints(pair[0] for pair in pairs), "members": bigints(pair[1] for pair in pairs)}
    return {(row[0], row[1]): row[2] for row in await (await conn.execute(Q.in_care, params)).fetchall()}
