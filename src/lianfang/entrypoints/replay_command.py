"""`lianfang replay`: plays a recorded check-in stream through HTTP, into a throwaway instance or a running one."""

import asyncio
import json
import secrets
import socket
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
import psycopg
import typer
import uvloop
from rich.console import Console
from rich.table import Table

from lianfang import config
from lianfang.access.scope import Scope
from lianfang.bootstrap import open_databases, prepared_database
from lianfang.entrypoints.supervisor import serving
from lianfang.kit.cluster import Cluster
from lianfang.kit.crypto import Keys
from lianfang.kit.sheets.reading import SheetError
from lianfang.organisations.service import plant
from lianfang.replay.client import ReplayError, Result
from lianfang.replay.client import replay as play
from lianfang.replay.plan import read_plan
from lianfang.replay.progress import bar
from lianfang.staff.service import create_first_admin

SYSTEM = Scope.system("replay")


class Target(NamedTuple):
    """Where to play. `dsn` is known for a throwaway instance only."""

    url: str
    username: str
    password: str
    dsn: str | None


def replay(
    file: Annotated[Path, typer.Argument(help="CSV(.gz): user_id,venue_id,category,lat,lon,utc_time")],
    against: Annotated[
        str | None,
        typer.Option(help="已运行系统的地址；缺省则用一次性实例 · URL of a running instance; default: a throwaway one"),
    ] = None,
    username: Annotated[str | None, typer.Option(help="导入账号 · import account (default: the demo's)")] = None,
    password: Annotated[str | None, typer.Option(envvar=config.REPLAY_PASSWORD, help="密码 · its password")] = None,
    connections: Annotated[int, typer.Option(min=1, max=1024, help="并发连接 · connections")] = 128,
    repeat: Annotated[int, typer.Option(min=1, max=10, help="重放次数 · how many times")] = 1,
    ledger: Annotated[Path | None, typer.Option(help="写入每个已确认的登记 · file for every acknowledged scan")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")] = False,
) -> None:
    """重放登记流水，时间保留为原时间 · Plays a check-in stream; its times become the visits' times (an offline upload)."""
    try:
        plan = read_plan(file)
        with _target(against, username, password) as target:
            results = [_play_once(plan, target, connections, ledger) for _ in range(repeat)]
            rows = _count(target.dsn) if target.dsn else None
    except (ReplayError, SheetError, OSError, ValueError) as error:
        Console(stderr=True).print(str(error), style="red")
        raise typer.Exit(1) from None
    report = _report(results, rows)
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
    else:
        _print(report)
    if any(result.unknown or result.not_sent for result in results):
        raise typer.Exit(2)


def _play_once(plan: Any, target: Target, connections: int, ledger: Path | None) -> Result:
    with bar("重放 · replaying") as progress:
        return uvloop.run(
            play(
                plan,
                target.url,
                target.username,
                target.password,
                connections=connections,
                progress=progress,
                ledger=ledger,
            )
        )


def _report(results: list[Result], rows: int | None) -> dict[str, Any]:
    report: dict[str, Any] = msgspec.to_builtins(results[0])
    if rows is not None:
        report["database_rows"] = rows
    if len(results) > 1:
        report["again"] = [msgspec.to_builtins(result) for result in results[1:]]
    return report


def _print(report: dict[str, Any]) -> None:
    table = Table(box=None, show_header=False)
    for key, value in report.items():
        table.add_row(key, f"{value:,}" if isinstance(value, int | float) else str(value))
    Console().print(table)


def _target(against: str | None, username: str | None, password: str | None) -> Any:
    if against is None:
        return _throwaway()
    if username and password:
        return nullcontext(Target(against.rstrip("/"), username, password, None))
    with urllib.request.urlopen(f"{against.rstrip('/')}/api/v1/meta", timeout=10) as answer:  # noqa: S310
        accounts = json.load(answer)["accounts"]
    importer = next((account for account in accounts if account["role"] == "importer"), None)
    if importer is None:
        raise typer.BadParameter("--username 和 --password（导入账号）· of an import account are needed here")
    return nullcontext(Target(against.rstrip("/"), importer["username"], importer["password"], None))


@contextmanager
def _throwaway() -> Iterator[Target]:
    """An instance of its own: database, web process, a unit and an import account; gone afterwards."""
    password = secrets.token_urlsafe(18)
    with tempfile.TemporaryDirectory(prefix="lianfang-replay-") as home, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        settings = config.load({}, home=home, port=port, retention_days=0)
        with prepared_database(settings, Cluster(settings.home_path)) as (dsn, keys):
            asyncio.run(_prepare(dsn, keys, password))
            with serving(settings, dsn) as (url, _):
                yield Target(url, "replay", password, dsn)


async def _prepare(dsn: str, keys: Keys, password: str) -> None:
    async with open_databases(dsn, keys) as db:
        unit = await plant(db.app, SYSTEM, "回放")
        await create_first_admin(
            db.app, SYSTEM, unit_id=unit.id, username="replay", password=password, display_name="回放", role="importer"
        )


def _count(dsn: str) -> int:
    with psycopg.connect(dsn) as conn:
        row = conn.execute("SELECT count(*) FROM visits").fetchone()
    assert row is not None
    return int(row[0])
