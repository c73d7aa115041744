-- name: hold_tree
-- Nobody else moves, closes or adds a unit until this transaction ends.
SELECT pg_advisory_xact_lock(hashtext('lianfang.places'));

-- name: subtree
-- A unit and everything below it, in tree order.
SELECT id, parent_id, lo, hi FROM units
WHERE lo BETWEEN (SELECT lo FROM units WHERE id = %(id)s) AND (SELECT hi FROM units WHERE id = %(id)s)
  AND lo BETWEEN %(lo)s AND %(hi)s
ORDER BY lo;

-- name: parent_of
SELECT p.id, p.name FROM units u JOIN units p ON p.id = u.parent_id
WHERE u.id = %(id)s AND p.lo BETWEEN %(lo)s AND %(hi)s;

-- name: closure
-- How a unit was closed: with which entry of a history, and whose that is.
SELECT u.closed_with, h.unit_id, u.merged_into, p.closed_at IS NOT NULL AS parent_closed
FROM units u LEFT JOIN unit_history h ON h.id = u.closed_with LEFT JOIN units p ON p.id = u.parent_id
WHERE u.id = %(id)s AND u.lo BETWEEN %(lo)s AND %(hi)s;

-- name: clash
-- A child of one unit that is called as a child of another one.
SELECT a.name FROM units a JOIN units b ON b.name = a.name AND b.parent_id = %(into_id)s AND b.id NOT IN (a.id, %(id)s)
WHERE a.parent_id = %(id)s LIMIT 1;

-- name: child_levels
SELECT DISTINCT level FROM units WHERE parent_id = %(id)s AND lo BETWEEN %(lo)s AND %(hi)s;

-- name: extent
SELECT (SELECT count(*) FROM units WHERE lo BETWEEN %(lo)s AND %(hi)s) AS units,
       k.total AS checkpoints, k.open AS open_checkpoints,
       (SELECT count(*) FROM staff_accounts WHERE ord BETWEEN %(lo)s AND %(hi)s) AS accounts,
       (SELECT count(*) FROM visits WHERE ord BETWEEN %(lo)s AND %(hi)s) AS visits
FROM (SELECT count(*) AS total, count(*) FILTER (WHERE open) AS open FROM checkpoints WHERE ord BETWEEN %(lo)s AND %(hi)s) k;

-- name: move_unit
SELECT move_unit(%(moved)s, %(target)s, %(ids)s::bigint[], %(los)s::bigint[], %(his)s::bigint[], %(merge)s, %(at_once)s);

-- name: worker_due
-- Moves whose rows may still be on their way: unfinished ones, and recent ones, whose late rows are looked for. In order.
SELECT id FROM unit_moves
WHERE finished_at IS NULL OR started_at > now() - %(recent)s::interval
ORDER BY id;

-- name: worker_leaves
SELECT leaf FROM place_leaves();

-- name: worker_rows
SELECT rows_to_follow(%(move)s);

-- name: worker_follow
SELECT moved, next FROM follow_move(%(move)s, %(leaf)s, %(place)s, %(amount)s);

-- name: worker_finish
SELECT finish_move(%(move)s);
