-- name: lane_lock_state
-- How far the sums are. Whoever adds to them does it alone.
SELECT zone, recorded_until, wanted_anew FROM statistics_state FOR UPDATE;

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
SELECT DISTINCT (at AT TIME ZONE %(zone)s)::date AS day FROM visits WHERE recorded_at >= %(recorded)s ORDER BY day;

-- name: lane_sum_hours
-- Counts again the hours of a day that had visits recorded since an instant, for every place above those visits. The same
-- hour counted twice gives the same row, so it does not matter which visits were in it before.
WITH RECURSIVE of_day AS (
  SELECT v.ord, v.checkpoint_id, v.verdict, v.recorded_at, extract(hour FROM v.at AT TIME ZONE %(zone)s)::smallint AS hour
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
), known AS (
  SELECT w.person_id, w.lo, w.category, max(o.day) FILTER (WHERE o.day < %(day)s) AS previous,
         min(o.day) FILTER (WHERE o.day > %(day)s) AS next, coalesce(bool_or(o.day = %(day)s), false) AS counted
  FROM wanted w
  LEFT JOIN (counted_days o JOIN tree t ON t.place = o.ord)
    ON o.person_id = w.person_id AND t.lo = w.lo AND (w.category = '' OR w.category = o.category::text)
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
