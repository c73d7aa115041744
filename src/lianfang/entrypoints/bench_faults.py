"""`lianfang bench faults`: whether every acknowledged scan survives `kill -9`, whatever is killed."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import psycopg
import typer
from rich.console import Console
from rich.table import Table

from lianfang.bench import faults, ledger
from lianfang.bench.faults import Sabotage
from lianfang.bench.population import Size
from lianfang.bench.victims import KINDS, Instance
from lianfang.bootstrap import prepared_database
from lianfang.config import Settings
from lianfang.entrypoints.bench_command import err, fill, workplace
from lianfang.entrypoints.posts import die_with_parent
from lianfang.kit.cluster import Cluster

START_S = 120
STOP_S = 120
ACKED_PER_KILL = 10_000
_UP = {
    None: ["-c", "from lianfang.entrypoints.cli import main; main()", "up"],
    "commit": ["-c", "from lianfang.entrypoints.cli import main; main()", "up"],
    "ack": ["-m", "lianfang.entrypoints.bench_hasty"],
}
# Without synchronous_commit what was committed waits in memory for the writer of the log. It is put to sleep, so that
# the death of the server is sure to take something along.
_FORGETFUL = {"wal_buffers": "64MB", "wal_writer_delay": "10s", "wal_writer_flush_after": "1GB"}


def bench_faults(
    kills: Annotated[int, typer.Option(min=1, help="杀进程次数 · how many processes to kill")] = 100,
    connections: Annotated[int, typer.Option(min=2, max=10_000, help="并发连接 · connections")] = 256,
    people: Annotated[int, typer.Option(min=100, help="人口 · people")] = 100_000,
    checkpoints: Annotated[int, typer.Option(min=10, help="登记点 · checkpoints")] = 4_000,
    acked: Annotated[
        int | None,
        typer.Option(
            min=0, help="至少确认多少次登记，缺省每杀一次一万 · scans to be acknowledged; default 10,000 a kill"
        ),
    ] = None,
    rate: Annotated[
        int | None,
        typer.Option(min=2, help="每秒登记次数，缺省为峰值的七成 · scans per second; default: 70 % of the peak"),
    ] = None,
    sabotage: Annotated[
        str, typer.Option(help="commit | ack：故意不可靠，应被发现 · unreliable on purpose; must be noticed")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")] = False,
) -> None:
    """七成负载下随机 kill -9 网页、后台、数据库进程，再逐条核对 · Random kill -9 under 70 % load; then every scan is compared."""
    broken = msgspec.convert(sabotage or None, Sabotage | None)
    kinds = faults.SHOWN_BY[broken] if broken else KINDS
    with workplace() as (settings, directory):
        with prepared_database(settings, Cluster(settings.home_path)) as (dsn, keys):
            fill(dsn, keys, Size(people=people, checkpoints=checkpoints), directory / "scans")
            faults.write_shots(directory / "scans", directory / "shots", dsn, keys)
            if broken == "commit":
                _set(dsn, _FORGETFUL)
        with supervised(settings, directory, broken) as instance:
            if broken == "commit":  # now, because nothing starts like this
                with Cluster(settings.home_path).join() as cluster:
                    _set(cluster.superuser_dsn(), {"synchronous_commit": "off"})
            run = faults.Run(directory, settings.base_url, instance, connections=connections, say=_say)
            try:
                run.under_fire(
                    faults.plan(kills, kinds), acked=ACKED_PER_KILL * kills if acked is None else acked, rate=rate
                )
            finally:
                run.stop()
        _say("核对 · comparing")
        with Cluster(settings.home_path).start() as cluster:
            found = ledger.verify(run.ledgers, cluster.superuser_dsn("lianfang"))
    report = run.report(found, connections=connections, people=people, sabotage=broken)
    for example in found.examples:
        _say(example)
    _print(report, as_json=as_json)
    if not report.sound:
        raise typer.Exit(1)


def _say(text: str) -> None:
    err.print(text, style="dim")


def _set(dsn: str, settings: Mapping[str, str]) -> None:
    with psycopg.connect(dsn, autocommit=True) as conn:
        for name, value in settings.items():
            conn.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
        conn.execute("SELECT pg_reload_conf()")


@contextmanager
def supervised(settings: Settings, directory: Path, sabotage: Sabotage | None) -> Iterator[Instance]:
    """`lianfang up` as an operator runs it."""
    log = directory / "up.log"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LIANFANG_")} | {
        "LIANFANG_HOME": settings.home,
        "LIANFANG_PORT": str(settings.port),
        "LIANFANG_RETENTION_DAYS": str(settings.retention_days),
        "LIANFANG_DATABASE_URL": settings.database_url,
        "LIANFANG_SECRET_KEY": settings.secret_key,
    }
    with log.open("wb") as output:
        supervisor = subprocess.Popen(  # noqa: S603
            [sys.executable, *_UP[sabotage]],
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
    try:
        _wait_for(settings, supervisor)
        yield Instance(settings.home_path, supervisor)
    except Exception:
        _say("".join(log.read_text(errors="replace").splitlines(keepends=True)[-40:]))
        raise
    finally:
        supervisor.send_signal(signal.SIGTERM)
        supervisor.wait(STOP_S)


def _wait_for(settings: Settings, supervisor: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and supervisor.poll() is None:
        try:
            urllib.request.urlopen(f"{settings.base_url}/api/v1/health/ready", timeout=1).read()  # noqa: S310
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the instance does not start")


def _print(report: faults.Report, *, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(report).decode())
        return
    table = Table(box=None, show_header=False)
    for key, value in msgspec.to_builtins(report).items():
        table.add_row(key, f"{value:,}" if isinstance(value, int | float) else str(value))
    Console().print(table)
