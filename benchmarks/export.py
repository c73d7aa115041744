"""How long an export of a million records takes, and how much memory.

    python -m benchmarks.export [--rows 1000000] [--people 100000] [--json]

Makes a throwaway database of one county with so many visits of so many people, whose names, documents and phones are really
encrypted, and writes all of them as XLSX and as CSV, under the policies, as a run does. Each file is opened again and its rows
are counted. `max_rss_mb` is the whole process's.
"""

import argparse
import asyncio
import json
import os
import resource
import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import province
from lianfang.access.scope import Scope
from lianfang.config import Settings
from lianfang.kit.cluster import throwaway
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.sheets.writing import write_csv, write_xlsx
from lianfang.migrations.apply import migrate
from lianfang.migrations.roles import role_dsn
from lianfang.people.store import document_index, phone_index
from lianfang.visits import export, records
from lianfang.visits.model import RecordFilter

KEYS = Keys(bytes(range(32)))


def add_people(owner: psycopg.Connection, count: int) -> None:
    columns = "id, document_type, name, document, phone, document_index, phone_index, consented_at"
    with owner.cursor() as cursor, cursor.copy(f"COPY people ({columns}) FROM STDIN".encode()) as copy:
        for number in range(1, count + 1):
            document, phone = f"1307991990{number:07d}X", f"+86139{number:08d}"
            copy.write_row(
                (
                    number,
                    "resident_id",
                    KEYS.encrypt(f"张小{number % 97}", f"people.name:{number}"),
                    KEYS.encrypt(document, f"people.document:{number}"),
                    KEYS.encrypt(phone, f"people.phone:{number}"),
                    document_index(KEYS, "resident_id", document),
                    phone_index(KEYS, phone),
                    datetime.now(UTC),
                )
            )


def count_xlsx(path: Path) -> int:
    """Rows of data on all sheets, counted in the XML."""
    found = 0
    with zipfile.ZipFile(path) as book:
        for name in book.namelist():
            if name.startswith("xl/worksheets/"):
                with book.open(name) as part:
                    tail = b""
                    while piece := part.read(1 << 20):
                        found += (tail + piece).count(b"</row>")
                        tail = piece[-5:]
                found -= 1  # the header
    return found


def count_csv(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file) - 1


def write_xlsx_file(path: Path, header: list[str], rows: Any) -> None:
    write_xlsx(path, header, rows)


def write_csv_file(path: Path, header: list[str], rows: Any) -> None:
    with path.open("wb") as file:
        file.writelines(write_csv(rows, header))


async def condition(db: Database, scope: Scope) -> records.Condition:
    await db.open()
    found, _ = await records.condition_of(db, KEYS, scope, RecordFilter(since=datetime.now(UTC) - timedelta(days=40)))
    await db.close()
    return found


def measure(db: Database, wanted: records.Condition, scope: Scope, kind: str, directory: Path) -> dict[str, Any]:
    write: Callable[[Path, list[str], Any], None] = write_xlsx_file if kind == "xlsx" else write_csv_file
    path = directory / f"records.{kind}"
    begun, busy = time.monotonic(), time.process_time()
    header, rows = export.open_table(db, KEYS, Settings(), scope, wanted, "zh-CN")
    write(path, header, rows)
    seconds, cpu = time.monotonic() - begun, time.process_time() - busy
    return {
        "format": kind,
        "rows": count_xlsx(path) if kind == "xlsx" else count_csv(path),
        "seconds": round(seconds, 1),
        "own_cpu_seconds": round(cpu, 1),
        "file_mb": round(path.stat().st_size / 1e6, 1),
        "max_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Exports records and measures it.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results = []
    with throwaway() as cluster, tempfile.TemporaryDirectory() as directory:
        dsn = cluster.superuser_dsn()
        migrate(dsn, KEYS)
        with psycopg.connect(dsn, autocommit=True) as owner:
            add_people(owner, options.people)
            province.fill(owner, options.rows, 28, people=options.people, answers=False)
            row = owner.execute("SELECT lo, hi FROM units WHERE id = 1").fetchone()
            assert row is not None
        scope = Scope("staff:1", "admin", *row)
        db = Database(role_dsn(dsn, "lianfang_app", KEYS), size=1)
        wanted = asyncio.run(condition(db, scope))
        for kind in ("csv", "xlsx"):
            results.append(measure(db, wanted, scope, kind, Path(directory)))
            if not options.json:
                print(results[-1])
    if options.json:
        print(
            json.dumps(
                {"load": os.getloadavg()[0], "cores": os.cpu_count(), "people": options.people, "exports": results}
            )
        )


if __name__ == "__main__":
    main()
