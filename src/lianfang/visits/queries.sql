-- name: lane_people
-- Who these people are: whether they exist, whether their sessions still hold, and the name for the stamp.
SELECT id, epoch, name FROM people WHERE id = ANY(%(ids)s);

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

-- name: lane_existing
-- The first outcome of scans that were sent before.
SELECT v.person_id, v.scan_id, v.at, v.verdict, v.reason, v.content
FROM visits v
JOIN unnest(%(person_id)s::bigint[], %(scan_id)s::uuid[]) AS k (person_id, scan_id)
  ON v.person_id = k.person_id AND v.scan_id = k.scan_id
WHERE v.scan_id BETWEEN %(first)s AND %(last)s;

-- name: ensure_day
SELECT ensure_visit_day(%(day)s);

-- name: days
-- The days that have a partition.
SELECT to_date(right(c.relname, 8), 'YYYYMMDD')
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'visits'::regclass;

-- name: ring
-- Tells every process which checkpoints have new visits.
SELECT pg_notify('lianfang_visits', %(ids)s);

-- name: worker_drop_days
SELECT drop_visit_days(%(first)s);

-- name: gate_recent
-- The last visits at a checkpoint since an instant, newest first.
SELECT v.person_id, v.scan_id, v.at, v.recorded_at, v.verdict, v.reason, v.source, v.celsius::float8, v.seat, v.note
FROM visits v
WHERE v.checkpoint_id = %(checkpoint_id)s AND v.ord BETWEEN %(lo)s AND %(hi)s AND v.scan_id >= %(floor)s AND v.at >= %(since)s
ORDER BY v.at DESC
LIMIT %(limit)s;

-- name: gate_count
-- Visits at a checkpoint since an instant.
SELECT count(*)
FROM visits v
WHERE v.checkpoint_id = %(checkpoint_id)s AND v.ord BETWEEN %(lo)s AND %(hi)s AND v.scan_id >= %(floor)s AND v.at >= %(since)s;

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

-- name: my_last_answers
-- A person's latest visits that have answers, for what their phone fills in again.
SELECT v.scan_id, v.template_id, v.answers
FROM visits v
WHERE v.person_id = %(person_id)s AND v.answers IS NOT NULL AND v.scan_id >= %(floor)s
ORDER BY v.scan_id DESC
LIMIT %(limit)s;

-- name: lane_checkpoint_names
SELECT k.id, k.name, u.name FROM checkpoints k JOIN units u ON u.id = k.unit_id WHERE k.id = ANY(%(ids)s);

-- name: find_record
SELECT v.person_id, v.scan_id, v.at, v.recorded_at, v.checkpoint_id, v.verdict, v.reason, v.source, v.clock,
       v.celsius::float8, v.celsius_at, v.seat, v.note, v.template_id, v.answers, s.left_at, s.left_how,
       k.name AS checkpoint, k.category, u.id AS unit_id, u.name AS unit
FROM visits v
JOIN checkpoints k ON k.id = v.checkpoint_id
JOIN units u ON u.id = k.unit_id
LEFT JOIN stays s ON s.person_id = v.person_id AND s.scan_id = v.scan_id
WHERE v.person_id = %(person_id)s AND v.scan_id = %(scan_id)s AND v.ord BETWEEN %(lo)s AND %(hi)s;

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

-- name: by_unit
-- The same day by the direct children of a unit; silent are open checkpoints without a scan.
SELECT c.id, c.name, c.level, v.scans, v.refused, k.checkpoints, k.silent
FROM units c
CROSS JOIN LATERAL (
  SELECT count(*) AS scans, count(*) FILTER (WHERE verdict = 'refuse') AS refused
  FROM visits
  WHERE ord BETWEEN c.lo AND c.hi AND at >= %(since)s AND at < %(until)s AND scan_id BETWEEN %(floor)s AND %(ceiling)s
) v
CROSS JOIN LATERAL (
  SELECT count(*) AS checkpoints,
         count(*) FILTER (WHERE k.open AND NOT EXISTS (
           SELECT FROM visits
           WHERE checkpoint_id = k.id AND at >= %(since)s AND at < %(until)s AND scan_id BETWEEN %(floor)s AND %(ceiling)s
         )) AS silent
  FROM checkpoints k WHERE k.ord BETWEEN c.lo AND c.hi
) k
WHERE c.parent_id = %(unit_id)s AND c.lo BETWEEN %(lo)s AND %(hi)s
ORDER BY v.scans DESC, c.lo
LIMIT %(limit)s;
