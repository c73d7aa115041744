"""What each database role can do at all, read from PostgreSQL's own catalog and tried out."""

import psycopg
import pytest
from psycopg import errors as pg

from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.migrations.roles import ROLES, role_dsn
from tests.support.story import LONGGUAN_DOOR
from tests.support.visits import add_person, add_visit

# tables with a person_id or an ord on which no policy is needed, and why
WITHOUT_POLICIES: dict[str, str] = {}


def rows(owner: psycopg.Connection, query: str, *params: object) -> list[tuple[object, ...]]:
    return owner.execute(query.encode(), params).fetchall()


def test_every_table_with_tenant_rows_forces_row_level_security(owner: psycopg.Connection) -> None:
    tables = rows(
        owner,
        """
        SELECT DISTINCT c.relname, c.relrowsecurity AND c.relforcerowsecurity
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND (a.attname IN ('ord', 'person_id') OR c.relname IN ('units', 'people'))
        """,
    )
    forced = {name for name, is_forced in tables if is_forced}
    assert {name for name, _ in tables} - forced == WITHOUT_POLICIES.keys()
    assert forced >= {"units", "people", "visits", "holds", "checkpoints", "checkpoint_codes", "templates", "audit_log"}


def test_no_role_of_ours_is_above_the_policies(owner: psycopg.Connection) -> None:
    powers = rows(
        owner,
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
        " FROM pg_roles WHERE starts_with(rolname, 'lianfang')",
    )
    assert {row[0] for row in powers} == set(ROLES)
    assert not any(any(row[1:]) for row in powers)
    owned = rows(
        owner,
        "SELECT c.relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = ANY(%s)",
        list(ROLES),
    )
    assert owned == []
    memberships = rows(
        owner,
        "SELECT FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = ANY(%s)",
        list(ROLES),
    )
    assert memberships == []


def test_nobody_touches_a_days_partition_directly(cast: psycopg.Connection, keys: Keys) -> None:
    add_visit(cast, keys, add_person(cast, keys), LONGGUAN_DOOR)
    parts = [
        row[0]
        for row in rows(cast, "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'visits'::regclass")
    ]
    assert parts
    for part in parts:
        for role in ROLES:
            [held] = rows(
                cast, "SELECT has_table_privilege(%s, %s, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')", role, part
            )
            assert held == (False,), f"{role} on {part}"


async def test_the_app_cannot_read_a_partition(db: Database, cast: psycopg.Connection, keys: Keys) -> None:
    visit = add_visit(cast, keys, add_person(cast, keys), LONGGUAN_DOOR)
    async with db.transaction(lianfang__lo="1", lianfang__hi=str(1 << 62)) as conn:
        with pytest.raises(pg.InsufficientPrivilege):
            await conn.execute(f"SELECT FROM visits_{visit.at:%Y%m%d}".encode())


# what a role must not do: a look or a change, each of which PostgreSQL refuses
FORBIDDEN: dict[str, list[str]] = {
    "lianfang_app": [
        "INSERT INTO guardianships (guardian_id) VALUES (1)",
        "UPDATE guardianships SET proof = 'clerk'",
        "UPDATE area_bulletins SET found = 0",
        "UPDATE area_levels SET level = 'low'",
        "DELETE FROM risk_areas",
        "SELECT area_stays(1, now(), now(), true)",
        "SELECT password_hash FROM staff_accounts",
        "SELECT totp_secret FROM staff_accounts",
        "SELECT FROM staff_sessions",
        "SELECT FROM one_time_codes",
        "SELECT subject_index FROM channel_identities",
        "INSERT INTO channel_identities (channel) VALUES ('oidc')",
        "DELETE FROM channel_identities",
        "SELECT FROM channel_logins",
        "SELECT token_digest FROM devices",
        "DELETE FROM devices",
        "SELECT public_key FROM gate_terminals",
        "UPDATE gate_terminals SET public_key = ''",
        "DELETE FROM gate_terminals",
        "SELECT FROM terminal_nonces",
        "INSERT INTO device_readings (device_id) VALUES (1)",
        "UPDATE fever_alerts SET celsius = 36",
        "SELECT FROM alert_notices",
        "SELECT FROM throttles",
        "SELECT FROM notices",
        "INSERT INTO visits (person_id) VALUES (1)",
        "UPDATE visits SET verdict = 'pass'",
        "DELETE FROM visits",
        "INSERT INTO people (document) VALUES ('')",
        "UPDATE people SET epoch = 0",
        "INSERT INTO holds (person_id) VALUES (1)",
        "INSERT INTO evidence (person_id) VALUES (1)",
        "SELECT FROM evidence_unmatched",
        "SELECT FROM evidence_batches",
        "INSERT INTO hold_releases (person_id) VALUES (1)",
        "UPDATE traces SET purpose = 'x'",
        "DELETE FROM traces",
        "UPDATE trace_contacts SET degree = 1",
        "UPDATE funnels SET results = '[]'",
        "DELETE FROM funnel_people",
        "UPDATE source_searches SET purpose = 'x'",
        "DELETE FROM source_searches",
        "UPDATE interview_stays SET state = 'told'",
        "DELETE FROM interview_stays",
        "SELECT FROM tracing_erased",
        "UPDATE hold_requests SET colour = 'red'",
        "DELETE FROM hold_requests",
        "UPDATE tickets SET ord = 1",
        "DELETE FROM tickets",
        "UPDATE ticket_steps SET text = ''",
        "DELETE FROM ticket_steps",
        "UPDATE ticket_files SET content = ''",
        "UPDATE ticket_macros SET text = 'x'",
        "INSERT INTO plan_adoptions (key) VALUES ('v9')",
        "UPDATE plan_comparisons SET found = '{}'",
        "UPDATE plan_proposals SET plan = 'v9.1'",
        "UPDATE plan_proposals SET adoption_id = 1",
        "DELETE FROM plan_proposals",
        "SELECT defer_recolour(1)",
        "UPDATE templates SET name = 'x'",
        "UPDATE tenants SET checkpoint_id = 1",
        "DELETE FROM tenants",
        "DELETE FROM units",
        "DELETE FROM checkpoints",
        "UPDATE audit_log SET actor = 'x'",
        "DELETE FROM audit_log",
        "SELECT FROM counted_days",
        "UPDATE place_hours SET scans = 0",
        "INSERT INTO place_people (ord) VALUES (1)",
        "UPDATE statistics_state SET zone = ''",
        "INSERT INTO temperatures (person_id) VALUES (1)",
        "INSERT INTO waiting (person_id) VALUES (1)",
        "UPDATE waiting SET needs_review = false",
        "DELETE FROM waiting",
        "INSERT INTO decisions (person_id) VALUES (1)",
        "INSERT INTO checkouts (person_id) VALUES (1)",
        "INSERT INTO fever_alerts (person_id) VALUES (1)",
        "UPDATE fever_alerts SET celsius = 36.5",
        "DELETE FROM fever_alerts",
        "SELECT ensure_visit_day(current_date)",
        "SELECT drop_visit_days(date '2020-01-01')",
        "SELECT FROM procrastinate_jobs",
        "DELETE FROM rosters",
        "DELETE FROM roster_members",
        "UPDATE daily_reports SET late = false",
        "DELETE FROM daily_reports",
        "UPDATE follow_ups SET day = '2022-11-22'",
        "DELETE FROM follow_ups",
        "UPDATE follow_up_notes SET note = ''",
        "INSERT INTO report_reminders (roster_id) VALUES (1)",
        "UPDATE authorities SET public_key = ''",
        "DELETE FROM authorities",
        "SELECT FROM feed_batches",
        "SELECT FROM evidence_refs",
        "SELECT FROM evidence_import_parts",
        "UPDATE evidence_imports SET source = 'x'",
        "UPDATE certificate_signers SET public_key = ''",
        "DELETE FROM certificate_signers",
        "DELETE FROM certificate_revocations",
        "CREATE TABLE mine (id int)",
    ],
    "lianfang_identity": [
        "UPDATE guardianships SET member_id = 1",
        "DELETE FROM guardianships",
        "SELECT FROM traces",
        "SELECT FROM risk_areas",
        "SELECT FROM tenants",
        "SELECT FROM roster_members",
        "SELECT FROM place_hours",
        "SELECT FROM daily_reports",
        "SELECT FROM follow_ups",
        "SELECT FROM visits",
        "SELECT FROM temperatures",
        "SELECT FROM waiting",
        "SELECT FROM fever_alerts",
        "SELECT FROM holds",
        "SELECT FROM evidence",
        "SELECT FROM evidence_unmatched",
        "UPDATE authorities SET confirmed_at = now()",
        "SELECT FROM feed_batches",
        "SELECT FROM checkpoints",
        "SELECT FROM audit_log",
        "SELECT FROM notices",
        "DELETE FROM people",
        "INSERT INTO staff_accounts (username) VALUES ('x')",
        "SELECT drop_visit_days(date '2020-01-01')",
        "CREATE TABLE mine (id int)",
    ],
    "lianfang_lane": [
        "SELECT relation FROM guardianships",
        "UPDATE guardianships SET ended_at = NULL",
        "SELECT FROM traces",
        "SELECT FROM trace_contacts",
        "INSERT INTO tracing_erased (person_id) VALUES (1)",
        "SELECT candidates FROM risk_areas",
        "SELECT FROM area_places",
        "UPDATE area_levels SET until = now()",
        "SELECT area_stays(1, now(), now(), true)",
        "UPDATE tenants SET closed_at = now()",
        "INSERT INTO tenants (floor) VALUES ('1')",
        "SELECT FROM roster_members",
        "INSERT INTO publications (unit_id) VALUES (1)",
        "SELECT FROM daily_reports",
        "SELECT FROM follow_ups",
        "SELECT document FROM people",
        "SELECT phone FROM people",
        "SELECT document_index FROM people",
        "SELECT phone_index FROM people",
        "UPDATE visits SET verdict = 'pass'",
        "DELETE FROM visits",
        "INSERT INTO holds (person_id) VALUES (1)",
        "INSERT INTO evidence (person_id) VALUES (1)",
        "SELECT detail FROM evidence",
        "SELECT source FROM evidence",
        "SELECT FROM evidence_unmatched",
        "UPDATE temperatures SET celsius = 36.5",
        "UPDATE waiting SET answers = NULL",
        "UPDATE decisions SET action = 'approve'",
        "UPDATE checkouts SET left_at = now()",
        "UPDATE fever_alerts SET acknowledged_at = now()",
        "SELECT FROM staff_accounts",
        "SELECT FROM staff_sessions",
        "SELECT FROM notices",
        "SELECT FROM one_time_codes",
        "SELECT FROM channel_identities",
        "SELECT FROM alert_contacts",
        "SELECT FROM devices",
        "UPDATE device_readings SET celsius = 36",
        "SELECT drop_visit_days(date '2020-01-01')",
        "CREATE TABLE mine (id int)",
    ],
    "lianfang_worker": [
        "SELECT FROM guardianships",
        "SELECT asked FROM traces",
        "SELECT FROM trace_contacts",
        "SELECT FROM trace_exposures",
        "SELECT FROM tracing_erased",
        "INSERT INTO tracing_erased (person_id) VALUES (1)",
        "SELECT FROM area_places",
        "UPDATE area_levels SET level = 'low'",
        "SELECT FROM tenants",
        "SELECT FROM counted_days",
        "SELECT FROM place_people",
        "SELECT given FROM roster_members",
        "SELECT person_id FROM roster_members",
        "SELECT answers FROM daily_reports",
        "UPDATE daily_reports SET late = false",
        "SELECT person_id FROM follow_ups",
        "SELECT FROM follow_up_notes",
        "SELECT FROM people",
        "SELECT FROM channel_identities",
        "SELECT label FROM alert_contacts",
        "UPDATE fever_alerts SET acknowledged_at = now()",
        "SELECT celsius FROM device_readings",
        "SELECT FROM devices",
        "SELECT FROM visits",
        "SELECT person_id FROM temperatures",
        "SELECT answers FROM waiting",
        "SELECT person_id FROM checkouts",
        "SELECT password_hash FROM staff_accounts",
        "UPDATE staff_accounts SET disabled = false",
        "SELECT FROM audit_log",
        "DELETE FROM audit_log",
        "UPDATE holds SET colour = 'yellow'",
        "DELETE FROM holds",
        "DELETE FROM hold_releases",
        "UPDATE hold_requests SET signed = true",
        "UPDATE plan_adoptions SET pack = '{}'",
        "UPDATE evidence SET result = 'negative'",
        "DELETE FROM evidence",
        "UPDATE evidence_batches SET recorded_at = now()",
        "UPDATE evidence_unmatched SET result = 'negative'",
        "INSERT INTO authorities (name) VALUES ('x')",
        "DELETE FROM feed_batches",
        "INSERT INTO certificate_signers (kid) VALUES ('x')",
        "DELETE FROM certificate_revocations",
        "CREATE TABLE mine (id int)",
    ],
}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_does_its_job_and_no_other(migrated: str, owner: psycopg.Connection, keys: Keys, role: str) -> None:
    with psycopg.connect(role_dsn(migrated, role, keys), autocommit=True) as conn:
        for query in FORBIDDEN[role]:
            try:
                conn.execute(query.encode())
            except pg.InsufficientPrivilege:
                continue
            pytest.fail(f"{role} may: {query}")


def test_the_audit_log_only_grows(owner: psycopg.Connection) -> None:
    for role in ROLES:
        [held] = rows(owner, "SELECT has_table_privilege(%s, 'audit_log', 'UPDATE, DELETE, TRUNCATE')", role)
        assert held == (False,), role


async def test_the_lane_reads_names_and_nothing_else_of_a_person(
    lane_db: Database, cast: psycopg.Connection, keys: Keys
) -> None:
    person_id = add_person(cast, keys)
    async with lane_db.transaction() as conn:
        row = await (await conn.execute("SELECT name FROM people WHERE id = %s", [person_id])).fetchone()
        assert row is not None
        assert keys.decrypt(row[0], f"people.name:{person_id}")


async def test_a_visit_is_never_written_twice_or_changed(
    lane_db: Database, cast: psycopg.Connection, keys: Keys
) -> None:
    visit = add_visit(cast, keys, add_person(cast, keys), LONGGUAN_DOOR)
    query = b"INSERT INTO visits SELECT * FROM visits WHERE person_id = %s ON CONFLICT (person_id, scan_id) DO UPDATE SET at = %s"
    with pytest.raises(pg.InsufficientPrivilege):
        async with lane_db.transaction() as conn:
            await conn.execute(query, [visit.person_id, now()])
