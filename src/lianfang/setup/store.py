"""Reading what is there, and keeping what became of each row."""

from collections.abc import Iterable
from typing import Any

import msgspec

from lianfang.access.scope import Scope
from lianfang.kit.db import Connection, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries
from lianfang.setup.columns import Kind
from lianfang.setup.model import AccountNow, CheckpointNow, FormNow, Planned, Present, RowState, UnitNow
from lianfang.venues import gallery

Q = Queries(__package__)

CHUNK = 5000
BEGINNING = -1
_encode = msgspec.json.Encoder().encode


class StoredRow(msgspec.Struct, frozen=True):
    """What became of a row. `changes`: field → [before, after]; `faults`: {cell, code, zh, en}."""

    n: int
    kind: Kind
    state: RowState
    sheet: str
    line: int
    label: str
    place: str
    changes: dict[str, list[Any]]
    faults: list[dict[str, str]]


class _Count(msgspec.Struct, frozen=True):
    kind: Kind
    state: RowState
    rows: int


def _interval(scope: Scope) -> dict[str, int]:
    return {"lo": scope.lo, "hi": scope.hi}


async def root(scope: Scope, conn: Connection, unit_id: int) -> UnitNow | None:
    return await fetch_one(conn, UnitNow, Q.root, _interval(scope) | {"id": unit_id})


async def choices(scope: Scope, conn: Connection, root: UnitNow) -> Present:
    """What an empty workbook offers: the units at and below `root`, and their forms."""
    part = _interval(scope.narrowed(root.lo, root.hi))
    units = await fetch_all(conn, UnitNow, Q.units, part)
    return Present(root, units, [], [], await _forms(conn, root, part))


async def _forms(conn: Connection, root: UnitNow, part: dict[str, int]) -> list[FormNow]:
    """The forms of these units and of those above, and the ready-made ones: where a row names such a one, it is copied to `root`."""
    found = await fetch_all(conn, FormNow, Q.forms, part)
    usable = {name for form in found if form.lo <= root.lo <= form.hi for name in (form.name, form.name_en.casefold())}
    return found + [
        FormNow(0, root.id, root.lo, root.hi, form.name, form.name_en)
        for form in gallery.forms()
        if not usable & {form.name, form.name_en.casefold()}
    ]


async def present(scope: Scope, conn: Connection, root: UnitNow) -> Present:
    """Everything at and below `root`. What is taken elsewhere is asked apart: this scope can't see it."""
    part = _interval(scope.narrowed(root.lo, root.hi))
    old = await (await conn.execute(Q.replaced_codes, part)).fetchall()
    return Present(
        root=root,
        units=await fetch_all(conn, UnitNow, Q.units, part),
        checkpoints=await fetch_all(conn, CheckpointNow, Q.checkpoints, part),
        accounts=await fetch_all(conn, AccountNow, Q.accounts, part),
        forms=await _forms(conn, root, part),
        replaced_codes={row[0]: row[1] for row in old},
        actor=scope.actor,
    )


async def insert_rows(
    scope: Scope, conn: Connection, run_id: int, root: UnitNow, rows: Iterable[tuple[int, Planned]]
) -> None:
    """Keeps what became of rows (their position in the file with them)."""
    some = list(rows)
    for start in range(0, len(some), CHUNK):
        part = some[start : start + CHUNK]
        params = {
            "run_id": run_id,
            "ord": root.lo,
            "n": [n for n, _ in part],
            "kind": [row.line.kind for _, row in part],
            "state": [row.state for _, row in part],
            "sheet": [row.line.table.name for _, row in part],
            "line": [row.line.number for _, row in part],
            "label": [_storable(row.label) for _, row in part],
            "place": [row.place for _, row in part],
            "changes": [_storable(_encode(row.changes).decode()) for _, row in part],
            "faults": [_storable(_encode(row.line.faults).decode()) for _, row in part],
        }
        await conn.execute(Q.insert_rows, params)


def _storable(text: str) -> str:
    """Without what PostgreSQL can't hold: in a file anything may stand."""
    return text.replace("\\u0000", "").replace("\0", "").encode("utf-8", "replace").decode()


async def drop_rows(scope: Scope, conn: Connection, run_id: int) -> None:
    await conn.execute(Q.drop_rows, _interval(scope) | {"run_id": run_id})


async def rows(
    scope: Scope,
    conn: Connection,
    run_id: int,
    *,
    state: RowState | None = None,
    kind: Kind | None = None,
    after: int = BEGINNING,
    limit: int,
) -> list[StoredRow]:
    """Rows of a run behind position `after`."""
    params = {"run_id": run_id, "state": state, "kind": kind, "after": after, "limit": limit}
    return await fetch_all(conn, StoredRow, Q.rows, _interval(scope) | params)


async def counts(scope: Scope, conn: Connection, run_id: int) -> dict[tuple[Kind, RowState], int]:
    found = await fetch_all(conn, _Count, Q.counts, _interval(scope) | {"run_id": run_id})
    return {(count.kind, count.state): count.rows for count in found}


async def differing(scope: Scope, conn: Connection, plan_id: int, run_id: int) -> int:
    """How many rows had another outcome than the dry run said."""
    params = _interval(scope) | {"plan_id": plan_id, "run_id": run_id}
    return int(await fetch_value(conn, Q.differing, params) or 0)
