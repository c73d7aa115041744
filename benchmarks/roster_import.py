"""A list of people, imported: how long it takes, and whether every row is accounted for.

    .venv/bin/python -m benchmarks.roster_import [--rows 100000] [--bad 37] [--format xlsx|csv] [--again] [--json]

A throwaway PostgreSQL with durable commits; the file is generated, written and then imported as the worker does it.
"""

import argparse
import asyncio
import csv
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg

from lianfang.access.scope import Scope, scoped
from lianfang.bootstrap import open_databases
from lianfang.kit.cluster import throwaway
from lianfang.kit.crypto import Keys
from lianfang.kit.identifiers import check_character
from lianfang.kit.sheets.reading import read_table
from lianfang.kit.sheets.writing import write_xlsx
from lianfang.migrations.apply import migrate
from lianfang.organisations.service import plant
from lianfang.rosters.importing import import_people
from lianfang.rosters.service import find_or_create

HEADER = ["工号", "姓名", "证件类型", "证件号码", "手机号", "部门", "岗位类别"]
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚"
KEYS = Keys(bytes(range(32)))


def people(rows: int, bad: int) -> Iterator[list[str]]:
    """Made-up people (area code 130799 is no place); `bad` of them, spread evenly, with a wrong check digit, phone or name."""
    wrong = {i * rows // bad + rows // bad // 2 for i in range(bad)} if bad else set()
    for i in range(rows):
        born = date(1950, 1, 1) + timedelta(days=i % 20_000)
        first = f"130799{born:%Y%m%d}{i // 20_000 % 1000:03d}"
        document, phone = first + check_character(first), f"139{i:08d}"
        name = SURNAMES[i % 16] + GIVEN[i // 16 % 20] + GIVEN[i // 320 % 20]
        if i in wrong:
            kind = i % 3
            if kind == 0:
                document = document[:-1] + ("0" if document[-1] != "0" else "1")
            elif kind == 1:
                phone = "12" + phone[2:]
            else:
                name = ""
        yield [f"A{i:07d}", name, "身份证", document, phone, f"{i % 40 + 1}车间", "一线生产" if i % 5 else "管理"]


def write(path: Path, rows: int, bad: int) -> None:
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(HEADER)
            out.writerows(people(rows, bad))
    else:
        write_xlsx(path, HEADER, people(rows, bad))


async def measure(dsn: str, path: Path, again: bool) -> dict[str, Any]:
    scope = Scope.system("benchmark")
    async with open_databases(dsn, KEYS) as db:
        unit = await plant(db.app, scope, "某公司")
        roster_id = await find_or_create(db.app, scope, unit.id, "员工", "employees")

        async def progress(done: int, total: int | None) -> None:
            pass

        async def once() -> dict[str, Any]:
            before, cpu = time.perf_counter(), time.process_time()
            bad_rows = path.with_name("bad.xlsx")
            result = await import_people(
                db.app, db.identity, KEYS, scope, roster_id, path,
                dry_run=False, replace=False, language="zh-CN", progress=progress, bad_rows=bad_rows,
            )  # fmt: skip
            seconds, own = time.perf_counter() - before, time.process_time() - cpu
            returned = sum(1 for _ in read_table(bad_rows).rows) - 1 if result.rejected else 0
            return {
                "seconds": round(seconds, 2), "python_cpu_s": round(own, 2), "rows": result.rows,
                "created": result.created, "unchanged": result.unchanged, "rejected": result.rejected,
                "in_error_workbook": returned, "full_sheet_warning": result.full,
            }  # fmt: skip

        runs = [await once()]
        if again:
            runs.append(await once())
        async with scoped(db.app, scope) as conn:
            row = await (await conn.execute("SELECT count(*) FROM roster_members")).fetchone()
        assert row is not None
        return {"runs": runs, "members_in_database": row[0]}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--bad", type=int, default=37)
    parser.add_argument("--format", choices=["xlsx", "csv"], default="xlsx")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, throwaway() as cluster:
        path = Path(directory) / f"people.{given.format}"
        write(path, given.rows, given.bad)
        with psycopg.connect(cluster.superuser_dsn(), autocommit=True) as conn:
            conn.execute("CREATE DATABASE bench")
        dsn = cluster.superuser_dsn("bench")
        migrate(dsn, KEYS)
        report = asyncio.run(measure(dsn, path, given.again))
        report |= {
            "file_mib": round(path.stat().st_size / (1 << 20), 1),
            "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
            "load_average": [round(x, 2) for x in os.getloadavg()],
            "cores": os.cpu_count(),
        }
    if given.json:
        print(json.dumps(report))
    else:
        for key, value in report.items():
            print(f"{key}: {value}")
    first = report["runs"][0]
    if first["created"] + first["unchanged"] + first["rejected"] != first["rows"]:
        sys.exit("rows are missing")


if __name__ == "__main__":
    main()
