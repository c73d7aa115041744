"""The definition three times: in plain steps, as machine code over segments, in SQL. Generated worlds keep them the same."""

from collections import Counter

import psycopg
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lianfang.bench.trace_sql import TABLES
from tests.tracing.worlds import (
    World,
    by_kernel,
    by_kernel_further,
    by_reference,
    by_reference_further,
    by_sql,
    index_of,
    worlds,
)


def agree(world: World, conn: psycopg.Connection) -> None:
    evidence, first, second = by_reference(world)
    fast = by_kernel(world, index_of(world))
    assert fast[0] == evidence
    assert [c[:5] for c in fast[1]] == [c[:5] for c in first]
    assert [c[5] for c in fast[1]] == pytest.approx([c[5] for c in first])
    assert fast[2] == second
    assert by_kernel_further(world, index_of(world)) == by_reference_further(world)
    in_sql = by_sql(world, conn)
    assert in_sql[0] == evidence
    assert in_sql[2] == second


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds())
def test_kernel_reference_and_sql_say_the_same(world: World, tables: psycopg.Connection) -> None:
    agree(world, tables)


@pytest.fixture
def tables(owner: psycopg.Connection) -> psycopg.Connection:
    owner.execute(TABLES)
    return owner


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds(), data=st.data())
def test_struck_visits_count_for_nothing_in_both(world: World, data: st.DataObject) -> None:
    for k, source in enumerate(world.sources):
        own = [(v.venue, v.at) for v in world.visits if v.person == source.person]
        before = Counter(place for place, at in own if at <= source.since)
        assume(all(many == 1 for many in before.values()))  # of two that begin with the window the kernel keeps both
        struck = data.draw(st.frozensets(st.sampled_from(own)) if own else st.just(frozenset()))
        world.sources[k] = source._replace(struck=struck)
    evidence, first, second = by_reference(world)
    fast = by_kernel(world, index_of(world))
    assert (fast[0], [c[:5] for c in fast[1]], fast[2]) == (evidence, [c[:5] for c in first], second)
