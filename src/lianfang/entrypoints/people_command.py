"""`lianfang import people`: a list of people into a unit's roster, from the command line."""

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from lianfang import config
from lianfang.access.scope import Scope
from lianfang.bootstrap import open_databases, prepared_database
from lianfang.organisations.service import find_by_code
from lianfang.rosters.importing import Imported, import_people
from lianfang.rosters.model import KINDS, Kind
from lianfang.rosters.service import find_or_create

out = Console()
err = Console(stderr=True)
SYSTEM = Scope.system("cli")


def people(
    file: Path,
    unit: Annotated[str, typer.Option(help="单位的区划代码 · division code of the unit")],
    roster: Annotated[str, typer.Option(help="花名册名称，没有则新建 · name of the roster; made where there is none")],
    kind: Annotated[str, typer.Option(help=f"新建时的类型 · kind of a new one: {', '.join(KINDS)}")] = "employees",
    replace: Annotated[bool, typer.Option(help="文件中没有的人标记为已离开 · whoever is not in it has left")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不保存 · only checks")] = False,
    bad_rows: Annotated[Path | None, typer.Option(help="退回的行写到哪里 · where bad rows go")] = None,
    json: Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")] = False,
) -> None:
    """导入人员名单（XLSX、CSV）· Imports a list of people."""
    if not file.is_file():
        raise FileNotFoundError(f"{file}: 没有这个文件 · no such file")
    settings = config.load()
    back = bad_rows or file.with_name(f"{file.stem}-错误行.xlsx")

    async def report(done: int, total: int | None) -> None:
        if not json and err.is_terminal:
            err.print(f"\r{done:,}{f' / {total:,}' if total else ''}", end="")

    async def run() -> Imported:
        async with open_databases(dsn, keys) as db:
            place = await find_by_code(db.app, SYSTEM, unit)
            roster_id = await find_or_create(db.app, SYSTEM, place.id, roster, msgspec.convert(kind, Kind))
            return await import_people(
                db.app,
                db.identity,
                keys,
                SYSTEM,
                roster_id,
                file,
                dry_run=dry_run,
                replace=replace,
                language="zh-CN",
                progress=report,
                bad_rows=back,
            )

    with prepared_database(settings) as (dsn, keys):
        result = asyncio.run(run())
    if json:
        typer.echo(msgspec.json.encode(result).decode())
        return
    out.print(
        f"{result.rows:,} 行 · rows：新增 new {result.created:,}，更新 updated {result.changed:,}，"
        f"未变 unchanged {result.unchanged:,}，退回 given back {result.rejected:,}，离开 left {result.left:,}"
    )
    if result.rejected:
        out.print(f"退回的行和原因 · the rows given back: {back}", style="red")
    if result.full:
        out.print("工作表正好写满，可能已被截断 · the sheet is exactly full and may have been cut off", style="yellow")
    for names, what in (
        (result.unread, "没有读取的工作表 · sheets not read"),
        (result.unknown, "没有读取的列 · columns not read"),
    ):
        if names:
            out.print(f"{what}: {', '.join(names)}", style="yellow")
