"""From the plan to the deed: in chunks, each one transaction with its audit entry and the outcome of its rows. Whatever was
interrupted, and whatever others changed meanwhile, is planned anew: rows that are done are then found unchanged, and keep the
outcome that was written down with them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, cast

from lianfang.access.rules import Role
from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Changed, Connection, Database
from lianfang.kit.errors import NOT_FOUND, Language, Problem, Text
from lianfang.organisations import bulk as units
from lianfang.organisations.store import hold_place
from lianfang.restructuring.model import UnitMove
from lianfang.restructuring.service import move
from lianfang.setup import store
from lianfang.setup.columns import Kind
from lianfang.setup.model import Book, Plan, Planned, Present
from lianfang.setup.plan import make_plan
from lianfang.setup.plan_accounts import username_of
from lianfang.setup.problems import KEEPS_CHANGING, ROWS_LOST
from lianfang.staff import bulk as staff
from lianfang.staff import passwords
from lianfang.venues import bulk as venues
from lianfang.venues.store import NewRow
from lianfang.venues.templates import find_or_adopt

CHUNK = 1000
ROUNDS = 12
ROOM = Text("一键建县需要更多位置", "more places for a workbook's units")
Tell = Callable[[int, int], Awaitable[None]]
Numbered = list[tuple[int, Planned]]


@dataclass(frozen=True)
class Ground:
    """What is set up, by whom, and with what."""

    app: Database
    identity: Database
    keys: Keys
    scope: Scope
    unit_id: int
    run_id: int
    seed: str
    """What the initial passwords are derived from."""
    language: Language = "zh-CN"
    """Of the runs that follow."""
    adopted: dict[str, int] = field(default_factory=dict)
    """Ready-made forms that were copied, by name."""
    full: set[int] = field(default_factory=set)


async def look(ground: Ground, book: Book) -> Present:
    """What is there now. Problem `not_found` for a unit outside the scope."""
    async with scoped(ground.app, ground.scope) as conn:
        root = await store.root(ground.scope, conn, ground.unit_id)
        if root is None:
            raise NOT_FOUND()
        present = await store.present(ground.scope, conn, root)
    codes = {line.given("code") for line in book.lines if line.kind == "unit"}
    names = {username_of(line) for line in book.lines if line.kind == "account"}
    codes -= {unit.code for unit in present.units}
    names -= {account.username for account in present.accounts}
    async with ground.identity.transaction() as conn:
        present.taken_codes = await units.identity_taken_codes(conn, codes)
        present.taken_usernames = await staff.identity_taken_usernames(conn, names)
    present.full = ground.full
    return present


async def apply(ground: Ground, book: Book, tell: Tell) -> tuple[Plan, Present]:
    """Does what the file says, now. Returns the last plan; the outcomes are in the table."""
    for _ in range(ROUNDS):
        present = await look(ground, book)
        plan = await asyncio.to_thread(make_plan, book, present)
        try:
            await _do(ground, present, plan, tell)
        except Changed:
            continue
        except units.FullError as error:
            if not await _make_room(ground, present, error.unit_id):
                ground.full.add(error.unit_id)
            continue
        async with scoped(ground.app, ground.scope) as conn:
            await store.insert_rows(ground.scope, conn, ground.run_id, present.root, enumerate(plan.rows))
            counted = sum((await store.counts(ground.scope, conn, ground.run_id)).values())
        if counted != len(book.lines):
            raise ROWS_LOST(read=len(book.lines), counted=counted)
        return plan, present
    raise KEEPS_CHANGING()


async def _make_room(ground: Ground, present: Present, unit_id: int) -> bool:
    """A larger place for a unit under its own parent; False where there is none, or where the unit is the scope's own."""
    unit = next(unit for unit in present.units if unit.id == unit_id)
    if unit.parent_id is None or unit.lo <= ground.scope.lo:
        return False
    try:
        request = UnitMove(unit.parent_id, ROOM.show(ground.language))
        await move(ground.app, ground.keys, ground.scope, unit_id, request, ground.language)
    except Problem:
        return False
    return True


async def _do(ground: Ground, present: Present, plan: Plan, tell: Tell) -> None:
    await _adopt(ground, present, plan)
    done = 0
    todo: list[tuple[Kind, str, Callable[..., Awaitable[list[int]]]]] = [
        ("unit", "create", _create_units),
        ("unit", "change", _change_units),
        ("checkpoint", "create", _create_checkpoints),
        ("checkpoint", "change", _change_checkpoints),
        ("account", "create", _create_accounts),
        ("account", "change", _change_accounts),
    ]
    total = sum(row.state in ("create", "change") for row in plan.rows)
    for kind, state, deed in todo:
        rows = [(n, row) for n, row in enumerate(plan.rows) if row.line.kind == kind and row.state == state]
        # units come into being together: a parent and its children need not fall into one chunk
        size = len(rows) if deed is _create_units else CHUNK
        for chunk in _chunks(rows, size):
            async with scoped(ground.app, ground.scope) as conn:
                made = await deed(ground, conn, [row for _, row in chunk])
                await store.insert_rows(ground.scope, conn, ground.run_id, present.root, chunk)
                part = ground.scope.narrowed(present.root.lo, present.root.hi)
                await audit.record(
                    part, conn, f"setup.{state}", f"run:{ground.run_id}", sheet=kind, rows=len(chunk), ids=_spans(made)
                )
            done += len(chunk)
            await tell(done, total)


async def _adopt(ground: Ground, present: Present, plan: Plan) -> None:
    """Copies the ready-made forms that the rows name to the unit that is set up: everything below shares them."""
    names = {form.name for row in plan.rows if (form := row.fields.get("form")) and not form.id} - ground.adopted.keys()
    for name in sorted(names):
        async with scoped(ground.app, ground.scope) as conn:
            place = await hold_place(ground.scope, conn, present.root.id)
            template = await find_or_adopt(ground.scope, conn, place, name) if place else None
        if template is None:
            raise Changed()
        ground.adopted[name] = template.id


def _chunks(rows: Numbered, size: int) -> list[Numbered]:
    rest = iter(rows)
    return list(iter(lambda: list(islice(rest, size)), []))


def _spans(ids: Sequence[int]) -> str:
    """1-40,52: which rows the entry speaks of, briefly."""
    spans: list[list[int]] = []
    for number in sorted(ids):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in spans)


async def _create_units(ground: Ground, conn: Connection, rows: list[Planned]) -> list[int]:
    keys = {id(row.node): str(n) for n, row in enumerate(rows)}
    sprouts = []
    for row in rows:
        node = row.node
        assert node is not None
        assert node.parent is not None
        above = node.parent
        key = keys.get(id(above)) if above.id is None else None
        sprouts.append(units.Sprout(keys[id(node)], above.id, key, node.code, node.name, node.level))
    made = await units.create_many(ground.scope, conn, sprouts)
    for row in rows:
        assert row.node is not None
        row.node.id, row.node.lo = made[keys[id(row.node)]]
    return [unit_id for unit_id, _ in made.values()]


async def _change_units(ground: Ground, conn: Connection, rows: list[Planned]) -> list[int]:
    nodes = [row.node for row in rows if row.node is not None and row.node.id is not None]
    changes = [units.Change(cast(int, node.id), node.name, node.level, node.code) for node in nodes]
    await units.change_many(ground.scope, conn, changes)
    return [change.id for change in changes]


async def _create_checkpoints(ground: Ground, conn: Connection, rows: list[Planned]) -> list[int]:
    return await venues.insert_many(
        ground.scope, conn, [(_unit_id(row), NewRow(**_stored(ground, row))) for row in rows]
    )


async def _change_checkpoints(ground: Ground, conn: Connection, rows: list[Planned]) -> list[int]:
    await venues.change_many(ground.scope, conn, {cast(int, row.id): _stored(ground, row) for row in rows})
    return [cast(int, row.id) for row in rows]


def _stored(ground: Ground, row: Planned) -> dict[str, Any]:
    """The row's fields as the table has them: a form is the template of its newest version."""
    fields = dict(row.fields)
    if form := fields.pop("form", None):
        fields["template_id"] = form.id or ground.adopted[form.name]
    return fields


async def _create_accounts(ground: Ground, conn: Connection, rows: list[Planned]) -> list[int]:
    new = [
        staff.NewAccount(
            _unit_id(row),
            row.label,
            row.fields["display_name"],
            cast(Role, row.fields["role"]),
            passwords.hash_initial(passwords.derive(ground.keys, ground.seed, row.label)),
        )
        for row in rows
    ]
    return await staff.insert_many(ground.scope, conn, new)


async def _change_accounts(ground: Ground, conn: Connection, rows: list[Planned]) -> list[int]:
    changed = [
        staff.ChangedAccount(cast(int, row.id), _unit_id(row), row.fields["display_name"], row.fields["role"])
        for row in rows
    ]
    await staff.change_many(ground.scope, conn, changed)
    return [cast(int, row.id) for row in rows]


def _unit_id(row: Planned) -> int:
    assert row.node is not None
    assert row.node.id is not None, "its unit was created before"
    return row.node.id
