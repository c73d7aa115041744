"""`lianfang bench status` and `lianfang bench show`"""

import os
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from lianfang.bench import generator, show, status, status_stored
from lianfang.bench.population import Size
from lianfang.entrypoints.bench_command import ground
from lianfang.kit.cluster import throwaway


def bench_status(
    people: Annotated[int, typer.Option(min=1, help="人数 · people who hold a credential")] = 10_000_000,
    share: Annotated[float, typer.Option(min=0, max=1, help="非绿码的比例 · share that is not green")] = 0.01,
    in_memory: Annotated[
        bool, typer.Option("--in-memory", help="不用数据库 · from a list in memory, without a database")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")] = False,
) -> None:
    """状态名单的大小、生成与核验时间 · Size of the status lists, and the time to make and to check them, from the holds in a
    database."""
    if in_memory:
        found = status.measure(people, share)
    else:
        with throwaway() as cluster:
            found = status_stored.measure(cluster.superuser_dsn(), people, share)
    _tell(found, as_json=as_json)


def bench_show(
    seconds: Annotated[float, typer.Option(min=1, help="秒数 · seconds")] = 10,
    connections: Annotated[int, typer.Option(min=1, max=20_000, help="并发连接 · connections")] = 256,
    people: Annotated[int, typer.Option(min=100, help="人口 · people")] = 500_000,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")] = False,
) -> None:
    """每秒能亮码多少次（装有 wrk 时用它加压） · Codes shown per second, through HTTP; driven by wrk where it is installed."""
    name = generator.best()
    with ground(Size(people=people, checkpoints=1000)) as place:
        not_green = show.colour(place.dsn, 100)
        found = show.drive(name, place.url, place.scans, seconds=seconds, connections=connections)
        servers = len(place.servers)
    answered = found.requests - found.refused
    measured = show.ShowMeasured(
        name,
        round(answered / found.seconds, 1),
        found.p50_ms,
        found.p99_ms,
        found.refused,
        found.broken,
        connections,
        people,
        not_green,
        servers,
        round(os.getloadavg()[0], 2),
    )
    _tell(measured, as_json=as_json)


def _tell(found: msgspec.Struct, *, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    table = Table(box=None, show_header=False)
    for name, value in msgspec.structs.asdict(found).items():
        table.add_row(name, f"{value:,}")
    Console().print(table)
