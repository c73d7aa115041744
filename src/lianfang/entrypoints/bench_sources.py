"""`lianfang bench sources`: how often the place where an outbreak began is among the first five."""

from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table


def bench_sources(
    outbreaks: Annotated[int, typer.Option(min=1, max=10_000, help="模拟疫情数 · simulated outbreaks")] = 60,
    visits: Annotated[int, typer.Option(min=10_000, help="登记数 · visits")] = 1_000_000,
    there: Annotated[int, typer.Option(min=2, max=200, help="在该处感染的病例 · cases infected at the place")] = 5,
    elsewhere: Annotated[int, typer.Option(min=0, max=200, help="在别处感染的病例 · cases infected elsewhere")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")] = False,
) -> None:
    """由病例反查感染场所，真实场所排在前五的比例 · From cases back to the place, and how often the true one is among the first five."""
    from lianfang.bench.source_outbreaks import measure

    report = measure(outbreaks, visits, there, elsewhere)
    if as_json:
        typer.echo(msgspec.json.encode(report).decode())
        return
    table = Table(box=None, show_header=False)
    for key, value in report.items():
        table.add_row(key, f"{value:,}")
    Console().print(table)
