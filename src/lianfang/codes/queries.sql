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
CREATE TEMP TABLE known (
  person_id bigint, id uuid, kind evidence_kind, result text, at timestamptz, base timestamptz, recorded_at timestamptz,
  confidence smallint, way text, province text, colour hold_colour, until timestamptz, target uuid
) ON COMMIT DROP;
CREATE TEMP TABLE wanted (
  person_id bigint, evidence_id uuid, rule text, plan text, adoption_id bigint, step smallint, colour hold_colour,
  reason_zh text, reason_en text, starts_at timestamptz, ends_at timestamptz
) ON COMMIT DROP;
CREATE TEMP TABLE current_holds (
  person_id bigint, id bigint, evidence_id uuid, rule text, plan text, step smallint, colour hold_colour,
  starts_at timestamptz, ends_at timestamptz
) ON COMMIT DROP;

-- name: people_of_batches
-- Whom it is about.
INSERT INTO recoloured SELECT DISTINCT person_id FROM evidence WHERE batch_id = ANY(%(batches)s::bigint[]);

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

-- name: known
-- What was known of them at an instant, as rules see it: applied by then (or being applied now), and corrected by nothing.
INSERT INTO known
WITH counted AS MATERIALIZED (
  SELECT id FROM evidence_batches WHERE applied_at <= %(at)s OR id = ANY(%(batches)s::bigint[])
)
SELECT e.person_id, e.id, e.kind, e.result, e.at, coalesce(e.until, e.at), e.recorded_at, e.confidence, split_part(e.provenance, ':', 1),
       CASE WHEN e.province = ANY(%(provinces)s::text[]) THEN e.province ELSE '' END, s.colour, s.until, s.target
FROM recoloured p JOIN evidence e USING (person_id) JOIN counted b ON b.id = e.batch_id
-- a decision counts where two accounts of two units have signed it, and for the person it was signed for
LEFT JOIN hold_requests s ON s.id = CASE WHEN e.kind = 'decision' THEN e.subject::bigint END AND s.person_id = e.person_id AND s.signed
                         AND s.unit_id <> s.second_unit_id AND s.asked_by <> s.decided_by
WHERE e.result <> 'withdrawn' AND NOT EXISTS (
  SELECT FROM evidence x JOIN counted xb ON xb.id = x.batch_id
  WHERE x.supersedes IS NOT NULL AND x.person_id = e.person_id AND x.supersedes = e.id);

-- name: count_known
ANALYZE known;

-- name: wanted
-- The holds that follow: the same in one statement as `plans/evaluate.py` says in plain steps.
INSERT INTO wanted
WITH rules AS MATERIALIZED (
  SELECT * FROM json_to_recordset(%(rules)s::json) AS r (
    province text, plan text, adoption_id bigint, key text, kind evidence_kind, results text[], ways text[], confidence int,
    stale_days int, reason_zh text, reason_en text, steps json)
), steps AS MATERIALIZED (
  SELECT r.province, r.plan, r.adoption_id, r.key, r.reason_zh, r.reason_en, s.step, s.colour,
         make_interval(hours => 24 * s.from_day) AS begins, make_interval(hours => 24 * s.to_day) AS ends
  FROM rules r CROSS JOIN LATERAL json_to_recordset(r.steps) AS s (step smallint, colour hold_colour, from_day int, to_day int)
), releases AS MATERIALIZED (
  SELECT * FROM json_to_recordset(%(releases)s::json) AS r (
    province text, key text, n int, kind evidence_kind, results text[], ways text[], confidence int, apart_hours int)
), excused AS MATERIALIZED (
  SELECT person_id, target FROM known WHERE target IS NOT NULL
), triggered AS (
  SELECT k.person_id, k.id, k.base, k.province, r.key,
         -- the newest of several counts, once it has happened: it holds for longest
         count(*) FILTER (WHERE k.recorded_at >= k.base)
           OVER (PARTITION BY k.person_id, k.province, r.key ORDER BY k.base DESC, k.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS newer
  FROM known k JOIN rules r ON r.province = k.province AND r.kind = k.kind AND k.result = ANY(r.results) AND k.way = ANY(r.ways)
                           AND k.confidence >= r.confidence AND k.recorded_at - k.base <= make_interval(days => r.stale_days)
), standing AS MATERIALIZED (
  SELECT t.person_id, t.id, t.base, t.province, t.key FROM triggered t
  WHERE t.newer = 0 AND NOT EXISTS (SELECT FROM excused x WHERE x.person_id = t.person_id AND x.target = t.id)
), ended AS MATERIALIZED (
  SELECT DISTINCT person_id, id, key FROM (
    SELECT t.person_id, t.id, t.key
    FROM standing t
    JOIN releases r ON r.province = t.province AND r.key = t.key
    JOIN known k ON k.person_id = t.person_id AND k.kind = r.kind AND k.result = ANY(r.results) AND k.way = ANY(r.ways)
                AND k.confidence >= r.confidence AND k.at > t.base
    GROUP BY t.person_id, t.id, t.key, r.n, r.apart_hours
    HAVING max(k.at) >= min(k.at) + make_interval(hours => r.apart_hours)
  ) x
)
SELECT t.person_id, t.id AS evidence_id, r.key AS rule, r.plan, r.adoption_id, r.step, r.colour, r.reason_zh, r.reason_en,
       t.base + r.begins AS starts_at, t.base + r.ends AS ends_at
FROM standing t JOIN steps r ON r.province = t.province AND r.key = t.key
WHERE t.base + r.ends > %(at)s
  AND NOT EXISTS (SELECT FROM ended e WHERE e.person_id = t.person_id AND e.id = t.id AND e.key = t.key)
UNION ALL
SELECT k.person_id, k.id, r.key, r.plan, r.adoption_id, 0::smallint, k.colour, r.reason_zh, r.reason_en, k.at, k.until
FROM known k JOIN json_to_recordset(%(manual)s::json) AS r (
  province text, plan text, adoption_id bigint, key text, reason_zh text, reason_en text) ON r.province = k.province
WHERE k.kind = 'decision' AND k.result = 'hold' AND k.until > greatest(k.at, %(at)s)
  AND NOT EXISTS (SELECT FROM excused x WHERE x.person_id = k.person_id AND x.target = k.id);

-- name: standing_holds
-- What holds them now.
INSERT INTO current_holds
SELECT h.person_id, h.id, h.evidence_id, h.rule, h.plan, h.step, h.colour, h.starts_at, h.ends_at
FROM recoloured p JOIN holds h USING (person_id)
WHERE h.ends_at > %(at)s AND NOT EXISTS (SELECT FROM hold_releases r WHERE r.person_id = h.person_id AND r.hold_id = h.id);

-- name: open_holds
-- Those that are called for and not there. Done twice, it does nothing the second time.
INSERT INTO holds (person_id, colour, rule, plan, reason_zh, reason_en, starts_at, ends_at, evidence_id, step, adoption_id, recolouring_id)
SELECT w.person_id, w.colour, w.rule, w.plan, w.reason_zh, w.reason_en, w.starts_at, w.ends_at, w.evidence_id, w.step, w.adoption_id, %(id)s
FROM wanted w
WHERE NOT EXISTS (SELECT FROM current_holds c WHERE c.person_id = w.person_id
  AND (c.evidence_id, c.rule, c.plan, c.step, c.colour, c.starts_at, c.ends_at)
    = (w.evidence_id, w.rule, w.plan, w.step, w.colour, w.starts_at, w.ends_at));

-- name: release_holds
-- Those that are there and not called for any more, with why.
INSERT INTO hold_releases (person_id, hold_id, recolouring_id, cause, evidence_id)
SELECT c.person_id, c.id, %(id)s,
       CASE WHEN c.evidence_id IS NULL THEN 'unfounded'
            WHEN k.id IS NULL THEN 'corrected'
            WHEN x.id IS NOT NULL THEN 'decision'
            WHEN NOT c.plan = ANY(%(plans)s::text[]) THEN 'plan'
            WHEN EXISTS (SELECT FROM wanted w WHERE w.person_id = c.person_id AND w.rule = c.rule) THEN 'newer'
            ELSE 'evidence' END,
       x.id
FROM current_holds c
LEFT JOIN known k ON k.person_id = c.person_id AND k.id = c.evidence_id
LEFT JOIN (SELECT DISTINCT ON (person_id, target) person_id, target, id FROM known WHERE target IS NOT NULL) x
  ON x.person_id = c.person_id AND x.target = c.evidence_id
WHERE NOT EXISTS (SELECT FROM wanted w WHERE w.person_id = c.person_id
  AND (c.evidence_id, c.rule, c.plan, c.step, c.colour, c.starts_at, c.ends_at)
    = (w.evidence_id, w.rule, w.plan, w.step, w.colour, w.starts_at, w.ends_at));

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
TRUNCATE known, wanted;

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
-- What units of the scope ask or are asked, newest first, or one of them. Names of accounts beyond the scope: their unit's.
SELECT r.id, r.ord, r.unit_id, r.second_unit_id, l.name AS unit, s.name AS second_unit, r.person_id, r.colour, r.until, r.reason,
       r.asked_by, coalesce(a.display_name, l.name || ' #' || r.asked_by) AS asked_name, r.asked_at,
       r.decided_by, coalesce(d.display_name, s.name || ' #' || r.decided_by, '') AS decided_name, r.decided_at, r.signed,
       EXISTS (SELECT FROM units u WHERE u.id = r.second_unit_id AND u.lo BETWEEN %(lo)s AND %(hi)s) AS asked_of_me
FROM hold_requests r
CROSS JOIN LATERAL unit_labels('', ARRAY[r.unit_id]) l
CROSS JOIN LATERAL unit_labels('', ARRAY[r.second_unit_id]) s
LEFT JOIN staff_accounts a ON a.id = r.asked_by
LEFT JOIN staff_accounts d ON d.id = r.decided_by
WHERE r.id < %(before)s AND (%(id)s::bigint IS NULL OR r.id = %(id)s)
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
