"""`lianfang bench trace`: how long it takes from cases to their contacts, and to the contacts of those."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table


def bench_trace(
    visits: Annotated[int, typer.Option(min=10_000, help="登记数 · visits")] = 1_000_000,
    keep: Annotated[Path | None, typer.Option(help="保留索引的目录 · keep the index in this directory")] = None,
    rivals: Annotated[bool, typer.Option(help="与 DuckDB、PostgreSQL 比较 · race DuckDB and PostgreSQL")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")] = False,
) -> None:
    """从病例到密接、次密接需要多久，与 SQL 相比 · From cases to contacts of contacts, beside SQL."""
    from lianfang.bench.trace import Differs, measure

    err = Console(stderr=True)
    try:
        report = measure(visits, keep=keep, rivals=rivals, say=lambda step: err.print(step, style="dim"))
    except (Differs, ImportError) as error:
        err.print(f"{error}（DuckDB 属于开发依赖 · DuckDB is installed with the development tools）", style="red")
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(msgspec.json.encode(report).decode())
        return
    table = Table(box=None, show_header=False)
    for key, value in report.items():
        table.add_row(key, f"{value:,}")
    Console().print(table)
