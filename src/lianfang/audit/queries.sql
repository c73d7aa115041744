-- name: record
-- One entry of the log.
INSERT INTO audit_log (ord, actor, action, subject, detail)
VALUES (%(ord)s, %(actor)s, %(action)s, %(subject)s, %(detail)s);

-- name: latest
-- Entries of a part of the tree, newest first.
SELECT id, at, actor, action, subject, detail
FROM audit_log
WHERE ord BETWEEN %(lo)s AND %(hi)s AND id < %(before)s
ORDER BY id DESC
LIMIT %(limit)s;

-- name: called
-- What some ids are called today, as far as the scope sees them.
SELECT n.kind || ':' || n.id AS ref, n.name
FROM unnest(%(kinds)s::text[], %(ids)s::bigint[]) AS wanted (kind, id)
JOIN names n ON n.kind = wanted.kind AND n.id = wanted.id;
