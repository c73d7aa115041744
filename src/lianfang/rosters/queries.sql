-- name: list_rosters
-- The lists of a part of the tree, in tree order.
SELECT r.id, r.unit_id, u.name AS unit_name, r.ord, r.name, r.kind, r.created_at,
       (SELECT count(*) FROM roster_members m WHERE m.roster_id = r.id AND m.left_at IS NULL) AS members
FROM rosters r JOIN units u ON u.id = r.unit_id
WHERE r.ord BETWEEN %(lo)s AND %(hi)s AND (r.ord, r.id) > (%(after_ord)s, %(after_id)s)
  AND (%(kind)s::roster_kind IS NULL OR r.kind = %(kind)s)
ORDER BY r.ord, r.id
LIMIT %(limit)s;

-- name: find_roster
SELECT r.id, r.unit_id, u.name AS unit_name, r.ord, r.name, r.kind, r.created_at,
       (SELECT count(*) FROM roster_members m WHERE m.roster_id = r.id AND m.left_at IS NULL) AS members
FROM rosters r JOIN units u ON u.id = r.unit_id
WHERE r.id = %(id)s AND r.ord BETWEEN %(lo)s AND %(hi)s;

-- name: insert_roster
-- No row where the unit has a list of this name.
INSERT INTO rosters (unit_id, ord, name, kind) VALUES (%(unit_id)s, %(ord)s, %(name)s, %(kind)s)
ON CONFLICT (unit_id, name) DO NOTHING
RETURNING id;

-- name: find_by_name
SELECT id FROM rosters WHERE unit_id = %(unit_id)s AND name = %(name)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: rename_roster
UPDATE rosters SET name = %(name)s WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: lock_roster
-- Two imports of one list work one after the other.
SELECT ord FROM rosters WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s FOR UPDATE;

-- name: known_members
-- What is stored of these documents, whether they have left or not. The indexes come as one text of bytes, 16 each.
SELECT document_index, id, content, left_at IS NOT NULL AS gone, number
FROM roster_members
WHERE roster_id = %(roster_id)s AND document_index = ANY(ARRAY(SELECT substr(%(indexes)s::bytea, 1 + 16 * g, 16) FROM generate_series(0, %(count)s::int - 1) AS g))
  AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: holders
-- Who holds these numbers today.
SELECT number, id, given, document_index
FROM roster_members
WHERE roster_id = %(roster_id)s AND number = ANY(%(numbers)s) AND left_at IS NULL AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: reserve_ids
SELECT nextval(pg_get_serial_sequence('roster_members', 'id')) FROM generate_series(1, %(count)s);

-- name: insert_members
-- One JSON parameter: psycopg takes longer over arrays than the database over the rows.
INSERT INTO roster_members (roster_id, id, ord, person_id, document_type, given, phone, number, department, job_category,
                            document_index, phone_index, name_index, content, joined_at, named_by)
SELECT %(roster_id)s, id, %(ord)s, person_id, document_type, decode(given, 'base64'), decode(phone, 'base64'), number, department,
       job_category, decode(document_index, 'base64'), decode(phone_index, 'base64'), decode(name_index, 'base64'), decode(content, 'base64'),
       coalesce(%(joined_at)s::timestamptz, now()), %(actor)s
FROM json_to_recordset(%(rows)s::json) AS n (
  id bigint, person_id bigint, document_type document_type, given text, phone text, number text, department text,
  job_category text, document_index text, phone_index text, name_index text, content text);

-- name: update_members
-- Members whose row has changed, and those who are back.
UPDATE roster_members m
SET person_id = n.person_id, document_type = n.document_type, given = decode(n.given, 'base64'),
    phone = decode(n.phone, 'base64'), number = n.number,
    department = n.department, job_category = n.job_category, document_index = decode(n.document_index, 'base64'),
    phone_index = decode(n.phone_index, 'base64'), name_index = decode(n.name_index, 'base64'),
    content = decode(n.content, 'base64'), left_at = NULL,
    joined_at = CASE WHEN m.left_at IS NULL THEN m.joined_at ELSE now() END,
    named_at = CASE WHEN m.left_at IS NULL AND m.person_id = n.person_id THEN m.named_at ELSE now() END,
    named_by = CASE WHEN m.left_at IS NULL AND m.person_id = n.person_id THEN m.named_by ELSE %(actor)s END
FROM json_to_recordset(%(rows)s::json) AS n (
  id bigint, person_id bigint, document_type document_type, given text, phone text, number text, department text,
  job_category text, document_index text, phone_index text, name_index text, content text)
WHERE m.roster_id = %(roster_id)s AND m.id = n.id AND m.ord BETWEEN %(lo)s AND %(hi)s;

-- name: stage_kept
CREATE TEMPORARY TABLE kept_members (id bigint) ON COMMIT DROP;

-- name: copy_kept
COPY kept_members (id) FROM STDIN;

-- name: count_missing
SELECT count(*) FROM roster_members m
WHERE m.roster_id = %(roster_id)s AND m.left_at IS NULL AND m.ord BETWEEN %(lo)s AND %(hi)s
  AND NOT EXISTS (SELECT FROM kept_members k WHERE k.id = m.id);

-- name: leave_missing
UPDATE roster_members m SET left_at = now()
WHERE m.roster_id = %(roster_id)s AND m.left_at IS NULL AND m.ord BETWEEN %(lo)s AND %(hi)s
  AND NOT EXISTS (SELECT FROM kept_members k WHERE k.id = m.id);

-- name: leave
-- One member leaves; a row where they had not.
UPDATE roster_members SET left_at = now()
WHERE roster_id = %(roster_id)s AND id = %(id)s AND left_at IS NULL AND ord BETWEEN %(lo)s AND %(hi)s
RETURNING id;

-- name: list_members
-- A page of a list, in the order in which the members came onto it.
SELECT roster_id, id, person_id, document_type, given, phone, number, department, job_category, joined_at, left_at
FROM roster_members
WHERE roster_id = %(roster_id)s AND id > %(after)s AND ord BETWEEN %(lo)s AND %(hi)s AND (left_at IS NOT NULL) = %(gone)s
  AND (%(number)s = '' OR number = %(number)s)
  AND (%(department)s = '' OR department = %(department)s)
  AND (%(documents)s::bytea[] IS NULL OR document_index = ANY(%(documents)s))
  AND (%(phone)s::bytea IS NULL OR phone_index = %(phone)s)
  AND (%(name)s::bytea IS NULL OR name_index = %(name)s)
ORDER BY id
LIMIT %(limit)s;

-- name: find_member
SELECT roster_id, id, person_id, document_type, given, phone, number, department, job_category, joined_at, left_at
FROM roster_members
WHERE roster_id = %(roster_id)s AND id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;
