"""The worker makes days ahead and drops those that are past the retention."""

from datetime import UTC, date, datetime, timedelta

import psycopg

from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.visits.jobs import AHEAD_DAYS, tend_days
from tests.support.gate import add_beside, count
from tests.support.story import LONGGUAN_DOOR
from tests.support.visits import add_person, add_visit, ensure_day

KEPT = timedelta(days=28)


def days(owner: psycopg.Connection) -> set[date]:
    rows = owner.execute(
        "SELECT right(inhrelid::regclass::text, 8) FROM pg_inherits WHERE inhparent = 'visits'::regclass"
    )
    return {datetime.strptime(row[0], "%Y%m%d").replace(tzinfo=UTC).date() for row in rows.fetchall()}


async def test_the_next_days_are_there_before_their_first_scan(worker: Database, owner: psycopg.Connection) -> None:
    today = datetime.now(UTC).date()
    await tend_days(worker, None)
    assert days(owner) >= {today + timedelta(days=ahead) for ahead in range(AHEAD_DAYS + 1)}


async def test_what_is_past_the_retention_goes_and_what_might_not_be_stays(
    worker: Database, cast: psycopg.Connection, keys: Keys
) -> None:
    now = datetime.now(UTC)
    person = add_person(cast, keys)
    kept = add_visit(cast, keys, person, LONGGUAN_DOOR, at=now - KEPT + timedelta(minutes=1))
    add_visit(cast, keys, person, LONGGUAN_DOOR, at=now - KEPT - timedelta(days=4))
    # the id of a visit may be a day older than the visit, so its day is kept for longer
    ensure_day(cast, (now - KEPT - timedelta(days=1)).date())
    await tend_days(worker, KEPT)
    assert cast.execute("SELECT scan_id FROM visits").fetchall() == [(kept.scan_id,)]
    assert (now - KEPT - timedelta(days=1)).date() in days(cast)
    assert min(days(cast)) >= (now - KEPT - timedelta(days=2)).date()
    [detail] = cast.execute("SELECT detail FROM audit_log WHERE action = 'visits.drop_days'").fetchone() or [{}]
    assert f"visits_{now - KEPT - timedelta(days=4):%Y%m%d}" in detail["days"]


async def test_without_a_retention_nothing_is_dropped(worker: Database, owner: psycopg.Connection) -> None:
    ensure_day(owner, date(2003, 4, 5))
    await tend_days(worker, None)
    assert date(2003, 4, 5) in days(owner)
    owner.execute("DROP TABLE visits_20030405")


async def test_what_stands_beside_visits_is_kept_as_long_as_they_are(
    worker: Database, cast: psycopg.Connection, keys: Keys
) -> None:
    tables = ("temperatures", "waiting", "decisions", "checkouts", "fever_alerts")
    for _ in range(2):
        add_beside(cast, add_person(cast, keys), LONGGUAN_DOOR)
    old = cast.execute("SELECT min(person_id) FROM temperatures").fetchone() or (0,)
    for table in tables:
        column = {"checkouts": "left_at", "fever_alerts": "recorded_at"}.get(table, "at")
        query = f"UPDATE {table} SET {column} = now() - %s - interval '1 minute' WHERE person_id = %s"
        cast.execute(query.encode(), [KEPT, old[0]])
    await tend_days(worker, None)
    assert [count(cast, table) for table in tables] == [2] * 5
    await tend_days(worker, KEPT)
    for table in tables:
        rows = cast.execute(f"SELECT person_id FROM {table}".encode()).fetchall()
        assert [row[0] > old[0] for row in rows] == [True], table
