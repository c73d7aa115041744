"""The definition three times: in plain steps, as machine code over segments, in SQL. Generated worlds keep them the same."""

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings

from lianfang.bench.trace_sql import TABLES
from tests.tracing.worlds import World, by_kernel, by_reference, by_sql, index_of, worlds


def agree(world: World, conn: psycopg.Connection) -> None:
    evidence, first, second = by_reference(world)
    fast = by_kernel(world, index_of(world))
    assert fast[0] == evidence
    assert [c[:5] for c in fast[1]] == [c[:5] for c in first]
    assert [c[5] for c in fast[1]] == pytest.approx([c[5] for c in first])
    assert fast[2] == second
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
