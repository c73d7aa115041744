"""`lianfang bench setup`: how long a county, or a province, takes from the workbook to doors that open."""

import asyncio
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import msgspec
import psycopg
import typer
from rich.console import Console
from rich.table import Table

from lianfang.access.scope import Scope
from lianfang.bench import county
from lianfang.bootstrap import open_databases
from lianfang.config import Settings
from lianfang.demo.places import COUNTY, lay_out
from lianfang.demo.templates import TEMPLATES
from lianfang.entrypoints.setup_command import Desk
from lianfang.kit.cluster import throwaway
from lianfang.kit.crypto import Keys
from lianfang.migrations.apply import migrate
from lianfang.organisations.divisions import import_divisions
from lianfang.organisations.service import find_by_code
from lianfang.runs.model import Run
from lianfang.runs.work import Means
from lianfang.setup.columns import LEVEL_WORDS, Kind
from lianfang.venues.model import CATEGORIES

SYSTEM = Scope.system("bench")
SEED = 20200206
CITY = "1307"
_ABOVE = (
    {"code": "13", "name": "河北省", "level": "province"},
    {"code": CITY, "name": "张家口市", "level": "city", "parent_code": "13"},
    {"code": COUNTY, "name": "赤城县", "level": "county", "parent_code": CITY},
)
# the demo's forms and the ready-made ones that a county which begins today would take
_FORMS = {
    "village_entry": "村口登记",
    "estate_gate": "小区出入登记",
    "office": "写字楼入楼登记",
    "company": "工地进场登记",
    "vehicle": "班车公交乘车登记",
    "shop": "商铺进店登记",
    "school": "学校入校登记",
    "motorway": "高速路口检查登记",
    "hospital": "医院就诊探视登记",
}


def bench_setup(
    checkpoints: Annotated[int, typer.Option(min=1, help="登记点 · checkpoints")] = 40_000,
    accounts: Annotated[int, typer.Option(min=1, help="账号 · accounts")] = 13_000,
    chicheng: Annotated[bool, typer.Option("--chicheng", help="赤城县的 1,011 个登记点 · Chicheng's 1,011")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")] = False,
) -> None:
    """从表格到应用需要多久，再应用一次应为零改动 · From the workbook to applied, and again, which must change nothing."""
    rows = _chicheng() if chicheng else county.rows(checkpoints, accounts)
    with tempfile.TemporaryDirectory(prefix="lianfang-bench-") as name, throwaway() as cluster:
        with psycopg.connect(cluster.superuser_dsn(), autocommit=True) as conn:
            conn.execute("CREATE DATABASE bench")
        keys = Keys(os.urandom(32))
        migrate(cluster.superuser_dsn("bench"), keys)
        report = asyncio.run(
            _measure(cluster.superuser_dsn("bench"), keys, Path(name), COUNTY if chicheng else CITY, rows)
        )
    if as_json:
        typer.echo(msgspec.json.encode(report).decode())
        return
    table = Table(box=None, show_header=False)
    for key, value in report.items():
        table.add_row(key, f"{value:,}" if isinstance(value, int | float) else str(value))
    Console().print(table)


async def _measure(dsn: str, keys: Keys, directory: Path, code: str, rows: dict[Kind, county.Rows]) -> dict[str, Any]:
    path = directory / "county.xlsx"
    seconds: dict[str, float] = {}
    began = time.perf_counter()
    written = county.write_workbook(path, rows)
    seconds["write_workbook_s"] = time.perf_counter() - began
    async with open_databases(dsn, keys) as db:
        await import_divisions(db.app, SYSTEM, enumerate(_ABOVE, 2))
        place = await find_by_code(db.app, SYSTEM, code)
        means = Means(Settings(), keys, db.app, db.identity, db.worker, db.lane)
        desk = Desk(means, SYSTEM.narrowed(place.lo, place.hi), place.id)

        async def step(name: str, run: Any) -> Run:
            began = time.perf_counter()
            done: Run = await run
            seconds[f"{name}_s"] = time.perf_counter() - began
            if done.state != "done":
                raise RuntimeError(done.error)
            return done

        plan = await step("plan", desk.plan(path))
        applied = await step("apply", desk.apply(plan))
        again = await step("plan_again", desk.plan(path))
        twice = await step("apply_again", desk.apply(again))
        counted = await _count(dsn)
    counts = {f"{kind}s": states["create"] for kind, states in applied.summary["kinds"].items()}
    return {
        "rows": written,
        **counts,
        **counted,
        "wrong": applied.summary["error"],
        "workbook_bytes": path.stat().st_size,
        **{name: round(value, 2) for name, value in seconds.items()},
        "workbook_to_applied_s": round(seconds["plan_s"] + seconds["apply_s"], 2),
        "changed_again": twice.summary["create"] + twice.summary["change"],
        "unchanged_again": twice.summary["unchanged"],
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "load_average": [round(load, 1) for load in os.getloadavg()],
    }


async def _count(dsn: str) -> dict[str, int]:
    """What is in the database, whatever the summaries say."""
    async with await psycopg.AsyncConnection.connect(dsn) as conn:
        query = "SELECT (SELECT count(*) FROM checkpoint_codes), (SELECT count(*) FROM staff_accounts)"
        row = await (await conn.execute(query)).fetchone()
    assert row is not None
    return {"doors_stored": int(row[0]), "accounts_stored": int(row[1])}


def _chicheng() -> dict[Kind, county.Rows]:
    """The county of the demo: its towns, villages and institutions, all doors, an attendant for every institution."""
    units, checkpoints = lay_out(SEED)
    names = {unit.key: unit.name for unit in units}
    above = {unit.key: unit.parent_key for unit in units}
    inside = [unit for unit in units if _within(unit.key, above)]
    paths = {unit.key: f"{names[unit.parent_key or '']}/{unit.name}" for unit in inside if unit.level != "town"}
    titles = {template.key: _FORMS[template.key] for template in TEMPLATES}
    doors = [door for door in checkpoints if door.county == COUNTY]
    keyed = [unit for unit in inside if unit.code is None]
    return {
        "unit": [
            [
                "" if unit.level == "town" else names[unit.parent_key or ""],
                unit.name,
                LEVEL_WORDS[unit.level].zh,
                unit.code.ljust(12, "0") if unit.code else "",
            ]
            for unit in inside
        ],
        "checkpoint": [
            [
                paths[door.unit_key],
                door.name,
                f"CC{n:04}",
                CATEGORIES[door.category].zh,
                titles[door.template_key],
                "240",
                "",
                "",
                door.address,
                str(door.lat),
                str(door.lon),
                "",
            ]
            for n, door in enumerate(doors, 1)
        ],
        "account": [[f"cc{n:04}", "门岗", "门岗", paths[unit.key]] for n, unit in enumerate(keyed, 1)],
    }


def _within(key: str, above: dict[str, str | None]) -> bool:
    parent = above[key]
    while parent is not None:
        if parent == COUNTY:
            return True
        parent = above[parent]
    return False
