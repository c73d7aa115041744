-- name: insert_comparison
INSERT INTO plan_comparisons (a, b, unit_id, asked_by) VALUES (%(a)s, %(b)s, %(unit_id)s, %(asked_by)s) RETURNING id;

-- name: set_run
UPDATE plan_comparisons SET run_id = %(run_id)s WHERE id = %(id)s;

-- name: comparisons
-- Newest first, or one of them.
SELECT c.id, c.a, c.b, l.name AS unit, c.asked_by, c.asked_at, c.run_id, c.finished_at, c.found
FROM plan_comparisons c CROSS JOIN LATERAL unit_labels('', ARRAY[c.unit_id]) l
WHERE c.id < %(before)s AND (%(id)s::bigint IS NULL OR c.id = %(id)s)
ORDER BY c.id DESC LIMIT %(limit)s;

-- name: visible
-- Which of these units are in this part of the tree.
SELECT id FROM units WHERE id = ANY(%(ids)s::bigint[]);

-- name: finish
UPDATE plan_comparisons SET found = %(found)s, finished_at = clock_timestamp() WHERE id = %(id)s;

-- name: insert_proposal
INSERT INTO plan_proposals (comparison_id, plan, starts_at, reason, unit_id, whole, proposed_by)
VALUES (%(comparison_id)s, %(plan)s, %(starts_at)s, %(reason)s, %(unit_id)s, %(whole)s, %(proposed_by)s)
RETURNING id;

-- name: proposals
-- Newest first, or one of them.
SELECT p.id, p.comparison_id, p.plan, p.starts_at, p.reason, p.unit_id, l.name AS unit, p.whole, p.proposed_by, p.proposed_at,
       coalesce(d.name, '') AS decided_unit, p.decided_by, p.decided_at, p.agreed,
       (c.found->>'people')::bigint AS people, (c.found->>'changed')::bigint AS changed
FROM plan_proposals p JOIN plan_comparisons c ON c.id = p.comparison_id
CROSS JOIN LATERAL unit_labels('', ARRAY[p.unit_id]) l
LEFT JOIN LATERAL unit_labels('', ARRAY[p.decided_unit_id]) d ON true
WHERE p.id < %(before)s AND (%(id)s::bigint IS NULL OR p.id = %(id)s)
ORDER BY p.id DESC LIMIT %(limit)s;

-- name: decide
-- Once.
UPDATE plan_proposals
SET decided_by = %(account_id)s, decided_unit_id = %(unit_id)s, decided_at = clock_timestamp(), agreed = %(agreed)s
WHERE id = %(id)s AND agreed IS NULL
RETURNING id;

-- name: agreed
-- Those that two have agreed on and that are not adopted yet; nobody else adopts them meanwhile.
SELECT id, plan, starts_at, 'staff:' || proposed_by || '+staff:' || decided_by
FROM plan_proposals WHERE agreed AND adoption_id IS NULL ORDER BY id FOR UPDATE;

-- name: adopted
UPDATE plan_proposals SET adoption_id = %(adoption_id)s WHERE id = %(id)s;
