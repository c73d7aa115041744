"""How PostgreSQL finds records under the policies: by an index at every level of the tree, never by reading a day through."""

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from lianfang.access.scope import scoped
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.ids import uuid7_floor
from lianfang.migrations.roles import role_dsn
from lianfang.visits import records, store
from lianfang.visits.model import RecordFilter
from tests.support import story
from tests.support.people import somebody
from tests.support.story import CHICHENG, DOORS, HEBEI, LONGGUAN, LONGGUAN_DOOR, XIWANZI, YIJIE, YIJIE_DOOR, Unit
from tests.support.visits import Visit, add_people, add_visits

VISITS = 30_000
DAYS = 3
FEW = VISITS // DAYS // 20


@pytest.fixture(scope="module")
def busy(migrated: str, keys: Keys) -> Iterator[psycopg.Connection]:
    """Three busy days of every door, one tenth of it in 龙关镇 and below."""
    dice = random.Random(5)
    with psycopg.connect(migrated, autocommit=True) as owner:
        story.clear(owner)
        story.add_units(owner)
        story.add_doors_and_accounts(owner)
        people = add_people(owner, keys, [somebody() for _ in range(500)])
        begin = now() - timedelta(days=DAYS)
        elsewhere = [door for door in DOORS if door not in (LONGGUAN_DOOR, YIJIE_DOOR)]
        visits = (
            Visit(
                dice.choice(people),
                dice.choice((LONGGUAN_DOOR, YIJIE_DOOR) if dice.random() < 0.1 else elsewhere),
                begin + timedelta(seconds=dice.uniform(0, DAYS * 86_400)),
            )
            for _ in range(VISITS)
        )
        add_visits(owner, keys, visits)
        owner.execute("ANALYZE")
        yield owner
        story.clear(owner)
        owner.execute("ANALYZE")


@pytest.fixture
async def app_db(migrated: str, busy: psycopg.Connection, keys: Keys) -> Any:
    database = Database(role_dsn(migrated, "lianfang_app", keys), size=1)
    await database.open()
    yield database
    await database.close()


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


async def plan_of(db: Database, unit: Unit, query: Any, params: dict[str, Any]) -> list[dict[str, Any]]:
    async with scoped(db, unit.scope()) as conn:
        text = query if isinstance(query, bytes) else query.as_bytes(conn)
        row = await (await conn.execute(b"EXPLAIN (ANALYZE, FORMAT JSON) " + text, params, prepare=False)).fetchone()
    assert row is not None
    return list(nodes(json.loads(json.dumps(row[0]))[0]["Plan"]))


def assert_no_day_is_read_through(plan: list[dict[str, Any]]) -> None:
    """No sequential scan of a visits partition that holds more than a few pages: about midnight a day is as small as that."""
    scans = [node for node in plan if node.get("Relation Name", "").startswith("visits")]
    assert scans
    read_through = [
        node
        for node in scans
        if node["Node Type"] == "Seq Scan" and node["Actual Rows"] + node.get("Rows Removed by Filter", 0) > FEW
    ]
    assert not read_through, read_through
    assert "Index Scan" in {node["Node Type"] for node in scans} | {
        "Index Scan" for node in scans if "Bitmap" in node["Node Type"]
    }


async def search_plan(
    db: Database, keys: Keys, unit: Unit, filter: RecordFilter, limit: int = 51
) -> list[dict[str, Any]]:
    async with scoped(db, unit.scope()) as conn:
        condition = await records._condition(keys, unit.scope(), conn, filter)
    query = records.SELECT.format(where=condition.where, limit=records.sql.SQL("LIMIT %(limit)s"))
    return await plan_of(db, unit, query, condition.params | {"limit": limit})


@pytest.mark.parametrize("unit", [HEBEI, CHICHENG, LONGGUAN, YIJIE, XIWANZI], ids=lambda unit: unit.level + unit.code)
async def test_the_newest_records_are_an_index_scan_at_every_level(
    app_db: Database, busy: psycopg.Connection, keys: Keys, unit: Unit
) -> None:
    [own] = busy.execute("SELECT count(*) FROM visits WHERE ord BETWEEN %s AND %s", [unit.lo, unit.hi]).fetchone() or [
        0
    ]
    plan = await search_plan(app_db, keys, unit, RecordFilter())
    assert_no_day_is_read_through(plan)
    read = sum(
        node["Actual Rows"] * node["Actual Loops"]
        for node in plan
        if node.get("Relation Name", "").startswith("visits")
    )
    # either the index cuts the page in each day, or the unit's own visits are few enough to be sorted
    assert read <= 51 * (DAYS + 12) or read <= own <= VISITS / 10


@pytest.mark.parametrize("unit", [HEBEI, CHICHENG, LONGGUAN, YIJIE], ids=lambda unit: unit.level)
async def test_the_records_of_a_period_too(app_db: Database, keys: Keys, unit: Unit) -> None:
    since = now() - timedelta(hours=30)
    plan = await search_plan(app_db, keys, unit, RecordFilter(since=since, until=since + timedelta(hours=2)))
    assert_no_day_is_read_through(plan)


async def test_the_records_of_a_door_and_of_a_person_too(
    app_db: Database, busy: psycopg.Connection, keys: Keys
) -> None:
    assert_no_day_is_read_through(await search_plan(app_db, keys, HEBEI, RecordFilter(checkpoint_id=YIJIE_DOOR.id)))
    row = busy.execute("SELECT id, document FROM people ORDER BY id LIMIT 1").fetchone()
    assert row is not None
    document = keys.decrypt(row[1], f"people.document:{row[0]}")
    assert_no_day_is_read_through(await search_plan(app_db, keys, CHICHENG, RecordFilter(document=document)))


async def test_the_last_visits_at_a_gate_too(app_db: Database) -> None:
    params = store._gate(LONGGUAN.scope(), LONGGUAN_DOOR.id, now() - timedelta(days=1), 50)
    plan = await plan_of(
        app_db, LONGGUAN, store.Q.gate_recent, params | {"since": now() - timedelta(days=1), "midnight": now()}
    )
    assert_no_day_is_read_through(plan)


async def test_a_persons_own_visits_too(app_db: Database, busy: psycopg.Connection) -> None:
    row = busy.execute("SELECT person_id FROM visits LIMIT 1").fetchone()
    assert row is not None
    params = {"person_id": row[0], "before": UUID(int=(1 << 128) - 1), "limit": 51}
    async with app_db.transaction(lianfang__lo="1", lianfang__hi="0", lianfang__person=str(row[0])) as conn:
        found = await (await conn.execute(b"EXPLAIN (ANALYZE, FORMAT JSON) " + store.Q.my_visits, params)).fetchone()
    assert found is not None
    assert_no_day_is_read_through(list(nodes(found[0][0]["Plan"])))


@pytest.fixture(scope="module")
def measured(busy: psycopg.Connection) -> psycopg.Connection:
    """Everybody was measured forty times within four weeks; two hundred people stand at the doors."""
    busy.execute(
        "INSERT INTO temperatures (person_id, id, celsius, at, ord, checkpoint_id, reusable)"
        " SELECT p.id, gen_random_uuid(), 36.5, now() - n * interval '16 hours', %s, %s, true"
        " FROM people p, generate_series(0, 39) n",
        [LONGGUAN.lo, LONGGUAN_DOOR.id],
    )
    busy.execute(
        "INSERT INTO waiting (person_id, scan_id, at, recorded_at, ord, checkpoint_id, template_id, source, clock, content,"
        " needs_temperature, needs_review) SELECT p.id, gen_random_uuid(), now() - n * interval '1 day', now(), %s,"
        " %s + p.id %% 2, 2, 'resident', 'server', '', true, true FROM people p, generate_series(0, 9) n",
        [LONGGUAN.lo, LONGGUAN_DOOR.id],
    )
    busy.execute("ANALYZE")
    return busy


@pytest.fixture
async def lane_of(migrated: str, measured: psycopg.Connection, keys: Keys) -> Any:
    database = Database(role_dsn(migrated, "lianfang_lane", keys), size=1)
    await database.open()
    yield database
    await database.close()


async def lane_plan(db: Database, query: bytes, params: dict[str, Any]) -> list[dict[str, Any]]:
    async with db.transaction() as conn:
        row = await (await conn.execute(b"EXPLAIN (ANALYZE, FORMAT JSON) " + query, params, prepare=False)).fetchone()
    assert row is not None
    return list(nodes(row[0][0]["Plan"]))


@pytest.mark.parametrize("people", [1, 10])
async def test_the_last_temperatures_of_a_batch_are_an_index_scan(
    lane_of: Database, measured: psycopg.Connection, people: int
) -> None:
    ids = [row[0] for row in measured.execute("SELECT id FROM people LIMIT %s", [people]).fetchall()]
    params = {"ids": ids, "since": now() - timedelta(days=1), "until": now()}
    plan = await lane_plan(lane_of, store.Q.lane_readings, params)
    [scan] = [node for node in plan if node.get("Relation Name") == "temperatures"]
    assert scan["Node Type"] in ("Index Scan", "Index Only Scan", "Bitmap Heap Scan")
    indexes = {node["Index Name"] for node in plan if "Index Name" in node}
    assert "temperatures_of_person" in indexes
    assert scan["Actual Rows"] * scan["Actual Loops"] == 2 * people  # of forty each, those of the last day


async def test_where_a_scan_stands_is_found_by_its_key(lane_of: Database, measured: psycopg.Connection) -> None:
    # of a whole day: about midnight the first and the last are so small that reading them through is right
    whole = "at BETWEEN now() - interval '40 hours' AND now() - interval '30 hours'"
    rows = measured.execute(f"SELECT person_id, scan_id FROM visits WHERE {whole} LIMIT 20").fetchall()
    scan_ids = [row[1] for row in rows]
    params = {
        "person_id": [row[0] for row in rows],
        "scan_id": scan_ids,
        "first": min(scan_ids),
        "last": max(scan_ids),
    }
    plan = await lane_plan(lane_of, store.Q.lane_existing, params)
    assert_no_day_is_read_through(plan)
    waiting = [node for node in plan if node.get("Relation Name") == "waiting"]
    assert {node["Node Type"] for node in waiting} <= {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}


async def test_the_list_of_who_waits_looks_at_a_few_rows(app_db: Database, measured: psycopg.Connection) -> None:
    params = {
        "checkpoint_id": LONGGUAN_DOOR.id,
        "lo": LONGGUAN.lo,
        "hi": LONGGUAN.hi,
        "since": now() - timedelta(minutes=30),
        "limit": 200,
    }
    plan = await plan_of(app_db, LONGGUAN, store.Q.gate_waiting, params)
    assert_no_day_is_read_through(plan)
    [scan] = [node for node in plan if node.get("Relation Name") == "waiting"]
    assert scan["Node Type"] != "Seq Scan"


async def test_a_stay_looks_at_its_own_person_only(app_db: Database, busy: psycopg.Connection) -> None:
    row = busy.execute("SELECT person_id, scan_id FROM visits WHERE ord = %s LIMIT 1", [LONGGUAN.lo]).fetchone()
    assert row is not None
    params = {"person_id": row[0], "scan_id": row[1], "lo": LONGGUAN.lo, "hi": LONGGUAN.hi}
    assert_no_day_is_read_through(await plan_of(app_db, LONGGUAN, store.Q.find_record, params))


async def test_a_period_looks_at_its_days_and_their_neighbours_only(app_db: Database, keys: Keys) -> None:
    """A scan id may be a day off, so a period of hours touches three days' partitions, however many are kept."""
    since = now() - timedelta(hours=30)
    plan = await search_plan(app_db, keys, HEBEI, RecordFilter(since=since, until=since + timedelta(hours=2)))
    days = {node["Relation Name"] for node in plan if node.get("Relation Name", "").startswith("visits")}
    assert 1 <= len(days) <= 4
    assert uuid7_floor(since) < uuid7_floor(since + timedelta(hours=2))
