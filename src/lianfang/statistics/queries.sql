-- name: lane_lock_state
-- How far the sums are. Whoever adds to them does it alone.
SELECT zone, recorded_until, wanted_anew FROM statistics_state FOR UPDATE;

-- name: lane_is_moving
-- Whether a unit's rows are still on their way to its new place.
SELECT EXISTS (SELECT FROM unit_moves WHERE finished_at IS NULL);

-- name: lane_room_to_sort
-- Memory for the joins of a whole day's people, for this transaction.
SELECT set_config('work_mem', '64MB', true);

-- name: state
SELECT zone, recorded_until, wanted_anew FROM statistics_state;

-- name: lane_clear_hours
DELETE FROM place_hours WHERE day < %(first)s;

-- name: lane_clear_people
DELETE FROM place_people WHERE day < %(first)s;

-- name: lane_clear_counted
DELETE FROM counted_days WHERE day < %(first)s;

-- name: lane_begin
-- The sums begin anew, by the days of this zone.
UPDATE statistics_state SET zone = %(zone)s, recorded_until = NULL, wanted_anew = false;

-- name: lane_advance
-- Everything recorded until this instant is in the sums.
UPDATE statistics_state SET recorded_until = %(until)s;

-- name: lane_changed_days
-- The local days of the visits that were recorded since an instant.
SELECT DISTINCT (at AT TIME ZONE %(zone)s::text)::date AS day FROM visits WHERE recorded_at >= %(recorded)s ORDER BY day;

-- name: lane_sum_hours
-- Counts again the hours of a day that had visits recorded since an instant, for every place above those visits. The same
-- hour counted twice gives the same row, so it does not matter which visits were in it before.
WITH RECURSIVE of_day AS (
  SELECT v.ord, v.checkpoint_id, v.verdict, v.recorded_at, extract(hour FROM v.at AT TIME ZONE %(zone)s::text)::smallint AS hour
  FROM visits v
  WHERE v.at >= %(since)s AND v.at < %(until)s AND v.scan_id BETWEEN %(floor)s AND %(ceiling)s
), counted AS (
  SELECT d.ord, k.category, d.hour, count(*) AS scans, count(*) FILTER (WHERE d.verdict = 'refuse') AS refused,
         count(*) FILTER (WHERE d.verdict = 'observe') AS observed
  FROM of_day d JOIN checkpoints k ON k.id = d.checkpoint_id
  WHERE d.hour IN (SELECT hour FROM of_day WHERE recorded_at >= %(recorded)s)
  GROUP BY 1, 2, 3
), above AS (
  SELECT u.lo AS ord, u.lo, u.parent_id, u.level FROM units u WHERE u.lo IN (SELECT ord FROM counted)
  UNION ALL
  SELECT a.ord, p.lo, p.parent_id, p.level FROM above a JOIN units p ON p.id = a.parent_id
)
INSERT INTO place_hours (ord, category, day, hour, scans, refused, observed)
SELECT a.lo, c.category, %(day)s, c.hour, sum(c.scans), sum(c.refused), sum(c.observed)
FROM counted c JOIN above a ON a.ord = c.ord
WHERE a.level = ANY(%(levels)s::unit_level[])
GROUP BY 1, 2, 4
ON CONFLICT (ord, day, category, hour) DO UPDATE
SET scans = excluded.scans, refused = excluded.refused, observed = excluded.observed
WHERE (place_hours.scans, place_hours.refused, place_hours.observed)
      IS DISTINCT FROM (excluded.scans, excluded.refused, excluded.observed);

-- name: lane_count_people
-- Counts the people of a day who are not counted yet. A person new at a place on this day adds one to the day's row of their day
-- before, and moves one from that day to this one in the row of their day after. `counted_days` is read as it was before.
WITH RECURSIVE tree AS (
  SELECT u.lo AS place, u.lo, u.parent_id, u.level FROM units u WHERE u.level = ANY(%(levels)s::unit_level[])
  UNION ALL
  SELECT t.place, p.lo, p.parent_id, p.level FROM tree t JOIN units p ON p.id = t.parent_id
), came AS MATERIALIZED (
  SELECT DISTINCT v.person_id, v.ord, k.category
  FROM visits v JOIN checkpoints k ON k.id = v.checkpoint_id
  WHERE v.at >= %(since)s AND v.at < %(until)s AND v.scan_id BETWEEN %(floor)s AND %(ceiling)s AND v.recorded_at >= %(recorded)s
), above AS (
  SELECT u.lo AS ord, u.lo, u.parent_id, u.level FROM units u WHERE u.lo IN (SELECT ord FROM came)
  UNION ALL
  SELECT a.ord, p.lo, p.parent_id, p.level FROM above a JOIN units p ON p.id = a.parent_id
), smallest AS (
  SELECT ord, max(lo) AS place FROM above WHERE level = ANY(%(levels)s::unit_level[]) GROUP BY ord
), fresh AS (
  INSERT INTO counted_days (person_id, day, ord, category)
  SELECT DISTINCT c.person_id, %(day)s::date, s.place, c.category FROM came c JOIN smallest s ON s.ord = c.ord
  ON CONFLICT DO NOTHING
  RETURNING person_id, ord, category
), wanted AS MATERIALIZED (
  SELECT DISTINCT f.person_id, t.lo, c.category
  FROM fresh f JOIN tree t ON t.place = f.ord CROSS JOIN LATERAL (VALUES (''), (f.category::text)) AS c (category)
  WHERE t.level <> 'town' OR c.category = ''
), held AS MATERIALIZED (
  SELECT o.person_id, o.day, o.category::text AS category, t.lo
  FROM (SELECT DISTINCT person_id FROM fresh) f JOIN counted_days o ON o.person_id = f.person_id JOIN tree t ON t.place = o.ord
), known AS (
  SELECT w.person_id, w.lo, w.category, max(o.day) FILTER (WHERE o.day < %(day)s) AS previous,
         min(o.day) FILTER (WHERE o.day > %(day)s) AS next, coalesce(bool_or(o.day = %(day)s), false) AS counted
  FROM wanted w
  LEFT JOIN held o ON o.person_id = w.person_id AND o.lo = w.lo AND (w.category = '' OR w.category = o.category)
  GROUP BY 1, 2, 3
), change AS (
  SELECT lo, category, %(day)s::date AS day, previous, 1 AS people FROM known WHERE NOT counted
  UNION ALL
  SELECT lo, category, next, previous, -1 FROM known WHERE NOT counted AND next IS NOT NULL
  UNION ALL
  SELECT lo, category, next, %(day)s, 1 FROM known WHERE NOT counted AND next IS NOT NULL
)
INSERT INTO place_people (ord, category, day, previous, people)
SELECT lo, nullif(category, '')::category, day, coalesce(previous, '-infinity'), sum(people)
FROM change GROUP BY 1, 2, 3, 4
ON CONFLICT (ord, category, day, previous) DO UPDATE SET people = place_people.people + excluded.people;

-- name: rolled
-- A place's figures from the sums: by day, by hour of the day, by category, and altogether. People are counted apart.
SELECT day, hour, category, sum(scans) AS scans, NULL::bigint AS people, sum(refused) AS refused, sum(observed) AS observed
FROM place_hours
WHERE ord = %(place)s AND day BETWEEN %(first)s AND %(last)s
GROUP BY GROUPING SETS ((day), (hour), (category), ());

-- name: rolled_people
-- Distinct people of a place, by day, by category (towns: see direct_people), and altogether.
SELECT day, NULL AS category, sum(people) AS people
FROM place_people WHERE ord = %(place)s AND category IS NULL AND day BETWEEN %(first)s AND %(last)s GROUP BY day
UNION ALL
SELECT NULL, category, sum(people)
FROM place_people WHERE ord = %(place)s AND day BETWEEN %(first)s AND %(last)s AND previous < %(first)s GROUP BY category;

-- name: direct
-- The same figures from the visits themselves.
SELECT day, hour, category, count(*) AS scans, count(DISTINCT person_id) AS people,
       count(*) FILTER (WHERE verdict = 'refuse') AS refused, count(*) FILTER (WHERE verdict = 'observe') AS observed
FROM (
  SELECT v.person_id, v.verdict, k.category, (v.at AT TIME ZONE %(zone)s::text)::date AS day,
         extract(hour FROM v.at AT TIME ZONE %(zone)s::text)::int AS hour
  FROM visits v JOIN checkpoints k ON k.id = v.checkpoint_id
  WHERE v.ord BETWEEN %(lo)s AND %(hi)s AND v.at >= %(since)s AND v.at < %(until)s
    AND v.scan_id BETWEEN %(floor)s AND %(ceiling)s AND v.recorded_at <= %(as_of)s
) v
GROUP BY GROUPING SETS ((day), (hour), (category), ());

-- name: direct_people
-- Distinct people by category, where there are no sums of them.
SELECT NULL::date AS day, k.category, count(DISTINCT v.person_id) AS people
FROM visits v JOIN checkpoints k ON k.id = v.checkpoint_id
WHERE v.ord BETWEEN %(lo)s AND %(hi)s AND v.at >= %(since)s AND v.at < %(until)s
  AND v.scan_id BETWEEN %(floor)s AND %(ceiling)s AND v.recorded_at <= %(as_of)s
GROUP BY k.category;

-- name: fevers
-- Fevers that doors of a part of the tree met, by day, by hour, by category, and altogether. Few rows: never summed beforehand.
SELECT day, hour, category, count(*) AS fevers
FROM (
  SELECT k.category, (f.at AT TIME ZONE %(zone)s::text)::date AS day, extract(hour FROM f.at AT TIME ZONE %(zone)s::text)::int AS hour
  FROM fever_alerts f JOIN checkpoints k ON k.id = f.checkpoint_id
  WHERE f.ord BETWEEN %(lo)s AND %(hi)s AND f.at >= %(since)s AND f.at < %(until)s AND f.recorded_at <= %(as_of)s
) f
GROUP BY GROUPING SETS ((day), (hour), (category), ());

-- name: rolled_children
-- The same period by the direct children of a unit that have sums.
SELECT c.id, c.name, c.level, coalesce(h.scans, 0) AS scans, coalesce(p.people, 0) AS people,
       coalesce(h.refused, 0) AS refused, coalesce(h.observed, 0) AS observed, f.fevers
FROM units c
CROSS JOIN LATERAL (
  SELECT sum(scans) AS scans, sum(refused) AS refused, sum(observed) AS observed
  FROM place_hours WHERE ord = c.lo AND day BETWEEN %(first)s AND %(last)s
) h
CROSS JOIN LATERAL (
  SELECT sum(people) AS people
  FROM place_people WHERE ord = c.lo AND category IS NULL AND day BETWEEN %(first)s AND %(last)s AND previous < %(first)s
) p
CROSS JOIN LATERAL (
  SELECT count(*) AS fevers FROM fever_alerts f
  WHERE f.ord BETWEEN c.lo AND c.hi AND f.at >= %(since)s AND f.at < %(until)s AND f.recorded_at <= %(as_of)s
) f
WHERE c.parent_id = %(unit_id)s AND c.lo BETWEEN %(lo)s AND %(hi)s AND c.level = ANY(%(levels)s::unit_level[])
ORDER BY c.lo
LIMIT %(limit)s;

-- name: direct_children
-- The others, counted from the visits.
SELECT c.id, c.name, c.level, v.scans, v.people, v.refused, v.observed, f.fevers
FROM units c
CROSS JOIN LATERAL (
  SELECT count(*) AS scans, count(DISTINCT v.person_id) AS people, count(*) FILTER (WHERE v.verdict = 'refuse') AS refused,
         count(*) FILTER (WHERE v.verdict = 'observe') AS observed
  FROM visits v
  WHERE v.ord BETWEEN c.lo AND c.hi AND v.at >= %(since)s AND v.at < %(until)s
    AND v.scan_id BETWEEN %(floor)s AND %(ceiling)s AND v.recorded_at <= %(as_of)s
) v
CROSS JOIN LATERAL (
  SELECT count(*) AS fevers FROM fever_alerts f
  WHERE f.ord BETWEEN c.lo AND c.hi AND f.at >= %(since)s AND f.at < %(until)s AND f.recorded_at <= %(as_of)s
) f
WHERE c.parent_id = %(unit_id)s AND c.lo BETWEEN %(lo)s AND %(hi)s AND c.level <> ALL(%(levels)s::unit_level[])
ORDER BY c.lo
LIMIT %(limit)s;

-- name: wall_fevers
-- Fevers of a day, of the same day last week until the same time, and those nobody has taken note of.
SELECT count(*) FILTER (WHERE at >= %(since)s AND at < %(until)s) AS today,
       count(*) FILTER (WHERE at >= %(since)s::timestamptz - interval '7 days' AND at < %(now)s::timestamptz - interval '7 days') AS last_week,
       count(*) FILTER (WHERE at >= %(since)s AND at < %(until)s AND acknowledged_at IS NULL) AS unseen
FROM fever_alerts
WHERE ord BETWEEN %(lo)s AND %(hi)s AND at >= %(since)s::timestamptz - interval '7 days' AND at < %(until)s;

-- name: wall_fever_places
-- The latest fevers of a day.
SELECT k.name AS checkpoint, u.name AS unit, f.celsius::float8 AS celsius, f.at, f.acknowledged_at IS NOT NULL AS acknowledged
FROM fever_alerts f JOIN checkpoints k ON k.id = f.checkpoint_id JOIN units u ON u.id = k.unit_id
WHERE f.ord BETWEEN %(lo)s AND %(hi)s AND f.at >= %(since)s AND f.at < %(until)s
ORDER BY f.at DESC
LIMIT %(limit)s;

-- name: wall_silent_checkpoints
-- Open checkpoints without a scan on a day, first those that fell silent last: a door that was busy yesterday is news, one that
-- never had a scan is not. How many there are altogether the dashboard counts.
SELECT k.id, k.name, u.name AS unit, w.last_at
FROM checkpoints k
JOIN units u ON u.id = k.unit_id
LEFT JOIN (
  SELECT v.checkpoint_id, max(v.at) AS last_at FROM visits v
  WHERE v.ord BETWEEN %(lo)s AND %(hi)s AND v.at >= %(since)s::timestamptz - interval '2 days' AND v.at < %(until)s
    AND v.scan_id BETWEEN %(floor)s AND %(ceiling)s
  GROUP BY v.checkpoint_id
) w ON w.checkpoint_id = k.id
WHERE k.ord BETWEEN %(lo)s AND %(hi)s AND k.open AND (w.last_at IS NULL OR w.last_at < %(since)s)
ORDER BY w.last_at DESC NULLS LAST, k.ord, k.id
LIMIT %(limit)s;

-- name: find_publication
-- Whether a unit publishes its figures.
SELECT true FROM publications WHERE unit_id = %(unit_id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: publish
INSERT INTO publications (unit_id, ord, published_by) VALUES (%(unit_id)s, %(place)s, %(account_id)s)
ON CONFLICT (unit_id) DO NOTHING;

-- name: withdraw
DELETE FROM publications WHERE unit_id = %(unit_id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: lane_published
-- A unit that publishes, and the county whose table it is a part of: itself, or the one above it.
SELECT u.id, u.name, u.level, u.lo, c.id AS county_id, c.lo AS county_lo, c.hi AS county_hi
FROM publications p
JOIN units u ON u.id = p.unit_id
JOIN units c ON c.level = 'county' AND u.lo BETWEEN c.lo AND c.hi
WHERE p.unit_id = %(unit_id)s;

-- name: lane_parts
-- The towns of a county, in tree order.
SELECT id, name, lo FROM units WHERE parent_id = %(county_id)s AND level = 'town' ORDER BY lo;

-- name: lane_days_of
-- Scans and distinct people of places by day, from the sums.
SELECT h.ord, h.day, h.scans, p.people
FROM (SELECT ord, day, sum(scans) AS scans FROM place_hours
      WHERE ord = ANY(%(places)s) AND day BETWEEN %(first)s AND %(last)s GROUP BY 1, 2) h
JOIN (SELECT ord, day, sum(people) AS people FROM place_people
      WHERE ord = ANY(%(places)s) AND category IS NULL AND day BETWEEN %(first)s AND %(last)s GROUP BY 1, 2) p
  ON p.ord = h.ord AND p.day = h.day;

-- name: lane_days_elsewhere
-- The same of a county's visits that are in none of its towns: its own checkpoints, and those of institutions directly below it.
SELECT (v.at AT TIME ZONE %(zone)s::text)::date AS day, count(*) AS scans, count(DISTINCT v.person_id) AS people
FROM visits v
WHERE v.ord BETWEEN %(lo)s AND %(hi)s AND v.at >= %(since)s AND v.at < %(until)s
  AND v.scan_id BETWEEN %(floor)s AND %(ceiling)s AND v.recorded_at <= %(as_of)s
  AND NOT EXISTS (SELECT FROM units t WHERE t.parent_id = %(county_id)s AND t.level = 'town' AND v.ord BETWEEN t.lo AND t.hi)
GROUP BY 1;
