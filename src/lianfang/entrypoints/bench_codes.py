"""`lianfang bench status`"""

from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from lianfang.bench import status


def bench_status(
    people: Annotated[int, typer.Option(min=1, help="人数 · people who hold a credential")] = 10_000_000,
    share: Annotated[float, typer.Option(min=0, max=1, help="非绿码的比例 · share that is not green")] = 0.01,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")] = False,
) -> None:
    """状态名单的大小、生成与核验时间 · Size of the status lists, and the time to make and to check them."""
    found = status.measure(people, share)
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    table = Table("", "", title="状态名单 · status lists")
    for name, value in msgspec.structs.asdict(found).items():
        table.add_row(name, f"{value:,}")
    Console().print(table)
