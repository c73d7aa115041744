-- name: lane_people
-- Who these people are: whether they exist, whether their sessions still hold, and the name for the stamp.
SELECT id, epoch, name FROM people WHERE id = ANY(%(ids)s::bigint[]);

-- name: lane_insert
-- A batch of visits; those already there are left as they are and not returned. One JSON parameter, because turning a
-- batch into as many SQL arrays as it has columns costs Python seven times as much (docs/adr/0002).
INSERT INTO visits (person_id, scan_id, at, recorded_at, ord, checkpoint_id, template_id, hold_id, recorded_by,
                    verdict, source, clock, reason, content, answers,
                    celsius, celsius_at, celsius_checkpoint_id, seat, tenant_id, decided_by, note)
SELECT person_id, scan_id, at, recorded_at, ord, checkpoint_id, template_id, hold_id, recorded_by,
       verdict, source, clock, reason, decode(content, 'base64'), decode(answers, 'base64'),
       celsius, celsius_at, celsius_checkpoint_id, seat, tenant_id, decided_by, decode(note, 'base64')
FROM json_to_recordset(%(visits)s::json) AS v (
  person_id bigint, scan_id uuid, at timestamptz, recorded_at timestamptz, ord bigint, checkpoint_id bigint,
  template_id bigint, hold_id bigint, recorded_by bigint, verdict verdict, source visit_source, clock visit_clock,
  reason text, content text, answers text, celsius numeric, celsius_at timestamptz, celsius_checkpoint_id bigint,
  seat text, tenant_id bigint, decided_by bigint, note text)
ON CONFLICT (person_id, scan_id) DO NOTHING
RETURNING person_id, scan_id;

-- name: lane_insert_waiting
-- Scans that an attendant has to decide; those already there are left as they are and not returned.
INSERT INTO waiting (person_id, scan_id, at, recorded_at, ord, checkpoint_id, template_id, recorded_by, source, clock, content,
                     answers, seat, tenant_id, needs_temperature, needs_review, celsius, celsius_at, celsius_checkpoint_id)
SELECT person_id, scan_id, at, recorded_at, ord, checkpoint_id, template_id, recorded_by, source, clock,
       decode(content, 'base64'), decode(answers, 'base64'), seat, tenant_id, needs_temperature, needs_review,
       celsius, celsius_at, celsius_checkpoint_id
FROM json_to_recordset(%(waiting)s::json) AS w (
  person_id bigint, scan_id uuid, at timestamptz, recorded_at timestamptz, ord bigint, checkpoint_id bigint,
  template_id bigint, recorded_by bigint, source visit_source, clock visit_clock, content text, answers text, seat text,
  tenant_id bigint, needs_temperature boolean, needs_review boolean, celsius numeric, celsius_at timestamptz,
  celsius_checkpoint_id bigint)
ON CONFLICT (person_id, scan_id) DO NOTHING
RETURNING person_id, scan_id;

-- name: lane_existing
-- Where scans that were sent before stand: visits, or still waiting. One statement, because a decision moves a row from one
-- to the other. Where both are there the visit counts, so it comes last.
SELECT f.*, k.name, k.category, k.checkout, m.name AS place, t.floor, t.name AS tenant
FROM (
  SELECT v.person_id, v.scan_id, v.at, v.verdict, v.reason, v.content, v.note, v.seat, v.tenant_id, v.decided_by, v.checkpoint_id,
         false AS needs_temperature, false AS needs_review, v.celsius::float8, v.celsius_at, v.celsius_checkpoint_id
  FROM visits v
  JOIN unnest(%(person_id)s::bigint[], %(scan_id)s::uuid[]) AS k (person_id, scan_id)
    ON v.person_id = k.person_id AND v.scan_id = k.scan_id
  WHERE v.scan_id BETWEEN %(first)s AND %(last)s
  UNION ALL
  SELECT w.person_id, w.scan_id, w.at, NULL, '', w.content, NULL, w.seat, w.tenant_id, NULL, w.checkpoint_id,
         w.needs_temperature, w.needs_review, w.celsius::float8, w.celsius_at, w.celsius_checkpoint_id
  FROM waiting w
  JOIN unnest(%(person_id)s::bigint[], %(scan_id)s::uuid[]) AS k (person_id, scan_id)
    ON w.person_id = k.person_id AND w.scan_id = k.scan_id
) f
JOIN checkpoints k ON k.id = f.checkpoint_id
LEFT JOIN checkpoints m ON m.id = f.celsius_checkpoint_id
LEFT JOIN tenants t ON t.id = f.tenant_id
ORDER BY f.verdict IS NOT NULL;

-- name: lane_readings
-- Reusable temperatures of these people, from wherever they were measured.
SELECT t.person_id, t.celsius::float8, t.at, t.checkpoint_id, k.name AS place
FROM temperatures t JOIN checkpoints k ON k.id = t.checkpoint_id
WHERE t.person_id = ANY(%(ids)s::bigint[]) AND t.reusable AND t.at > %(since)s AND t.at <= %(until)s;

-- name: lane_insert_temperatures
INSERT INTO temperatures (person_id, id, celsius, at, ord, checkpoint_id, device_id, recorded_by, reusable)
SELECT person_id, id, celsius, at, ord, checkpoint_id, device_id, recorded_by, reusable
FROM json_to_recordset(%(temperatures)s::json) AS t (
  person_id bigint, id uuid, celsius numeric, at timestamptz, ord bigint, checkpoint_id bigint, device_id bigint,
  recorded_by bigint, reusable boolean)
ON CONFLICT (person_id, id) DO NOTHING;

-- name: lane_insert_alerts
-- Fevers that somebody must hear of; the same measurement raises one alert at a door.
INSERT INTO fever_alerts (ord, checkpoint_id, person_id, scan_id, celsius, at, celsius_checkpoint_id, recorded_at)
SELECT ord, checkpoint_id, person_id, scan_id, celsius, at, celsius_checkpoint_id, coalesce(recorded_at, now())
FROM json_to_recordset(%(alerts)s::json) AS a (
  ord bigint, checkpoint_id bigint, person_id bigint, scan_id uuid, celsius numeric, at timestamptz,
  celsius_checkpoint_id bigint, recorded_at timestamptz)
ON CONFLICT (person_id, checkpoint_id, at) DO NOTHING
RETURNING id;

-- name: ensure_day
SELECT ensure_visit_day(%(day)s);

-- name: days
-- The days that have a partition.
SELECT to_date(right(c.relname, 8), 'YYYYMMDD')
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'visits'::regclass;

-- name: ring
-- Tells every process what is new.
SELECT pg_notify(%(channel)s, payload) FROM unnest(%(payloads)s::text[]) AS payload;

-- name: worker_drop_days
SELECT drop_visit_days(%(first)s);

-- name: gate_recent
-- The last visits at a checkpoint since an instant, newest first, each with how many there have been since midnight: both of the
-- same moment, or a visit that commits between them would be counted and then arrive as a new one.
SELECT v.person_id, v.scan_id, v.at, v.recorded_at, v.verdict, v.reason, v.source, v.celsius::float8, v.seat, v.note,
       (SELECT count(*) FROM visits t
        WHERE t.checkpoint_id = %(checkpoint_id)s AND t.ord BETWEEN %(lo)s AND %(hi)s AND t.scan_id >= %(floor)s
          AND t.at >= %(midnight)s) AS today
FROM visits v
WHERE v.checkpoint_id = %(checkpoint_id)s AND v.ord BETWEEN %(lo)s AND %(hi)s AND v.scan_id >= %(floor)s AND v.at >= %(since)s
ORDER BY v.at DESC
LIMIT %(limit)s;

-- name: gate_since
-- Visits at a checkpoint as they were recorded, behind a row.
SELECT v.person_id, v.scan_id, v.at, v.recorded_at, v.verdict, v.reason, v.source, v.celsius::float8, v.seat, v.note
FROM visits v
WHERE v.checkpoint_id = %(checkpoint_id)s AND v.ord BETWEEN %(lo)s AND %(hi)s
  AND v.scan_id >= %(floor)s AND (v.recorded_at, v.person_id, v.scan_id) > (%(since)s, %(after_person)s, %(after_scan)s)
ORDER BY v.recorded_at, v.person_id, v.scan_id
LIMIT %(limit)s;

-- name: my_visits
-- A person's own visits, newest first.
SELECT v.scan_id, v.at, v.verdict, v.reason, v.checkpoint_id
FROM visits v
WHERE v.person_id = %(person_id)s AND v.scan_id < %(before)s
ORDER BY v.scan_id DESC
LIMIT %(limit)s;

-- name: own_stamp
-- One of a person's own visits, as far as its stamp moves by it.
SELECT at, verdict, checkpoint_id FROM visits WHERE person_id = %(person_id)s AND scan_id = %(scan_id)s;

-- name: my_last_answers
-- A person's latest visits that have answers, for what their phone fills in again.
SELECT v.scan_id, v.template_id, v.answers
FROM visits v
WHERE v.person_id = %(person_id)s AND v.answers IS NOT NULL AND v.scan_id >= %(floor)s
ORDER BY v.scan_id DESC
LIMIT %(limit)s;

-- name: my_last_tenant
-- Whom the person visited last at a checkpoint.
SELECT v.tenant_id FROM visits v
WHERE v.person_id = %(person_id)s AND v.checkpoint_id = %(checkpoint_id)s AND v.scan_id >= %(floor)s AND v.tenant_id IS NOT NULL
ORDER BY v.scan_id DESC LIMIT 1;

-- name: lane_checkpoint_names
SELECT k.id, k.name, u.name FROM checkpoints k JOIN units u ON u.id = k.unit_id WHERE k.id = ANY(%(ids)s);

-- name: find_record
SELECT v.person_id, v.scan_id, v.at, v.recorded_at, v.checkpoint_id, v.verdict, v.reason, v.source, v.clock,
       v.celsius::float8, v.celsius_at, v.seat, v.tenant_id, t.floor, t.name AS tenant, v.note, v.template_id, v.answers, s.left_at, s.left_how,
       k.name AS checkpoint, k.category, u.id AS unit_id, u.name AS unit
FROM visits v
JOIN checkpoints k ON k.id = v.checkpoint_id
JOIN units u ON u.id = k.unit_id
LEFT JOIN tenants t ON t.id = v.tenant_id
LEFT JOIN stays s ON s.person_id = v.person_id AND s.scan_id = v.scan_id
WHERE v.person_id = %(person_id)s AND v.scan_id = %(scan_id)s AND v.ord BETWEEN %(lo)s AND %(hi)s;

-- name: occupancy
-- Who is behind a door at an instant, by whom they visit: the open ones of `stays`, of those who came within the usual dwell.
-- Somebody who scanned again is where they said last. Written out, because the view asks for everybody's next check-in by itself.
WITH last AS MATERIALIZED (
  SELECT DISTINCT ON (v.person_id) v.person_id, v.scan_id, v.at, v.tenant_id
  FROM visits v
  WHERE v.checkpoint_id = %(checkpoint_id)s AND v.ord BETWEEN %(lo)s AND %(hi)s AND v.scan_id >= %(floor)s
    AND v.at > %(since)s AND v.at <= %(now)s AND v.verdict <> 'refuse'
  ORDER BY v.person_id, v.at DESC, v.scan_id DESC
), seen AS MATERIALIZED (
  SELECT n.person_id, max(n.at) AS at
  FROM visits n
  WHERE n.person_id = ANY(ARRAY(SELECT person_id FROM last)) AND n.checkpoint_id <> %(checkpoint_id)s
    AND n.ord BETWEEN %(lo)s AND %(hi)s AND n.scan_id >= %(floor)s AND n.at > %(since)s AND n.at <= %(now)s
  GROUP BY 1
)
SELECT last.tenant_id, t.floor, t.name, count(*) AS people
FROM last
LEFT JOIN seen ON seen.person_id = last.person_id AND seen.at > last.at
LEFT JOIN checkouts c ON c.person_id = last.person_id AND c.scan_id = last.scan_id AND c.left_at <= %(now)s
LEFT JOIN tenants t ON t.id = last.tenant_id
WHERE seen.person_id IS NULL AND c.person_id IS NULL
GROUP BY 1, 2, 3;

-- name: usual_minutes
SELECT minutes FROM usual_dwells WHERE category = %(category)s;

-- name: totals
-- Figures of a day for a part of the tree.
SELECT count(*) AS scans, count(DISTINCT person_id) AS people,
       count(*) FILTER (WHERE verdict = 'refuse') AS refused, count(*) FILTER (WHERE verdict = 'observe') AS observed
FROM visits
WHERE ord BETWEEN %(lo)s AND %(hi)s AND at >= %(since)s AND at < %(until)s AND scan_id BETWEEN %(floor)s AND %(ceiling)s;

-- name: hours
-- Scans by hour since the beginning of a local day.
SELECT floor(extract(epoch FROM at - %(since)s) / 3600)::int AS hour, count(*) AS scans
FROM visits
WHERE ord BETWEEN %(lo)s AND %(hi)s AND at >= %(since)s AND at < %(until)s AND scan_id BETWEEN %(floor)s AND %(ceiling)s
GROUP BY 1;

-- name: silent
-- The checkpoints of a part of the tree; silent are open ones without a scan on the day.
SELECT count(*) AS checkpoints, count(*) FILTER (WHERE k.open AND s.checkpoint_id IS NULL) AS silent
FROM checkpoints k
LEFT JOIN (
  SELECT DISTINCT checkpoint_id FROM visits
  WHERE ord BETWEEN %(lo)s AND %(hi)s AND at >= %(since)s AND at < %(until)s AND scan_id BETWEEN %(floor)s AND %(ceiling)s
) s ON s.checkpoint_id = k.id
WHERE k.ord BETWEEN %(lo)s AND %(hi)s;

-- name: by_unit
-- The same day by the direct children of a unit; silent are open checkpoints without a scan. The day is read once, whatever the
-- number of children.
WITH v AS MATERIALIZED (
  SELECT ord, checkpoint_id, count(*) AS scans, count(*) FILTER (WHERE verdict = 'refuse') AS refused
  FROM visits
  WHERE ord BETWEEN %(lo)s AND %(hi)s AND at >= %(since)s AND at < %(until)s AND scan_id BETWEEN %(floor)s AND %(ceiling)s
  GROUP BY ord, checkpoint_id
)
SELECT c.id, c.name, c.level, coalesce(s.scans, 0)::bigint AS scans, coalesce(s.refused, 0)::bigint AS refused,
       k.checkpoints, k.silent
FROM units c
CROSS JOIN LATERAL (
  SELECT sum(v.scans) AS scans, sum(v.refused) AS refused FROM v WHERE v.ord BETWEEN c.lo AND c.hi
) s
CROSS JOIN LATERAL (
  SELECT count(*) AS checkpoints,
         count(*) FILTER (WHERE k.open AND NOT EXISTS (SELECT FROM v WHERE v.checkpoint_id = k.id)) AS silent
  FROM checkpoints k WHERE k.ord BETWEEN c.lo AND c.hi
) k
WHERE c.parent_id = %(unit_id)s AND c.lo BETWEEN %(lo)s AND %(hi)s
ORDER BY scans DESC, c.lo
LIMIT %(limit)s;

-- name: gate_waiting
-- Who waits at a checkpoint, longest first. Where a visit of the same scan is there, it counts and nobody waits.
SELECT w.person_id, w.scan_id, w.at, w.checkpoint_id, w.template_id, w.answers, w.seat, w.needs_temperature, w.needs_review,
       w.celsius::float8, w.celsius_at, w.celsius_checkpoint_id, m.name AS place, t.floor, t.name AS tenant, l.at AS last_visit_at
FROM waiting w
LEFT JOIN checkpoints m ON m.id = w.celsius_checkpoint_id
LEFT JOIN tenants t ON t.id = w.tenant_id
LEFT JOIN LATERAL (
  SELECT v.at FROM visits v WHERE v.person_id = w.person_id AND v.ord BETWEEN %(lo)s AND %(hi)s ORDER BY v.scan_id DESC LIMIT 1
) l ON true
LEFT JOIN LATERAL (
  SELECT true AS visited FROM visits v WHERE v.person_id = w.person_id AND v.scan_id = w.scan_id LIMIT 1
) d ON true
WHERE w.checkpoint_id = %(checkpoint_id)s AND w.ord BETWEEN %(lo)s AND %(hi)s AND w.at > %(since)s AND d.visited IS NULL
ORDER BY w.at, w.person_id, w.scan_id
LIMIT %(limit)s;

-- name: gate_fevers
-- Fever alerts that a checkpoint has raised since an instant.
SELECT a.id, a.scan_id, a.person_id, a.celsius::float8, a.at, a.recorded_at
FROM fever_alerts a
WHERE a.checkpoint_id = %(checkpoint_id)s AND a.ord BETWEEN %(lo)s AND %(hi)s AND a.recorded_at > %(since)s
ORDER BY a.recorded_at, a.id
LIMIT %(limit)s;

-- name: lane_lock_waiting
-- A scan that waits at a checkpoint, locked: two attendants who decide it at once do so one after the other.
SELECT person_id, scan_id, at, recorded_at, ord, checkpoint_id, template_id, recorded_by, source, clock, content, answers, seat,
       tenant_id, needs_temperature, needs_review, celsius::float8, celsius_at, celsius_checkpoint_id
FROM waiting
WHERE person_id = %(person_id)s AND scan_id = %(scan_id)s AND checkpoint_id = %(checkpoint_id)s
FOR UPDATE;

-- name: lane_oldest_waiting
-- Who has waited longest for a temperature at a checkpoint, or the person's own scan there.
SELECT person_id, scan_id, at, recorded_at, ord, checkpoint_id, template_id, recorded_by, source, clock, content, answers, seat,
       tenant_id, needs_temperature, needs_review, celsius::float8, celsius_at, celsius_checkpoint_id
FROM waiting
WHERE checkpoint_id = %(checkpoint_id)s AND needs_temperature AND recorded_at >= %(since)s AND at >= %(since)s
  AND (%(person_id)s::bigint IS NULL OR person_id = %(person_id)s)
ORDER BY at, scan_id
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: lane_measure_waiting
UPDATE waiting
SET needs_temperature = false, celsius = %(celsius)s, celsius_at = %(at)s, celsius_checkpoint_id = %(checkpoint_id)s
WHERE person_id = %(person_id)s AND scan_id = %(scan_id)s;

-- name: lane_drop_waiting
DELETE FROM waiting WHERE person_id = %(person_id)s AND scan_id = %(scan_id)s;

-- name: lane_decision
-- What was sent under the id of a decision.
SELECT content FROM decisions WHERE person_id = %(person_id)s AND id = %(id)s;

-- name: lane_insert_decision
INSERT INTO decisions (person_id, id, scan_id, at, recorded_at, ord, checkpoint_id, decided_by, action, content)
VALUES (%(person_id)s, %(id)s, %(scan_id)s, %(at)s, %(recorded_at)s, %(ord)s, %(checkpoint_id)s, %(decided_by)s, %(action)s,
        %(content)s);

-- name: lane_check_out
-- The person leaves: of a visit that let them in, once, and not before they came.
INSERT INTO checkouts (person_id, scan_id, left_at, recorded_at, ord, checkpoint_id)
SELECT v.person_id, v.scan_id, greatest(%(left_at)s, v.at), %(now)s, v.ord, v.checkpoint_id
FROM visits v
WHERE v.person_id = %(person_id)s AND v.scan_id = %(scan_id)s AND v.verdict <> 'refuse'
ON CONFLICT (person_id, scan_id) DO NOTHING;

-- name: lane_left
SELECT left_at FROM checkouts WHERE person_id = %(person_id)s AND scan_id = %(scan_id)s;

-- name: worker_forget_temperatures
DELETE FROM temperatures WHERE at < %(before)s;

-- name: worker_forget_waiting
DELETE FROM waiting WHERE at < %(before)s;

-- name: worker_forget_decisions
DELETE FROM decisions WHERE at < %(before)s;

-- name: worker_forget_checkouts
DELETE FROM checkouts WHERE left_at < %(before)s;

-- name: worker_forget_alerts
DELETE FROM fever_alerts WHERE recorded_at < %(before)s;

-- name: acknowledge_alert
-- The first who takes a fever on; the others change nothing.
UPDATE fever_alerts SET acknowledged_at = now(), acknowledged_by = %(account_id)s, note = %(note)s
WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s AND acknowledged_at IS NULL;

-- name: alert_told
-- The notices about a fever are written.
UPDATE fever_alerts SET told_at = now() WHERE id = %(id)s;

-- name: note_gate
-- A gate's page is connected. Where the row has yet to follow its checkpoint to another place, its policy refuses this.
INSERT INTO gate_presence (checkpoint_id, ord, seen_at)
SELECT id, ord, %(now)s FROM checkpoints WHERE id = %(checkpoint_id)s AND ord BETWEEN %(lo)s AND %(hi)s
ON CONFLICT (checkpoint_id) DO UPDATE SET ord = excluded.ord, seen_at = greatest(gate_presence.seen_at, excluded.seen_at);

-- name: gates
-- Gates that were connected within the last day, and those of them that are not now.
SELECT count(*) AS watched, count(*) FILTER (WHERE g.seen_at < %(lost)s) AS offline
FROM gate_presence g JOIN checkpoints k ON k.id = g.checkpoint_id
WHERE g.ord BETWEEN %(lo)s AND %(hi)s AND g.seen_at >= %(since)s AND k.open;

-- name: offline_gates
SELECT k.id AS checkpoint_id, k.name, u.name AS unit, g.seen_at
FROM gate_presence g JOIN checkpoints k ON k.id = g.checkpoint_id JOIN units u ON u.id = k.unit_id
WHERE g.ord BETWEEN %(lo)s AND %(hi)s AND g.seen_at >= %(since)s AND g.seen_at < %(lost)s AND k.open
  AND (g.seen_at, k.id) < (%(before)s, %(before_id)s)
ORDER BY g.seen_at DESC, k.id DESC
LIMIT %(limit)s;
