"""`lianfang bench overload`"""

import os
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from lianfang.bench import overload
from lianfang.bench.population import Size
from lianfang.bootstrap import prepared_database
from lianfang.entrypoints.bench_command import err, fill, workplace
from lianfang.entrypoints.supervisor import serving
from lianfang.kit.cluster import Cluster
from lianfang.people import tokens


def bench_overload(
    connections: Annotated[int, typer.Option(min=256, max=18_000, help="最多连接 · connections at most")] = 4_000,
    tries: Annotated[int, typer.Option(min=1, help="每部手机发几次 · how often a phone tries")] = 3,
    people: Annotated[int, typer.Option(min=100, help="人口 · people")] = 100_000,
    checkpoints: Annotated[int, typer.Option(min=10, help="登记点 · checkpoints")] = 4_000,
    hostile: Annotated[
        bool, typer.Option("--hostile", help="慢头、巨体、空连接：好人还剩多少 · half heads, huge bodies, idle sockets")
    ] = False,
    turns: Annotated[int, typer.Option(min=1, help="--hostile 的轮数 · turns of --hostile")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")] = False,
) -> None:
    """从峰值的一倍升到十倍，看还剩多少 · From the peak to its tenfold, and what is left of it."""
    ours, crowds = overload.split_cores()
    os.sched_setaffinity(0, ours)  # whatever is started from here on stays there
    with workplace() as (settings, directory):
        scans = directory / "expected"
        with prepared_database(settings, Cluster(settings.home_path)) as (dsn, keys):
            fill(dsn, keys, Size(people=people, checkpoints=checkpoints), directory / "scans")
            now = datetime.now(UTC)

            def person_of(cookie: str) -> int:
                resident = tokens.read(keys, cookie.partition("=")[2], now)
                assert resident is not None
                return resident.person_id

            overload.expect(directory / "scans", scans, dsn, person_of)
            with serving(settings, dsn) as (url, pids):
                os.sched_setaffinity(0, crowds)
                report: object
                if hostile:
                    report = overload.under_attack(url, dsn, pids, scans, directory, crowds, turns=turns)
                else:
                    report = overload.surge(
                        url, dsn, pids, scans, directory, crowds, connections=connections, tries=tries
                    )
    if as_json:
        typer.echo(msgspec.json.encode(report).decode())
        return
    table = Table(box=None, show_header=False)
    for name, value in msgspec.to_builtins(report).items():
        table.add_row(name, f"{value:,}" if isinstance(value, int | float) else str(value))
    Console().print(table)
    err.print("丢失 lost、判错 wrong 应为 0 · must be 0", style="dim")
