-- name: insert
INSERT INTO source_searches (trace_id, ord, actor, purpose)
SELECT t.id, t.ord, %(actor)s, %(purpose)s FROM traces t
WHERE t.id = %(trace_id)s AND t.ord BETWEEN %(lo)s AND %(hi)s
RETURNING id;

-- name: set_run
UPDATE source_searches SET run_id = %(run_id)s WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: asked
-- The trace of a search, as it was asked for; encrypted.
SELECT t.actor, t.asked, t.plan, t.now FROM source_searches s JOIN traces t ON t.id = s.trace_id
WHERE s.id = %(id)s AND s.ord BETWEEN %(lo)s AND %(hi)s;

-- name: finish
UPDATE source_searches SET finished_at = now(), cases = %(cases)s, hours_tested = %(tested)s, found = %(found)s, findings = %(findings)s::jsonb
WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: find
SELECT id, trace_id, run_id, actor, purpose, created_at, finished_at, cases, hours_tested, found
FROM source_searches WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: latest
SELECT id, trace_id, run_id, actor, purpose, created_at, finished_at, cases, hours_tested, found
FROM source_searches
WHERE ord BETWEEN %(lo)s AND %(hi)s AND (%(trace_id)s::bigint IS NULL OR trace_id = %(trace_id)s) AND id < %(before)s
ORDER BY id DESC LIMIT %(limit)s;

-- name: findings
SELECT findings FROM source_searches WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: named
-- Places by name, as far as they are in sight.
SELECT k.id, k.name, k.category::text AS category, u.name AS unit
FROM checkpoints k JOIN units u ON u.id = k.unit_id
WHERE k.id = ANY(%(ids)s::bigint[]) AND k.ord BETWEEN %(lo)s AND %(hi)s;
