"""What a chart is made of, out of the database."""

import msgspec

from lianfang.access.scope import Scope
from lianfang.chains.model import Meeting
from lianfang.kit.db import Connection, bigints, fetch_all, fetch_one
from lianfang.kit.sql import Queries

Q = Queries(__package__)


class PersonRow(msgspec.Struct, frozen=True):
    person_id: int
    degree: int
    since: int
    score: float


class AskedRow(msgspec.Struct, frozen=True):
    actor: str
    asked: bytes


class PlaceRow(msgspec.Struct, frozen=True):
    id: int
    name: str
    category: str


async def people(scope: Scope, conn: Connection, trace_id: int, limit: int) -> list[PersonRow]:
    return await fetch_all(conn, PersonRow, Q.people, {"id": trace_id, "lo": scope.lo, "hi": scope.hi, "limit": limit})


async def asked(scope: Scope, conn: Connection, trace_id: int) -> AskedRow | None:
    return await fetch_one(conn, AskedRow, Q.asked, {"id": trace_id, "lo": scope.lo, "hi": scope.hi})


async def meetings(scope: Scope, conn: Connection, trace_id: int) -> list[Meeting]:
    return await fetch_all(conn, Meeting, Q.meetings, {"id": trace_id, "lo": scope.lo, "hi": scope.hi})


async def places(scope: Scope, conn: Connection, ids: list[int]) -> list[PlaceRow]:
    return await fetch_all(conn, PlaceRow, Q.places, {"ids": bigints(ids), "lo": scope.lo, "hi": scope.hi})
