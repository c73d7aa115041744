"""Who sees and changes what, as lianfang_app with nothing but SQL: row-level security without any filter of ours."""

import contextlib
from collections.abc import Mapping

import psycopg
import pytest
from psycopg import errors as pg

from lianfang.access.scope import Scope, scoped
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.migrations.roles import role_dsn
from tests.support.gate import add_beside
from tests.support.story import (
    ACCOUNT,
    ACCOUNTS,
    CHICHENG,
    CHONGLI,
    DIAOE,
    DOOR_OF,
    DOORS,
    HEBEI,
    LONGGUAN,
    UNITS,
    XIWANZI,
    YIJIE,
    ZHANGJIAKOU,
    Unit,
)
from tests.support.visits import Visit, add_evidence, add_hold, add_person, add_visits

# every table with tenant rows → which column tells whose row it is
OWNED_BY = {
    "units": "lo",
    "staff_accounts": "ord",
    "checkpoints": "ord",
    "checkpoint_codes": "ord",
    "visits": "ord",
    "temperatures": "ord",
    "waiting": "ord",
    "decisions": "ord",
    "checkouts": "ord",
    "fever_alerts": "ord",
    "audit_log": "ord",
    "tenants": "ord",
    "rosters": "ord",
    "roster_members": "ord",
    "place_hours": "ord",
    "place_people": "ord",
    "publications": "ord",
    "alert_contacts": "ord",
    "devices": "ord",
    "device_readings": "ord",
    "report_plans": "ord",
    "report_duties": "ord",
    "daily_reports": "ord",
    "follow_ups": "ord",
    "follow_up_notes": "ord",
    "report_reminders": "ord",
    "gate_presence": "ord",
    "area_bulletins": "ord",
    "risk_areas": "ord",
    "area_places": "ord",
    "area_levels": "ord",
    "test_sites": "ord",
    "authorities": "ord",
    "evidence_imports": "ord",
    "evidence_withdrawals": "ord",
    "certificate_signers": "ord",
    "certificate_revocations": "ord",
    "hold_requests": "ord",
    "guardianships": "ord",
    "gate_terminals": "ord",
    "tickets": "ord",
    "ticket_steps": "ord",
    "ticket_files": "ord",
    "traces": "ord",
    "trace_contacts": "ord",
    "trace_exposures": "ord",
    "funnels": "ord",
    "funnel_people": "ord",
    "source_searches": "ord",
    "warnings": "ord",
}
RELATIVES: Mapping[str, Unit] = {
    "self": LONGGUAN,
    "ancestor": CHICHENG,
    "top": HEBEI,
    "descendant": YIJIE,
    "sibling": DIAOE,
    "foreign": XIWANZI,
}
INSIDE = {"self", "descendant"}
SCOPE = ACCOUNT["longguan"].scope


@pytest.fixture
def people(cast: psycopg.Connection, keys: Keys) -> dict[Unit, int]:
    """One person at each door, and nowhere else; every unit has an entry in the audit log."""
    people = {door.unit: add_person(cast, keys) for door in DOORS}
    add_visits(cast, keys, [Visit(people[door.unit], door, now()) for door in DOORS])
    for door in DOORS:
        add_beside(cast, people[door.unit], door)
    for unit in UNITS:
        values = [unit.lo, unit.name]
        cast.execute(
            "INSERT INTO audit_log (ord, actor, action, subject, detail) VALUES (%s, 'a', 'b', %s, '{}')", values
        )
        add_member(cast, unit, add_person(cast, keys))
        door = DOOR_OF[unit].id if unit in DOOR_OF else DOORS[0].id
        if unit in DOOR_OF:
            cast.execute("INSERT INTO vehicles (checkpoint_id, ord, line) VALUES (%s, %s, '1')", [door, unit.lo])
        cast.execute(
            "INSERT INTO trips (checkpoint_id, ord, direction, began_at, ended_at, begun_by)"
            " VALUES (%s, %s, 'inbound', now(), now() + interval '1 hour', 1)",
            [door, unit.lo],
        )
        if unit in DOOR_OF:
            cast.execute("INSERT INTO gate_presence VALUES (%s, %s, now())", [door, unit.lo])
        cast.execute("INSERT INTO place_hours VALUES (%s, 'shop', '2022-01-01', 8, 1, 0, 0)", [unit.lo])
        cast.execute("INSERT INTO place_people VALUES (%s, NULL, '2022-01-01', '-infinity', 1)", [unit.lo])
        cast.execute("INSERT INTO publications (unit_id, ord, published_by) VALUES (%s, %s, 1)", [unit.id, unit.lo])
        for table in (
            "alert_contacts",
            "authorities",
            "evidence_imports",
            "evidence_withdrawals",
            "certificate_signers",
            "certificate_revocations",
            "hold_requests",
            "gate_terminals",
            "tickets",
            "ticket_steps",
            "ticket_files",
            "traces",
            "trace_contacts",
            "trace_exposures",
            "funnels",
            "funnel_people",
            "source_searches",
        ):
            cast.execute(INSERTS[table].encode(), {"id": unit.id, "lo": unit.lo})
        cast.execute(
            "INSERT INTO guardianships (guardian_id, member_id, ord, relation, proof, consented_at, consent_text, began_at,"
            " proven_at) VALUES (1000001, 1000000 + %s, %s, 'child', 'clerk', now(), '1', now(), now())",
            [unit.id + 1, unit.lo],
        )
    for door in DOORS:
        cast.execute(INSERTS["tenants"].encode(), {"lo": door.unit.lo})
        cast.execute(INSERTS["devices"].encode(), {"id": door.unit.id, "lo": door.unit.lo})
        cast.execute(
            "INSERT INTO device_readings (device_id, id, ord, checkpoint_id, celsius, at, received_at, state)"
            " VALUES (1, gen_random_uuid(), %s, %s, 36.5, now(), now(), 'used')",
            [door.unit.lo, door.id],
        )
    return people


def add_area(cast: psycopg.Connection, unit: Unit) -> None:
    """A risk area that the unit entered, with its bulletin, its level and its place, and a test site."""
    named = {"id": unit.id, "lo": unit.lo}
    for query in (
        "INSERT INTO area_bulletins (id, ord, published_on, source, level, region, text, found, issues, content)"
        " VALUES (%(id)s, %(lo)s, '2022-11-22', 'CDC', 'high', '', '', 1, '[]', '')",
        "INSERT INTO risk_areas (id, ord, code, whole, name, key, area, state) VALUES (%(id)s, %(lo)s, '13', true, '', '', '{}', 'matched')",
        "INSERT INTO area_places (area_id, ord, in_unit) VALUES (%(id)s, %(lo)s, %(id)s)",
        "INSERT INTO area_levels (area_id, ord, level, since, source, seen_on) VALUES (%(id)s, %(lo)s, 'high', now(), 'CDC', '2022-11-22')",
        INSERTS["test_sites"],
    ):
        cast.execute(query.encode(), named)


def add_member(cast: psycopg.Connection, unit: Unit, person_id: int) -> None:
    """Somebody on a list of the unit."""
    cast.execute(
        "INSERT INTO rosters (id, unit_id, ord, name, kind) VALUES (%(id)s, %(id)s, %(lo)s, '名单', 'employees')"
        " ON CONFLICT DO NOTHING",
        {"id": unit.id, "lo": unit.lo},
    )
    cast.execute(
        "INSERT INTO roster_members (roster_id, ord, person_id, document_type, given, document_index, name_index, content)"
        " VALUES (%s, %s, %s, 'resident_id', '', int8send(%s), '', '')",
        [unit.id, unit.lo, person_id, person_id],
    )
    report(cast, unit, person_id)


def report(cast: psycopg.Connection, unit: Unit, person_id: int) -> None:
    """What that list's members report, and this one did."""
    named = {"id": unit.id, "lo": unit.lo, "person": person_id}
    for query in (
        "INSERT INTO report_plans (roster_id, ord, template_id, quota) VALUES (%(id)s, %(lo)s, 2, 1)",
        "INSERT INTO report_duties (roster_id, ord, job_category, starts_on, due) VALUES (%(id)s, %(lo)s, '', '2022-11-22', '18:00')",
        "INSERT INTO daily_reports (person_id, roster_id, day, version, member_id, ord, template_id, at, source, late, abnormal,"
        " content, answers) SELECT person_id, roster_id, '2022-11-22', 1, id, ord, 2, now(), 'resident', false, true, '', ''"
        " FROM roster_members WHERE person_id = %(person)s",
        "INSERT INTO report_reminders (roster_id, member_id, day, ord) SELECT roster_id, id, '2022-11-22', ord"
        " FROM roster_members WHERE person_id = %(person)s",
        "WITH f AS (INSERT INTO follow_ups (ord, roster_id, member_id, person_id, day) SELECT ord, roster_id, id, person_id,"
        " '2022-11-22' FROM roster_members WHERE person_id = %(person)s RETURNING id, ord)"
        " INSERT INTO follow_up_notes (follow_up_id, ord, account_id, action, note) SELECT id, ord, 1, 'contact', '' FROM f",
    ):
        cast.execute(query.encode(), named)


async def places(conn: Connection, table: str) -> set[int]:
    rows = await conn.execute(f"SELECT {OWNED_BY[table]} FROM {table}".encode())
    return {row[0] for row in await rows.fetchall()}


def at_or_below(top: Unit) -> set[Unit]:
    def climbs_to_top(unit: Unit | None) -> bool:
        return unit is not None and (unit is top or climbs_to_top(unit.parent))

    return {unit for unit in UNITS if climbs_to_top(unit)}


@pytest.mark.parametrize("table", OWNED_BY)
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.code)
async def test_rows_of_ones_own_unit_and_below_are_seen_and_no_others(
    db: Database, cast: psycopg.Connection, people: dict[Unit, int], unit: Unit, table: str
) -> None:
    everything = {row[0] for row in cast.execute(f"SELECT {OWNED_BY[table]} FROM {table}".encode()).fetchall()}
    async with scoped(db, unit.scope()) as conn:
        assert await places(conn, table) == {below.lo for below in at_or_below(unit)} & everything


@pytest.mark.parametrize("relation", RELATIVES)
@pytest.mark.parametrize("table", ["units", "staff_accounts", "checkpoints", "checkpoint_codes"])
async def test_rows_are_changed_inside_the_scope_only(
    db: Database, cast: psycopg.Connection, table: str, relation: str
) -> None:
    column = {"units": "name", "checkpoints": "name", "staff_accounts": "display_name", "checkpoint_codes": "code"}[
        table
    ]
    unit = RELATIVES[relation]
    there = cast.execute(f"SELECT count(*) FROM {table} WHERE {OWNED_BY[table]} = %s".encode(), [unit.lo]).fetchone()
    async with scoped(db, SCOPE) as conn:
        query = f"UPDATE {table} SET {column} = {column} || 'x' WHERE {OWNED_BY[table]} = %s"
        changed = (await conn.execute(query.encode(), [unit.lo])).rowcount
    assert there is not None
    assert changed == (there[0] if relation in INSIDE else 0)


INSERTS = {
    "test_sites": "INSERT INTO test_sites (ord, name, address, hours, phone, note, source)"
    " VALUES (%(lo)s, '点', '街', '', '', '', '局')",
    "risk_areas": "INSERT INTO risk_areas (ord, code, whole, name, key, area, state) VALUES (%(lo)s, '13', true, '', 'k', '{}', 'review')",
    "alert_contacts": "INSERT INTO alert_contacts (unit_id, ord, label, channel, target, language)"
    " VALUES (%(id)s, %(lo)s, '群', 'wecom', '', 'en')",
    "authorities": "INSERT INTO authorities (unit_id, ord, name, public_key, kinds, registered_by)"
    " VALUES (%(id)s, %(lo)s, '所', sha256(int8send(%(lo)s)), '{test}', 1)",
    "evidence_imports": "INSERT INTO evidence_imports (unit_id, ord, source, file_name, counts, submitted_by)"
    " VALUES (%(id)s, %(lo)s, '院', 'a.xlsx', '{}', 1)",
    "evidence_withdrawals": "INSERT INTO evidence_withdrawals (ord, provenance, source, since, reason, asked_by)"
    " VALUES (%(lo)s, 'feed:' || %(lo)s, '所', now(), '样本造假', 1)",
    "certificate_signers": "INSERT INTO certificate_signers (format, kid, issuer, country, public_key, usages, not_before,"
    " not_after, ord, added_by) VALUES ('dcc', 'k', '部', 'NL', int8send(%(lo)s), '{test}', now(), now(), %(lo)s, 1)",
    "certificate_revocations": "INSERT INTO certificate_revocations (mark, ord, added_by)"
    " VALUES (substr(sha256(int8send(%(lo)s)), 1, 16), %(lo)s, 1)",
    "devices": "INSERT INTO devices (ord, checkpoint_id, name) VALUES (%(lo)s, 1, '枪')",
    "tenants": "INSERT INTO tenants (checkpoint_id, ord, floor, name) VALUES (1, %(lo)s, '12F', '公司' || %(lo)s::bigint)",
    "units": "INSERT INTO units (parent_id, name, level, lo, hi) VALUES (4, '新', 'unit', %(lo)s + 1, %(lo)s + 1)",
    "staff_accounts": "INSERT INTO staff_accounts (unit_id, ord, username, display_name, role, password_hash)"
    " VALUES (%(id)s, %(lo)s, 'spy', '某人', 'admin', '')",
    "checkpoints": "INSERT INTO checkpoints (unit_id, ord, name, category, template_id)"
    " VALUES (%(id)s, %(lo)s, '暗门', 'shop', 2)",
    "checkpoint_codes": "INSERT INTO checkpoint_codes (code, checkpoint_id, ord, replaced_at)"
    " VALUES ('X', 1, %(lo)s, now())",
    "templates": "INSERT INTO templates (unit_id, ord, hi, name, name_en, version, fields)"
    " VALUES (%(id)s, %(lo)s, %(hi)s, '表', 'form', 1, '[]')",
    "publications": "INSERT INTO publications (unit_id, ord, published_by) VALUES (%(id)s, %(lo)s, 1)",
    "audit_log": "INSERT INTO audit_log (ord, actor, action, subject, detail) VALUES (%(lo)s, 'a', 'b', 'c', '{}')",
    "rosters": "INSERT INTO rosters (unit_id, ord, name, kind) VALUES (%(id)s, %(lo)s, '另一份', 'pupils')",
    "roster_members": "INSERT INTO roster_members (roster_id, ord, person_id, document_type, given, document_index, name_index,"
    " content) VALUES (4, %(lo)s, 1, 'passport', '', '', '', '')",
    "report_plans": "INSERT INTO report_plans (roster_id, ord, template_id, quota) VALUES (1000000, %(lo)s, 2, 1)",
    "report_duties": "INSERT INTO report_duties (roster_id, ord, job_category, starts_on, due)"
    " VALUES (4, %(lo)s, '焊工', '2022-11-22', '18:00')",
    "daily_reports": "INSERT INTO daily_reports (person_id, roster_id, day, version, member_id, ord, template_id, at, source,"
    " late, abnormal, content, answers) VALUES (1, 4, '2022-11-23', 1, 1000000, %(lo)s, 2, now(), 'manager', false, false, '', '')",
    "follow_ups": "INSERT INTO follow_ups (ord, roster_id, member_id, person_id, day)"
    " VALUES (%(lo)s, 4, 1000000, 1, '2022-11-23')",
    "follow_up_notes": "INSERT INTO follow_up_notes (follow_up_id, ord, account_id, action, note)"
    " VALUES (1000000, %(lo)s, 1, 'contact', '')",
    "gate_terminals": "INSERT INTO gate_terminals (ord, checkpoint_id, name, registered_by) VALUES (%(lo)s, 1, '闸机', 1)",
    "tickets": "INSERT INTO tickets (ord, unit_id, person_id, kind, created_at, due_at)"
    " VALUES (%(lo)s, %(id)s, 1000000, 'correction', now(), now())",
    "ticket_steps": "INSERT INTO ticket_steps (ticket_id, ord, person_id, at, transition, state, actor, unit_id)"
    " SELECT coalesce((SELECT id FROM tickets LIMIT 1), 1), %(lo)s, 1000000, now(), 'file', 'open', 'staff', %(id)s",
    "ticket_files": "INSERT INTO ticket_files (ticket_id, ord, person_id, at, type, size, content)"
    " SELECT coalesce((SELECT id FROM tickets LIMIT 1), 1), %(lo)s, 1000000, now(), 'image/png', 1, ''",
    "ticket_macros": "INSERT INTO ticket_macros (unit_id, ord, hi, title, text) VALUES (%(id)s, %(lo)s, %(hi)s, '答', '答')",
    "traces": "INSERT INTO traces (ord, actor, plan, asked, purpose, now)"
    " VALUES (%(lo)s, 'staff:1', 'v9.1', '', '流调', now())",
    # of the newest trace of that unit
    "trace_contacts": "INSERT INTO trace_contacts (person_id, trace_id, ord, degree, since, seconds, exposures, score)"
    " VALUES (1, coalesce((SELECT max(id) FROM traces WHERE ord = %(lo)s), 0), %(lo)s, 1, now(), 600, 1, 0.5)",
    "trace_exposures": "INSERT INTO trace_exposures (person_id, trace_id, source_id, ord, checkpoint_id, begins, ends, chance, crowd)"
    " VALUES (1, coalesce((SELECT max(id) FROM traces WHERE ord = %(lo)s), 0), 2, %(lo)s, 1, now(), now(), 1, 1)",
    "funnels": "INSERT INTO funnels (trace_id, ord, actor, name, version, purpose, as_of, steps, results, candidates, kept, expected,"
    " model) VALUES (coalesce((SELECT max(id) FROM traces WHERE ord = %(lo)s), 0), %(lo)s, 'staff:1', '漏斗', 1, '流调', now(), '[]',"
    " '[]', 1, 1, 1, 'm')",
    "funnel_people": "INSERT INTO funnel_people (person_id, funnel_id, ord, step, risk)"
    " VALUES (1, coalesce((SELECT max(id) FROM funnels WHERE ord = %(lo)s), 0), %(lo)s, -1, 0.1)",
    "source_searches": "INSERT INTO source_searches (trace_id, ord, actor, purpose)"
    " VALUES (coalesce((SELECT max(id) FROM traces WHERE ord = %(lo)s), 0), %(lo)s, 'staff:1', '流调')",
    # addressed to a unit that is nowhere in sight
    "hold_requests": "INSERT INTO hold_requests (ord, unit_id, second_unit_id, person_id, target, grounds, reason, asked_by)"
    " VALUES (%(lo)s, %(id)s, 0, 1, gen_random_uuid(), ARRAY[gen_random_uuid()], '', 1)",
}


@pytest.mark.parametrize("relation", RELATIVES)
@pytest.mark.parametrize("table", INSERTS)
async def test_rows_are_added_inside_the_scope_only(
    db: Database, cast: psycopg.Connection, table: str, relation: str
) -> None:
    unit = RELATIVES[relation]
    add_member(cast, LONGGUAN, 1)  # for the list to be there
    row = {"id": unit.id, "lo": unit.lo, "hi": unit.hi}
    async with scoped(db, SCOPE) as conn:
        if relation in INSIDE:
            # what it would belong to need not be there: that is asked only after the policy has let it through
            with contextlib.suppress(pg.ForeignKeyViolation):
                assert (await conn.execute(INSERTS[table].encode(), row)).rowcount == 1
        else:
            with pytest.raises(pg.InsufficientPrivilege, match="row-level security"):
                await conn.execute(INSERTS[table].encode(), row)


@pytest.mark.parametrize("table", ["units", "staff_accounts", "checkpoints", "checkpoint_codes"])
async def test_a_row_cannot_be_moved_out_of_the_scope(db: Database, cast: psycopg.Connection, table: str) -> None:
    async with scoped(db, SCOPE) as conn:
        query = f"UPDATE {table} SET {OWNED_BY[table]} = %s WHERE {OWNED_BY[table]} = %s"
        with pytest.raises(pg.InsufficientPrivilege, match="row-level security"):
            await conn.execute(query.encode(), [DIAOE.lo + 1, LONGGUAN.lo])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.code)
async def test_people_are_seen_after_a_visit_within_the_scope(
    db: Database, people: dict[Unit, int], unit: Unit
) -> None:
    async with scoped(db, unit.scope()) as conn:
        seen = {row[0] for row in await (await conn.execute("SELECT id FROM people")).fetchall()}
    assert seen == {people[below] for below in at_or_below(unit) if below in people}


async def test_a_resident_sees_themselves_their_visits_their_holds_and_nothing_else(
    db: Database, cast: psycopg.Connection, people: dict[Unit, int]
) -> None:
    mine, another = people[LONGGUAN], people[YIJIE]
    for person_id in (mine, another):
        add_hold(cast, person_id, "red", now(), now().replace(year=now().year + 1))
        add_evidence(cast, person_id)
    async with scoped(db, Scope.resident(mine)) as conn:
        own = ("visits", "temperatures", "waiting", "checkouts", "holds", "evidence")
        for table, column in (("people", "id"), *((table, "person_id") for table in own)):
            rows = await conn.execute(f"SELECT {column} FROM {table}".encode())
            assert [row[0] for row in await rows.fetchall()] == [mine], table
        for table in OWNED_BY.keys() - set(own):
            assert await places(conn, table) == set(), table


async def test_staff_see_no_hold_and_no_evidence(
    db: Database, cast: psycopg.Connection, people: dict[Unit, int]
) -> None:
    add_hold(cast, people[LONGGUAN], "red", now(), now().replace(year=now().year + 1))
    add_evidence(cast, people[LONGGUAN])
    async with scoped(db, SCOPE) as conn:
        assert await (await conn.execute("SELECT FROM holds")).fetchall() == []
        assert await (await conn.execute("SELECT FROM evidence")).fetchall() == []


NEVER_CHANGED = {
    "tenants",
    "audit_log",
    "publications",
    "alert_contacts",
    "daily_reports",
    "follow_ups",
    "follow_up_notes",
    "authorities",
    "evidence_imports",
    "evidence_withdrawals",
    "certificate_signers",
    "certificate_revocations",
    "hold_requests",
    "gate_terminals",
    "tickets",
    "ticket_steps",
    "ticket_files",
    "area_bulletins",
    "risk_areas",
    "area_places",
    "area_levels",
    "traces",
    "trace_contacts",
    "trace_exposures",
    "funnels",
    "funnel_people",
    "source_searches",
}  # the application has no right to

TENANT_TABLES = (*OWNED_BY, "people", "holds", "hold_releases", "evidence")


async def _sees_nothing(conn: Connection) -> None:
    for table in TENANT_TABLES:
        column = OWNED_BY.get(table, "1")
        assert await (await conn.execute(f"SELECT {column} FROM {table}".encode())).fetchall() == [], table


async def test_without_a_scope_nothing_is_seen(db: Database, people: dict[Unit, int]) -> None:
    async with db.transaction() as conn:
        await _sees_nothing(conn)


async def test_without_a_scope_nothing_is_written(db: Database, cast: psycopg.Connection) -> None:
    row = {"id": LONGGUAN.id, "lo": LONGGUAN.lo, "hi": LONGGUAN.hi}
    for table, query in INSERTS.items():
        with pytest.raises(pg.InsufficientPrivilege, match="row-level security"):
            async with db.transaction() as conn:
                await conn.execute(query.encode(), row)
        if table in OWNED_BY.keys() - NEVER_CHANGED:
            async with db.transaction() as conn:
                update = f"UPDATE {table} SET {OWNED_BY[table]} = {OWNED_BY[table]}"
                assert (await conn.execute(update.encode())).rowcount == 0


@pytest.mark.parametrize(
    "settings",
    [
        {"lianfang__lo": "1"},
        {"lianfang__hi": str(1 << 62)},
        {"lianfang__lo": "", "lianfang__hi": ""},
        {"lianfang__lo": str(LONGGUAN.hi), "lianfang__hi": str(LONGGUAN.lo)},
    ],
    ids=["no end", "no beginning", "empty", "upside down"],
)
async def test_half_a_scope_is_none(db: Database, people: dict[Unit, int], settings: dict[str, str]) -> None:
    async with db.transaction(**settings) as conn:
        await _sees_nothing(conn)


async def test_a_pooled_connection_carries_no_scope_over(
    migrated: str, cast: psycopg.Connection, keys: Keys, people: dict[Unit, int]
) -> None:
    pool = Database(role_dsn(migrated, "lianfang_app", keys), size=1)
    await pool.open()
    try:
        served = []
        for scope in (ACCOUNT["hebei"].scope, Scope.resident(people[YIJIE])):
            async with scoped(pool, scope) as conn:
                served.append(conn.info.backend_pid)
                assert await (await conn.execute("SELECT id FROM people")).fetchall() != []
            async with pool.transaction() as conn:
                served.append(conn.info.backend_pid)
                await _sees_nothing(conn)
        with pytest.raises(ZeroDivisionError):
            async with scoped(pool, ACCOUNT["hebei"].scope):
                raise ZeroDivisionError
        async with pool.transaction() as conn:
            served.append(conn.info.backend_pid)
            await _sees_nothing(conn)
        assert len(set(served)) == 1  # it was the same connection each time
    finally:
        await pool.close()


def test_a_narrowed_scope_never_grows() -> None:
    county = ACCOUNT["chicheng"].scope
    assert (county.narrowed(LONGGUAN.lo, LONGGUAN.hi).lo, county.narrowed(LONGGUAN.lo, LONGGUAN.hi).hi) == (
        LONGGUAN.lo,
        LONGGUAN.hi,
    )
    foreign = county.narrowed(CHONGLI.lo, CHONGLI.hi)
    assert foreign.lo > foreign.hi
    wider = county.narrowed(ZHANGJIAKOU.lo, ZHANGJIAKOU.hi)
    assert (wider.lo, wider.hi) == (county.lo, county.hi)
    assert all(foreign.covers(account.unit.lo) is False for account in ACCOUNTS)


async def test_who_waits_at_a_door_is_seen_there_and_nowhere_else(
    db: Database, cast: psycopg.Connection, keys: Keys
) -> None:
    person = add_person(cast, keys)
    add_beside(cast, person, DOOR_OF[YIJIE])
    for unit in UNITS:
        async with scoped(db, unit.scope()) as conn:
            seen = await (await conn.execute("SELECT id FROM people")).fetchall()
        assert seen == ([(person,)] if YIJIE in at_or_below(unit) else []), unit.name


async def test_an_alert_is_acknowledged_inside_the_scope_only(
    db: Database, cast: psycopg.Connection, people: dict[Unit, int]
) -> None:
    async with scoped(db, SCOPE) as conn:
        done = await conn.execute("UPDATE fever_alerts SET acknowledged_at = now() RETURNING ord")
        assert {row[0] for row in await done.fetchall()} == {unit.lo for unit in at_or_below(LONGGUAN)}
