-- name: find_place
-- Where a unit stands.
SELECT id, name, level, code, lo, hi, closed_at IS NOT NULL AS closed FROM units WHERE id = %(id)s AND lo BETWEEN %(lo)s AND %(hi)s;

-- name: find_by_code
SELECT id, name, level, code, lo, hi, closed_at IS NOT NULL AS closed FROM units WHERE code = %(code)s AND lo BETWEEN %(lo)s AND %(hi)s;

-- name: find_unit
-- A unit with its counts.
SELECT u.id, u.parent_id, u.code, u.name, u.level,
       (SELECT count(*) FROM units c WHERE c.parent_id = u.id) AS children,
       (SELECT count(*) FROM checkpoints k WHERE k.ord = u.lo) AS checkpoints,
       u.closed_at, u.merged_into
FROM units u
WHERE u.id = %(id)s AND u.lo BETWEEN %(lo)s AND %(hi)s;

-- name: own_unit
-- The top unit of a scope.
SELECT u.id, u.parent_id, u.code, u.name, u.level,
       (SELECT count(*) FROM units c WHERE c.parent_id = u.id) AS children,
       (SELECT count(*) FROM checkpoints k WHERE k.ord = u.lo) AS checkpoints,
       u.closed_at, u.merged_into
FROM units u
WHERE u.lo = %(lo)s;

-- name: children
-- The direct children of a unit, in tree order.
SELECT u.id, u.parent_id, u.code, u.name, u.level,
       (SELECT count(*) FROM units c WHERE c.parent_id = u.id) AS children,
       (SELECT count(*) FROM checkpoints k WHERE k.ord = u.lo) AS checkpoints,
       u.closed_at, u.merged_into, u.lo AS place
FROM units u
WHERE u.parent_id = %(parent_id)s AND u.lo BETWEEN %(lo)s AND %(hi)s AND u.lo > %(after)s
ORDER BY u.lo
LIMIT %(limit)s;

-- name: search
-- Units of a scope by a part of their name or the beginning of their code, in tree order.
SELECT u.id, u.parent_id, u.code, u.name, u.level,
       (SELECT count(*) FROM units c WHERE c.parent_id = u.id) AS children,
       (SELECT count(*) FROM checkpoints k WHERE k.ord = u.lo) AS checkpoints,
       u.closed_at, u.merged_into, u.lo AS place
FROM units u
WHERE u.lo BETWEEN %(lo)s AND %(hi)s AND u.lo > %(after)s
  AND (strpos(u.name, %(text)s) > 0 OR starts_with(u.code, %(text)s))
ORDER BY u.lo
LIMIT %(limit)s;

-- name: path
-- The way to a unit, from the top of the scope down.
WITH RECURSIVE way AS (
  SELECT id, name, parent_id, lo FROM units WHERE id = %(id)s AND lo BETWEEN %(lo)s AND %(hi)s
  UNION ALL
  SELECT p.id, p.name, p.parent_id, p.lo FROM units p JOIN way ON p.id = way.parent_id WHERE p.lo BETWEEN %(lo)s AND %(hi)s
)
SELECT id, name FROM way ORDER BY lo;

-- name: lock_place
-- A unit that gets children; two creations under one parent wait for each other.
SELECT id, name, level, code, lo, hi, closed_at IS NOT NULL AS closed FROM units WHERE id = %(id)s AND lo BETWEEN %(lo)s AND %(hi)s FOR UPDATE;

-- name: used_hi
-- The last place that a unit's children take, or took before they moved away. A statement of its own: one that waits for a
-- lock still sees what was before it.
SELECT greatest((SELECT max(hi) FROM units WHERE parent_id = u.id),
                (SELECT max(r.hi) FROM retired_places r WHERE r.lo > u.lo AND r.hi <= u.hi))
FROM units u WHERE u.id = %(id)s;

-- name: hold_tree
-- Until this transaction ends no unit gets other places; any number may be added meanwhile.
SELECT pg_advisory_xact_lock_shared(hashtext('lianfang.places'));

-- name: insert_unit
INSERT INTO units (parent_id, code, name, level, lo, hi)
VALUES (%(parent_id)s, %(code)s, %(name)s, %(level)s, %(lo)s, %(hi)s)
RETURNING id;

-- name: rename_unit
UPDATE units SET name = %(name)s WHERE id = %(id)s AND lo BETWEEN %(lo)s AND %(hi)s;

-- name: tell_names
-- Processes that keep names of units in memory forget them.
SELECT pg_notify('lianfang_units', '');

-- name: sibling_with_name
SELECT id FROM units WHERE parent_id = %(parent_id)s AND name = %(name)s AND id <> %(except_id)s LIMIT 1;

-- name: divisions
-- Every unit that has a division code, with the last place its children use.
SELECT u.code, u.id, u.name, u.lo, u.hi,
       greatest(c.used_hi, (SELECT max(r.hi) FROM retired_places r WHERE r.lo > u.lo AND r.lo <= u.hi AND r.hi <= u.hi)) AS used_hi
FROM units u
LEFT JOIN (SELECT parent_id, max(hi) AS used_hi FROM units GROUP BY parent_id) c ON c.parent_id = u.id
WHERE u.code IS NOT NULL AND u.lo BETWEEN %(lo)s AND %(hi)s;

-- name: last_root
-- The last place that any top unit uses.
SELECT max(hi) FROM units WHERE parent_id IS NULL;

-- name: is_top
-- Whether an interval is that of a unit without one above it.
SELECT EXISTS (SELECT FROM units WHERE parent_id IS NULL AND lo = %(lo)s AND hi = %(hi)s);

-- name: record
-- An entry of a unit's history.
INSERT INTO unit_history (ord, unit_id, kind, actor, reason, detail)
SELECT lo, id, %(kind)s, %(actor)s, %(reason)s, %(detail)s FROM units WHERE id = %(unit_id)s
RETURNING id;

-- name: history
-- What has happened to a unit, newest first; the name of a staff member only where the reader administers them.
SELECT h.id, h.at, h.kind, h.actor, a.display_name AS actor_name, h.reason, h.detail
FROM unit_history h LEFT JOIN staff_accounts a ON 'staff:' || a.id = h.actor
WHERE h.unit_id = %(unit_id)s AND h.ord BETWEEN %(lo)s AND %(hi)s AND h.id < %(before)s
ORDER BY h.id DESC
LIMIT %(limit)s;

-- name: reserve_ids
-- As many unit ids as are needed, in order.
SELECT nextval(pg_get_serial_sequence('units', 'id')) FROM generate_series(1, %(count)s);

-- name: stage_units
CREATE TEMPORARY TABLE staged_units (LIKE units INCLUDING DEFAULTS) ON COMMIT DROP;

-- name: copy_staged
COPY staged_units (id, parent_id, code, name, level, lo, hi) FROM STDIN;

-- name: insert_staged
INSERT INTO units (id, parent_id, code, name, level, lo, hi)
SELECT id, parent_id, code, name, level, lo, hi FROM staged_units ORDER BY lo;

-- name: close_all
-- A unit and what is open below it.
UPDATE units SET closed_at = now(), closed_with = %(entry)s
WHERE closed_at IS NULL AND lo BETWEEN %(lo)s AND %(hi)s;

-- name: reopen_all
UPDATE units SET closed_at = NULL, closed_with = NULL
WHERE closed_with = %(entry)s AND lo BETWEEN %(lo)s AND %(hi)s;

-- name: reopen_one
-- A unit that was merged, by itself: what it had belongs to the other one.
UPDATE units SET closed_at = NULL, merged_into = NULL WHERE id = %(id)s AND lo BETWEEN %(lo)s AND %(hi)s;

-- name: lock_many
-- Open units that get checkpoints or accounts, in one order for all who lock them.
SELECT id, lo FROM units WHERE id = ANY(%(ids)s) AND closed_at IS NULL AND lo BETWEEN %(lo)s AND %(hi)s ORDER BY id FOR NO KEY UPDATE;

-- name: names_under
-- Which of these names the children of these units have.
SELECT parent_id, name FROM units WHERE parent_id = ANY(%(parent_ids)s) AND name = ANY(%(names)s);

-- name: change_many
UPDATE units u SET name = n.name, level = n.level, code = n.code
FROM unnest(%(ids)s::bigint[], %(names)s::text[], %(levels)s::unit_level[], %(codes)s::text[]) AS n (id, name, level, code)
WHERE u.id = n.id AND u.lo BETWEEN %(lo)s AND %(hi)s;

-- name: taken_codes
-- Which of these division codes any unit has.
SELECT code FROM units WHERE code = ANY(%(codes)s);

-- name: record_creations
-- The first entry of units' histories.
INSERT INTO unit_history (ord, unit_id, kind, actor, detail)
SELECT lo, id, 'create', %(actor)s, jsonb_build_object('parent', parent_id) FROM units WHERE id = ANY(%(ids)s) ORDER BY lo;

-- name: record_renames
-- Entries of those units that are about to get another name.
INSERT INTO unit_history (ord, unit_id, kind, actor, detail)
SELECT u.lo, u.id, 'rename', %(actor)s, jsonb_build_object('before', u.name, 'after', n.name)
FROM unnest(%(ids)s::bigint[], %(names)s::text[]) AS n (id, name) JOIN units u ON u.id = n.id
WHERE u.name <> n.name AND u.lo BETWEEN %(lo)s AND %(hi)s;
