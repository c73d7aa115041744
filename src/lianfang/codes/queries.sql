-- name: lane_holds
-- Holds of these people that had not ended by an instant, and that nothing released.
SELECT person_id, id, colour::text, reason_zh, reason_en, starts_at, ends_at
FROM holds h
WHERE person_id = ANY(%(person_ids)s::bigint[]) AND ends_at > %(since)s
  AND NOT EXISTS (SELECT FROM hold_releases r WHERE r.person_id = h.person_id AND r.hold_id = h.id);

-- name: lock
-- One recolouring at a time: two that tell of the same person must not overlook each other.
SELECT pg_advisory_xact_lock(hashtext('lianfang.recolour'));

-- name: begin_recolouring
INSERT INTO recolourings (cause) VALUES (%(cause)s) RETURNING id, at;

-- name: end_recolouring
-- Its time is that of its last moment: what happened before this is not in force before the commit.
UPDATE recolourings SET at = clock_timestamp(), people = %(people)s, opened = %(opened)s, released = %(released)s
WHERE id = %(id)s RETURNING at;

-- name: stage_tables
CREATE TEMP TABLE recoloured (person_id bigint) ON COMMIT DROP;   -- what a recolouring works with
CREATE TEMP TABLE signed (
  person_id bigint, id uuid, result text, at timestamptz, province text, colour hold_colour, until timestamptz, target uuid
) ON COMMIT DROP;
CREATE TEMP TABLE known (person_id bigint, id uuid, moment timestamptz, happened boolean, rule smallint, class smallint) ON COMMIT DROP;
CREATE TEMP TABLE wanted (
  person_id bigint, evidence_id uuid, n smallint, colour hold_colour, starts_at timestamptz, ends_at timestamptz
) ON COMMIT DROP;
CREATE TEMP TABLE current_holds (
  person_id bigint, id bigint, evidence_id uuid, n smallint, rule text, plan text, starts_at timestamptz, ends_at timestamptz
) ON COMMIT DROP;

-- name: without_sorting
-- Where the planner takes half a million rows for one, it sorts them to find what is twice among them.
SELECT set_config('enable_sort', 'off', true);

-- name: with_sorting
SELECT set_config('enable_sort', 'on', true);

-- name: people_of_batches
-- Whom it is about.
INSERT INTO recoloured SELECT DISTINCT person_id FROM evidence WHERE batch_id = ANY(%(batches)s::bigint[]);

-- name: brought
-- What the batches tell, and what they correct: only rules that ask for it can come to another end.
SELECT kind::text, result FROM (
  SELECT kind, result FROM evidence WHERE batch_id = ANY(%(batches)s::bigint[]) GROUP BY kind, result
  UNION
  SELECT o.kind, o.result FROM evidence e JOIN evidence o ON o.person_id = e.person_id AND o.id = e.supersedes
  WHERE e.batch_id = ANY(%(batches)s::bigint[]) AND e.supersedes IS NOT NULL) x;

-- name: people_of_everything
INSERT INTO recoloured SELECT person_id FROM evidence UNION SELECT person_id FROM holds WHERE ends_at > %(at)s;

-- name: people_ever
-- Everybody of whom anything was ever known or held.
INSERT INTO recoloured SELECT person_id FROM evidence UNION SELECT person_id FROM holds;

-- name: take_memory
-- For half a million people, sorting on disk would take longer than all the rest; there is one recolouring at a time.
SELECT set_config('work_mem', '96MB', true), set_config('jit', 'off', true);

-- name: count_people
-- Lets the planner know whether it is about a few people or about half a million.
ANALYZE recoloured;

-- name: signed
-- Decisions that count: two accounts of two units have signed them, for this person.
INSERT INTO signed
WITH uncounted AS MATERIALIZED (
  SELECT id FROM evidence_batches WHERE (applied_at IS NULL OR applied_at > %(at)s) AND id <> ALL(%(batches)s::bigint[])
)
SELECT e.person_id, e.id, e.result, e.at, CASE WHEN e.province = ANY(%(provinces)s::text[]) THEN e.province ELSE '' END,
       s.colour, s.until, s.target
FROM hold_requests s
JOIN evidence e ON e.person_id = s.person_id AND CASE WHEN e.kind = 'decision' THEN e.subject::bigint END = s.id
WHERE s.signed AND s.unit_id <> s.second_unit_id AND s.asked_by <> s.decided_by
  AND s.person_id IN (SELECT person_id FROM recoloured)
  AND e.result <> 'withdrawn' AND e.batch_id NOT IN (SELECT id FROM uncounted) AND NOT EXISTS (
    SELECT FROM evidence x
    WHERE x.person_id = e.person_id AND x.supersedes = e.id AND x.batch_id NOT IN (SELECT id FROM uncounted));

-- name: known
-- What was known of them at an instant and can still put a hold or end one: applied by then (or being applied now), corrected by
-- nothing. Batches that do not count are looked for, since those are few; a join with all that do has been planned as a loop.
INSERT INTO known
WITH uncounted AS MATERIALIZED (
  SELECT id FROM evidence_batches WHERE (applied_at IS NULL OR applied_at > %(at)s) AND id <> ALL(%(batches)s::bigint[])
), matters AS MATERIALIZED (
  SELECT province, kind, result, way, rule, class, confidence, make_interval(days => stale_days) AS fresh, make_interval(hours => 24 * days) AS lasts
  FROM json_to_recordset(%(matters)s::json) AS m (
    province text, kind evidence_kind, result text, way text, rule smallint, class smallint, confidence int, stale_days int, days int)
)
SELECT e.person_id, e.id, CASE WHEN m.rule IS NULL THEN e.at ELSE e.base END, e.recorded_at >= e.base, m.rule, m.class
FROM (
  SELECT person_id, id, kind, result, split_part(provenance, ':', 1) AS way, at, coalesce(until, at) AS base, recorded_at, confidence,
         CASE WHEN province <> '' AND province = ANY(%(provinces)s::text[]) THEN province ELSE '' END AS province
  FROM recoloured p JOIN evidence e USING (person_id)
  WHERE e.kind = ANY(%(kinds)s::evidence_kind[]) AND e.batch_id NOT IN (SELECT id FROM uncounted) AND NOT EXISTS (
    SELECT FROM evidence x
    WHERE x.person_id = e.person_id AND x.supersedes = e.id AND x.batch_id NOT IN (SELECT id FROM uncounted))
  OFFSET 0   -- how many of them matter, the planner cannot know: it shall not go on as if it were one
) e
JOIN matters m USING (kind, result, way, province)
WHERE e.confidence >= m.confidence AND e.base + m.lasts > %(at)s AND (m.rule IS NULL OR e.recorded_at - e.base <= m.fresh);

-- name: count_known
ANALYZE known;

-- name: by_whole_tables
-- From here on all tables are small or wanted whole; where the planner takes half a million rows for one, a loop takes for ever.
SELECT set_config('enable_nestloop', 'off', true);

-- name: by_any_way
SELECT set_config('enable_nestloop', 'on', true);

-- name: wanted
-- The holds that follow: the same in one statement as `plans/evaluate.py` says in plain steps.
INSERT INTO wanted
WITH steps AS MATERIALIZED (
  SELECT n, rule, province, colour, make_interval(hours => 24 * from_day) AS begins, make_interval(hours => 24 * to_day) AS ends
  FROM json_to_recordset(%(steps)s::json) AS s (n smallint, rule smallint, province text, colour hold_colour, from_day int, to_day int)
), releases AS MATERIALIZED (
  SELECT rule, n, class, make_interval(hours => apart_hours) AS apart
  FROM json_to_recordset(%(releases)s::json) AS r (rule smallint, n int, class smallint, apart_hours int)
), triggered AS (
  SELECT person_id, id, moment, rule,
         -- the newest of several counts, once it has happened: it holds for longest
         count(*) FILTER (WHERE happened)
           OVER (PARTITION BY person_id, rule ORDER BY moment DESC, id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS newer
  FROM known WHERE rule IS NOT NULL
), standing AS MATERIALIZED (
  SELECT t.person_id, t.id, t.moment, t.rule FROM triggered t
  WHERE t.newer = 0 AND NOT EXISTS (SELECT FROM signed x WHERE x.person_id = t.person_id AND x.target = t.id)
), ended AS MATERIALIZED (
  SELECT DISTINCT person_id, id, rule FROM (
    SELECT t.person_id, t.id, t.rule
    FROM standing t
    JOIN releases r ON r.rule = t.rule
    JOIN known k ON k.person_id = t.person_id AND k.class IS NOT NULL AND k.class = r.class AND k.moment > t.moment
    GROUP BY t.person_id, t.id, t.rule, r.n, r.apart
    HAVING max(k.moment) >= min(k.moment) + r.apart
  ) x
)
SELECT t.person_id, t.id, s.n, s.colour, t.moment + s.begins, t.moment + s.ends
FROM standing t JOIN steps s ON s.rule = t.rule
WHERE t.moment + s.ends > %(at)s
  AND NOT EXISTS (SELECT FROM ended e WHERE e.person_id = t.person_id AND e.id = t.id AND e.rule = t.rule)
UNION ALL
SELECT d.person_id, d.id, s.n, d.colour, d.at, d.until
FROM signed d JOIN steps s ON s.rule IS NULL AND s.province = d.province AND s.colour = d.colour
WHERE d.result = 'hold' AND d.until > greatest(d.at, %(at)s)
  AND NOT EXISTS (SELECT FROM signed x WHERE x.person_id = d.person_id AND x.target = d.id);

-- name: standing_holds
-- What holds them now by the rules concerned, or at all; `n`: by which step of the plans in force.
INSERT INTO current_holds
WITH steps AS MATERIALIZED (
  SELECT * FROM json_to_recordset(%(steps)s::json) AS s (n smallint, key text, plan text, step smallint, colour hold_colour)
)
SELECT h.person_id, h.id, h.evidence_id, s.n, h.rule, h.plan, h.starts_at, h.ends_at
FROM recoloured p JOIN holds h USING (person_id)
LEFT JOIN steps s ON (s.key, s.plan, s.step, s.colour) = (h.rule, h.plan, h.step, h.colour)
WHERE h.ends_at > %(at)s AND (%(everybody)s OR s.n IS NOT NULL)
  AND NOT EXISTS (SELECT FROM hold_releases r WHERE r.person_id = h.person_id AND r.hold_id = h.id);

-- name: open_holds
-- Those that are called for and not there. Done twice, it does nothing the second time.
INSERT INTO holds (person_id, colour, rule, plan, reason_zh, reason_en, starts_at, ends_at, evidence_id, step, adoption_id, recolouring_id)
SELECT w.person_id, w.colour, s.key, s.plan, s.reason_zh, s.reason_en, w.starts_at, w.ends_at, w.evidence_id, s.step, s.adoption_id, %(id)s
FROM (
  SELECT * FROM wanted w
  WHERE NOT EXISTS (SELECT FROM current_holds c
    WHERE (c.person_id, c.evidence_id, c.n, c.starts_at, c.ends_at) = (w.person_id, w.evidence_id, w.n, w.starts_at, w.ends_at))
  OFFSET 0   -- before the words are put to them
) w
JOIN json_to_recordset(%(steps)s::json) AS s (
  n smallint, key text, plan text, adoption_id bigint, step smallint, reason_zh text, reason_en text) USING (n);

-- name: release_holds
-- Those that are there and not called for any more, with why.
INSERT INTO hold_releases (person_id, hold_id, recolouring_id, cause, evidence_id)
WITH uncounted AS MATERIALIZED (
  SELECT id FROM evidence_batches WHERE (applied_at IS NULL OR applied_at > %(at)s) AND id <> ALL(%(batches)s::bigint[])
), kept AS (
  SELECT w.person_id, s.key FROM wanted w JOIN json_to_recordset(%(steps)s::json) AS s (n smallint, key text) USING (n)
)
SELECT c.person_id, c.id, %(id)s,
       CASE WHEN c.evidence_id IS NULL THEN 'unfounded'
            WHEN EXISTS (SELECT FROM evidence k WHERE k.person_id = c.person_id AND k.supersedes = c.evidence_id
                         AND k.batch_id NOT IN (SELECT id FROM uncounted)) THEN 'corrected'
            WHEN x.id IS NOT NULL THEN 'decision'
            WHEN NOT c.plan = ANY(%(plans)s::text[]) THEN 'plan'
            WHEN EXISTS (SELECT FROM kept w WHERE w.person_id = c.person_id AND w.key = c.rule) THEN 'newer'
            ELSE 'evidence' END,
       x.id
FROM current_holds c
LEFT JOIN (SELECT DISTINCT ON (person_id, target) person_id, target, id FROM signed WHERE target IS NOT NULL) x
  ON x.person_id = c.person_id AND x.target = c.evidence_id
WHERE NOT EXISTS (SELECT FROM wanted w
  WHERE (c.person_id, c.evidence_id, c.n, c.starts_at, c.ends_at) = (w.person_id, w.evidence_id, w.n, w.starts_at, w.ends_at));

-- name: colours_wanted
-- Who is not green at an instant, as the rules find it.
SELECT person_id, max(colour)::text AS colour FROM wanted WHERE starts_at <= %(at)s AND ends_at > %(at)s GROUP BY person_id;

-- name: colours_held
-- Who was not green at an instant, as the holds tell: opened by then, not released by then. A hold that no recolouring opened is
-- there from its beginning.
SELECT h.person_id, max(h.colour)::text AS colour
FROM holds h LEFT JOIN recolourings o ON o.id = h.recolouring_id
WHERE h.starts_at <= %(at)s AND h.ends_at > %(at)s AND (o.at <= %(at)s OR h.recolouring_id IS NULL)
  AND NOT EXISTS (SELECT FROM hold_releases r JOIN recolourings c ON c.id = r.recolouring_id
                  WHERE r.person_id = h.person_id AND r.hold_id = h.id AND c.at <= %(at)s)
GROUP BY h.person_id;

-- name: forget_derived
TRUNCATE signed, known, wanted;

-- name: lane_last_places
-- At whose door people were seen last.
SELECT DISTINCT ON (person_id) person_id, ord FROM visits
WHERE person_id = ANY(%(person_ids)s::bigint[]) AND at > %(since)s
ORDER BY person_id, at DESC;

-- name: lane_units
SELECT id, parent_id, name, lo, hi FROM units WHERE closed_at IS NULL ORDER BY lo;

-- name: own_holds
-- A resident's own holds that last, with the plan and the evidence of each.
SELECT h.id, h.colour::text, h.rule, h.plan, h.reason_zh, h.reason_en, h.starts_at, h.ends_at, a.pack,
       e.id, e.kind::text, e.result, e.at, e.source, e.recorded_at
FROM holds h
LEFT JOIN plan_adoptions a ON a.id = h.adoption_id
LEFT JOIN evidence e ON e.person_id = h.person_id AND e.id = h.evidence_id
WHERE h.person_id = %(person_id)s AND h.ends_at > %(at)s
  AND NOT EXISTS (SELECT FROM hold_releases r WHERE r.person_id = h.person_id AND r.hold_id = h.id)
ORDER BY h.id;

-- name: unit_label
-- A unit anywhere.
SELECT id FROM unit_labels('', ARRAY[%(id)s::bigint]);

-- name: own_unit
SELECT id FROM units WHERE lo = %(lo)s;

-- name: insert_request
INSERT INTO hold_requests (ord, unit_id, second_unit_id, person_id, colour, until, target, grounds, reason, asked_by)
VALUES (%(ord)s, %(unit_id)s, %(second_unit_id)s, %(person_id)s, %(colour)s::hold_colour, %(until)s, %(target)s, %(grounds)s::uuid[], %(reason)s, %(asked_by)s)
RETURNING id;

-- name: requests
-- What units of the scope ask or are asked, newest first, or one of them; `waiting`: those that this account may decide.
SELECT r.id, r.ord, r.unit_id, r.second_unit_id, l.name AS unit, s.name AS second_unit, r.person_id, r.colour, r.until, r.target,
       r.grounds, r.reason, r.asked_by, r.asked_at, r.decided_by, r.decided_at, r.signed, m.asked_of_me
FROM hold_requests r
CROSS JOIN LATERAL unit_labels('', ARRAY[r.unit_id]) l
CROSS JOIN LATERAL unit_labels('', ARRAY[r.second_unit_id]) s
CROSS JOIN LATERAL (
  SELECT EXISTS (SELECT FROM units u WHERE u.id = r.second_unit_id AND u.lo BETWEEN %(lo)s AND %(hi)s) AS asked_of_me
) m
WHERE r.id < %(before)s AND (%(id)s::bigint IS NULL OR r.id = %(id)s)
  AND (NOT %(waiting)s OR (r.signed IS NULL AND r.asked_at >= %(since)s AND r.asked_by <> %(account_id)s AND m.asked_of_me
                           AND NOT r.ord BETWEEN %(lo)s AND %(hi)s))
ORDER BY r.id DESC
LIMIT %(limit)s;

-- name: decide_request
-- Once.
UPDATE hold_requests SET decided_by = %(account_id)s, decided_at = clock_timestamp(), signed = %(signed)s
WHERE id = %(id)s AND signed IS NULL
RETURNING id;

-- name: signed_without_evidence
SELECT r.id, r.person_id, r.colour IS NOT NULL, r.decided_at, u.name || '、' || s.name
FROM hold_requests r JOIN units u ON u.id = r.unit_id JOIN units s ON s.id = r.second_unit_id
WHERE r.signed AND NOT EXISTS (
  SELECT FROM evidence e WHERE e.person_id = r.person_id AND e.kind = 'decision' AND e.subject = r.id::text);
