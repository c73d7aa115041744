"""The same answer on a Spark cluster, asked through Spark Connect: visits as Parquet, the kernel inside each task, sharded by place.

Who met whom is decided at one place, and how long a stay lasted is already written with the visit. So a shard of places answers for
itself, and nothing is joined: the evidence of all shards together is the evidence; of a second degree contact the earliest of all shards
counts. The cluster's Python needs this package and its numba; its workers must read the directory that the Parquet lies in.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec
import numpy as np

from lianfang.tracing.index import Index
from lianfang.tracing.kernel import VIA_BITS
from lianfang.tracing.model import Rules, Source
from lianfang.tracing.query import Contacts, Evidence, Places, Seconds, contacts, exposures, second_degree
from lianfang.tracing.segment import Rows, Segment
from lianfang.tracing.work import Found

SHARDS = 64
VISITS = ("person", "venue", "at", "length", "zone")
EVIDENCE = "source long, person long, place long, begins long, ends long, chance double, crowd long"
SECONDS = "person long, key long"


@contextmanager
def published(index: Index, directory: Path) -> Iterator[Path]:
    """The visits as Parquet, as long as they are asked about: numbers only, readable by the owner alone."""
    import pyarrow
    from pyarrow import parquet

    path = Path(tempfile.mkdtemp(prefix="lianfang-visits-", dir=directory))
    try:
        for number, segment in enumerate(index.segments):
            rows, length = segment.rows()
            columns = (rows.person, rows.venue, rows.at, length.astype(np.int64), rows.zone)
            table = pyarrow.table(dict(zip(VISITS, columns, strict=True)))
            parquet.write_table(table, path / f"{number:05}.parquet", compression="zstd")
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def ask(engine: str, directory: Path, index: Index, sources: Sequence[Source], rules: Rules, second: bool) -> Found:
    """What `work.search` says, by the engine at `sc://host:port`. `directory`: where its workers can read."""
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.remote(engine).getOrCreate()
    try:
        places = Places.of(rules, max([index.last_venue, *rules.dwell]))
        with published(index, directory) as path:
            return search(spark, path, sources, rules, places, second)
    finally:
        spark.stop()


def search(
    spark: Any, path: Path, sources: Sequence[Source], rules: Rules, places: Places, second: bool, shards: int = SHARDS
) -> Found:
    """What `work.search` says of the same visits."""
    begun = perf_counter()
    visits = spark.read.parquet(str(path)).selectExpr(*VISITS, f"cast(venue % {shards} as int) as shard")

    def evidence_of(table: Any) -> Any:
        index = shard_of(table)
        mine = [_only_told_here(source, index, shards) for source in sources]
        return _arrow(exposures(index, mine, rules, places))

    answered = visits.groupBy("shard").applyInArrow(evidence_of, EVIDENCE).toArrow()
    found = Evidence(*(answered.column(name).to_numpy() for name in Evidence.__struct_fields__))
    first = contacts(found, sources, rules)
    met = _second(visits, first, sources, rules, places) if second and len(first) else Seconds.none()
    return Found(found, first, met, round((perf_counter() - begun) * 1000))


def _second(visits: Any, first: Contacts, sources: Sequence[Source], rules: Rules, places: Places) -> Seconds:
    def met_by(table: Any) -> Any:
        import pyarrow

        met = second_degree(shard_of(table), first, sources, rules, places)
        return pyarrow.table({"person": met.person, "key": met.since << VIA_BITS | met.via})

    found = visits.groupBy("shard").applyInArrow(met_by, SECONDS).groupBy("person").agg({"key": "min"})
    columns = found.toDF("person", "key").orderBy("person").toArrow()
    person, key = (columns.column(name).to_numpy() for name in ("person", "key"))
    return Seconds(person, key >> VIA_BITS, key & ((1 << VIA_BITS) - 1))


def shard_of(table: Any) -> Index:
    """An index of the visits that a task was given."""
    person, venue, at, length, zone = (table.column(name).to_numpy().astype(np.int64) for name in VISITS)
    rows = Rows(person, venue, at, np.full(len(at), -1), zone)
    return Index([Segment.build(rows, length.astype(np.int32))])


def _only_told_here(source: Source, index: Index, shards: int) -> Source:
    """A remembered stay counts in the shard of its place, and not in each of them."""
    shard = index.last_venue % shards
    return source._replace(told=tuple(stay for stay in source.told if stay.venue % shards == shard))


def _arrow(found: Evidence) -> Any:
    import pyarrow

    return pyarrow.table(msgspec.structs.asdict(found))
