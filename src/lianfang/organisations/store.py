"""Reading and writing units."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from psycopg import errors as pg
from psycopg.types.json import Jsonb

from lianfang.access.scope import Scope
from lianfang.kit.db import Connection, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries
from lianfang.organisations.model import Level, Place, Step, Unit
from lianfang.organisations.problems import CODE_TAKEN, UNIT_CLOSED

Q = Queries(__package__)


class Listed(Unit, frozen=True):
    """A unit and its place, by which lists page."""

    place: int = 0

    def unit(self) -> Unit:
        return Unit(*(getattr(self, name) for name in Unit.__struct_fields__))


class Parent(Place, frozen=True):
    """A unit that gets children: `used_hi` is the last place its children take."""

    used_hi: int | None = None


def _interval(scope: Scope) -> dict[str, int]:
    return {"lo": scope.lo, "hi": scope.hi}


async def find_place(scope: Scope, conn: Connection, unit_id: int) -> Place | None:
    return await fetch_one(conn, Place, Q.find_place, _interval(scope) | {"id": unit_id})


async def hold_tree(scope: Scope, conn: Connection) -> None:
    """No unit moves or closes until this transaction ends. The first thing that it does: places read before may be old."""
    await conn.execute(Q.hold_tree)


async def hold_place(scope: Scope, conn: Connection, unit_id: int) -> Place | None:
    """Where something is added: the unit stays there, and open, until this transaction ends. Problem `unit_closed`."""
    await hold_tree(scope, conn)
    place = await find_place(scope, conn, unit_id)
    if place is not None and place.closed:
        raise UNIT_CLOSED(name=place.name)
    return place


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
    await hold_tree(scope, conn)
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
    await conn.execute(Q.rename_unit, _interval(scope) | {"id": unit_id, "name": name})
    await tell_names(scope, conn)


class Division(msgspec.Struct, frozen=True):
    """A unit that has a division code."""

    code: str
    id: int
    name: str
    lo: int
    hi: int
    used_hi: int | None


async def divisions(scope: Scope, conn: Connection) -> list[Division]:
    await hold_tree(scope, conn)
    return await fetch_all(conn, Division, Q.divisions, _interval(scope))


async def last_root(scope: Scope, conn: Connection) -> int:
    await hold_tree(scope, conn)
    return int(await fetch_value(conn, Q.last_root) or 0)


async def is_top(scope: Scope, conn: Connection) -> bool:
    """Whether somebody acts for a whole tree, and not for a part of it."""
    return bool(await fetch_value(conn, Q.is_top, {"lo": scope.lo, "hi": scope.hi}))


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


Event = Literal["create", "rename", "move", "merge", "close", "reopen"]


class Happened(msgspec.Struct, frozen=True):
    """An entry of a unit's history. `detail` names units, and counts what came along."""

    id: int
    at: datetime
    kind: Event
    actor: str
    actor_name: str | None
    reason: str
    detail: dict[str, Any]


async def record(scope: Scope, conn: Connection, unit_id: int, kind: Event, *, reason: str = "", **detail: Any) -> int:
    """An entry of the unit's history; its id."""
    params = {"unit_id": unit_id, "kind": kind, "actor": scope.actor, "reason": reason, "detail": Jsonb(detail)}
    return int(await fetch_value(conn, Q.record, params))


async def history(scope: Scope, conn: Connection, unit_id: int, *, before: int, limit: int) -> list[Happened]:
    """What has happened to a unit, newest first."""
    return await fetch_all(
        conn, Happened, Q.history, _interval(scope) | {"unit_id": unit_id, "before": before, "limit": limit}
    )


async def close_all(scope: Scope, conn: Connection, entry: int) -> int:
    """Closes every open unit of a part of the tree, as an entry of a unit's history says; how many."""
    return (await conn.execute(Q.close_all, _interval(scope) | {"entry": entry})).rowcount


async def reopen_all(scope: Scope, conn: Connection, entry: int) -> int:
    """Opens again what was closed by that entry."""
    return (await conn.execute(Q.reopen_all, _interval(scope) | {"entry": entry})).rowcount


async def reopen_one(scope: Scope, conn: Connection, unit_id: int) -> None:
    """Opens a unit that was merged."""
    await conn.execute(Q.reopen_one, _interval(scope) | {"id": unit_id})


async def tell_names(scope: Scope, conn: Connection) -> None:
    """When this transaction commits, every process forgets the doors, sessions and names of units that it keeps."""
    await conn.execute(Q.tell_names)
