"""`lianfang posters`: the posters of a unit's checkpoints as PDF, without the console."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from lianfang import config
from lianfang.access.scope import Scope
from lianfang.bootstrap import open_databases, prepared_database
from lianfang.organisations.service import find_by_code
from lianfang.posters.model import Layout, PosterRequest, Printed
from lianfang.posters.service import print_to
from lianfang.venues.model import Category

SYSTEM = Scope.system("cli")


def posters(
    out: Annotated[Path, typer.Option(help="PDF 文件 · the PDF to write")],
    unit: Annotated[str, typer.Option(help="区划代码，不填为全部 · division code; default: everything")] = "",
    layout: Annotated[Layout, typer.Option(help="版式 · one on an A4, two on an A4, 21 stickers")] = "a4",
    category: Annotated[Category | None, typer.Option(help="只要这一类别 · only this category")] = None,
    text: Annotated[str, typer.Option(help="名称包含 · a part of the name")] = "",
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="这一天起新建的 · created since that day")
    ] = None,
) -> None:
    """把一个单位及下级的登记点海报做成 PDF · Makes a PDF of the posters of a unit and everything below it."""
    settings = config.load()
    console = Console(stderr=True)

    async def run() -> tuple[Printed, list[Path]]:
        async with open_databases(dsn, keys) as db:
            unit_id = (await find_by_code(db.app, SYSTEM, unit)).id if unit else None
            request = PosterRequest(unit_id, category, text, since.date() if since else None, layout)
            with Progress(console=console, transient=True) as bar:
                task = bar.add_task("海报 · posters")

                async def progress(done: int, total: int) -> None:
                    bar.update(task, completed=done, total=total)

                return await print_to(db.app, settings, SYSTEM, request, out, progress=progress)

    with prepared_database(settings) as (dsn, keys):
        printed, files = asyncio.run(run())
    typer.echo(f"{printed.posters:,} 张 · posters, {printed.pages:,} 页 · pages: {', '.join(map(str, files))}")
    if printed.unprintable:
        names = "、".join(printed.unprintable_names)
        console.print(
            f"{printed.unprintable} 个名称含字体没有的字，打印为方框 · names with characters that the font lacks "
            f"(printed as boxes): {names}",
            style="red",
            markup=False,
        )
