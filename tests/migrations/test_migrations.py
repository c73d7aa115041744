"""The schema: applied twice it is the same; days are made and dropped within bounds; a fresh one equals a grown one."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import psycopg
import pytest
from psycopg import errors as pg

from lianfang.kit.clock import now
from lianfang.kit.cluster import Cluster
from lianfang.kit.crypto import Keys
from lianfang.kit.ids import uuid7_floor, uuid7_time
from lianfang.migrations.apply import UnsuitableServerError, migrate
from lianfang.migrations.roles import ROLES, role_dsn
from tests.support.house import scan_id
from tests.support.story import LONGGUAN_DOOR
from tests.support.visits import add_person, add_visit

SCHEMA = """
  SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT c.relispartition
  UNION ALL
  SELECT 'policy', tablename, policyname, roles::text || cmd, coalesce(qual, '') || coalesce(with_check, '') FROM pg_policies
  UNION ALL
  SELECT 'grant', table_name, grantee, privilege_type, '' FROM information_schema.role_table_grants WHERE grantee LIKE 'lianfang%'
  UNION ALL
  SELECT 'function', proname, proacl::text, prosrc, '' FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  ORDER BY 1, 2, 3, 4, 5
"""


@pytest.fixture
def fresh(cluster: Cluster) -> Iterator[str]:
    """An empty database of its own."""
    with psycopg.connect(cluster.superuser_dsn(), autocommit=True) as conn:
        conn.execute("CREATE DATABASE fresh")
        yield cluster.superuser_dsn("fresh")
        conn.execute("DROP DATABASE fresh WITH (FORCE)")


def schema(dsn: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as conn:
        return conn.execute(SCHEMA).fetchall()


def test_migrating_twice_changes_nothing(fresh: str, keys: Keys) -> None:
    assert migrate(fresh, keys) >= 8
    once = schema(fresh)
    assert migrate(fresh, keys) == 0
    assert schema(fresh) == once
    assert len(once) > 100


def test_the_roles_sign_in_with_passwords_of_this_installations_keys(fresh: str, keys: Keys) -> None:
    migrate(fresh, keys)
    for role in ROLES:
        with psycopg.connect(role_dsn(fresh, role, keys)) as conn:
            assert conn.execute("SELECT current_user").fetchone() == (role,)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(role_dsn(fresh, role, Keys(bytes(range(100, 132)))))


def make_day(owner: psycopg.Connection, day: date) -> object:
    return owner.execute("SELECT ensure_visit_day(%s)", [day]).fetchone()


def exists(owner: psycopg.Connection, day: date) -> bool:
    return owner.execute("SELECT to_regclass(%s) IS NOT NULL", [f"visits_{day:%Y%m%d}"]).fetchone() == (True,)


def test_a_day_is_made_once(owner: psycopg.Connection) -> None:
    day = date(2001, 2, 3)
    assert make_day(owner, day) == (True,)
    assert make_day(owner, day) == (False,)
    assert exists(owner, day)
    owner.execute("DROP TABLE visits_20010203")


@pytest.mark.parametrize("ahead", [9, 30, 4000])
def test_no_day_is_made_far_ahead(owner: psycopg.Connection, ahead: int) -> None:
    [today] = owner.execute("SELECT current_date").fetchone() or [None]
    with pytest.raises(pg.RaiseException, match="no partition"):
        make_day(owner, today + timedelta(days=ahead))


def test_no_day_is_made_before_1971(owner: psycopg.Connection) -> None:
    with pytest.raises(pg.RaiseException, match="no partition"):
        make_day(owner, date(1970, 12, 31))


def test_a_partition_takes_the_ids_of_its_utc_day_and_no_others(owner: psycopg.Connection) -> None:
    [floor] = owner.execute("SELECT scan_floor(date '2026-11-22')").fetchone() or [None]
    assert floor is not None
    first = uuid7_time(floor)
    assert (first.date(), first.hour, first.minute) == (date(2026, 11, 22), 0, 0)
    assert uuid7_floor(first) == floor
    at = now()
    assert uuid7_time(scan_id(at)).date() == at.date()


def test_old_days_are_dropped_and_recent_ones_are_not(cast: psycopg.Connection, keys: Keys) -> None:
    [today] = cast.execute("SELECT current_date").fetchone() or [None]
    visit = add_visit(cast, keys, add_person(cast, keys), LONGGUAN_DOOR)
    for day in (date(2001, 2, 3), date(2001, 2, 4)):
        make_day(cast, day)
    dropped = [row[0] for row in cast.execute("SELECT drop_visit_days(date '2001-02-04')").fetchall()]
    assert dropped == ["visits_20010203"]
    assert exists(cast, date(2001, 2, 4))
    cast.execute("DROP TABLE visits_20010204")
    for days in (0, -1, -100):  # today, tomorrow, later
        with pytest.raises(pg.RaiseException, match="refusing to drop"):
            cast.execute("SELECT drop_visit_days(%s)", [today - timedelta(days=days)])
    assert cast.execute("SELECT count(*) FROM visits WHERE scan_id = %s", [visit.scan_id]).fetchone() == (1,)


def test_the_checks_of_a_visit_hold_in_a_new_partition_too(cast: psycopg.Connection, keys: Keys) -> None:
    """A partition is made apart and attached: nothing of its parent may be missing."""
    make_day(cast, date(2001, 2, 3))
    index = "SELECT count(*) FROM pg_indexes WHERE tablename = %s"
    parent, part = [cast.execute(index, [table]).fetchone() for table in ("visits", "visits_20010203")]
    assert parent == part
    with pytest.raises(pg.NotNullViolation):
        cast.execute("INSERT INTO visits_20010203 (person_id) VALUES (1)")
    cast.execute("DROP TABLE visits_20010203")


def test_the_functions_with_more_rights_are_few_and_known(owner: psycopg.Connection) -> None:
    """They run with their owner's rights, so nobody may slip another table under them."""
    functions = owner.execute(
        "SELECT proname, proconfig, proacl::text FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    ).fetchall()
    moving = {"move_unit", "follow_move", "rows_to_follow", "finish_move", "unit_labels", "open_share"}
    others = {
        "ensure_visit_day",
        "drop_visit_days",
        "defer_run",
        "defer_recolour",
        "adopt_evidence",
        "area_stays",
        "want_statistics_anew",
        "erase_from_tracing",
    }
    tickets = {"ticket_desk", "send_ticket", "defer_tickets", "release_decided"}
    assert {name for name, _, _ in functions} == others | moving | tickets
    for _, settings, rights in functions:
        assert settings == ["search_path=public, pg_temp"]
        assert "=X/" not in re.sub(r"\b(lianfang_(app|lane|worker)|postgres)=X/", "", rights)


@pytest.mark.parametrize("where", ["DATABASE {}", "ROLE lianfang_lane"])
def test_a_server_that_may_forget_is_refused_unless_it_is_for_development(fresh: str, keys: Keys, where: str) -> None:
    with psycopg.connect(fresh, autocommit=True) as conn:
        migrate(fresh, keys)
        target = where.format(conn.info.dbname)
        conn.execute(f"ALTER {target} SET synchronous_commit = off".encode())
        try:
            with pytest.raises(UnsuitableServerError, match="synchronous_commit is off"):
                migrate(fresh, keys)
            assert migrate(fresh, keys, may_forget=True) == 0
        finally:
            conn.execute(f"ALTER {target} RESET synchronous_commit".encode())
