"""Reading and writing units."""

import msgspec
from psycopg import errors as pg

from lianfang.access.scope import Scope
from lianfang.kit.db import Connection, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries
from lianfang.organisations.model import Level, Place, Step, Unit
from lianfang.organisations.problems import CODE_TAKEN

Q = Queries(__package__)


class Listed(Unit, frozen=True):
    """A unit and its place, by which lists page."""

    place: int

    def unit(self) -> Unit:
        return Unit(*(getattr(self, name) for name in Unit.__struct_fields__))


class Parent(Place, frozen=True):
    """A unit that gets children: `used_hi` is the last place its children take."""

    used_hi: int | None


def _interval(scope: Scope) -> dict[str, int]:
    return {"lo": scope.lo, "hi": scope.hi}


async def find_place(scope: Scope, conn: Connection, unit_id: int) -> Place | None:
    return await fetch_one(conn, Place, Q.find_place, _interval(scope) | {"id": unit_id})


async def find_by_code(scope: Scope, conn: Connection, code: str) -> Place | None:
    return await fetch_one(conn, Place, Q.find_by_code, _interval(scope) | {"code": code})


async def find_unit(scope: Scope, conn: Connection, unit_id: int) -> Unit | None:
    return await fetch_one(conn, Unit, Q.find_unit, _interval(scope) | {"id": unit_id})


async def own_unit(scope: Scope, conn: Connection) -> Unit | None:
    return await fetch_one(conn, Unit, Q.own_unit, _interval(scope))


async def children(scope: Scope, conn: Connection, parent_id: int, *, after: int, limit: int) -> list[Listed]:
    """Direct children whose place is behind `after`."""
    return await fetch_all(
        conn, Listed, Q.children, _interval(scope) | {"parent_id": parent_id, "after": after, "limit": limit}
    )


async def search(scope: Scope, conn: Connection, text: str, *, after: int, limit: int) -> list[Listed]:
    """Units below, by a part of the name or the beginning of the code."""
    return await fetch_all(conn, Listed, Q.search, _interval(scope) | {"text": text, "after": after, "limit": limit})


async def path(scope: Scope, conn: Connection, unit_id: int) -> list[Step]:
    """The way to a unit from the top of the scope."""
    return await fetch_all(conn, Step, Q.path, _interval(scope) | {"id": unit_id})


async def lock_parent(scope: Scope, conn: Connection, unit_id: int) -> Parent | None:
    place = await fetch_one(conn, Place, Q.lock_place, _interval(scope) | {"id": unit_id})
    if place is None:
        return None
    return Parent(**msgspec.structs.asdict(place), used_hi=await fetch_value(conn, Q.used_hi, {"id": unit_id}))


async def has_sibling(scope: Scope, conn: Connection, parent_id: int | None, name: str, *, except_id: int = 0) -> bool:
    params = {"parent_id": parent_id, "name": name, "except_id": except_id}
    return await fetch_value(conn, Q.sibling_with_name, params) is not None


async def insert(
    scope: Scope,
    conn: Connection,
    *,
    parent_id: int | None,
    code: str | None,
    name: str,
    level: Level,
    lo: int,
    hi: int,
) -> int:
    """The new unit's id. Problem `unit_code_taken` where the code exists anywhere, in or out of this scope."""
    params = {"parent_id": parent_id, "code": code, "name": name, "level": level, "lo": lo, "hi": hi}
    try:
        return int(await fetch_value(conn, Q.insert_unit, params))
    except pg.UniqueViolation as error:
        if error.diag.constraint_name == "units_code_key":
            raise CODE_TAKEN(code=code) from None
        raise


async def rename(scope: Scope, conn: Connection, unit_id: int, name: str) -> None:
    """When this transaction commits, every process forgets the names it keeps."""
    await conn.execute(Q.rename_unit, _interval(scope) | {"id": unit_id, "name": name})
    await conn.execute(Q.tell_names)


class Division(msgspec.Struct, frozen=True):
    """A unit that has a division code."""

    code: str
    id: int
    name: str
    lo: int
    hi: int
    used_hi: int | None


async def divisions(scope: Scope, conn: Connection) -> list[Division]:
    return await fetch_all(conn, Division, Q.divisions, _interval(scope))


async def last_root(scope: Scope, conn: Connection) -> int:
    return int(await fetch_value(conn, Q.last_root) or 0)


Row = tuple[int, int | None, str | None, str, Level, int, int]


async def insert_many(scope: Scope, conn: Connection, rows: list[Row]) -> None:
    """Units in bulk: (id, parent_id, code, name, level, lo, hi). COPY cannot write under row-level security, hence the detour."""
    await conn.execute(Q.stage_units)
    async with conn.cursor() as cursor, cursor.copy(Q.copy_staged) as copy:
        for row in rows:
            await copy.write_row(row)
    await conn.execute(Q.insert_staged)


async def reserve_ids(scope: Scope, conn: Connection, count: int) -> list[int]:
    rows = await (await conn.execute(Q.reserve_ids, {"count": count})).fetchall()
    return [int(row[0]) for row in rows]
