"""Verbs on units: one call, one transaction."""

from lianfang.access.scope import LAST, Scope, scoped
from lianfang.audit import store as audit
from lianfang.kit.db import Database
from lianfang.kit.errors import NOT_FOUND, FieldError, invalid, wrong_field
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.organisations import store
from lianfang.organisations.model import (
    NewUnit,
    Place,
    Unit,
    UnitChange,
    UnitDetail,
    code_fits,
    may_stand_below,
)
from lianfang.organisations.places import NoRoom, allocate
from lianfang.organisations.problems import LEVEL_ORDER, NAME_TAKEN, NO_ROOM, UNIT_CLOSED

NAME_MAX = 100


async def list_units(
    db: Database, scope: Scope, *, parent_id: int | None, text: str | None, cursor: str | None, limit: int | None
) -> Page[Unit]:
    """Children of a unit, or a search below; without either the scope's own unit."""
    limit = clamp(limit)
    key = decode_cursor(cursor, tuple[int])
    after = key[0] if key else 0
    async with scoped(db, scope) as conn:
        if text:
            rows = await store.search(scope, conn, text.strip(), after=after, limit=limit + 1)
        elif parent_id is not None:
            rows = await store.children(scope, conn, parent_id, after=after, limit=limit + 1)
        else:
            own = await store.own_unit(scope, conn)
            return Page([own] if own else [])
    listed = page(rows, limit, lambda row: (row.place,))
    return Page([row.unit() for row in listed.items], listed.next)


async def show_unit(db: Database, scope: Scope, unit_id: int) -> UnitDetail:
    async with scoped(db, scope) as conn:
        unit = await store.find_unit(scope, conn, unit_id)
        if unit is None:
            raise NOT_FOUND()
        way = await store.path(scope, conn, unit_id)
    shown = {name: getattr(unit, name) for name in Unit.__struct_fields__}
    return UnitDetail(**shown, path=way)


async def history(
    db: Database, scope: Scope, unit_id: int, *, cursor: str | None, limit: int | None
) -> Page[store.Happened]:
    """What has happened to a unit, newest first."""
    limit = clamp(limit)
    key = decode_cursor(cursor, tuple[int])
    async with scoped(db, scope) as conn:
        if await store.find_place(scope, conn, unit_id) is None:
            raise NOT_FOUND()
        rows = await store.history(scope, conn, unit_id, before=key[0] if key else audit.BEGINNING, limit=limit + 1)
    return page(rows, limit, lambda row: (row.id,))


async def create_unit(db: Database, scope: Scope, new: NewUnit) -> Unit:
    """A child at the end of its parent's children."""
    name = new.name.strip()
    if errors := _name_errors(name):
        raise invalid(*errors)
    async with scoped(db, scope) as conn:
        parent = await store.lock_parent(scope, conn, new.parent_id)
        if parent is None:
            raise NOT_FOUND()
        if parent.closed:
            raise UNIT_CLOSED(name=parent.name)
        # institutions may nest (a group and its branches); divisions only downwards
        if not may_stand_below(new.level, parent.level):
            raise LEVEL_ORDER(parent=parent.name)
        if new.code is not None and not code_fits(new.code, new.level, parent.code, parent.level):
            raise invalid(_code_error())
        if await store.has_sibling(scope, conn, parent.id, name):
            raise NAME_TAKEN(name=name)
        try:
            [(lo, hi)] = allocate(parent.lo, parent.hi, parent.used_hi)
        except NoRoom:
            raise NO_ROOM(name=parent.name) from None
        unit_id = await store.insert(
            scope, conn, parent_id=parent.id, code=new.code, name=name, level=new.level, lo=lo, hi=hi
        )
        await store.record(scope, conn, unit_id, "create", parent=parent.id)
        await audit.record(scope, conn, "units.create", f"unit:{unit_id}", parent=parent.id, level=new.level)
    return Unit(unit_id, parent.id, new.code, name, new.level, 0, 0)


async def rename_unit(db: Database, scope: Scope, unit_id: int, change: UnitChange) -> Unit:
    name = change.name.strip()
    if errors := _name_errors(name):
        raise invalid(*errors)
    async with scoped(db, scope) as conn:
        unit = await store.find_unit(scope, conn, unit_id)
        if unit is None:
            raise NOT_FOUND()
        if await store.has_sibling(scope, conn, unit.parent_id, name, except_id=unit_id):
            raise NAME_TAKEN(name=name)
        await store.rename(scope, conn, unit_id, name)
        if name != unit.name:
            await store.record(scope, conn, unit_id, "rename", before=unit.name, after=name)
        await audit.record(scope, conn, "units.rename", f"unit:{unit_id}", before=unit.name, after=name)
        renamed = await store.find_unit(scope, conn, unit_id)
        assert renamed is not None
    return renamed


def _name_errors(name: str) -> list[FieldError]:
    if 1 <= len(name) <= NAME_MAX and name.isprintable():
        return []
    return [
        wrong_field("name", "length", "名称应为 1 至 {max} 个字。", "A name has 1 to {max} characters.", max=NAME_MAX)
    ]


def _code_error() -> FieldError:
    return wrong_field(
        "code",
        "format",
        "区划代码应为 12 位数字，以上级代码开头，本级之后补零；单位不填。",
        "A division code has 12 digits: it begins as its parent's and ends in zeros below its level; institutions have none.",
    )


async def find_by_code(db: Database, scope: Scope, code: str) -> Place:
    """The unit with a division code (2 to 12 digits, zero-filled at the end); Problem `not_found`."""
    async with scoped(db, scope) as conn:
        place = await store.find_by_code(scope, conn, code.ljust(12, "0"))
    if place is None:
        raise NOT_FOUND()
    return place


async def plant(db: Database, scope: Scope, name: str) -> Place:
    """A new top unit without a division code, for an installation that imports no divisions."""
    async with scoped(db, scope) as conn:
        [(lo, hi)] = allocate(0, LAST - 1, await store.last_root(scope, conn))
        unit_id = await store.insert(scope, conn, parent_id=None, code=None, name=name, level="unit", lo=lo, hi=hi)
        await audit.record(scope, conn, "units.plant", f"unit:{unit_id}")
    return Place(unit_id, name, "unit", None, lo, hi)
