"""Units' places in the database. `worker_…`: as lianfang_worker, through functions that do nothing else."""

from datetime import timedelta

import msgspec

from lianfang.access.scope import Scope
from lianfang.kit.db import Connection, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries
from lianfang.organisations.model import Level, Step
from lianfang.restructuring.model import Extent
from lianfang.restructuring.plan import Node, Places

Q = Queries(__package__)
AT_ONCE = 10_000
"""Rows of one table that come along in the transaction that moves the unit."""


class Closure(msgspec.Struct, frozen=True):
    """How a unit was closed. `unit_id`: the unit whose closing closed it."""

    closed_with: int | None
    unit_id: int | None
    merged_into: int | None
    parent_closed: bool


class Followed(msgspec.Struct, frozen=True):
    """How many rows followed, and at which place to go on (None: that was all)."""

    moved: int
    next: int | None


def _interval(scope: Scope) -> dict[str, int]:
    return {"lo": scope.lo, "hi": scope.hi}


async def hold_tree(scope: Scope, conn: Connection) -> None:
    """Nobody else moves, closes or adds a unit until this transaction ends."""
    await conn.execute(Q.hold_tree)


async def subtree(scope: Scope, conn: Connection, unit_id: int) -> list[Node]:
    return await fetch_all(conn, Node, Q.subtree, _interval(scope) | {"id": unit_id})


async def parent_of(scope: Scope, conn: Connection, unit_id: int) -> Step | None:
    """The unit above, where the scope holds it."""
    return await fetch_one(conn, Step, Q.parent_of, _interval(scope) | {"id": unit_id})


async def closure(scope: Scope, conn: Connection, unit_id: int) -> Closure:
    found = await fetch_one(conn, Closure, Q.closure, _interval(scope) | {"id": unit_id})
    assert found is not None
    return found


async def clash(scope: Scope, conn: Connection, unit_id: int, into_id: int) -> str | None:
    """A name that a child of each of the units has."""
    name: str | None = await fetch_value(conn, Q.clash, {"id": unit_id, "into_id": into_id})
    return name


async def child_levels(scope: Scope, conn: Connection, unit_id: int) -> list[Level]:
    rows = await (await conn.execute(Q.child_levels, _interval(scope) | {"id": unit_id})).fetchall()
    return [row[0] for row in rows]


async def extent(scope: Scope, conn: Connection) -> Extent:
    """What the scope holds."""
    found = await fetch_one(conn, Extent, Q.extent, _interval(scope))
    assert found is not None
    return found


async def move(scope: Scope, conn: Connection, moved: int, target: int, places: Places, *, merge: bool = False) -> int:
    """Puts a subtree to its new places; the move's id. When this commits, every process forgets the doors it keeps."""
    params = {
        "moved": moved,
        "target": target,
        "ids": list(places),
        "los": [lo for lo, _ in places.values()],
        "his": [hi for _, hi in places.values()],
        "merge": merge,
        "at_once": AT_ONCE,
    }
    return int(await fetch_value(conn, Q.move_unit, params))


async def worker_due(conn: Connection, recent: timedelta) -> list[int]:
    """Moves whose rows may still be on their way, in order."""
    return [row[0] for row in await (await conn.execute(Q.worker_due, {"recent": recent})).fetchall()]


async def worker_leaves(conn: Connection) -> list[str]:
    """The tables that hold rows with places, the newest days of visits first."""
    return [row[0] for row in await (await conn.execute(Q.worker_leaves)).fetchall()]


async def worker_rows(conn: Connection, move_id: int) -> int:
    """How many rows still stand at the old places."""
    return int(await fetch_value(conn, Q.worker_rows, {"move": move_id}))


async def worker_follow(conn: Connection, move_id: int, leaf: str, place: int, amount: int) -> Followed:
    """Lets a chunk of one table's rows follow."""
    params = {"move": move_id, "leaf": leaf, "place": place, "amount": amount}
    found = await fetch_one(conn, Followed, Q.worker_follow, params)
    assert found is not None
    return found


async def worker_finish(conn: Connection, move_id: int) -> bool:
    """Whether nothing is left at the old places."""
    return bool(await fetch_value(conn, Q.worker_finish, {"move": move_id}))
