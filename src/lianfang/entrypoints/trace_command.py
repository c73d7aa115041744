"""`lianfang trace`: the contacts of cases, and theirs, on the command line."""

import asyncio
import csv
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from lianfang import config
from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.audit.purpose import checked_purpose
from lianfang.bootstrap import open_databases, prepared_database
from lianfang.config import Settings
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.tracing.api import NewCase, NewTrace
from lianfang.tracing.sheet import day, moment

SYSTEM = Scope.system("trace")
SHOWN = 20


def trace(
    case: Annotated[
        list[str] | None,
        typer.Option(help="病例：人员编号:发病日期 · person id:onset date, as 12:2022-11-20; repeatable"),
    ] = None,
    cases: Annotated[
        Path | None, typer.Option(help="病例表 CSV · CSV: person_id,onset[,isolated_at][,since][,until]")
    ] = None,
    plan: Annotated[str | None, typer.Option(help="方案，空为现行 · plan pack; the one in force, if none")] = None,
    purpose: Annotated[str, typer.Option(help="用途，将被记录 · why; it is recorded")] = "",
    engine: Annotated[
        str, typer.Option(help="由 Spark Connect 计算，如 sc://主机:15002 · let Spark Connect work it: sc://host:15002")
    ] = "",
    share: Annotated[
        Path | None, typer.Option(help="计算节点能读到的目录 · with --engine: a directory that its workers can read")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出全部结果 JSON · print everything as JSON")] = False,
) -> None:
    """由病例找出密接和次密接 · From cases to their contacts and the contacts of those; nothing is stored but that it was asked."""
    settings = config.load()
    try:
        asked = NewTrace(_cases(case or [], cases, settings.zone), checked_purpose(purpose), plan)
    except (OSError, ValueError, KeyError) as error:
        Console(stderr=True).print(f"病例 cases: {error}", style="red")
        raise typer.Exit(1) from None
    if (engine or share) and not (engine.startswith("sc://") and share and share.is_dir()):
        Console(stderr=True).print(
            "请同时给出 --engine sc://主机:端口 和 --share 已有目录 · give both --engine sc://host:port and --share, a directory",
            style="red",
        )
        raise typer.Exit(1)
    with prepared_database(settings) as (dsn, keys):
        try:
            found = asyncio.run(_run(settings, dsn, keys, asked, engine, share))
        except ImportError as error:
            Console(stderr=True).print(f"pip install 'lianfang[spark]': {error}", style="red")
            raise typer.Exit(1) from None
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    out = Console()
    out.print(
        f"{found['plan']}: 病例 cases {len(asked.cases):,}，密接 contacts {len(found['first']):,}，"
        f"次密接 contacts of contacts {len(found['second']):,}，{found['milliseconds']:,} ms"
    )
    table = Table("人员 person", "首次 since", "分钟 minutes", "依据 evidence", "次序 score", box=None)
    for row in sorted(found["first"], key=lambda row: -row["score"])[:SHOWN]:
        since = datetime.fromtimestamp(row["since"], settings.zone)
        table.add_row(
            str(row["person"]),
            f"{since:%m-%d %H:%M}",
            f"{row['seconds'] / 60:.0f}",
            str(row["exposures"]),
            f"{row['score']:.3f}",
        )
    out.print(table)


def _cases(given: list[str], file: Path | None, zone: ZoneInfo) -> list[NewCase]:
    """Times without an offset are those of the clock in the product's zone."""
    rows: list[dict[str, Any]] = []
    for text in given:
        person, _, onset = text.partition(":")
        rows.append({"person_id": person, "onset": onset})
    if file:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows += [{key: value for key, value in row.items() if value} for row in csv.DictReader(lines)]
    if not rows:
        raise ValueError("请用 --case 或 --cases 给出病例 · give cases with --case or --cases")
    found = []
    for line, row in enumerate(rows, 1):
        try:
            began = day("onset", row["onset"])
            isolated, since, until = (
                moment(name, row[name], zone) if name in row else None for name in ("isolated_at", "since", "until")
            )
            found.append(NewCase(int(row["person_id"]), began, isolated, since, until))
        except (KeyError, ValueError) as error:
            raise ValueError(f"第 {line} 行 row {line}: {error}") from None
    return found


async def _run(
    settings: Settings, dsn: str, keys: Keys, asked: NewTrace, engine: str, share: Path | None
) -> dict[str, Any]:
    from lianfang.tracing import store
    from lianfang.tracing.service import chosen_plan, plan_with_figures
    from lianfang.tracing.work import prepared, search, shelf

    now = clock_now()
    async with open_databases(dsn, keys) as db:
        chosen = chosen_plan(asked.plan, now)
        async with scoped(db.app, SYSTEM) as conn:
            places = await store.places(SYSTEM, conn)
            people = [case.person_id for case in asked.cases]
            await audit.record(
                SYSTEM, conn, "tracing.run", "command", purpose=asked.purpose, plan=chosen.id, cases=people
            )
        async with db.worker.transaction() as conn:
            plan = await plan_with_figures(conn, chosen.id, now)
        sources, figures = prepared(asked, plan, places, now, settings.zone)
        index = await shelf(settings, db.lane).index()
    second = plan.contacts.second_degree
    if share:
        from lianfang.tracing import distributed

        found = await asyncio.to_thread(distributed.ask, engine, share, index, sources, figures, second)
    else:
        found = await asyncio.to_thread(search, index, sources, figures, second)
    return {
        "plan": plan.id,
        "milliseconds": found.milliseconds,
        "first": [row._asdict() for row in found.first.rows()],
        "second": [row._asdict() for row in found.second.rows()],
        "evidence": [row._asdict() for row in found.evidence.rows()],
    }
