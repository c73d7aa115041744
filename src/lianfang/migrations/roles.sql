-- The least power each role needs. Applied after every migration; safe to repeat.

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM lianfang_app, lianfang_identity, lianfang_lane, lianfang_worker;

-- app: the console and a signed-in resident's pages, always under row-level security
GRANT SELECT, INSERT, UPDATE ON units, checkpoints, checkpoint_codes TO lianfang_app;
-- accounts without a look at their password hashes and authenticator secrets
GRANT INSERT, UPDATE ON staff_accounts TO lianfang_app;
GRANT SELECT (id, unit_id, ord, username, display_name, role, must_change_password, totp_confirmed, disabled, sessions_since,
              created_at, last_login_at) ON staff_accounts TO lianfang_app;
GRANT SELECT, INSERT ON templates, audit_log TO lianfang_app;
GRANT SELECT ON people, holds, hold_releases, evidence, visits TO lianfang_app;
GRANT SELECT ON plan_adoptions, recolourings TO lianfang_app; -- of nobody
GRANT SELECT, INSERT, UPDATE (run_id) ON plan_comparisons TO lianfang_app; -- what is found in them the worker writes
GRANT SELECT, INSERT, UPDATE (decided_by, decided_unit_id, decided_at, agreed) ON plan_proposals TO lianfang_app;
-- what one official asks for, one of another unit decides, once
GRANT SELECT, INSERT, UPDATE (decided_by, decided_at, signed) ON hold_requests TO lianfang_app;
GRANT SELECT ON names TO lianfang_app; -- of rows that it may see anyway
-- rosters: a member who leaves is marked, not deleted
GRANT SELECT, INSERT, UPDATE ON rosters, roster_members TO lianfang_app;
GRANT USAGE ON SEQUENCE roster_members_id_seq TO lianfang_app; -- a member is encrypted for their id, so the id comes first
-- reports are only added to; whoever must no longer report loses the line that said so
GRANT SELECT, INSERT, UPDATE ON report_plans TO lianfang_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON report_duties TO lianfang_app;
GRANT SELECT, INSERT ON daily_reports, follow_up_notes TO lianfang_app;
GRANT USAGE ON SEQUENCE follow_up_notes_id_seq TO lianfang_app; -- a note is encrypted for its id, so the id comes first
GRANT SELECT, INSERT, UPDATE (state) ON follow_ups TO lianfang_app;
GRANT SELECT ON report_reminders TO lianfang_app;
GRANT SELECT, INSERT ON runs, run_file_parts TO lianfang_app;
GRANT SELECT, INSERT, UPDATE (run_id) ON run_files TO lianfang_app; -- an upload is given to its run
GRANT EXECUTE ON FUNCTION defer_run(bigint) TO lianfang_app, lianfang_worker;
GRANT SELECT, INSERT, DELETE ON setup_rows TO lianfang_app; -- a dry run that is begun again starts anew
GRANT SELECT ON temperatures, waiting, decisions, checkouts, usual_dwells, stays TO lianfang_app;
GRANT SELECT, UPDATE (acknowledged_at, acknowledged_by, note) ON fever_alerts TO lianfang_app;
GRANT SELECT, INSERT, DELETE ON alert_contacts TO lianfang_app;
GRANT USAGE ON SEQUENCE alert_contacts_id_seq TO lianfang_app; -- a target is encrypted for its id, so the id comes first
GRANT SELECT (id, ord, checkpoint_id, name, created_at, seen_at, revoked), INSERT, UPDATE (ord, checkpoint_id, name, token_digest)
  ON devices TO lianfang_app;
GRANT SELECT ON device_readings TO lianfang_app;
GRANT SELECT (id, ord, checkpoint_id, name, created_at, enrolment_until, enrolled_at, seen_at, voided_at), INSERT,
  UPDATE (enrolment_digest, enrolment_until, voided_at) ON gate_terminals TO lianfang_app; -- whether it has a key, not which
GRANT SELECT (channel, person_id, linked_at) ON channel_identities TO lianfang_app;
-- units that move (the function checks the scope), are closed, lend powers and share
GRANT SELECT, INSERT ON unit_history TO lianfang_app;
GRANT SELECT ON unit_moves, retired_places TO lianfang_app;
GRANT SELECT, INSERT, UPDATE (revoked_at, revoked_by) ON delegations, shares TO lianfang_app;
GRANT SELECT (closed_with) ON staff_accounts TO lianfang_app;
GRANT EXECUTE ON FUNCTION move_unit(bigint, bigint, bigint[], bigint[], bigint[], boolean, integer),
  unit_labels(text, bigint[]), open_share(bigint) TO lianfang_app;
GRANT SELECT ON place_hours, place_people, statistics_state TO lianfang_app;
GRANT SELECT, INSERT, DELETE ON publications TO lianfang_app;
GRANT SELECT, INSERT, UPDATE ON vehicles, trips, gate_presence TO lianfang_app;
GRANT SELECT, INSERT, UPDATE (floor, name, closed_at) ON tenants TO lianfang_app;
GRANT SELECT, INSERT, DELETE ON timetable TO lianfang_app;
GRANT SELECT, INSERT, UPDATE (run_id, finished_at, exposures, first, second, milliseconds) ON traces TO lianfang_app;
GRANT SELECT, INSERT ON interview_stays TO lianfang_app; -- a correction is a further version
GRANT USAGE ON SEQUENCE interview_stays_id_seq TO lianfang_app; -- the first version gives its id to the stay
GRANT SELECT, INSERT, DELETE ON trace_contacts, trace_exposures TO lianfang_app; -- a run begun again writes them anew
GRANT SELECT, INSERT ON funnels, funnel_people TO lianfang_app;
GRANT SELECT ON warnings TO lianfang_app;
GRANT SELECT, INSERT, UPDATE (run_id, finished_at, cases, hours_tested, found, findings) ON source_searches TO lianfang_app;
GRANT SELECT, INSERT, UPDATE (voided_at, voided_by, reason) ON printed_codes TO lianfang_app;
GRANT USAGE ON SEQUENCE printed_numbers TO lianfang_app; -- a code is encrypted for its number, so the number comes first
GRANT USAGE ON SEQUENCE units_id_seq TO lianfang_app; -- an import links parents and children by ids that it reserves

-- risk areas: a bulletin is only added to, a level is closed
GRANT SELECT, INSERT ON area_bulletins TO lianfang_app;
GRANT SELECT, INSERT, UPDATE (state, doubt, candidates, decided_by, stated_by, stated_ord, stated_at, confirmed_by, confirmed_at,
                              residents_until, residents_by)
  ON risk_areas TO lianfang_app;
GRANT SELECT, INSERT, DELETE ON area_places TO lianfang_app;
GRANT SELECT, INSERT, UPDATE (until, seen_on, source, stays_until) ON area_levels TO lianfang_app;
GRANT SELECT, INSERT, UPDATE ON test_sites TO lianfang_app;
-- how evidence comes in: who may state what, and what two officials answer for
GRANT SELECT, INSERT ON authorities, evidence_imports, certificate_signers, certificate_revocations TO lianfang_app;
GRANT UPDATE (confirmed_by, confirmed_at, voided_by, voided_at) ON authorities TO lianfang_app;
GRANT UPDATE (state, decided_by, decided_at, note, run_id) ON evidence_imports TO lianfang_app;
GRANT UPDATE (voided_by, voided_at) ON certificate_signers TO lianfang_app;
GRANT SELECT, INSERT, UPDATE (decided_by, decided_at, accepted, run_id) ON evidence_withdrawals TO lianfang_app;
-- tickets: their state goes on, their steps are only added to; they change desks by a function
GRANT SELECT, INSERT, UPDATE (state, handler_id, request_id, outcome, due_at, asked_at, answered_at) ON tickets TO lianfang_app;
GRANT SELECT, INSERT ON ticket_steps, ticket_files TO lianfang_app;
GRANT USAGE ON SEQUENCE tickets_id_seq, ticket_steps_id_seq, ticket_files_id_seq TO lianfang_app; -- what they hold is encrypted for their ids
GRANT SELECT, INSERT, DELETE ON ticket_macros TO lianfang_app;
GRANT EXECUTE ON FUNCTION ticket_desk(bigint, text) TO lianfang_app, lianfang_worker;
GRANT EXECUTE ON FUNCTION send_ticket(bigint, bigint), defer_tickets() TO lianfang_app;

GRANT SELECT ON guardianships TO lianfang_app; -- made and ended where it is proven who somebody is

-- identity: proves who somebody is (logins, registration), sees no visit
GRANT SELECT, INSERT, UPDATE ON people TO lianfang_identity;
GRANT USAGE ON SEQUENCE people_id_seq TO lianfang_identity; -- a person is encrypted for their id, so the id comes first
GRANT SELECT, INSERT, UPDATE, DELETE ON one_time_codes, throttles, staff_sessions TO lianfang_identity;
GRANT SELECT, INSERT, UPDATE, DELETE ON channel_identities TO lianfang_identity;
GRANT SELECT, INSERT, DELETE ON channel_logins TO lianfang_identity;
GRANT SELECT (id, ord, checkpoint_id, token_digest, seen_at), UPDATE (seen_at) ON devices TO lianfang_identity;
GRANT SELECT (id, ord, checkpoint_id, registered_by, enrolment_digest, enrolment_until, public_key, earlier_key, seen_at, voided_at),
  UPDATE (enrolment_digest, enrolment_until, public_key, earlier_key, enrolled_at, seen_at) ON gate_terminals TO lianfang_identity;
GRANT SELECT, INSERT ON terminal_nonces TO lianfang_identity;
GRANT SELECT, UPDATE ON staff_accounts TO lianfang_identity;
GRANT SELECT ON units, delegations TO lianfang_identity;
GRANT SELECT (id, name, public_key, kinds, confirmed_at, voided_at) ON authorities TO lianfang_identity;
GRANT SELECT, INSERT, UPDATE (ord, relation, proof, consented_at, consent_text, proven_at, proven_by, ended_at, ended_by, reason)
  ON guardianships TO lianfang_identity;
GRANT INSERT ON notices, audit_log TO lianfang_identity;
GRANT USAGE ON SEQUENCE notices_id_seq TO lianfang_identity; -- a notice is encrypted for its id, so the id comes first
-- it signs credentials for phones; who ends their sessions ends those with them
GRANT SELECT, INSERT ON signing_keys TO lianfang_identity;
GRANT SELECT, INSERT, UPDATE (voided_at) ON credentials TO lianfang_identity;
GRANT USAGE ON SEQUENCE phone_numbers TO lianfang_identity;

-- lane: writes visits, reads what decides them
GRANT SELECT, INSERT ON visits TO lianfang_lane;
GRANT SELECT (migration_id) ON _yoyo_migration TO lianfang_lane; -- whether the schema is that of the program
GRANT SELECT (id, epoch, name) ON people TO lianfang_lane;
-- and what attendants decide (docs/adr/0007): a scan that waited moves to visits
GRANT SELECT, INSERT, DELETE, UPDATE (needs_temperature, celsius, celsius_at, celsius_checkpoint_id) ON waiting TO lianfang_lane;
GRANT SELECT, INSERT ON temperatures, decisions, checkouts, fever_alerts TO lianfang_lane;
GRANT SELECT, INSERT, UPDATE (state) ON device_readings TO lianfang_lane;
GRANT SELECT ON holds, hold_releases, checkpoints, checkpoint_codes, templates, tenants, units TO lianfang_lane;
-- and the sums of what it wrote (docs/adr/0011); what is public of them is read before anybody is known
GRANT SELECT, INSERT, UPDATE, DELETE ON place_hours, place_people, counted_days TO lianfang_lane;
GRANT SELECT, UPDATE ON statistics_state TO lianfang_lane;
GRANT SELECT ON publications TO lianfang_lane;
GRANT SELECT (id, finished_at) ON unit_moves TO lianfang_lane; -- they wait until a move is done
GRANT SELECT (number, person_id, voided_at) ON credentials, printed_codes TO lianfang_lane; -- whose code is shown
GRANT SELECT (guardian_id, expires_at) ON credentials TO lianfang_lane; -- and of whom a guardian's phone shows one
GRANT SELECT ON status_lists TO lianfang_lane;
GRANT SELECT (guardian_id, member_id, proof, ended_at) ON guardianships TO lianfang_lane; -- who may scan for whom
GRANT EXECUTE ON FUNCTION ensure_visit_day(date) TO lianfang_lane, lianfang_worker;

GRANT SELECT (id, ord, code, whole, name, key, state) ON risk_areas TO lianfang_lane;
GRANT SELECT ON area_levels, test_sites TO lianfang_lane; -- what residents look up
-- what doors require, and whether anything is known of a member; not who told it, and no detail
GRANT SELECT (person_id, id, kind, at, until, result, subject, provenance, confidence, recorded_at, supersedes) ON evidence TO lianfang_lane;

GRANT SELECT ON tracing_erased TO lianfang_lane; -- the tracing index is made of visits, with its power

-- worker: delivers notices, derives holds, keeps partitions and throttles tidy
GRANT SELECT, INSERT ON holds, hold_releases, evidence TO lianfang_worker; -- none of them ever changes
GRANT SELECT ON hold_requests TO lianfang_worker; -- it writes the evidence of those that were signed
GRANT SELECT, INSERT, UPDATE (at, people, opened, released) ON recolourings TO lianfang_worker;
GRANT SELECT, INSERT, UPDATE (applied_at) ON plan_adoptions TO lianfang_worker;
GRANT SELECT, UPDATE (found, finished_at) ON plan_comparisons TO lianfang_worker;
GRANT SELECT, UPDATE (adoption_id) ON plan_proposals TO lianfang_worker; -- of those that two have agreed on
GRANT SELECT, INSERT, UPDATE (applied_at) ON evidence_batches TO lianfang_worker;
GRANT SELECT, INSERT, DELETE ON evidence_unmatched TO lianfang_worker; -- until the person registers
GRANT EXECUTE ON FUNCTION defer_recolour(bigint) TO lianfang_worker;
GRANT SELECT (at), DELETE ON terminal_nonces TO lianfang_worker;
-- tickets follow what was decided on their releases, and their citizens are told
GRANT SELECT, UPDATE (state, handler_id, request_id, outcome, due_at, asked_at, answered_at) ON tickets TO lianfang_worker;
GRANT SELECT, INSERT, UPDATE (told_at) ON ticket_steps TO lianfang_worker;
GRANT USAGE ON SEQUENCE ticket_steps_id_seq TO lianfang_worker;
-- signs the status lists, which say of numbers what follows from holds
GRANT SELECT, INSERT, DELETE ON signing_keys TO lianfang_worker;
GRANT SELECT (number, person_id, expires_at, voided_at), DELETE ON credentials TO lianfang_worker;
GRANT SELECT (number, person_id, expires_at, voided_at) ON printed_codes TO lianfang_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON status_lists TO lianfang_worker;
GRANT USAGE ON SEQUENCE status_versions TO lianfang_worker;
-- it tells who stayed in areas with a level, by a function that reads visits there and nowhere else
GRANT SELECT (id, code, whole, name, state, confirmed_at) ON risk_areas TO lianfang_worker;
GRANT SELECT, UPDATE (stays_until, ended_told) ON area_levels TO lianfang_worker;
GRANT EXECUTE ON FUNCTION area_stays(bigint, timestamptz, timestamptz, boolean) TO lianfang_worker;
GRANT SELECT, INSERT ON feed_batches TO lianfang_worker;
GRANT SELECT, INSERT, UPDATE ON evidence_refs TO lianfang_worker;
GRANT SELECT, INSERT, DELETE ON evidence_import_parts TO lianfang_worker; -- once it is decided
GRANT SELECT ON certificate_signers, certificate_revocations, evidence_withdrawals TO lianfang_worker;
GRANT SELECT (at), DELETE ON temperatures, waiting, decisions TO lianfang_worker; -- what is past the retention
GRANT SELECT (left_at), DELETE ON checkouts TO lianfang_worker;
GRANT SELECT, DELETE ON fever_alerts TO lianfang_worker; -- and it tells the units above of them
GRANT UPDATE (told_at) ON fever_alerts TO lianfang_worker;
GRANT SELECT (id, unit_id, ord, channel, target, language) ON alert_contacts TO lianfang_worker;
GRANT SELECT (id, name, ord) ON checkpoints TO lianfang_worker;
GRANT SELECT, INSERT, DELETE ON alert_notices TO lianfang_worker;
GRANT SELECT (received_at), DELETE ON device_readings TO lianfang_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON notices TO lianfang_worker;
GRANT USAGE ON SEQUENCE notices_id_seq TO lianfang_worker;
-- it reminds those who have not reported, and drops reports past their time
GRANT SELECT ON report_plans, report_duties TO lianfang_worker;
GRANT SELECT (id, unit_id) ON rosters TO lianfang_worker;
GRANT SELECT (roster_id, id, ord, phone, department, job_category, joined_at, left_at) ON roster_members TO lianfang_worker;
GRANT SELECT (roster_id, member_id, day, version), DELETE ON daily_reports TO lianfang_worker;
GRANT SELECT, INSERT, DELETE ON report_reminders TO lianfang_worker;
GRANT SELECT (day), DELETE ON follow_ups TO lianfang_worker;
GRANT SELECT, DELETE ON one_time_codes, throttles, staff_sessions, channel_logins TO lianfang_worker;
GRANT INSERT ON audit_log TO lianfang_worker;
GRANT EXECUTE ON FUNCTION drop_visit_days(date) TO lianfang_worker;
GRANT SELECT (id, created_at), DELETE ON traces TO lianfang_worker; -- past the retention, with what was found
GRANT SELECT (id, created_at), DELETE ON interview_stays TO lianfang_worker; -- past the retention
GRANT SELECT, INSERT, DELETE ON warnings TO lianfang_worker; -- raised once, dropped after a year
-- it works runs as the accounts that started them
GRANT SELECT, UPDATE, DELETE ON runs TO lianfang_worker;
GRANT SELECT, INSERT, DELETE ON run_files, run_file_parts TO lianfang_worker;
GRANT SELECT (id, name, lo, hi) ON units TO lianfang_worker;
GRANT SELECT (id, ord, disabled) ON staff_accounts TO lianfang_worker;
GRANT SELECT ON unit_moves, places_that_stay TO lianfang_worker; -- whose rows follow in chunks, by functions that do nothing else
GRANT EXECUTE ON FUNCTION follow_move(bigint, text, bigint, integer), rows_to_follow(bigint), finish_move(bigint) TO lianfang_worker;

-- the job queue's own tables: the worker runs jobs
GRANT SELECT, INSERT, UPDATE, DELETE ON procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers TO lianfang_worker;
GRANT USAGE ON SEQUENCE procrastinate_jobs_id_seq, procrastinate_events_id_seq, procrastinate_periodic_defers_id_seq TO lianfang_worker;

REVOKE ALL ON FUNCTION want_statistics_anew() FROM PUBLIC;

-- The functions that let rows follow their units run as the tables' owner, whom FORCE binds to the policies too.
DO $$
DECLARE
  t record;
BEGIN
  FOR t IN
    SELECT c.oid::regclass AS name, c.relowner::regrole AS owner FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname IN (SELECT name FROM place_tables() UNION ALL VALUES ('units'))
      AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'functions')
  LOOP
    EXECUTE format('CREATE POLICY functions ON %s TO %s USING (asked_by_a_role()) WITH CHECK (asked_by_a_role())', t.name, t.owner);
  END LOOP;
END $$;
