-- name: candidates
-- The first-degree contacts of a trace, with their evidence as rows.
SELECT c.person_id, c.score, e.source_id, e.checkpoint_id, extract(epoch FROM e.begins)::bigint AS begins,
       extract(epoch FROM e.ends)::bigint AS ends, e.chance
FROM trace_contacts c JOIN trace_exposures e ON e.person_id = c.person_id AND e.trace_id = c.trace_id
WHERE c.trace_id = %(id)s AND c.degree = 1 AND c.ord BETWEEN %(lo)s AND %(hi)s
ORDER BY c.person_id;

-- name: lane_facts
-- Tests and vaccinations of some people as they stood at an instant, from sources that rules trust.
SELECT e.person_id, e.kind, e.result, extract(epoch FROM e.at)::bigint AS at
FROM evidence e
WHERE e.person_id = ANY(%(ids)s::bigint[]) AND e.recorded_at <= %(as_of)s AND e.confidence >= 80
  AND split_part(e.provenance, ':', 1) = ANY(%(ways)s) AND e.result <> %(withdrawn)s
  AND (e.kind = 'vaccination' OR (e.kind = 'test' AND coalesce(e.subject, 'pcr') = 'pcr'))
  AND NOT EXISTS (SELECT FROM evidence c
                  WHERE c.person_id = e.person_id AND c.supersedes = e.id AND c.recorded_at <= %(as_of)s)
ORDER BY e.person_id, e.at;

-- name: places
SELECT k.id, k.ord, k.category::text AS category FROM checkpoints k WHERE k.ord BETWEEN %(lo)s AND %(hi)s;

-- name: insert_funnel
-- The next version of that name. Who narrows a trace twice at once waits for the first (the lock on the trace's row).
INSERT INTO funnels (trace_id, ord, actor, name, version, purpose, as_of, steps, results, candidates, kept, expected, model)
SELECT t.id, t.ord, %(actor)s, %(name)s,
       1 + coalesce((SELECT max(version) FROM funnels WHERE trace_id = t.id AND name = %(name)s), 0),
       %(purpose)s, %(as_of)s, %(steps)s::jsonb, %(results)s::jsonb, %(candidates)s, %(kept)s, %(expected)s, %(model)s
FROM traces t WHERE t.id = %(trace_id)s AND t.ord BETWEEN %(lo)s AND %(hi)s
RETURNING id, ord;

-- name: lock_trace
SELECT pg_advisory_xact_lock(hashtextextended('funnels', %(trace_id)s));

-- name: insert_people
INSERT INTO funnel_people (person_id, funnel_id, ord, step, risk)
SELECT person, %(id)s, %(ord)s, step, risk
FROM unnest(%(person)s::bigint[], %(step)s::smallint[], %(risk)s::real[]) AS p (person, step, risk);

-- name: find
SELECT id, trace_id, name, version, actor, purpose, created_at, as_of, steps, results, candidates, kept, expected, model
FROM funnels WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: latest
SELECT id, trace_id, name, version, actor, purpose, created_at, as_of, steps, results, candidates, kept, expected, model
FROM funnels
WHERE ord BETWEEN %(lo)s AND %(hi)s AND (%(trace_id)s::bigint IS NULL OR trace_id = %(trace_id)s) AND id < %(before)s
ORDER BY id DESC LIMIT %(limit)s;

-- name: people
-- Whose way ended at a step, the likeliest to be infected first.
SELECT p.person_id, p.step, p.risk, c.seconds, c.score
FROM funnel_people p
JOIN funnels f ON f.id = p.funnel_id
JOIN trace_contacts c ON c.person_id = p.person_id AND c.trace_id = f.trace_id
WHERE p.funnel_id = %(id)s AND p.step = %(step)s AND p.ord BETWEEN %(lo)s AND %(hi)s
  AND (p.risk, -p.person_id) < (%(risk)s::real, -%(after)s::bigint)
ORDER BY p.risk DESC, p.person_id LIMIT %(limit)s;
