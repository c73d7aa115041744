-- name: visits
-- Where the doors saw somebody, within the scope.
SELECT v.checkpoint_id, k.name AS checkpoint, k.category, u.name AS unit, v.at, c.left_at, v.verdict = 'refuse' AS refused,
       coalesce(v.seat, '') AS seat, k.lat, k.lon
FROM visits v JOIN checkpoints k ON k.id = v.checkpoint_id JOIN units u ON u.id = k.unit_id
LEFT JOIN checkouts c ON c.person_id = v.person_id AND c.scan_id = v.scan_id
WHERE v.person_id = %(person_id)s AND v.at >= %(since)s AND v.at < %(until)s
  AND v.scan_id >= %(floor)s AND v.scan_id < %(ceiling)s AND v.ord BETWEEN %(lo)s AND %(hi)s
ORDER BY v.at, v.checkpoint_id;

-- name: companions
-- Who came to the same doors within ten minutes, more than once.
SELECT o.person_id, count(*) AS times, count(DISTINCT o.checkpoint_id) AS places, bool_or(k.category = 'vehicle') AS aboard
FROM visits v JOIN checkpoints k ON k.id = v.checkpoint_id
JOIN visits o ON o.checkpoint_id = v.checkpoint_id AND o.at BETWEEN v.at - interval '10 minutes' AND v.at + interval '10 minutes'
  AND o.person_id <> v.person_id AND o.scan_id >= %(floor)s AND o.scan_id < %(ceiling)s AND o.ord BETWEEN %(lo)s AND %(hi)s
WHERE v.person_id = %(person_id)s AND v.at >= %(since)s AND v.at < %(until)s
  AND v.scan_id >= %(floor)s AND v.scan_id < %(ceiling)s AND v.ord BETWEEN %(lo)s AND %(hi)s
GROUP BY o.person_id HAVING count(DISTINCT v.scan_id) > 1
ORDER BY places DESC, times DESC, o.person_id LIMIT %(limit)s;

-- name: versions
-- Everything that was written of some people, in the order of time.
SELECT s.id, s.stay_id, s.version, s.person_id, s.state, s.checkpoint_id, coalesce(k.name, '') AS checkpoint, k.category,
       coalesce(u.name, '') AS unit, k.lat, k.lon, s.seen_at, s.begins, s.ends, s.give_minutes, s.words, s.actor, s.created_at
FROM interview_stays s LEFT JOIN checkpoints k ON k.id = s.checkpoint_id LEFT JOIN units u ON u.id = k.unit_id
WHERE s.person_id = ANY(%(people)s) AND s.ord BETWEEN %(lo)s AND %(hi)s
ORDER BY s.stay_id, s.version;

-- name: insert_version
-- The first version gives its id to the stay.
INSERT INTO interview_stays (id, stay_id, version, ord, person_id, state, checkpoint_id, seen_at, begins, ends, give_minutes, words, actor)
SELECT n.id, coalesce(%(stay_id)s::bigint, n.id), %(version)s, %(ord)s, %(person_id)s, %(state)s, %(checkpoint_id)s, %(seen_at)s,
       %(begins)s, %(ends)s, %(give_minutes)s, %(words)s, %(actor)s
FROM (SELECT nextval('interview_stays_id_seq') AS id) n
ON CONFLICT (stay_id, version) DO NOTHING
RETURNING stay_id, version;

-- name: places
-- Checkpoints whose name, with that of their unit, has most of some pairs of letters.
SELECT k.id AS checkpoint_id, k.name, k.category, u.name AS unit, g.found / %(all)s::float8 AS likeness
FROM checkpoints k JOIN units u ON u.id = k.unit_id
CROSS JOIN LATERAL (SELECT count(*) AS found FROM unnest(%(pairs)s::text[]) p WHERE strpos(lower(replace(u.name || k.name, ' ', '')), p) > 0) g
WHERE k.open AND k.ord BETWEEN %(lo)s AND %(hi)s AND g.found >= %(least)s
ORDER BY g.found DESC, length(k.name), k.id LIMIT %(limit)s;

-- name: place_there
SELECT EXISTS (SELECT FROM checkpoints WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s);

-- name: worker_forget
DELETE FROM interview_stays WHERE created_at < %(before)s;
