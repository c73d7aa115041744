"""The kernel inside Spark's tasks, sharded by place: row by row what it says on one machine."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lianfang.tracing.distributed import ask, published, search
from lianfang.tracing.query import Places
from tests.tracing.worlds import World, by_kernel, index_of, joined, moved, world

WORLDS, APART = 120, 10


@pytest.fixture(scope="module")
def engine() -> Iterator[tuple[str, Any]]:
    """The Spark Connect server of the `pysail` wheel, and a session."""
    server_of = pytest.importorskip("pysail.spark", reason="the Spark Connect server is not installed")
    from pyspark.sql import SparkSession

    server = server_of.SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    host, port = server.listening_address
    session = SparkSession.builder.remote(f"sc://{host}:{port}").getOrCreate()
    yield f"sc://{host}:{port}", session
    server.stop()


@pytest.fixture(scope="module")
def many() -> World:
    """Midnights, ties, check-outs, seats, remembered stays, late visits, erased people: 120 generated worlds as one."""
    dice = random.Random(7)
    drawn = [world(dice.choice) for _ in range(WORLDS)]
    return joined([moved(one, n * APART, drawn[0].rules) for n, one in enumerate(drawn)])


@pytest.mark.parametrize("shards", [1, 7])
def test_the_answer_is_the_same_row_by_row(engine: tuple[str, Any], many: World, tmp_path: Path, shards: int) -> None:
    index = index_of(many)
    evidence, first, second = by_kernel(many, index)
    assert evidence
    assert second
    assert any(e.chance < 1 for e in evidence)
    places = Places.of(many.rules, max(many.rules.dwell))
    with published(index, tmp_path) as path:
        assert path.stat().st_mode & 0o077 == 0
        found = search(engine[1], path, many.sources, many.rules, places, True, shards)
    assert sorted(found.evidence.rows()) == evidence
    assert list(found.first.rows()) == first
    assert list(found.second.rows()) == second
    assert list(tmp_path.iterdir()) == []


def test_an_engine_is_asked_by_its_address(engine: tuple[str, Any], many: World, tmp_path: Path) -> None:
    """As the command line does; and nothing found is an answer, too. What was written for the engine is gone afterwards."""
    index = index_of(many)
    found = ask(engine[0], tmp_path, index, many.sources, many.rules, True)
    assert list(found.second.rows()) == by_kernel(many, index)[2]
    assert list(tmp_path.iterdir()) == []
    nobody = ask(engine[0], tmp_path, index, [], many.rules, True)
    assert (len(nobody.evidence), len(nobody.first), len(nobody.second)) == (0, 0, 0)
