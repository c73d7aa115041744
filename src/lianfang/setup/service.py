"""Verbs: begin a dry run, apply it, look at its rows, write a workbook."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, Language
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.runs import service as runs
from lianfang.runs.model import Run
from lianfang.setup import store
from lianfang.setup.columns import Kind
from lianfang.setup.model import RowState, UnitNow
from lianfang.setup.problems import NOT_PLANNED
from lianfang.setup.work import APPLY, EXPORT, PLAN, new_seed
from lianfang.setup.workbook import write_template


class Started(msgspec.Struct, frozen=True):
    """The run that was begun."""

    run_id: int


class RowFault(msgspec.Struct, frozen=True):
    """What is wrong, and in which cell."""

    cell: str
    code: str
    detail: str


class RowChange(msgspec.Struct, frozen=True):
    """A field as it is, and as the row wants it."""

    field: str
    before: Any
    after: Any


class SetupRow(msgspec.Struct, frozen=True):
    """What a row would do, or did. `cell` says where it stands: 登记点!17."""

    n: int
    kind: Kind
    state: RowState
    cell: str
    label: str
    place: str
    changes: list[RowChange]
    faults: list[RowFault]


async def template(db: Database, scope: Scope, unit_id: int, language: Language) -> tuple[str, bytes]:
    """The empty workbook of a unit: its name, and the file."""
    async with scoped(db, scope) as conn:
        root = await _root(scope, conn, unit_id)
        present = await store.choices(scope, conn, root)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "template.xlsx"
        await asyncio.to_thread(write_template, path, present, language, filled=False)
        return root.name, path.read_bytes()


async def start_plan(
    db: Database, scope: Scope, keys: Keys, *, unit_id: int, upload_id: int, language: Language
) -> Started:
    """A dry run of an uploaded file. Problems `not_found` (the unit), `upload_gone`."""
    async with scoped(db, scope) as conn:
        await _root(scope, conn, unit_id)
        run_id = await runs.start(scope, conn, keys, PLAN, {"unit_id": unit_id}, language=language, upload_id=upload_id)
    return Started(run_id)


async def start_apply(db: Database, scope: Scope, keys: Keys, plan_run_id: int, language: Language) -> Started:
    """Applies the file of a finished dry run of one's own. Problem `setup_not_planned`."""
    parameters = application_of(await runs.show(db, scope, plan_run_id))
    async with scoped(db, scope) as conn:
        return Started(await runs.start(scope, conn, keys, APPLY, parameters, language=language))


def application_of(plan: Run) -> dict[str, Any]:
    """What the run that applies a dry run's file is told. Problem `setup_not_planned`."""
    if plan.kind != PLAN or plan.state != "done":
        raise NOT_PLANNED()
    return {
        "unit_id": plan.summary["unit_id"],
        "plan_run_id": plan.id,
        "original": plan.summary["original"],
        "file": plan.summary["file"],
        "seed": new_seed(),
    }


async def start_export(db: Database, scope: Scope, keys: Keys, unit_id: int, language: Language) -> Started:
    """The workbook with everything at and below a unit. Problem `not_found`."""
    async with scoped(db, scope) as conn:
        await _root(scope, conn, unit_id)
        return Started(await runs.start(scope, conn, keys, EXPORT, {"unit_id": unit_id}, language=language))


async def list_rows(
    db: Database,
    scope: Scope,
    run_id: int,
    language: Language,
    *,
    state: RowState | None,
    kind: Kind | None,
    cursor: str | None,
    limit: int | None,
) -> Page[SetupRow]:
    """Rows of a dry run or an application of one's own, in the order of the file."""
    limit = clamp(limit)
    key = decode_cursor(cursor, tuple[int])
    await runs.show(db, scope, run_id)
    async with scoped(db, scope) as conn:
        rows = await store.rows(
            scope, conn, run_id, state=state, kind=kind, after=key[0] if key else store.BEGINNING, limit=limit + 1
        )
    listed = page(rows, limit, lambda row: (row.n,))
    return Page([_shown(row, language) for row in listed.items], listed.next)


def _shown(row: store.StoredRow, language: Language) -> SetupRow:
    return SetupRow(
        row.n,
        row.kind,
        row.state,
        f"{row.sheet}!{row.line}",
        row.label,
        row.place,
        [RowChange(field, before, after) for field, (before, after) in row.changes.items()],
        [RowFault(f["cell"], f["code"], f["zh" if language == "zh-CN" else "en"]) for f in row.faults],
    )


async def _root(scope: Scope, conn: Connection, unit_id: int) -> UnitNow:
    root = await store.root(scope, conn, unit_id)
    if root is None:
        raise NOT_FOUND()
    return root
