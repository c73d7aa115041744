"""`lianfang setup`: a county from one workbook, without the console. The same dry run and the same application, worked here."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from lianfang import config
from lianfang.access.scope import Scope, scoped
from lianfang.bootstrap import open_databases, prepared_database
from lianfang.entrypoints.handlers import RUN_HANDLERS
from lianfang.organisations.service import find_by_code
from lianfang.runs import service as runs
from lianfang.runs.model import Run
from lianfang.runs.work import Means, execute
from lianfang.setup import service
from lianfang.setup.service import SetupRow, application_of
from lianfang.setup.work import APPLY, PLAN

SYSTEM = Scope.system("cli")
SHOWN = 50
PAGE = 200
POLL_S = 0.3
WRONG_ROWS = 2
"""The exit code where some rows came back."""

err = Console(stderr=True)


@dataclass(frozen=True)
class Desk:
    """Runs of a unit, worked in this process."""

    means: Means
    scope: Scope
    unit_id: int

    async def plan(self, path: Path) -> Run:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            upload = await runs.upload(self.means.app, self.scope, self.means.keys, path.name, file, size)
        return await self.work(PLAN, {"unit_id": self.unit_id}, upload.upload_id)

    async def apply(self, plan: Run) -> Run:
        return await self.work(APPLY, application_of(plan))

    async def work(self, kind: str, parameters: dict[str, Any], upload_id: int | None = None) -> Run:
        async with scoped(self.means.app, self.scope) as conn:
            run_id = await runs.prepare(
                self.scope, conn, self.means.keys, kind, parameters, language="zh-CN", upload_id=upload_id
            )
        return await self.resume(run_id)

    async def resume(self, run_id: int) -> Run:
        """Works a run to its end, also one that was interrupted."""
        working = asyncio.create_task(execute(run_id, RUN_HANDLERS, self.means))
        with Progress(console=err, transient=True) as bar:
            task = bar.add_task(f"任务 run {run_id}", total=None)
            while not working.done():
                await asyncio.wait([working], timeout=POLL_S)
                run = await runs.show(self.means.app, self.scope, run_id)
                bar.update(task, completed=run.done, total=run.total)
        await working
        return await runs.show(self.means.app, self.scope, run_id)

    async def wrong(self, run: Run) -> list[SetupRow]:
        rows: list[SetupRow] = []
        cursor = None
        while True:
            page = await service.list_rows(
                self.means.app, self.scope, run.id, "zh-CN", state="error", kind=None, cursor=cursor, limit=PAGE
            )
            rows += page.items
            cursor = page.next
            if cursor is None:
                return rows

    async def save(self, run: Run, directory: Path) -> list[Path]:
        """The files that a run made, readable for their owner only: initial passwords may be in them."""
        saved = []
        for file in run.files:
            if file.name == run.summary.get("original"):
                continue
            _, content = await runs.download(self.means.app, self.scope, self.means.keys, run.id, file.name)
            path = directory / file.name
            with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as out:
                async for chunk in content:
                    out.write(chunk)
            saved.append(path)
        return saved


def setup(
    file: Annotated[Path, typer.Argument(help="XLSX，或 UTF-8、GBK 的 CSV · the workbook, or a CSV", exists=True)],
    unit: Annotated[str, typer.Option(help="要设置的单位，12 位区划代码 · division code of the unit to set up")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只预检，不改动 · look only, change nothing")] = False,
    out: Annotated[Path, typer.Option(help="结果文件的目录 · directory for the result files")] = Path(),
    resume: Annotated[int | None, typer.Option(help="继续被中断的应用任务 · finish an interrupted application")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")] = False,
) -> None:
    """一键建县：用一个表格建立单位、登记点和账号 · Sets up units, checkpoints and accounts from one workbook."""
    settings = config.load()

    async def run() -> dict[str, Any]:
        async with open_databases(dsn, keys) as db:
            place = await find_by_code(db.app, SYSTEM, unit)
            means = Means(settings, keys, db.app, db.identity, db.worker, db.lane)
            desk = Desk(means, SYSTEM.narrowed(place.lo, place.hi), place.id)
            report: dict[str, Any] = {}
            if resume is None:
                last = await desk.plan(file)
                report["plan"] = last.summary
                if last.state == "done" and not dry_run:
                    last = await desk.apply(last)
            else:
                last = await desk.resume(resume)
            if last.kind == APPLY:
                report["applied"] = last.summary
            wrong = await desk.wrong(last) if last.state == "done" else []
            files = await desk.save(last, out)
            report |= {"run_id": last.id, "state": last.state, "error": last.error, "files": [str(p) for p in files]}
            return report | {"wrong": [msgspec.to_builtins(row) for row in wrong]}

    with prepared_database(settings) as (dsn, keys):
        report = asyncio.run(run())
    if as_json:
        typer.echo(msgspec.json.encode(report).decode())
    else:
        _print(report)
    if report["state"] == "failed":
        raise typer.Exit(1)
    if report["wrong"]:
        raise typer.Exit(WRONG_ROWS)


_HEAD = ("", "新建 new", "修改 changed", "不变 unchanged", "错误 wrong")
_KINDS = {"unit": "单位 units", "checkpoint": "登记点 checkpoints", "account": "账号 accounts"}


def _print(report: dict[str, Any]) -> None:
    console = Console()
    if report["state"] == "failed":
        err.print(report["error"], style="red", markup=False)
        return
    summary = report.get("applied") or report["plan"]
    table = Table(*_HEAD, box=None)
    for kind, states in summary["kinds"].items():
        table.add_row(_KINDS[kind], *(f"{states[state]:,}" for state in ("create", "change", "unchanged", "error")))
    console.print("已应用 · applied" if "applied" in report else "预检，未改动 · dry run, nothing was changed")
    console.print(table)
    if summary.get("differs"):
        console.print(f"{summary['differs']:,} 行与预检不同 · rows differ from the dry run")
    for text in summary["ignored"]:
        console.print(f"没有读取 · not read: {text}", style="yellow", markup=False)
    for row in report["wrong"][:SHOWN]:
        for fault in row["faults"]:
            console.print(f"{fault['cell']}: {fault['detail']}", style="red", markup=False)
    if len(report["wrong"]) > SHOWN:
        console.print("… 其余见错误行文件 · the others are in the file of rows to correct")
    for path in report["files"]:
        console.print(f"→ {path}", markup=False)
