"""Rows of dry runs and applications, as each database role meets them: inside the scope, and never changed."""

from pathlib import Path

import psycopg
import pytest
from psycopg import errors as pg

from lianfang.access.scope import Scope, scoped
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database, fetch_value
from lianfang.migrations.roles import role_dsn
from tests.setup.sheets import Clerk, book, door
from tests.support.story import CHICHENG, CHONGLI, HEBEI, LONGGUAN, Unit


@pytest.fixture
async def planned(clerk: Clerk, tmp_path: Path) -> int:
    """The run of a dry run of 赤城县."""
    return int((await clerk.plan(book(tmp_path / "a.xlsx", 登记点=[door("龙关镇", "东口"), door("?", "?")])))["id"])


@pytest.mark.parametrize(("unit", "seen"), [(CHICHENG, 2), (HEBEI, 2), (LONGGUAN, 0), (CHONGLI, 0)])
async def test_rows_are_seen_by_whoever_may_see_the_unit(db: Database, planned: int, unit: Unit, seen: int) -> None:
    async with scoped(db, unit.scope()) as conn:
        assert await fetch_value(conn, b"SELECT count(*) FROM setup_rows") == seen


async def test_without_a_scope_no_row_is_seen(db: Database, planned: int) -> None:
    async with db.transaction() as conn:
        assert await fetch_value(conn, b"SELECT count(*) FROM setup_rows") == 0


INSERT = b"""
INSERT INTO setup_rows (run_id, n, ord, kind, state, sheet, line, label, place, changes, faults)
SELECT run_id, 99, %s, kind, state, sheet, line, label, place, changes, faults FROM setup_rows LIMIT 1
"""


async def test_rows_are_written_inside_the_scope_only(db: Database, planned: int) -> None:
    async with scoped(db, CHICHENG.scope()) as conn:
        await conn.execute(INSERT, [LONGGUAN.lo])
        with pytest.raises(pg.InsufficientPrivilege):
            await conn.execute(INSERT, [CHONGLI.lo])


async def test_an_outcome_is_never_changed(db: Database, planned: int) -> None:
    async with scoped(db, Scope.system("test")) as conn:
        with pytest.raises(pg.InsufficientPrivilege):
            await conn.execute("UPDATE setup_rows SET state = 'unchanged'")


@pytest.mark.parametrize("role", ["identity", "lane", "worker"])
def test_no_other_role_reads_a_row(migrated: str, keys: Keys, planned: int, role: str) -> None:
    with psycopg.connect(role_dsn(migrated, f"lianfang_{role}", keys)) as conn, pytest.raises(pg.InsufficientPrivilege):
        conn.execute("SELECT FROM setup_rows")


async def test_rows_go_with_their_run(worker: Database, owner: psycopg.Connection, planned: int) -> None:
    async with worker.transaction() as conn:
        await conn.execute("DELETE FROM runs WHERE id = %s", [planned])
    assert owner.execute("SELECT count(*) FROM setup_rows").fetchone() == (0,)
