"""The three kinds of run: dry run, application, export."""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lianfang.access.scope import scoped
from lianfang.kit.errors import Text
from lianfang.runs import files
from lianfang.runs import store as run_store
from lianfang.runs.problems import UPLOAD_GONE
from lianfang.runs.work import Work
from lianfang.setup import store
from lianfang.setup.apply import Ground, apply, look
from lianfang.setup.model import STATES, Book, Plan, Planned, Present
from lianfang.setup.plan import make_plan
from lianfang.setup.read import read_book
from lianfang.setup.workbook import write_accounts, write_errors, write_template
from lianfang.staff.passwords import derive

PLAN, APPLY, EXPORT = "setup.plan", "setup.apply", "setup.export"
ORIGINAL = Text("原件 {name}", "Original {name}")
ERRORS = Text("错误行.xlsx", "Rows to correct.xlsx")
ACCOUNTS = Text("账号和初始密码.xlsx", "Accounts and initial passwords.xlsx")
EXPORTED = Text("{name} 单位、登记点、账号.xlsx", "{name} units, checkpoints, accounts.xlsx")
PAGE = 5000


def new_seed() -> str:
    """What the initial passwords of one application are derived from; kept with the run, and gone with it."""
    return secrets.token_hex(16)


async def plan_run(work: Work) -> dict[str, Any]:
    """Reads the uploaded file and writes down what each row would do. Changes nothing."""
    ground = _ground(work)
    async with _directory() as directory:
        path = directory / "upload"
        name = await work.upload_to(path)
        book = await asyncio.to_thread(read_book, path, name)
        await work.progress(0, len(book.lines))
        present = await look(ground, book)
        plan = await asyncio.to_thread(make_plan, book, present)
        async with scoped(work.app, work.scope) as conn:
            await store.drop_rows(work.scope, conn, work.run_id)
            rows = list(enumerate(plan.rows))
            for start in range(0, len(rows), PAGE):
                await store.insert_rows(work.scope, conn, work.run_id, present.root, rows[start : start + PAGE])
                await work.progress(start, len(rows))
        # kept for the application: what is applied is the very file that was looked at
        original = ORIGINAL.show(work.language, name=name)
        await work.attach(original, path)
        await _attach_errors(work, directory, plan.rows, present)
    await work.progress(len(plan.rows), len(plan.rows))
    return _summary(book, plan.counts()) | {"unit_id": present.root.id, "file": name, "original": original}


async def apply_run(work: Work) -> dict[str, Any]:
    """Does what the file of a dry run says, as things are now."""
    ground = _ground(work)
    plan_id = int(work.parameters["plan_run_id"])
    async with _directory() as directory:
        path = directory / "upload"
        async with scoped(work.app, work.scope) as conn:
            file = await run_store.find_file(work.scope, conn, plan_id, work.parameters["original"])
        if file is None:
            raise UPLOAD_GONE()
        await files.write_to(path, files.content(work.app, work.scope, work.keys, file.id))
        book = await asyncio.to_thread(read_book, path, work.parameters["file"])
        plan, present = await apply(ground, book, work.progress)
        async with scoped(work.app, work.scope) as conn:
            counts = await store.counts(work.scope, conn, work.run_id)
            differs = await store.differing(work.scope, conn, plan_id, work.run_id)
        await _attach_errors(work, directory, plan.rows, present)
        await _attach_accounts(work, directory, plan, ground)
    by_kind: dict[str, dict[str, int]] = {kind: dict.fromkeys(STATES, 0) for kind in ("unit", "checkpoint", "account")}
    for (kind, state), rows in counts.items():
        by_kind[kind][state] = rows
    return _summary(book, by_kind) | {"unit_id": present.root.id, "differs": differs}


async def export_run(work: Work) -> dict[str, Any]:
    """The workbook with what is there: uploaded again as it is, it changes nothing."""
    ground = _ground(work)
    present = await look(ground, Book([]))
    async with _directory() as directory:
        path = directory / "export.xlsx"
        rows = await asyncio.to_thread(write_template, path, present, work.language, filled=True)
        await work.attach(EXPORTED.show(work.language, name=present.root.name), path)
    return {"rows": rows, "unit_id": present.root.id}


def _ground(work: Work) -> Ground:
    unit_id, seed = int(work.parameters["unit_id"]), str(work.parameters.get("seed", ""))
    return Ground(work.app, work.identity, work.keys, work.scope, unit_id, work.run_id, seed, work.language)


@asynccontextmanager
async def _directory() -> AsyncIterator[Path]:
    """A directory of the run's own, gone with it: initial passwords pass through here."""
    with tempfile.TemporaryDirectory(prefix="lianfang-setup-") as name:
        yield Path(name)


async def _attach_errors(work: Work, directory: Path, rows: list[Planned], present: Present) -> None:
    if any(row.state == "error" for row in rows):
        path = directory / "errors.xlsx"
        await asyncio.to_thread(write_errors, path, rows, present, work.language)
        await work.attach(ERRORS.show(work.language), path)


async def _attach_accounts(work: Work, directory: Path, plan: Plan, ground: Ground) -> None:
    made = [plan.rows[n] for n in await _created_accounts(work)]
    if made:
        path = directory / "accounts.xlsx"
        await asyncio.to_thread(
            write_accounts, path, made, work.language, lambda username: derive(work.keys, ground.seed, username)
        )
        await work.attach(ACCOUNTS.show(work.language), path)


async def _created_accounts(work: Work) -> list[int]:
    """Positions of the rows that made an account, in this attempt or one that was interrupted."""
    found: list[int] = []
    after = store.BEGINNING
    while True:
        async with scoped(work.app, work.scope) as conn:
            rows = await store.rows(
                work.scope, conn, work.run_id, state="create", kind="account", after=after, limit=PAGE
            )
        found += [row.n for row in rows]
        if len(rows) < PAGE:
            return found
        after = rows[-1].n


def _summary(book: Book, counts: dict[str, dict[str, int]]) -> dict[str, Any]:
    totals: dict[str, int] = {state: sum(states[state] for states in counts.values()) for state in STATES}
    return {"rows": len(book.lines), **totals, "kinds": counts, "examples": book.examples, "ignored": book.ignored[:20]}
