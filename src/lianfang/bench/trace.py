"""`bench trace`: the kernel against SQL on the same made-up city, in the same run, with the same answers."""

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import psycopg

from lianfang.bench.trace_people import BEGIN, DAYS, City
from lianfang.bench.trace_sql import FIRST
from lianfang.kit.cluster import throwaway
from lianfang.tracing.index import Index, with_lengths
from lianfang.tracing.model import DAY_S, Rules, Source
from lianfang.tracing.query import Contacts, Places, Seconds, contacts, exposures, second_degree
from lianfang.tracing.segment import Rows, Segment

T = TypeVar("T")
CASES = 173
LEAST_S = 600
SINCE, UNTIL, NOW = BEGIN + 8 * DAY_S, BEGIN + 12 * DAY_S, BEGIN + DAYS * DAY_S
SAMPLE = 200_000
"""What PostgreSQL is asked about: all of it would take minutes."""
RULES = Rules(least=LEAST_S, tail=0, now=NOW, dwell={}, score_seconds=3600, crowding=0.5)
Report = dict[str, Any]
Say = Callable[[str], None]


class Differs(AssertionError):
    """A rival found other people, or met them at other times."""


def measure(visits: int, *, keep: Path | None, rivals: bool, say: Say) -> Report:
    """The figures. `keep`: where the index and the rival's database stay for the next time, or are from the last."""
    city = City(visits)
    with _directory(keep) as directory:
        report, index = _index(city, directory / f"index-{visits}", say)
        places = city.places()
        cases = [Source(int(person), SINCE, UNTIL) for person in city.cases(CASES)]
        say("kernel")
        cold, _ = timed(lambda: ask(index, cases, places))
        first_ms, (found, first) = best(5, lambda: ask(index, cases, places))
        second_ms, second = best(3, lambda: second_degree(index, first, cases, RULES, places))
        report |= {
            "cases": len(cases),
            "exposures": len(found),
            "first_degree_people": len(first),
            "first_degree_first_time_ms": cold,
            "first_degree_ms": first_ms,
            "second_degree_ms": second_ms,
            "second_degree_people": len(second),
        }
        if rivals:
            say("DuckDB")
            report |= _duckdb(city, directory / f"rival-{visits}.duckdb", index, places, cases, first, second, report)
            say("PostgreSQL")
            report |= _postgres(min(visits, SAMPLE))
    return {key: round(value, 2) if isinstance(value, float) else value for key, value in report.items()}


def ask(index: Index, cases: list[Source], places: Places) -> tuple[Any, Contacts]:
    """First degree: all evidence, and what it comes to for everybody."""
    found = exposures(index, cases, RULES, places)
    return found, contacts(found, cases, RULES)


def _index(city: City, directory: Path, say: Say) -> tuple[Report, Index]:
    paths = [directory / f"{day:02}.seg" for day in range(DAYS)]
    seconds = 0.0
    if not all(path.exists() for path in paths):
        directory.mkdir(parents=True, exist_ok=True)
        with_lengths(Rows.none())  # compiled before it is timed
        for path, rows in zip(paths, city.days(), strict=True):
            say(f"index {path.stem}")
            spent, _ = timed(partial(_write, rows, path))
            seconds += spent / 1000
        (directory / "seconds").write_text(f"{seconds}")
    opened, index = timed(lambda: Index([Segment.open(path) for path in paths]))
    size = sum(path.stat().st_size for path in paths)
    return {
        "visits": len(index),
        "people": city.people,
        "places": len(city.places().dwell) - 1,
        "index_build_s": float((directory / "seconds").read_text()),
        "index_open_and_verify_ms": opened,
        "index_bytes_per_visit": size / max(1, len(index)),
    }, index


def stays(segment: Segment, places: Places) -> dict[str, np.ndarray[Any, Any]]:
    """Finished stays, as rivals get them: they need not work out when somebody left."""
    rows, length = segment.rows()
    ends = np.where(length < 0, rows.at - 1 - length, rows.at + np.minimum(length, places.dwell[rows.venue]))
    columns = {"person": rows.person, "venue": rows.venue, "begins": rows.at, "ends": ends}
    return {name: column.astype(np.int32) for name, column in columns.items()}


def _duckdb(
    city: City,
    path: Path,
    index: Index,
    places: Places,
    cases: list[Source],
    first: Contacts,
    second: Seconds,
    so_far: Report,
) -> Report:
    import duckdb

    built = path.exists()
    with duckdb.connect(str(path)) as conn:
        conn.execute("SET memory_limit = '4GB'")
        if not built:
            conn.execute("CREATE TABLE stays (person integer, venue integer, begins integer, ends integer)")
            for segment in index.base:
                chunk = stays(segment, places)
                conn.register("chunk", chunk)
                conn.execute("INSERT INTO stays SELECT person, venue, begins, ends FROM chunk")
                conn.unregister("chunk")
        report: Report = {}
        for name, sources, known, wanted in _questions(cases, first, second):
            conn.register("given", {"person": sources[0], "since": sources[1], "until": sources[2]})
            conn.execute("CREATE OR REPLACE TEMP TABLE sources AS SELECT * FROM given")
            conn.register("people", {"person": known})
            conn.execute("CREATE OR REPLACE TEMP TABLE known AS SELECT * FROM people")
            query = FIRST.format(least=LEAST_S)
            spent, found = best(3 if name == "first" else 2, partial(_duckdb_answer, conn, query))
            _compare(name, found["person"], found["since"], wanted)
            report |= {f"duckdb_{name}_ms": spent, f"duckdb_{name}_ratio": spent / so_far[f"{name}_degree_ms"]}
    return report


def _postgres(visits: int) -> Report:
    """The same on a smaller city, with the indexes that such a table would have; the kernel again on that one."""
    city = City(visits)
    places, cases = city.places(), [Source(int(person), SINCE, UNTIL) for person in city.cases(CASES)]
    index = Index([with_lengths(rows) for rows in city.days()])
    first_ms, (_, first) = best(3, lambda: ask(index, cases, places))
    second_ms, second = best(3, lambda: second_degree(index, first, cases, RULES, places))
    report: Report = {"postgres_visits": visits}
    with throwaway() as cluster, psycopg.connect(cluster.superuser_dsn(), autocommit=True) as conn:
        conn.execute("CREATE TEMP TABLE stays (person integer, venue integer, begins integer, ends integer)")
        for segment in index.base:
            columns = [column.tolist() for column in stays(segment, places).values()]
            with conn.cursor() as cursor, cursor.copy("COPY stays FROM STDIN") as copy:
                for row in zip(*columns, strict=True):
                    copy.write_row(row)
        conn.execute("CREATE INDEX ON stays (venue, begins); CREATE INDEX ON stays (person); ANALYZE stays")
        conn.execute("CREATE TEMP TABLE sources (person integer, since integer, until integer)")
        conn.execute("CREATE TEMP TABLE known (person integer)")
        for (name, sources, known, wanted), own in zip(
            _questions(cases, first, second), (first_ms, second_ms), strict=True
        ):
            conn.execute("TRUNCATE sources, known")
            with conn.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO sources VALUES (%s, %s, %s)", list(zip(*(c.tolist() for c in sources), strict=True))
                )
                cursor.executemany("INSERT INTO known VALUES (%s)", [(person,) for person in known.tolist()])
            conn.execute("ANALYZE sources; ANALYZE known")
            query = FIRST.format(least=LEAST_S).encode()
            spent, rows = best(2, partial(_postgres_answer, conn, query))
            _compare(name, np.array([r[0] for r in rows]), np.array([r[1] for r in rows]), wanted)
            report |= {f"postgres_{name}_ms": spent, f"postgres_{name}_ratio": spent / own}
    return report


def _questions(cases: list[Source], first: Contacts, second: Seconds) -> Iterator[tuple[str, Any, Any, Any]]:
    """Sources, who is known already, and whom one must find since when: of the first degree, then of the second."""
    people = np.array([case.person for case in cases])
    columns = (people, *(np.full(len(cases), at) for at in (SINCE, UNTIL)))
    yield "first", columns, people, first
    known = np.concatenate([people, first.person])
    yield "second", (first.person, first.since, np.full(len(first), NOW)), known, second


def _write(rows: Rows, path: Path) -> None:
    with_lengths(rows).write(path)


def _duckdb_answer(conn: Any, query: str) -> Any:
    return conn.execute(query).fetchnumpy()


def _postgres_answer(conn: psycopg.Connection[Any], query: bytes) -> list[Any]:
    return conn.execute(query).fetchall()


def _compare(name: str, person: Any, since: Any, wanted: Contacts | Seconds) -> None:
    order = np.argsort(person)
    if not (np.array_equal(person[order], wanted.person) and np.array_equal(since[order], wanted.since)):
        raise Differs(f"{name}: {len(person):,} people, not the {len(wanted):,} that the kernel finds")


def timed(question: Callable[[], T]) -> tuple[float, T]:
    """In milliseconds."""
    begun = time.perf_counter()
    answer = question()
    return (time.perf_counter() - begun) * 1000, answer


def best(times: int, question: Callable[[], T]) -> tuple[float, T]:
    """The middle of several times, warm."""
    question()
    spent = []
    for _ in range(times):
        ms, answer = timed(question)
        spent.append(ms)
    return statistics.median(spent), answer


@contextmanager
def _directory(keep: Path | None) -> Iterator[Path]:
    directory = keep or Path(tempfile.mkdtemp(prefix="lianfang-trace-"))
    directory.mkdir(parents=True, exist_ok=True)
    try:
        yield directory
    finally:
        if keep is None:
            shutil.rmtree(directory, ignore_errors=True)
