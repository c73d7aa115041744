"""`lianfang bench outages`: whether acknowledged scans survive what an instance may lose, and how soon it goes on by itself."""

import os
import secrets
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import msgspec
import psycopg
import typer

from lianfang.bench import faults, ledger, outages
from lianfang.bench.population import Size
from lianfang.bootstrap import prepared_database
from lianfang.entrypoints.bench_command import err, fill, workplace
from lianfang.entrypoints.bench_faults import supervised
from lianfang.kit.cluster import SUPERUSER, Cluster, ClusterError

DISK_MIB = 1500
WAL = {"max_wal_size": "256MB"}  # so that a small disk holds it


def bench_outages(
    seconds: Annotated[float, typer.Option(min=1, help="每次中断秒数 · seconds of an outage")] = 8,
    connections: Annotated[int, typer.Option(min=2, max=10_000, help="并发连接 · connections")] = 256,
    people: Annotated[int, typer.Option(min=100, help="人口 · people")] = 20_000,
    checkpoints: Annotated[int, typer.Option(min=10, help="登记点 · checkpoints")] = 500,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")] = False,
) -> None:
    """数据库重启、只读、断网、无响应、磁盘满：逐条核对 · Restart, read-only, cut, silent, disk full; then every scan is compared."""
    skipped: dict[str, str] = {}
    done = []
    with workplace() as (own, directory), _small_disk(own.home_path / "postgres", skipped):
        ours = msgspec.structs.replace(own, secret_key=secrets.token_hex(32))
        cluster = Cluster(own.home_path, WAL)
        with prepared_database(ours, cluster) as (dsn, keys):
            fill(dsn, keys, Size(people=people, checkpoints=checkpoints), directory / "scans")
            faults.write_shots(directory / "scans", directory / "shots", dsn, keys)
            proxy = outages.Proxy(str(cluster.run.readlink() / ".s.PGSQL.5432"))
            settings = msgspec.structs.replace(ours, database_url=_through(proxy, cluster))
            with supervised(settings, directory, None) as instance:
                run = outages.Run(directory, settings.base_url, instance, connections=connections, say=_say)
                try:
                    run.begin()
                    for name, begin, end, times in _plan(dsn, cluster, proxy, own.home_path / "postgres" / "ballast"):
                        if name not in skipped:
                            done.append(run.through(name, begin, end, seconds * times, lambda: _revive(cluster)))
                    run.finish()
                finally:
                    run.stop()
            proxy.stop()
            found = ledger.verify(run.ledgers, dsn)
    report = run.sum_up(found, done, skipped)
    typer.echo(msgspec.json.encode(report).decode() if as_json else _lines(report))
    if not found.sound:
        raise typer.Exit(1)


def _plan(
    dsn: str, cluster: Cluster, proxy: outages.Proxy, ballast: Path
) -> list[tuple[str, Callable[[], None], Callable[[], None], float]]:
    """What begins and ends each outage, and how many times `--seconds` it lasts: a restart ends by itself, and a silent database
    is noticed after ten seconds only."""

    def stop() -> None:
        os.kill(int((cluster.data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGINT)

    def read_only(on: str) -> None:
        with psycopg.connect(dsn, autocommit=True) as conn:
            conn.execute(f"ALTER SYSTEM SET default_transaction_read_only = {on}".encode())
            conn.execute("SELECT pg_reload_conf()")

    return [
        ("restart", stop, lambda: None, 0),
        ("read_only", lambda: read_only("on"), lambda: read_only("off"), 1),
        ("cut", proxy.cut, proxy.mend, 1),
        ("silent", proxy.freeze, proxy.mend, 3),
        ("disk_full", lambda: outages.fill_up(ballast), ballast.unlink, 2),
    ]


def _through(proxy: outages.Proxy, cluster: Cluster) -> str:
    password = (cluster.home / "postgres.password").read_text()
    return f"postgresql://{SUPERUSER}:{quote(password, '')}@127.0.0.1:{proxy.port}/lianfang"


def _revive(cluster: Cluster) -> None:
    with suppress(ClusterError):  # somebody has to make room first
        cluster.revive()


@contextmanager
def _small_disk(base: Path, skipped: dict[str, str]) -> Iterator[None]:
    """A file system of its own for the database, where this machine lets us mount one."""
    base.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m,mode=700", "tmpfs", str(base)]
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        skipped["disk_full"] = "no file system of its own may be mounted here"
        yield
        return
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(base)], check=True)  # noqa: S603, S607


def _say(text: str) -> None:
    err.print(text, style="dim")


def _lines(report: outages.Report) -> str:
    return "\n".join(f"{name}: {value}" for name, value in msgspec.to_builtins(report).items())
