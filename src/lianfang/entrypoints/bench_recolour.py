"""`lianfang bench recolour`: how long it takes to colour many people anew after an area's level changes."""

from typing import Annotated

import msgspec
import psycopg
import typer
from rich.console import Console
from rich.table import Table

from lianfang.bench.recolour import measure
from lianfang.kit.cluster import throwaway


def bench_recolour(
    people: Annotated[int, typer.Option(min=100, help="人数 · people")] = 500_000,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")] = False,
) -> None:
    """风险区调整后重新赋码需要多久 · From an area's new level to everybody's new colour."""
    with throwaway() as cluster:
        with psycopg.connect(cluster.superuser_dsn(), autocommit=True) as conn:
            conn.execute("CREATE DATABASE bench")
        report = measure(cluster.superuser_dsn("bench"), people)
    if as_json:
        typer.echo(msgspec.json.encode(report).decode())
        return
    table = Table(box=None, show_header=False)
    for key, value in report.items():
        table.add_row(key, f"{value:,}")
    Console().print(table)
