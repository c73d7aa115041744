"""How fast figures are at each level of the tree, from sums and from the visits themselves, and that both are equal.

python -m benchmarks.figures [--visits 3000000] [--json]
"""

import argparse
import asyncio
import json
import os
import time
from datetime import date, timedelta
from typing import Any

import psycopg

from benchmarks import province
from lianfang.access.scope import Scope
from lianfang.config import Settings
from lianfang.kit.clock import now
from lianfang.kit.cluster import throwaway
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.migrations.apply import migrate
from lianfang.migrations.roles import role_dsn
from lianfang.statistics import service
from lianfang.statistics.jobs import sum_up

KEYS = Keys(bytes(range(32)))
SETTINGS = Settings(retention_days=28)
DAYS = 28
PLAIN = (
    "SELECT count(*), count(DISTINCT person_id) FROM visits WHERE ord BETWEEN %s AND %s"
    " AND (at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN %s AND %s"
)


async def measure(dsn: str, owner: psycopg.Connection) -> list[dict[str, Any]]:
    lane, app = (Database(role_dsn(dsn, f"lianfang_{role}", KEYS), size=1) for role in ("lane", "app"))
    await lane.open()
    await app.open()
    begun = time.monotonic()
    await sum_up(lane, SETTINGS.zone, None)
    results: list[dict[str, Any]] = [{"made_anew_seconds": round(time.monotonic() - begun, 1)}]
    owner.execute("VACUUM ANALYZE")
    last = now().astimezone(SETTINGS.zone).date()
    first: date = last - timedelta(days=DAYS - 1)
    unit = owner.execute("SELECT id, level, lo, hi FROM units WHERE id = 1").fetchone()
    while unit is not None:
        unit_id, level, lo, hi = unit
        scope = Scope("staff:1", "admin", lo, hi)
        spent = []
        for _ in range(3):
            begun = time.monotonic()
            found = await service.show(app, SETTINGS, scope, unit_id=unit_id, first=first, last=last)
            spent.append(time.monotonic() - begun)
        begun = time.monotonic()
        plain = owner.execute(PLAIN, [lo, hi, first, last]).fetchone()
        assert plain == (found.total.scans, found.total.people), (plain, found.total)
        results.append(
            {
                "level": level,
                "scans": found.total.scans,
                "people": found.total.people,
                "seconds": round(sorted(spent)[1], 3),
                "plain_distinct_seconds": round(time.monotonic() - begun, 2),
            }
        )
        unit = owner.execute(
            "SELECT id, level, lo, hi FROM units WHERE parent_id = %s ORDER BY lo LIMIT 1", [unit_id]
        ).fetchone()
    await lane.close()
    await app.close()
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures figures at every level.")
    parser.add_argument("--visits", type=int, default=3_000_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with throwaway() as cluster:
        dsn = cluster.superuser_dsn()
        migrate(dsn, KEYS)
        with psycopg.connect(dsn, autocommit=True) as owner:
            province.fill(owner, options.visits, DAYS)
            results = asyncio.run(measure(dsn, owner))
    if options.json:
        print(json.dumps({"load": os.getloadavg()[0], "visits": options.visits, "figures": results}))
        return
    for row in results:
        print(row)


if __name__ == "__main__":
    main()
