"""`lianfang bench recolour`: how long it takes to colour many people anew after an area's level changes."""

from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from lianfang.bench import recolour
from lianfang.bench.population import Size
from lianfang.bootstrap import prepared_database
from lianfang.entrypoints.bench_command import fill, workplace
from lianfang.entrypoints.supervisor import serving
from lianfang.kit.cluster import Cluster

ON_THE_STREET = 20_000
"""So many of the people show their codes and scan meanwhile."""


def bench_recolour(
    people: Annotated[int, typer.Option(min=100, help="人数 · people")] = 500_000,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")] = False,
) -> None:
    """风险区调整后重新赋码需要多久，同时有人亮码和登记 · From an area's new level to everybody's new colour, while codes are shown
    and doors scanned."""
    with workplace() as (settings, directory), prepared_database(settings, Cluster(settings.home_path)) as (dsn, keys):
        scans = directory / "scans"
        fill(dsn, keys, Size(people=min(people, ON_THE_STREET), checkpoints=1000, holds=0), scans)
        recolour.prepare(dsn, people)
        with serving(settings, dsn) as (url, _):
            found = recolour.measure(dsn, keys, url, scans, people)
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    table = Table(box=None, show_header=False)
    for key, value in msgspec.structs.asdict(found).items():
        table.add_row(key, f"{value:,}" if isinstance(value, int | float) else value)
    Console().print(table)
