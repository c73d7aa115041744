-- name: insert_bulletin
-- The row's id; none where the same one was stored before.
INSERT INTO area_bulletins (ord, published_on, source, level, region, text, declared, found, issues, content)
VALUES (%(ord)s, %(published_on)s, %(source)s, %(level)s, %(region)s, %(text)s, %(declared)s, %(found)s, %(issues)s, %(content)s)
ON CONFLICT (ord, content) DO NOTHING
RETURNING id;

-- name: list_bulletins
-- Newest first; `odd`: only those with something odd about them.
SELECT id, published_on, source, level, region, declared, found, issues, text
FROM area_bulletins
WHERE ord BETWEEN %(lo)s AND %(hi)s AND id < %(before)s AND (NOT %(odd)s OR issues <> '[]'::jsonb)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: units_below
-- Units of a division (by its padded code) with everything below it, and the division itself.
SELECT 'unit' AS kind, u.id, u.name, u.lo, u.hi, coalesce(u.code, '') AS code, u.level::text AS level, u.closed_at IS NOT NULL AS closed
FROM units d JOIN units u ON u.lo BETWEEN d.lo AND d.hi
WHERE d.code = ANY(%(codes)s) AND u.lo BETWEEN %(lo)s AND %(hi)s;

-- name: checkpoints_below
SELECT 'checkpoint' AS kind, k.id, k.name, k.ord AS lo, k.ord AS hi, '' AS code, '' AS level, NOT k.open AS closed
FROM units d JOIN checkpoints k ON k.ord BETWEEN d.lo AND d.hi
WHERE d.code = ANY(%(codes)s) AND k.ord BETWEEN %(lo)s AND %(hi)s;

-- name: known_areas
SELECT key, id FROM risk_areas WHERE ord = %(ord)s AND key = ANY(%(keys)s);

-- name: insert_area
INSERT INTO risk_areas (ord, code, whole, name, key, area, state, doubt, candidates)
VALUES (%(ord)s, %(code)s, %(whole)s, %(name)s, %(key)s, %(area)s, %(state)s, %(doubt)s, %(candidates)s)
RETURNING id;

-- name: insert_places
INSERT INTO area_places (area_id, ord, in_unit, at_checkpoint, excepted)
SELECT %(area_id)s, %(ord)s, p.in_unit, p.at_checkpoint, p.excepted
FROM unnest(%(units)s::bigint[], %(checkpoints)s::bigint[], %(excepted)s::boolean[]) AS p (in_unit, at_checkpoint, excepted);

-- name: drop_places
DELETE FROM area_places WHERE area_id = %(area_id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: lock_area
SELECT id, ord, state FROM risk_areas WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s FOR UPDATE;

-- name: state_areas
-- Somebody says something new of these: what waits has one more who said it. Of `lowered` ones only if they wait: else who
-- stayed there is no worse off, and nothing is to be confirmed.
UPDATE risk_areas SET
  stated_by = CASE WHEN confirmed_at IS NULL THEN stated_by ELSE '{}' END || %(by)s::text[],
  stated_ord = CASE WHEN confirmed_at IS NULL THEN least(stated_ord, %(ord)s) ELSE %(ord)s END,
  stated_at = clock_timestamp(), confirmed_by = NULL, confirmed_at = NULL
WHERE ord BETWEEN %(lo)s AND %(hi)s AND (id = ANY(%(raised)s) OR (id = ANY(%(lowered)s) AND confirmed_at IS NULL));

-- name: lock_statements
SELECT a.id, a.name, a.stated_by, a.stated_ord, a.stated_at, a.confirmed_at IS NOT NULL AS confirmed,
       (SELECT count(*) FROM staff_accounts s WHERE 'staff:' || s.id = ANY(a.stated_by) AND s.ord > %(lo)s) AS below
FROM risk_areas a WHERE a.id = ANY(%(ids)s) AND a.ord BETWEEN %(lo)s AND %(hi)s
ORDER BY a.id FOR UPDATE OF a;

-- name: confirm_areas
UPDATE risk_areas SET confirmed_by = %(actor)s, confirmed_at = now(), residents_until = now(), residents_by = %(actor)s
WHERE id = ANY(%(ids)s) AND ord BETWEEN %(lo)s AND %(hi)s AND confirmed_at IS NULL;

-- name: residents_waiting
-- Who was put on a list of residents of these confirmed areas later: how many, until when, and the highest of the lists' places.
SELECT a.id, count(DISTINCT m.person_id) AS people, max(m.named_at) AS until, min(r.ord) AS ord
FROM risk_areas a
JOIN area_levels l ON l.area_id = a.id AND l.until IS NULL AND l.level <> 'low'
JOIN area_places p ON p.area_id = a.id AND NOT p.excepted
JOIN units u ON u.id = p.in_unit
JOIN rosters r ON r.ord BETWEEN u.lo AND u.hi AND r.kind = 'residents'
JOIN roster_members m ON m.roster_id = r.id AND m.left_at IS NULL AND m.named_at > a.residents_until
WHERE a.id = ANY(%(ids)s) AND a.ord BETWEEN %(lo)s AND %(hi)s AND a.confirmed_at IS NOT NULL AND a.state = 'matched'
  AND NOT EXISTS (SELECT FROM area_places x JOIN units o ON o.id = x.in_unit WHERE x.area_id = a.id AND x.excepted AND r.ord BETWEEN o.lo AND o.hi)
GROUP BY a.id;

-- name: confirm_residents
-- Those who live there are looked for again.
WITH area AS (
  UPDATE risk_areas SET residents_until = %(until)s, residents_by = %(actor)s WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s)
UPDATE area_levels SET stays_until = NULL WHERE area_id = %(id)s AND until IS NULL AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: decide_area
UPDATE risk_areas SET state = %(state)s, doubt = '', decided_by = %(actor)s WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: places_exist
-- How many of these units and checkpoints are in the scope.
SELECT (SELECT count(*) FROM units WHERE id = ANY(%(units)s) AND lo BETWEEN %(lo)s AND %(hi)s)
     + (SELECT count(*) FROM checkpoints WHERE id = ANY(%(checkpoints)s) AND ord BETWEEN %(lo)s AND %(hi)s);

-- name: open_levels
-- The open levels of areas of one account's unit.
SELECT area_id, id, level, since, source, seen_on FROM area_levels WHERE ord = %(ord)s AND until IS NULL;

-- name: open_level
INSERT INTO area_levels (area_id, ord, level, since, source, bulletin_id, seen_on)
VALUES (%(area_id)s, %(ord)s, %(level)s, %(since)s, %(source)s, %(bulletin_id)s, %(seen_on)s)
RETURNING id;

-- name: close_levels
UPDATE area_levels SET until = greatest(since, %(until)s) WHERE id = ANY(%(ids)s) AND until IS NULL AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: see_levels
-- Named once more.
UPDATE area_levels SET seen_on = greatest(seen_on, %(day)s), source = %(source)s
WHERE id = ANY(%(ids)s) AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: look_again
-- What the area means has changed: who stayed there is looked for from the beginning.
UPDATE area_levels SET stays_until = NULL WHERE area_id = %(area_id)s AND until IS NULL AND ord BETWEEN %(lo)s AND %(hi)s
RETURNING id;

-- name: list_areas
-- Areas with their level now, newest first; `waiting`: those that would colour somebody and are not confirmed.
SELECT a.id, a.name, a.code, a.state::text, a.doubt, a.candidates, l.level, l.since, coalesce(l.source, '') AS source, l.seen_on,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', CASE WHEN p.in_unit IS NULL THEN 'checkpoint' ELSE 'unit' END,
                'id', coalesce(u.id, k.id), 'name', coalesce(u.name, k.name), 'lo', coalesce(u.lo, k.ord), 'hi', coalesce(u.hi, k.ord),
                'excepted', p.excepted) ORDER BY coalesce(u.lo, k.ord)), '[]')
        FROM area_places p LEFT JOIN units u ON u.id = p.in_unit LEFT JOIN checkpoints k ON k.id = p.at_checkpoint
        WHERE p.area_id = a.id) AS places,
       coalesce(o.name, '') AS unit, a.stated_by, a.stated_ord, a.stated_at, a.confirmed_at,
       (SELECT coalesce(array_agg(s.display_name ORDER BY s.id), '{}') FROM staff_accounts s
        WHERE 'staff:' || s.id = ANY(a.stated_by)) AS stated_names,
       (SELECT count(*) FROM staff_accounts s WHERE 'staff:' || s.id = ANY(a.stated_by) AND s.ord > %(lo)s) AS below
FROM risk_areas a LEFT JOIN units o ON o.lo = a.ord LEFT JOIN area_levels l ON l.area_id = a.id AND l.until IS NULL
WHERE a.ord BETWEEN %(lo)s AND %(hi)s AND a.id < %(before)s
  AND (%(state)s::area_state IS NULL OR a.state = %(state)s)
  AND (%(level)s::text IS NULL OR l.level = %(level)s)
  AND (NOT %(now)s OR l.id IS NOT NULL)
  AND (NOT %(waiting)s OR (a.confirmed_at IS NULL AND l.level <> 'low' AND (a.state = 'matched' OR (a.state = 'outside' AND a.whole))))
  AND (%(text)s::text IS NULL OR strpos(a.name, %(text)s) > 0)
  AND (%(id)s::bigint IS NULL OR a.id = %(id)s)
ORDER BY a.id DESC
LIMIT %(limit)s;

-- name: count_states
-- Of areas with a level now, by what is known of them; and how many wait to be confirmed.
SELECT a.state::text, count(*) FROM risk_areas a JOIN area_levels l ON l.area_id = a.id AND l.until IS NULL
WHERE a.ord BETWEEN %(lo)s AND %(hi)s GROUP BY a.state
UNION ALL
SELECT 'waiting', count(*) FROM risk_areas a JOIN area_levels l ON l.area_id = a.id AND l.until IS NULL
WHERE a.ord BETWEEN %(lo)s AND %(hi)s AND a.confirmed_at IS NULL AND l.level <> 'low'
  AND (a.state = 'matched' OR (a.state = 'outside' AND a.whole));

-- name: lane_areas
-- What residents look up: each area once, at the gravest level that anybody gives it, in the order of divisions.
SELECT id, name, code, level, since, source, seen_on FROM (
  SELECT DISTINCT ON (a.key) a.id, a.name, a.code, l.level, l.since, l.source, l.seen_on
  FROM risk_areas a JOIN area_levels l ON l.area_id = a.id AND l.until IS NULL
  WHERE a.state <> 'dismissed'
    AND (%(level)s::text IS NULL OR l.level = %(level)s)
    AND (%(text)s::text IS NULL OR strpos(a.name, %(text)s) > 0)
    AND starts_with(a.code, %(code)s)
  ORDER BY a.key, array_position(ARRAY['high', 'medium', 'low'], l.level)) x
WHERE (code, id) > (%(after_code)s, %(after_id)s)
ORDER BY code, id
LIMIT %(limit)s;

-- name: lane_level_counts
SELECT l.level, count(DISTINCT a.key), max(l.seen_on) FROM risk_areas a JOIN area_levels l ON l.area_id = a.id AND l.until IS NULL
WHERE a.state <> 'dismissed' GROUP BY l.level;

-- name: put_sites
-- New sites and changed ones, by name and address.
INSERT INTO test_sites (ord, name, address, lat, lon, hours, phone, note, source)
SELECT %(ord)s, n.name, n.address, n.lat, n.lon, n.hours, n.phone, n.note, %(source)s
FROM json_to_recordset(%(rows)s::json) AS n (name text, address text, lat float8, lon float8, hours text, phone text, note text)
ON CONFLICT (ord, name, address) DO UPDATE
SET lat = excluded.lat, lon = excluded.lon, hours = excluded.hours, phone = excluded.phone, note = excluded.note,
    source = excluded.source, updated_at = now(), closed_at = NULL
RETURNING id, (xmax = 0) AS created;

-- name: close_sites
-- Those of the unit that the newest list does not name.
UPDATE test_sites SET closed_at = now() WHERE ord = %(ord)s AND closed_at IS NULL AND id <> ALL (%(kept)s) AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: lane_sites
-- Open sites, the nearest first (on a plane: good to a metre or so in a city), then those without coordinates.
SELECT id, name, address, lat, lon, hours, phone, note, source, updated_at,
       round(sqrt(power((lat - %(lat)s) * 111195, 2) + power((lon - %(lon)s) * 111195 * cos(radians(%(lat)s)), 2)))::integer AS distance_m
FROM test_sites
WHERE closed_at IS NULL AND (%(text)s::text IS NULL OR strpos(name || address, %(text)s) > 0)
ORDER BY power(lat - %(lat)s, 2) + power((lon - %(lon)s) * cos(radians(%(lat)s)), 2) NULLS LAST, name, id
LIMIT %(limit)s;

-- name: worker_due
-- Open levels of confirmed areas whose places are known, that somebody may have stayed in since they were last looked at. Who reads
-- why their code is yellow reads the area's name before who said so.
SELECT l.id, l.area_id, l.level, l.since, left(a.name || ' · ' || l.source, 120) AS source, l.stays_until, a.code, a.whole
FROM area_levels l JOIN risk_areas a ON a.id = l.area_id
WHERE l.until IS NULL AND a.state IN ('matched', 'outside') AND l.level <> 'low' AND a.confirmed_at IS NOT NULL
  AND (l.stays_until IS NULL OR l.stays_until < %(before)s)
ORDER BY l.stays_until NULLS FIRST, l.id;

-- name: worker_ended
-- Levels that have ended and whose stays are still said to be of them, with the area's level now, and whether that counts.
SELECT l.id, l.area_id, l.level, coalesce(n.level, 'low') AS now,
       left(a.name || ' · ' || coalesce(n.source, l.source), 120) AS source,
       n.id IS NULL OR a.confirmed_at IS NOT NULL AS counts
FROM area_levels l JOIN risk_areas a ON a.id = l.area_id
LEFT JOIN area_levels n ON n.area_id = l.area_id AND n.until IS NULL
WHERE l.until IS NOT NULL AND NOT l.ended_told AND (l.level <> 'low')
ORDER BY l.id;

-- name: worker_told
UPDATE area_levels SET ended_told = true WHERE id = ANY(%(ids)s);

-- name: worker_looked
UPDATE area_levels SET stays_until = %(until)s WHERE id = %(id)s;

-- name: note_visits
INSERT INTO staged_evidence (person_id, at, confidence, supersedes)
SELECT person_id, at, %(confidence)s, NULL FROM area_stays(%(level_id)s, %(first)s, %(last)s, true);

-- name: note_residents
-- Those that live there by a unit's own list, and were not seen at a door there.
INSERT INTO staged_evidence (person_id, at, confidence, supersedes)
SELECT s.person_id, s.at, %(confidence)s, NULL FROM area_stays(%(level_id)s, %(last)s, %(last)s, false) s
WHERE NOT EXISTS (SELECT FROM staged_evidence t WHERE t.person_id = s.person_id);

-- name: note_arrivals
-- Those who said that they came from there, where the area is a whole division.
INSERT INTO staged_evidence (person_id, at, confidence, supersedes)
SELECT e.person_id, max(e.at), %(confidence)s, NULL FROM evidence e
WHERE e.kind = 'arrival' AND e.at >= %(first)s AND e.at < %(last)s
  AND EXISTS (SELECT FROM area_levels l JOIN risk_areas a ON a.id = l.area_id
              WHERE l.id = %(level_id)s AND l.until IS NULL AND a.confirmed_at IS NOT NULL)
  AND left(e.subject, %(digits)s) = %(code)s
  AND NOT EXISTS (SELECT FROM evidence c WHERE c.person_id = e.person_id AND c.supersedes = e.id)
  AND NOT EXISTS (SELECT FROM staged_evidence t WHERE t.person_id = e.person_id)
GROUP BY e.person_id;

-- name: told_before
-- Whether anybody has been told of a stay there.
SELECT EXISTS (SELECT FROM evidence_batches WHERE about = %(subject)s);

-- name: index_staged
-- Against the planner's guess that they are few: a loop over all of them for each would never end.
CREATE INDEX ON staged_evidence (person_id);

-- name: drop_known
-- Whose stay there stands already.
DELETE FROM staged_evidence s USING evidence e
WHERE e.batch_id = ANY(ARRAY(SELECT id FROM evidence_batches WHERE about = %(subject)s)) AND e.person_id = s.person_id
  AND e.result <> 'withdrawn' AND e.result = %(result)s
  AND NOT EXISTS (SELECT FROM evidence c WHERE c.person_id = e.person_id AND c.supersedes = e.id);

-- name: note_former
-- Everybody whose stay there stands with one of these levels.
INSERT INTO staged_evidence (person_id, at, confidence, supersedes)
SELECT e.person_id, e.at, e.confidence, e.id FROM evidence e
WHERE e.batch_id = ANY(ARRAY(SELECT id FROM evidence_batches WHERE about = %(subject)s))
  AND e.result = ANY(%(former)s)
  AND NOT EXISTS (SELECT FROM evidence c WHERE c.person_id = e.person_id AND c.supersedes = e.id);

-- name: worker_look_again
UPDATE area_levels SET stays_until = NULL WHERE area_id = %(area_id)s AND until IS NULL;

-- name: lock_stays
SELECT pg_advisory_lock(hashtext('lianfang.area_stays'));

-- name: unlock_stays
SELECT pg_advisory_unlock(hashtext('lianfang.area_stays'));
