"""Verbs on the shape of the tree: one call, one short transaction; what is too much for it follows in a run."""

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, Language
from lianfang.organisations import store as organisations
from lianfang.organisations.model import Place, may_stand_below
from lianfang.organisations.places import NoRoom
from lianfang.organisations.problems import LEVEL_ORDER, NAME_TAKEN, NO_ROOM, UNIT_CLOSED
from lianfang.organisations.store import Parent
from lianfang.restructuring import plan, store
from lianfang.restructuring.model import Closed, Extent, Following, UnitClose, UnitMerge, UnitMove
from lianfang.restructuring.plan import Places
from lianfang.restructuring.problems import ALREADY_CLOSED, BELOW_ITSELF, CLOSED_ABOVE, NOT_CLOSED, OWN_UNIT
from lianfang.runs import service as runs
from lianfang.staff import store as staff
from lianfang.venues import store as venues


async def show_extent(db: Database, scope: Scope, unit_id: int) -> Extent:
    """What would come along."""
    async with scoped(db, scope) as conn:
        place = await organisations.find_place(scope, conn, unit_id)
        if place is None:
            raise NOT_FOUND()
        return await store.extent(scope.narrowed(place.lo, place.hi), conn)


async def move(
    db: Database, keys: Keys, scope: Scope, unit_id: int, request: UnitMove, language: Language
) -> Following:
    """Another parent; with the present one again a larger place. Everything below comes along."""
    async with scoped(db, scope) as conn:
        await store.hold_tree(scope, conn)
        unit, target = await _two(scope, conn, unit_id, request.parent_id)
        before = await store.parent_of(scope, conn, unit_id)
        assert before is not None
        enlarge = before.id == target.id
        if not may_stand_below(unit.level, target.level):
            raise LEVEL_ORDER(parent=target.name)
        if await organisations.has_sibling(scope, conn, target.id, unit.name, except_id=unit.id):
            raise NAME_TAKEN(name=unit.name)
        if enlarge:
            move_id = await _enlarge(scope, conn, unit, wanted=unit.hi - unit.lo + 1)
        else:
            move_id = await _put(scope, conn, unit, target)
        await organisations.record(
            scope,
            conn,
            unit_id,
            "move",
            reason=request.reason.strip(),
            before={"id": before.id, "name": before.name},
            after={"id": target.id, "name": target.name},
        )
        await audit.record(scope, conn, "units.move", f"unit:{unit_id}", before=before.id, after=target.id)
        return await _start(scope, conn, keys, unit_id, move_id, language)


async def merge(
    db: Database, keys: Keys, scope: Scope, unit_id: int, request: UnitMerge, language: Language
) -> Following:
    """The other unit takes over children, doors and accounts; this one stays below it as a closed one."""
    async with scoped(db, scope) as conn:
        await store.hold_tree(scope, conn)
        unit, target = await _two(scope, conn, unit_id, request.into_id)
        if unit.closed:
            raise ALREADY_CLOSED(name=unit.name)
        if not all(may_stand_below(level, target.level) for level in await store.child_levels(scope, conn, unit_id)):
            raise LEVEL_ORDER(parent=target.name)
        if name := await store.clash(scope, conn, unit_id, target.id):
            raise NAME_TAKEN(name=name)
        move_id = await _put(scope, conn, unit, target, merge=True)
        names = {
            "unit": {"id": unit.id, "name": unit.name},
            "into": {"id": target.id, "name": target.name},
        }
        for each in (unit_id, target.id):
            await organisations.record(scope, conn, each, "merge", reason=request.reason.strip(), **names)
        await audit.record(scope, conn, "units.merge", f"unit:{unit_id}", into=target.id)
        return await _start(scope, conn, keys, unit_id, move_id, language)


async def close(db: Database, scope: Scope, unit_id: int, request: UnitClose) -> Closed:
    """Closes a unit and everything below: its doors say so, its accounts are signed out."""
    async with scoped(db, scope) as conn:
        await store.hold_tree(scope, conn)
        unit = await _movable(scope, conn, unit_id)
        if unit.closed:
            raise ALREADY_CLOSED(name=unit.name)
        below = await store.extent(scope.narrowed(unit.lo, unit.hi), conn)
        entry = await organisations.record(
            scope, conn, unit_id, "close", reason=request.reason.strip(), units=below.units
        )
        part = scope.narrowed(unit.lo, unit.hi)
        done = Closed(
            await organisations.close_all(part, conn, entry),
            await venues.close_all(part, conn, entry),
            await staff.close_all(part, conn, entry),
        )
        await audit.record(scope, conn, "units.close", f"unit:{unit_id}", units=done.units)
        await organisations.tell_names(scope, conn)
    return done


async def reopen(db: Database, scope: Scope, unit_id: int, request: UnitClose) -> Closed:
    """Opens again what was closed with the unit. One that was merged is opened by itself: what it had has gone."""
    async with scoped(db, scope) as conn:
        await store.hold_tree(scope, conn)
        unit = await _movable(scope, conn, unit_id)
        if not unit.closed:
            raise NOT_CLOSED(name=unit.name)
        how = await store.closure(scope, conn, unit_id)
        if how.parent_closed or how.unit_id not in (None, unit_id):
            raise CLOSED_ABOVE(name=unit.name)
        part = scope.narrowed(unit.lo, unit.hi)
        if how.closed_with is None:
            await organisations.reopen_one(scope, conn, unit_id)
            done = Closed(1, 0, 0)
        else:
            done = Closed(
                await organisations.reopen_all(part, conn, how.closed_with),
                await venues.reopen_all(part, conn, how.closed_with),
                await staff.reopen_all(part, conn, how.closed_with),
            )
        await organisations.record(scope, conn, unit_id, "reopen", reason=request.reason.strip(), units=done.units)
        await audit.record(scope, conn, "units.reopen", f"unit:{unit_id}", units=done.units)
        await organisations.tell_names(scope, conn)
    return done


async def _movable(scope: Scope, conn: Connection, unit_id: int) -> Place:
    """The unit, unless it is the scope's own: where that stands is decided above."""
    unit = await organisations.find_place(scope, conn, unit_id)
    if unit is None:
        raise NOT_FOUND()
    if unit.lo == scope.lo:
        raise OWN_UNIT()
    return unit


async def _two(scope: Scope, conn: Connection, unit_id: int, target_id: int) -> tuple[Place, Place]:
    unit = await _movable(scope, conn, unit_id)
    target = await organisations.find_place(scope, conn, target_id)
    if target is None:
        raise NOT_FOUND()
    if unit.lo <= target.lo <= unit.hi:
        raise BELOW_ITSELF(name=target.name)
    if target.closed:
        raise UNIT_CLOSED(name=target.name)
    return unit, target


async def _parent(scope: Scope, conn: Connection, unit_id: int) -> Parent:
    found = await organisations.lock_parent(scope, conn, unit_id)
    assert found is not None
    return found


async def _put(scope: Scope, conn: Connection, unit: Place, target: Place, *, merge: bool = False) -> int:
    """Finds places under the target and moves the subtree there; where there is no room the target gets a larger place first."""
    for attempt in range(2):
        nodes = await store.subtree(scope, conn, unit.id)
        parent = await _parent(scope, conn, target.id)
        try:
            places = plan.replace(nodes, *_free(parent))
        except NoRoom:
            if attempt or target.lo == scope.lo:
                raise NO_ROOM(name=target.name) from None
            await _enlarge(scope, conn, parent, wanted=plan.SHARE * (unit.hi - unit.lo + 1))
            continue
        return await store.move(
            scope, conn, unit.id, target.id, plan.leaf(places, unit.id) if merge else places, merge=merge
        )
    raise AssertionError("unreachable")


async def _enlarge(scope: Scope, conn: Connection, unit: Place, *, wanted: int) -> int:
    """Moves a unit to a larger place under its own parent, which may have to grow for that itself."""
    above = await store.parent_of(scope, conn, unit.id)
    if above is None:
        raise NO_ROOM(name=unit.name)
    for attempt in range(2):
        nodes = await store.subtree(scope, conn, unit.id)
        parent = await _parent(scope, conn, above.id)
        try:
            places: Places = plan.enlarged(nodes, wanted, *_free(parent))
        except NoRoom:
            if attempt or parent.lo == scope.lo:
                raise NO_ROOM(name=parent.name) from None
            await _enlarge(scope, conn, parent, wanted=plan.SHARE * wanted)
            continue
        return await store.move(scope, conn, unit.id, parent.id, places)
    raise AssertionError("unreachable")


def _free(parent: Parent) -> tuple[int, int]:
    return (parent.used_hi or parent.lo) + 1, parent.hi


async def _start(
    scope: Scope, conn: Connection, keys: Keys, unit_id: int, move_id: int, language: Language
) -> Following:
    run_id = await runs.start(scope, conn, keys, "units.follow", {"move_id": move_id}, language=language)
    return Following(unit_id, move_id, run_id)
