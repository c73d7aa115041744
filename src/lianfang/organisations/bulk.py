"""Units by the thousand: whole subtrees under units that exist. For an import that has looked at what is there, and must notice
when that has changed meanwhile."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

import msgspec
from psycopg import errors as pg

from lianfang.access.scope import Scope
from lianfang.kit.db import Changed, Connection
from lianfang.organisations import store
from lianfang.organisations.model import Level
from lianfang.organisations.places import NoRoom, allocate_shares, spread
from lianfang.organisations.store import Q


class Sprout(msgspec.Struct, frozen=True):
    """A unit to create: under a unit that exists (`parent_id`) or under another sprout (`parent_key`)."""

    key: str
    parent_id: int | None
    parent_key: str | None
    code: str | None
    name: str
    level: Level


class Change(msgspec.Struct, frozen=True):
    """A unit that gets another name, level or code."""

    id: int
    name: str
    level: Level
    code: str | None


class FullError(RuntimeError):
    """There is no place left under this unit for the subtrees that it should get."""

    def __init__(self, unit_id: int) -> None:
        super().__init__(f"no place left under unit {unit_id}")
        self.unit_id = unit_id


async def lock(scope: Scope, conn: Connection, unit_ids: Collection[int]) -> dict[int, int]:
    """Unit → its place, until this transaction ends. Changed where one is gone or closed."""
    await store.hold_tree(scope, conn)
    params = {"ids": sorted(unit_ids), "lo": scope.lo, "hi": scope.hi}
    places = {row[0]: row[1] for row in await (await conn.execute(Q.lock_many, params)).fetchall()}
    if len(places) != len(unit_ids):
        raise Changed()
    return places


async def create_many(scope: Scope, conn: Connection, sprouts: Sequence[Sprout]) -> dict[str, tuple[int, int]]:
    """key → (id, place). Raises Changed where a parent is gone or a name or code is taken by now, FullError."""
    await store.hold_tree(scope, conn)
    await _check_names(conn, sprouts)
    below: dict[str, list[str]] = defaultdict(list)
    tops: dict[int, list[str]] = defaultdict(list)
    for sprout in sprouts:
        if sprout.parent_key is not None:
            below[sprout.parent_key].append(sprout.key)
        elif sprout.parent_id is not None:
            tops[sprout.parent_id].append(sprout.key)
    places: dict[str, tuple[int, int]] = {}
    for unit_id, keys in sorted(tops.items()):
        parent = await store.lock_parent(scope, conn, unit_id)
        if parent is None or parent.closed:
            raise Changed()
        try:
            weights = [_size(key, below) for key in keys]
            shares = allocate_shares(parent.lo, parent.hi, parent.used_hi, weights)
            for key, (lo, hi) in zip(keys, shares, strict=True):
                places |= spread(key, below, lo, hi)
        except NoRoom:
            raise FullError(unit_id) from None
    ids = dict(zip(places, await store.reserve_ids(scope, conn, len(places)), strict=True))
    rows: list[store.Row] = []
    for sprout in sprouts:
        parent_id = ids[sprout.parent_key] if sprout.parent_key is not None else sprout.parent_id
        rows.append((ids[sprout.key], parent_id, sprout.code, sprout.name, sprout.level, *places[sprout.key]))
    try:
        await store.insert_many(scope, conn, rows)
    except pg.UniqueViolation:
        raise Changed() from None
    await conn.execute(Q.record_creations, {"ids": list(ids.values()), "actor": scope.actor})
    return {key: (ids[key], lo) for key, (lo, _) in places.items()}


async def _check_names(conn: Connection, sprouts: Iterable[Sprout]) -> None:
    wanted = {(sprout.parent_id, sprout.name) for sprout in sprouts if sprout.parent_id is not None}
    params = {"parent_ids": list({unit for unit, _ in wanted}), "names": list({name for _, name in wanted})}
    rows = await (await conn.execute(Q.names_under, params)).fetchall()
    if wanted & {(row[0], row[1]) for row in rows}:
        raise Changed()


def _size(top: str, below: dict[str, list[str]]) -> int:
    order = [top]
    for key in order:
        order.extend(below.get(key, ()))
    return len(order)


async def change_many(scope: Scope, conn: Connection, changes: Sequence[Change]) -> None:
    """When this transaction commits, every process forgets the names it keeps."""
    await lock(scope, conn, {change.id for change in changes})
    params = {
        "ids": [change.id for change in changes],
        "names": [change.name for change in changes],
        "levels": [change.level for change in changes],
        "codes": [change.code for change in changes],
        "lo": scope.lo,
        "hi": scope.hi,
    }
    await conn.execute(Q.record_renames, params | {"actor": scope.actor})
    try:
        await conn.execute(Q.change_many, params)
    except pg.UniqueViolation:
        raise Changed() from None
    await store.tell_names(scope, conn)


async def identity_taken_codes(conn: Connection, codes: Collection[str]) -> set[str]:
    """Which of these division codes any unit has, in whatever scope."""
    return {row[0] for row in await (await conn.execute(Q.taken_codes, {"codes": list(codes)})).fetchall()}
