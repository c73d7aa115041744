-- name: lane_days
-- The days on which visits happened (UTC), by what the partitions hold; a visit is at most a day away from its id.
SELECT to_date(right(c.relname, 8), 'YYYYMMDD')
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'visits'::regclass ORDER BY 1;

-- name: lane_seats
-- Seats that are written down for visits of some days, each once.
SELECT DISTINCT v.seat FROM visits v
WHERE v.seat IS NOT NULL AND v.scan_id >= scan_floor(%(first)s::date - 1) AND v.scan_id < scan_floor(%(last)s::date + 2)
  AND v.at >= %(first)s::date AND v.at < %(last)s::date + 1;

-- name: lane_visits
-- Visits of some days as numbers: person, place, when, when they checked out (−1: they did not; refused: at once), zone.
SELECT v.person_id, v.checkpoint_id, floor(extract(epoch FROM v.at))::bigint,
       CASE WHEN v.verdict = 'refuse' THEN floor(extract(epoch FROM v.at))::bigint
            ELSE coalesce(floor(extract(epoch FROM c.left_at))::bigint, -1) END,
       coalesce(z.zone, 0)::bigint
FROM visits v
LEFT JOIN checkouts c ON c.person_id = v.person_id AND c.scan_id = v.scan_id
LEFT JOIN unnest(%(seats)s::text[], %(zones)s::bigint[]) AS z (seat, zone) ON z.seat = v.seat
WHERE v.scan_id >= scan_floor(%(first)s::date - 1) AND v.scan_id < scan_floor(%(last)s::date + 2)
  AND v.at >= %(first)s::date AND v.at < %(last)s::date + 1
  AND NOT EXISTS (SELECT FROM tracing_erased e WHERE e.person_id = v.person_id);

-- name: lane_visits_since
-- The same of what was recorded since an instant: visits, and visits whose check-out was. Seats as they are written.
SELECT v.person_id, v.checkpoint_id, floor(extract(epoch FROM v.at))::bigint,
       CASE WHEN v.verdict = 'refuse' THEN floor(extract(epoch FROM v.at))::bigint
            ELSE coalesce(floor(extract(epoch FROM c.left_at))::bigint, -1) END,
       v.seat
FROM visits v LEFT JOIN checkouts c ON c.person_id = v.person_id AND c.scan_id = v.scan_id
WHERE v.recorded_at > %(since)s
UNION
SELECT v.person_id, v.checkpoint_id, floor(extract(epoch FROM v.at))::bigint, floor(extract(epoch FROM c.left_at))::bigint, v.seat
FROM checkouts c JOIN visits v ON v.person_id = c.person_id AND v.scan_id = c.scan_id AND v.verdict <> 'refuse'
WHERE c.recorded_at > %(since)s;

-- name: lane_erased
SELECT person_id FROM tracing_erased;

-- name: worker_forget
DELETE FROM traces WHERE created_at < %(before)s;

-- name: places
-- The places of a part of the tree, and how its vehicles are built.
SELECT k.id, k.category::text AS category, v.mode
FROM checkpoints k LEFT JOIN vehicles v ON v.checkpoint_id = k.id
WHERE k.ord BETWEEN %(lo)s AND %(hi)s;

-- name: insert_trace
INSERT INTO traces (ord, actor, plan, asked, purpose, now, after_id)
VALUES (%(ord)s, %(actor)s, %(plan)s, %(asked)s, %(purpose)s, %(now)s, %(after_id)s)
RETURNING id;

-- name: set_run
UPDATE traces SET run_id = %(run_id)s WHERE id = %(id)s;

-- name: asked
SELECT ord, actor, asked, now FROM traces WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: drop_found
WITH gone AS (DELETE FROM trace_exposures WHERE trace_id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s)
DELETE FROM trace_contacts WHERE trace_id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: insert_contacts
INSERT INTO trace_contacts (trace_id, ord, degree, person_id, since, last, seconds, exposures, score, via)
SELECT %(id)s, %(ord)s, %(degree)s, person, to_timestamp(since), to_timestamp(last), seconds, exposures, score, via
FROM unnest(%(person)s::bigint[], %(since)s::bigint[], %(last)s::bigint[], %(seconds)s::bigint[], %(exposures)s::int[],
            %(score)s::real[], %(via)s::bigint[]) AS c (person, since, last, seconds, exposures, score, via);

-- name: insert_exposures
INSERT INTO trace_exposures (trace_id, ord, source_id, person_id, checkpoint_id, begins, ends, chance, crowd)
SELECT %(id)s, %(ord)s, source, person, place, to_timestamp(begins), to_timestamp(ends), chance, crowd
FROM unnest(%(source)s::bigint[], %(person)s::bigint[], %(place)s::bigint[], %(begins)s::bigint[], %(ends)s::bigint[],
            %(chance)s::real[], %(crowd)s::int[]) AS e (source, person, place, begins, ends, chance, crowd);

-- name: finish
UPDATE traces SET finished_at = now(), exposures = %(exposures)s, first = %(first)s, second = %(second)s, milliseconds = %(milliseconds)s
WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: find
SELECT id, run_id, actor, plan, purpose, created_at, now, after_id, finished_at, exposures, first, second, milliseconds
FROM traces WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: latest
SELECT id, run_id, actor, plan, purpose, created_at, now, after_id, finished_at, exposures, first, second, milliseconds
FROM traces WHERE ord BETWEEN %(lo)s AND %(hi)s AND id < %(before)s ORDER BY id DESC LIMIT %(limit)s;

-- name: contacts
-- People of a degree, the likeliest first.
SELECT person_id, degree, since, last, seconds, exposures, score, via FROM trace_contacts
WHERE trace_id = %(id)s AND degree = %(degree)s AND ord BETWEEN %(lo)s AND %(hi)s
  AND (score, -person_id) < (%(score)s::real, -%(after)s::bigint)
ORDER BY score DESC, person_id LIMIT %(limit)s;

-- name: evidence
-- How somebody comes to be a contact, in the order of time.
SELECT e.source_id, e.checkpoint_id, k.name AS checkpoint, k.category, u.name AS unit, e.begins, e.ends, e.chance, e.crowd
FROM trace_exposures e JOIN checkpoints k ON k.id = e.checkpoint_id JOIN units u ON u.id = k.unit_id
WHERE e.trace_id = %(id)s AND e.person_id = %(person_id)s AND e.ord BETWEEN %(lo)s AND %(hi)s
ORDER BY e.begins, e.source_id LIMIT %(limit)s;

-- name: longest
SELECT DISTINCT ON (e.person_id) e.person_id, k.name AS checkpoint, e.begins, e.ends
FROM trace_exposures e JOIN checkpoints k ON k.id = e.checkpoint_id
WHERE e.trace_id = %(id)s AND e.person_id = ANY(%(people)s) AND e.ord BETWEEN %(lo)s AND %(hi)s
ORDER BY e.person_id, e.ends - e.begins DESC, e.begins;

-- name: differences
-- Who is of another degree than before (null: was not, is not found), in the order of ids.
SELECT coalesce(b.person_id, a.person_id) AS person_id, b.degree AS before, a.degree AS now
FROM (SELECT person_id, degree FROM trace_contacts WHERE trace_id = %(before_id)s AND ord BETWEEN %(lo)s AND %(hi)s) b
FULL JOIN (SELECT person_id, degree FROM trace_contacts WHERE trace_id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s) a
  ON a.person_id = b.person_id
WHERE a.degree IS DISTINCT FROM b.degree AND coalesce(b.person_id, a.person_id) > %(after)s
ORDER BY 1 LIMIT %(limit)s;
