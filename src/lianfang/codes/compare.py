"""What another plan would change, over everybody of whom anything is known, unit by unit: before anybody switches."""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from lianfang.codes import rules
from lianfang.codes.derive import derive
from lianfang.codes.store import Q
from lianfang.kit.db import Connection, Database, bigints, fetch_all
from lianfang.plans.model import Pack
from lianfang.plans.store import Adoption

SEEN_WITHIN = timedelta(days=28)


class UnitColours(msgspec.Struct, frozen=True):
    """People of a unit and everything below it who would change, by `green→red`. The last row is nobody's unit: who has not
    been seen at a door."""

    id: int | None
    name: str
    depth: int
    changes: dict[str, int]


class Compared(msgspec.Struct, frozen=True):
    a: str
    b: str
    people: int
    changed: int
    changes: list[tuple[str, str]]
    units: list[UnitColours]


class _Unit(msgspec.Struct, frozen=True):
    id: int
    parent_id: int | None
    name: str
    lo: int
    hi: int


async def _silent() -> None:
    pass


def alone(pack: Pack, at: datetime) -> list[Adoption]:
    """A plan as if it had been adopted for the whole country, without any province's figures."""
    return [Adoption(0, "", pack, {}, at, "", None)]


async def compare(
    worker: Database,
    lane: Database,
    a: Sequence[Adoption],
    b: Sequence[Adoption],
    at: datetime,
    step: Callable[[], Awaitable[None]] = _silent,
) -> Compared:
    """A person belongs to the unit at whose door they were seen last. Changes nothing. `step` hears of each of its four steps."""
    found: list[dict[int, str]] = []
    async with worker.transaction() as conn:
        await conn.execute(Q.stage_tables)
        await conn.execute(Q.take_memory)
        people = (await conn.execute(Q.people_ever)).rowcount
        await conn.execute(Q.count_people)
        await step()
        for adoptions in (a, b):
            found.append(await _colours(conn, adoptions, at))
            await step()
    before, after = found
    changed = {
        person_id: (before.get(person_id, "green"), after.get(person_id, "green"))
        for person_id in before.keys() | after.keys()
        if before.get(person_id) != after.get(person_id)
    }
    async with lane.transaction() as conn:
        params = {"person_ids": bigints(changed), "since": at - SEEN_WITHIN}
        places: dict[int, int] = dict(await (await conn.execute(Q.lane_last_places, params)).fetchall())
        units = await fetch_all(conn, _Unit, Q.lane_units)
    await step()
    kinds = sorted(set(changed.values()))
    return Compared(_named(a), _named(b), people, len(changed), kinds, _by_unit(units, changed, places))


def _named(adoptions: Sequence[Adoption]) -> str:
    return next(adoption.plan for adoption in adoptions if not adoption.province)


async def _colours(conn: Connection, adoptions: Sequence[Adoption], at: datetime) -> dict[int, str]:
    await conn.execute(Q.forget_derived)
    await derive(conn, {"at": at, "batches": []} | rules.parameters(adoptions))
    return dict(await (await conn.execute(Q.colours_wanted, {"at": at})).fetchall())


def _by_unit(units: list[_Unit], changed: dict[int, tuple[str, str]], places: dict[int, int]) -> list[UnitColours]:
    """The tree in its order, without the units where nothing changes."""
    at_place: dict[int | None, Counter[str]] = defaultdict(Counter)
    for person_id, (x, y) in changed.items():
        at_place[places.get(person_id)][f"{x}→{y}"] += 1
    found: list[UnitColours] = []
    depths: dict[int | None, int] = {None: -1}
    for unit in units:
        depths[unit.id] = depths.get(unit.parent_id, -1) + 1
        below = sum((n for place, n in at_place.items() if place and unit.lo <= place <= unit.hi), Counter[str]())
        if below:
            found.append(UnitColours(unit.id, unit.name, depths[unit.id], dict(below)))
    if at_place[None]:
        found.append(UnitColours(None, "（28 天内没有登记 · not seen for 28 days）", 0, dict(at_place[None])))
    return found
