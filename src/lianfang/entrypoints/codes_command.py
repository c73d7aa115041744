"""`lianfang codes replay|recolour`: every colour again, from evidence and plans alone."""

import asyncio
from datetime import datetime
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from lianfang import config
from lianfang.bootstrap import open_databases, prepared_database
from lianfang.codes.derive import Recoloured, recolour_everybody
from lianfang.codes.replay import Replayed, replay
from lianfang.kit.clock import now as clock_now

app = typer.Typer(help="健康码 · Health codes.", no_args_is_help=True)
out = Console()
Json = Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")]


@app.command("replay")
def replay_codes(
    at: Annotated[datetime | None, typer.Option(help="哪一刻，空为现在 · which instant; now, if none")] = None,
    json: Json = False,
) -> None:
    """只用依据和方案，重新得出某一刻每个人的颜色，与当时所示比较 · Recomputes every colour as of an instant and compares."""
    settings = config.load()
    instant = at.replace(tzinfo=at.tzinfo or settings.zone) if at else clock_now()

    async def run() -> Replayed:
        async with open_databases(dsn, keys) as db:
            return await replay(db.worker, instant)

    with prepared_database(settings) as (dsn, keys):
        found = asyncio.run(run())
    if json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        out.print(
            f"{instant:%Y-%m-%d %H:%M:%S}：{found.people:,} 人 people，黄 yellow {found.yellow:,}，红 red {found.red:,}，"
            f"与所示不同 different {found.different:,}"
        )
        for d in found.differences:
            out.print(f"  {d.person_id}: 应为 {d.found}，所示 {d.shown} · found, shown", style="red")
    if found.different:
        raise typer.Exit(1)


@app.command("recolour")
def recolour_codes(json: Json = False) -> None:
    """按现行方案为所有人重新赋码 · Colours everybody anew."""

    async def run() -> Recoloured:
        async with open_databases(dsn, keys) as db:
            return await recolour_everybody(db.worker)

    with prepared_database(config.load()) as (dsn, keys):
        done = asyncio.run(run())
    if json:
        typer.echo(msgspec.json.encode(done).decode())
    else:
        out.print(f"{done.people:,} 人 people，新增管控 opened {done.opened:,}，解除 released {done.released:,}")
