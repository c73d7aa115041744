"""The command line: `lianfang`."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import msgspec
import psycopg
import typer
from rich.console import Console
from rich.table import Table

from lianfang import config
from lianfang.access.rules import Role
from lianfang.access.scope import Scope
from lianfang.bootstrap import open_databases, prepared_database
from lianfang.config import Settings, SettingsError
from lianfang.demo.load import InterruptedLoadError, sign_ins
from lianfang.entrypoints import (
    bench_codes,
    bench_command,
    bench_faults,
    bench_outages,
    bench_overload,
    bench_recolour,
    bench_setup,
    bench_sources,
    bench_trace,
    codes_command,
    people_command,
    plan_command,
    posters_command,
    replay_command,
    setup_command,
    supervisor,
    trace_command,
)
from lianfang.entrypoints.posts import StartError
from lianfang.entrypoints.process import configure_logging
from lianfang.kit import metrics
from lianfang.kit.cluster import ClusterError
from lianfang.kit.errors import Problem, render
from lianfang.kit.sheets.reading import SheetError, read_csv
from lianfang.migrations.apply import UnsuitableServerError
from lianfang.organisations.divisions import COLUMNS, ImportResult, import_divisions
from lianfang.organisations.service import find_by_code
from lianfang.plans.model import PlanError
from lianfang.staff.service import create_first_admin

app = typer.Typer(help="联防 Lianfang：登记、健康码、追踪 · registration, health code, tracing.", no_args_is_help=True)
importing = typer.Typer(help="导入文件 · Imports files.", no_args_is_help=True)
app.add_typer(importing, name="import")
app.add_typer(bench_command.app, name="bench")
app.add_typer(plan_command.app, name="plan")
app.add_typer(codes_command.app, name="codes")
app.command("replay")(replay_command.replay)
app.command("trace")(trace_command.trace)
importing.command("people")(people_command.people)
app.command("posters")(posters_command.posters)
app.command("setup")(setup_command.setup)
bench_command.app.command("show")(bench_codes.bench_show)
bench_command.app.command("recolour")(bench_recolour.bench_recolour)
bench_command.app.command("trace")(bench_trace.bench_trace)
bench_command.app.command("sources")(bench_sources.bench_sources)
bench_command.app.command("status")(bench_codes.bench_status)
bench_command.app.command("overload")(bench_overload.bench_overload)
bench_command.app.command("outages")(bench_outages.bench_outages)
bench_command.app.command("setup")(bench_setup.bench_setup)
bench_command.app.command("faults")(bench_faults.bench_faults)

out = Console()
err = Console(stderr=True)
Json = Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")]
SYSTEM = Scope.system("cli")


@app.command()
def up(
    demo: Annotated[bool, typer.Option(help="载入演示县 · load the demo county")] = False,
    host: Annotated[str | None, typer.Option(help="监听地址 · address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="端口 · port")] = None,
) -> None:
    """启动：数据库、网页、后台任务 · Starts the database, the pages and the worker."""
    given: dict[str, object] = {key: value for key, value in {"host": host, "port": port}.items() if value is not None}
    if demo:
        given["demo"] = True
    settings = config.load(os.environ, **given)

    def ready(loaded: bool) -> None:
        _announce(settings, loaded)

    configure_logging()
    with metrics.shared():
        supervisor.up(settings, say=lambda text: err.print(text, style="dim"), ready=ready)


def _announce(settings: Settings, loaded: bool) -> None:
    out.print(f"\n[bold]联防 Lianfang[/bold]  {settings.base_url}")
    for path, what in (
        ("/", "首页 · home"),
        ("/console/", "管理台 · console"),
        ("/gate/", "门岗 · gate"),
        ("/h5/", "居民 · resident"),
    ):
        out.print(f"  {settings.base_url}{path:<10} {what}")
    if settings.demo:
        table = Table("账号 · account", "密码 · password", "角色 · role", box=None)
        for username, password, _, title_zh, title_en in sign_ins():
            table.add_row(username, password, f"{title_zh} · {title_en}")
        out.print(table)
    if settings.demo:
        out.print(
            "演示模式：密码与验证码人人可见，勿用于真实数据 · Demo: its secrets are shown to everybody",
            style="bold red",
        )
    if settings.development:
        out.print(
            "开发模式：不检查持久性与默认密码 · Development: scans may be lost, default secrets pass", style="bold red"
        )
    out.print("Ctrl-C 停止，数据保留 · stops; the data stays.\n")


@importing.command("divisions")
def divisions(file: Path, json: Json = False) -> None:
    """导入区划代码（CSV 或 CSV.gz：code,name,level,parent_code）· Imports division codes."""
    settings = config.load()

    async def run() -> ImportResult:
        async with open_databases(dsn, keys) as db:
            return await import_divisions(db.app, SYSTEM, read_csv(file, columns=COLUMNS))

    with prepared_database(settings) as (dsn, keys):
        result = asyncio.run(run())
    if json:
        typer.echo(msgspec.json.encode(result).decode())
        return
    out.print(
        f"{result.rows:,} 行 · rows：新建 created {result.created:,}，改名 renamed {result.renamed:,}，"
        f"未变 unchanged {result.unchanged:,}，退回 rejected {len(result.rejected):,}"
    )
    for row in result.rejected[:50]:
        out.print(f"  第 {row.line} 行 line {row.line}: {row.code or '-'}: {row.reason}", style="red")
    if len(result.rejected) > 50:
        out.print("  … 其余见 --json · the others with --json")


@app.command("create-admin")
def create_admin(
    username: str,
    unit_code: Annotated[str, typer.Option(help="12 位区划代码 · division code")],
    password: Annotated[
        str,
        typer.Option(prompt="密码 · Password", hide_input=True, confirmation_prompt=True, envvar=config.NEW_PASSWORD),
    ],
    role: Annotated[str, typer.Option(help="admin, clerk, attendant, importer")] = "admin",
) -> None:
    """新建账号，密码从终端输入 · Creates an account; the password is asked for."""
    settings = config.load()

    async def run() -> None:
        async with open_databases(dsn, keys) as db:
            unit = await find_by_code(db.app, SYSTEM, unit_code)
            await create_first_admin(
                db.app, SYSTEM, unit_id=unit.id, username=username, password=password, role=msgspec.convert(role, Role)
            )

    with prepared_database(settings) as (dsn, keys):
        asyncio.run(run())
    out.print(f"{username}: OK")


@app.command("openapi")
def show_openapi() -> None:
    """输出接口描述 · Prints the interface description (docs/openapi.json)."""
    # loaded here: `up` starts a second sooner without the router
    from lianfang.entrypoints import openapi
    from lianfang.entrypoints.web import create_router

    typer.echo(openapi.describe(create_router(Settings())).decode())


def main() -> None:
    """Runs the command; a known problem is one sentence, not a traceback."""
    try:
        app()
    except Problem as problem:
        details = render(problem, "zh-CN")
        err.print(f"{details.detail} {render(problem, 'en').detail}", style="red")
        for error in details.errors:
            err.print(f"  {error.field}: {error.detail}", style="red")
        raise SystemExit(1) from None
    except (
        ClusterError,
        SettingsError,
        SheetError,
        PlanError,
        UnsuitableServerError,
        StartError,
        FileNotFoundError,
        psycopg.Error,
        InterruptedLoadError,
    ) as error:
        err.print(str(error), style="red")
        raise SystemExit(1) from None
