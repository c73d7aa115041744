"""`lianfang plan show|check|diff|adopt`: what the plans say, and what another one would change."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from lianfang import config
from lianfang.bootstrap import open_databases, prepared_database
from lianfang.codes.compare import Compared, alone, compare
from lianfang.codes.derive import apply_due_plans
from lianfang.kit.clock import now as clock_now
from lianfang.plans import store as plans
from lianfang.plans.check import parse, stricter
from lianfang.plans.examples import failures
from lianfang.plans.model import Pack, Parameters, PlanError
from lianfang.plans.packs import pack, packs

app = typer.Typer(help="防控方案 · Plans.", no_args_is_help=True)
out = Console()
Json = Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")]
Set = Annotated[list[str] | None, typer.Option("--set", help="地方更严的数：路径=数 · a stricter figure: path=number")]


@app.command()
def show(
    key: Annotated[str, typer.Argument(help="方案，空为全部 · a plan; all, if none")] = "", json: Json = False
) -> None:
    """方案的内容 · What a plan says."""
    if not key:
        if json:
            _print([_summary(p) for p in packs().values()])
            return
        for p in packs().values():
            out.print(f"{p.key:5} {p.id:7} {p.effective_from} {p.name} · {p.name_en}")
        return
    chosen = pack(key)
    if json:
        _print(chosen)
        return
    out.print(f"{chosen.name} · {chosen.name_en}\n{chosen.source}；自 {chosen.effective_from} 起 · from then on")
    table = Table("规则 rule", "依据 evidence", "颜色和天数 colours, days", "提前解除 ends earlier")
    for rule in chosen.rules:
        steps = "，".join(f"{step.colour} {chosen.days(step)}" for step in rule.steps)
        ends = "；".join(release.zh for release in rule.release)
        table.add_row(rule.key, f"{rule.kind} {'/'.join(rule.results)}", steps, ends)
    out.print(table)


@app.command()
def check(
    files: Annotated[list[Path] | None, typer.Argument(help="方案文件，空为自带的 · files; our own, if none")] = None,
    json: Json = False,
) -> None:
    """检查方案，并运行其中的例子 · Checks plans and runs the examples in them."""
    errors: list[str] = []
    checked: list[Pack] = []
    for path in files or []:
        try:
            checked.append(parse(path.read_text("utf-8"), path.name))
        except PlanError as error:
            errors += str(error).splitlines()
    checked += [] if files else packs().values()
    errors += [f"{p.id}: {failure}" for p in checked for failure in failures(p)]
    examples = sum(len(p.examples) for p in checked)
    if json:
        _print({"plans": [p.id for p in checked], "examples": examples, "errors": errors})
    else:
        for line in errors:
            out.print(line, style="red", markup=False)
        out.print(f"{len(checked)} 个方案 plans，{examples} 个例子 examples，{len(errors)} 个错误 errors")
    if errors:
        raise typer.Exit(1)


@app.command()
def diff(a: str, b: str, values: Set = None, json: Json = False) -> None:
    """从方案 A 换成 B，各单位有多少人会变色 · How many people of each unit would change colour."""
    before, after = pack(a), stricter(pack(b), _figures(values))

    async def run() -> Compared:
        async with open_databases(dsn, keys) as db:
            at = clock_now()
            return await compare(db.worker, db.lane, alone(before, at), alone(after, at), at)

    with prepared_database(config.load()) as (dsn, keys):
        found = asyncio.run(run())
    if json:
        _print(found)
        return
    table = Table("单位 unit", *(f"{x} → {y}" for x, y in found.changes))
    for unit in found.units:
        table.add_row(
            "  " * unit.depth + unit.name, *(f"{unit.changes.get(f'{x}→{y}', 0):,}" for x, y in found.changes)
        )
    out.print(table)
    out.print(
        f"有记录的 {found.people:,} 人中 {found.changed:,} 人会变色 · of {found.people:,} people known, so many would change"
    )


@app.command()
def adopt(
    key: str,
    starts: Annotated[datetime | None, typer.Option("--from", help="何时起 · from when on")] = None,
    province: Annotated[
        str, typer.Option(help="省级代码前两位，空为全国 · a province's two digits; none: the country")
    ] = "",
    values: Set = None,
    json: Json = False,
) -> None:
    """启用方案，或一个省更严的数 · Takes a plan, or a province's stricter figures, into force."""
    settings = config.load()
    figures = _figures(values)
    if bool(province) != bool(figures):
        raise PlanError(key, ["--province 与 --set 须一起使用 · belong together"])
    chosen = stricter(pack(key), figures)
    at = starts.replace(tzinfo=starts.tzinfo or settings.zone) if starts else clock_now()

    async def run() -> int:
        async with open_databases(dsn, keys) as db:
            async with db.worker.transaction() as conn:
                adoption = await plans.worker_adopt(
                    conn, chosen, province=province, parameters=figures, starts_at=at, decided_by="system:cli"
                )
            await apply_due_plans(db.worker)
            return adoption

    with prepared_database(settings) as (dsn, keys):
        adoption = asyncio.run(run())
    if json:
        _print({"adoption": adoption, "plan": chosen.id, "province": province, "starts_at": at})
    else:
        out.print(f"{chosen.name}：自 {at:%Y-%m-%d %H:%M} 起 · from then on")


def _figures(values: list[str] | None) -> Parameters:
    figures: Parameters = {}
    for value in values or []:
        path, equals, number = value.partition("=")
        if not equals:
            raise PlanError(value, ["请写成 路径=数 · write path=number"])
        try:
            figures[path] = msgspec.json.decode(number)
        except msgspec.DecodeError as error:
            raise PlanError(value, ["等号后面须是数或 true · a number or true after the equals sign"]) from error
    return figures


def _summary(p: Pack) -> dict[str, object]:
    return {"plan": p.id, "name": p.name, "name_en": p.name_en, "effective_from": p.effective_from}


def _print(value: object) -> None:
    typer.echo(msgspec.json.encode(value).decode())
