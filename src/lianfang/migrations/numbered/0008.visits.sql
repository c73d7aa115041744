-- depends: 0007.codes
-- Visits: person × checkpoint × time. Append-only. Partitioned by the UTC day inside the scan id (a UUIDv7), so that a retry
-- meets its first attempt even across midnight; the primary key is the person's trajectory at the same time.

CREATE TYPE verdict AS ENUM ('pass', 'observe', 'refuse');
CREATE TYPE visit_source AS ENUM ('resident', 'gate', 'import');
CREATE TYPE visit_clock AS ENUM ('server', 'client');

CREATE TABLE visits (
  person_id     bigint NOT NULL,
  scan_id       uuid NOT NULL,
  at            timestamptz NOT NULL,        -- when the person stood at the door
  recorded_at   timestamptz NOT NULL,        -- when we heard of it
  ord           bigint NOT NULL,
  checkpoint_id bigint NOT NULL,
  template_id   bigint NOT NULL,
  hold_id       bigint,                      -- the hold that decided
  recorded_by   bigint,                      -- the staff account, where it was not the person
  verdict       verdict NOT NULL,
  source        visit_source NOT NULL,
  clock         visit_clock NOT NULL,        -- whose clock `at` is
  reason        text NOT NULL,
  content       bytea NOT NULL,              -- digest of what was sent: the same id with other content is refused
  answers       bytea,                       -- encrypted JSON object; null: the form has no fields
  PRIMARY KEY (person_id, scan_id)
) PARTITION BY RANGE (scan_id);
CREATE INDEX visits_by_checkpoint ON visits (checkpoint_id, at);
CREATE INDEX visits_by_place ON visits (ord, at);
CREATE INDEX visits_by_time ON visits (at);
CREATE INDEX visits_stopped ON visits (at) WHERE verdict <> 'pass';   -- few rows, often asked for

ALTER TABLE visits ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON visits FOR SELECT TO lianfang_app USING (ord BETWEEN scope_lo() AND scope_hi());
CREATE POLICY self ON visits FOR SELECT TO lianfang_app USING (person_id = scope_person());
CREATE POLICY lane ON visits TO lianfang_lane USING (true) WITH CHECK (true);

-- Staff see a person who has been at a door of theirs, and nobody else. An imported visit shows nobody who registered
-- themselves: otherwise whoever may import could make anybody visible by writing a visit for them.
CREATE POLICY seen ON people FOR SELECT TO lianfang_app
  USING (scope_lo() IS NOT NULL AND EXISTS (
    SELECT FROM visits v WHERE v.person_id = people.id AND (v.source <> 'import' OR people.consented_at IS NULL)));

-- The smallest UUID of a UTC day.
CREATE FUNCTION scan_floor(day date) RETURNS uuid LANGUAGE sql IMMUTABLE AS
  'SELECT (lpad(to_hex((extract(epoch FROM day::timestamp) * 1000)::bigint), 12, ''0'') || repeat(''0'', 20))::uuid';

-- Makes the partition of a day where it is missing. SECURITY DEFINER: the lane may ask for a day, and do nothing else to the schema.
-- Created apart and then attached, which does not block scans that are being written to other days.
CREATE FUNCTION ensure_visit_day(day date) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  part text := 'visits_' || to_char(day, 'YYYYMMDD');
BEGIN
  IF day < date '1971-01-01' OR day > current_date + 8 THEN
    RAISE EXCEPTION 'no partition for %', day;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('ensure_visit_day'));
  IF to_regclass('public.' || part) IS NOT NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE visits INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
  EXECUTE format('ALTER TABLE visits ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part, scan_floor(day), scan_floor(day + 1));
  RETURN true;
END $$;
REVOKE ALL ON FUNCTION ensure_visit_day(date) FROM PUBLIC;

-- Drops the days before `first`, and says which. Only the worker may.
CREATE FUNCTION drop_visit_days(first date) RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  part text;
BEGIN
  IF first > current_date - 1 THEN
    RAISE EXCEPTION 'refusing to drop days from % on', first;
  END IF;
  FOR part IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'visits'::regclass AND c.relname < 'visits_' || to_char(first, 'YYYYMMDD') ORDER BY 1
  LOOP
    EXECUTE format('DROP TABLE %I', part);
    RETURN NEXT part;
  END LOOP;
END $$;
REVOKE ALL ON FUNCTION drop_visit_days(date) FROM PUBLIC;
