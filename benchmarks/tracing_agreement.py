"""The definition three times, on as many generated worlds as asked: reference, kernel and PostgreSQL must say the same.

python -m benchmarks.tracing_agreement --cases 100000
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1]))

from lianfang.bench.trace_sql import TABLES
from lianfang.kit.cluster import throwaway
from tests.tracing.worlds import World, by_kernel, by_reference, by_sql, index_of, joined, moved, world

AT_ONCE = 100
APART = 10
"""Ids of one world: six people, three places."""


def check(worlds: list[World], conn: psycopg.Connection, seen: Counter[str]) -> None:
    one = joined(worlds)
    wanted = [by_reference(part) for part in worlds]
    evidence, first, second = (sorted(row for part in wanted for row in part[n]) for n in range(3))
    fast, in_sql = by_kernel(one, index_of(one)), by_sql(one, conn)
    assert fast[0] == evidence == in_sql[0]
    assert [c[:5] for c in fast[1]] == [c[:5] for c in first]
    assert fast[2] == second == in_sql[2]
    seen["exposures"] += len(evidence)
    seen["contacts"] += len(first)
    seen["contacts_of_contacts"] += len(second)
    seen["worlds_with_contacts"] += sum(bool(part[1]) for part in wanted)
    seen["uncertain_exposures"] += sum(e.chance < 1 for e in evidence)
    seen["erased_people"] += sum(len(part.erased) for part in worlds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    dice, seen, begun = random.Random(asked.seed), Counter[str](), time.monotonic()  # noqa: S311
    with throwaway() as cluster, psycopg.connect(cluster.superuser_dsn(), autocommit=True) as conn:
        conn.execute(TABLES)
        for start in range(0, asked.cases, AT_ONCE):
            drawn = [world(dice.choice) for _ in range(min(AT_ONCE, asked.cases - start))]
            rules = drawn[0].rules
            check([moved(one, n * APART, rules) for n, one in enumerate(drawn)], conn, seen)
    print(json.dumps({"cases": asked.cases, **seen, "seconds": round(time.monotonic() - begun)}))


if __name__ == "__main__":
    main()
