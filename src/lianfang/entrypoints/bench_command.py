"""`lianfang bench …`"""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from lianfang import config
from lianfang.bench import generator, lane
from lianfang.bench.population import Size, populate
from lianfang.bootstrap import prepared_database
from lianfang.config import Settings
from lianfang.entrypoints.supervisor import serving
from lianfang.kit.cluster import Cluster
from lianfang.kit.crypto import Keys
from lianfang.migrations.roles import role_dsn

TRIED = (
    "LIANFANG_WEB_PROCESSES",
    "LIANFANG_LANE_BATCH",
    "LIANFANG_LANE_CONNECTIONS",
    "LIANFANG_LANE_GATHER_MS",
    "LIANFANG_LANE_QUEUE",
    "LIANFANG_LANE_WAIT_S",
)
"""Settings that a benchmark takes from the environment, so that others can be tried."""

app = typer.Typer(help="性能测试，用一次性实例 · Benchmarks, in a throwaway instance.", no_args_is_help=True)
err = Console(stderr=True)


class Ground(NamedTuple):
    """A populated instance that serves."""

    url: str
    dsn: str
    lane_dsn: str
    servers: list[int]
    scans: Path
    directory: Path


@app.command("lane")
def bench_lane(
    seconds: Annotated[float, typer.Option(min=1, help="每轮秒数 · seconds of a round")] = 10,
    connections: Annotated[int, typer.Option(min=1, max=20_000, help="并发连接 · connections")] = 256,
    pause_ms: Annotated[
        int,
        typer.Option(
            min=0, max=60_000, help="每个连接两次登记之间平均停多久 · pause of a connection between two scans, ms"
        ),
    ] = 0,
    rounds: Annotated[int, typer.Option(min=1, max=50, help="轮数，取中位数 · rounds; medians are shown")] = 3,
    people: Annotated[int, typer.Option(min=100, help="人口 · people")] = 1_000_000,
    checkpoints: Annotated[int, typer.Option(min=10, help="登记点 · checkpoints")] = 40_000,
    client: Annotated[str, typer.Option(help="wrk | lianfang；缺省取最省的 · default: the cheapest there is")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")] = False,
) -> None:
    """登记通道每秒落盘多少次登记，同场与 pgbench 单行插入相比 · Durable scans per second, beside pgbench's single-row inserts."""
    name = msgspec.convert(client or generator.best(), generator.Name)
    with ground(Size(people=people, checkpoints=checkpoints)) as place:
        measured, peer = [], []
        for number in range(rounds + 1):  # turn by turn, so that a noisy minute hits both
            counted = number > 0  # at half past eight the server has been up since last night
            err.print(f"第 {number} 轮 · round {number}" if counted else "预热 · warming up", style="dim")
            one = lane.one_round(
                name,
                place.url,
                place.dsn,
                place.scans,
                place.servers,
                seconds=seconds,
                connections=connections,
                pause_ms=pause_ms,
            )
            tps = lane.pgbench(place.lane_dsn, place.directory, seconds=seconds, people=people, checkpoints=checkpoints)
            if counted:
                measured.append(one)
                peer.append(tps)
    report = lane.medians(
        measured,
        peer,
        generator=name,
        connections=connections,
        pause_ms=pause_ms,
        people=people,
        checkpoints=checkpoints,
        web_processes=len(place.servers),
    )
    if as_json:
        typer.echo(msgspec.json.encode(report).decode())
        return
    table = Table(box=None, show_header=False)
    for name, value in msgspec.to_builtins(report).items():
        if name != "rounds":
            table.add_row(name, f"{value:,}" if isinstance(value, int | float) else str(value))
    Console().print(table)


@contextmanager
def ground(size: Size) -> Iterator[Ground]:
    """A populated instance that serves, gone afterwards."""
    with workplace() as (settings, directory):
        scans = directory / "scans"
        with prepared_database(settings, Cluster(settings.home_path)) as (dsn, keys):
            fill(dsn, keys, size, scans)
            with serving(settings, dsn) as (url, servers):
                yield Ground(url, dsn, role_dsn(dsn, "lianfang_lane", keys), servers, scans, directory)


@contextmanager
def workplace() -> Iterator[tuple[Settings, Path]]:
    """A directory that is gone afterwards, and the settings of an instance in it."""
    with tempfile.TemporaryDirectory(prefix="lianfang-bench-") as home, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        tried = {name: value for name, value in os.environ.items() if name in TRIED}
        yield config.load(tried, home=f"{home}/instance", port=port, retention_days=0), Path(home)


def fill(dsn: str, keys: Keys, size: Size, scans: Path) -> None:
    """People and doors, and the file of their scans."""
    senders = min(size.people, 200_000)
    populate(dsn, keys, size, scans, senders=senders, say=lambda text: err.print(text, style="dim"))
