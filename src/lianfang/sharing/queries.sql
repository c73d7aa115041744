-- name: given
-- What units of a part of the tree share, newest first.
SELECT s.id, s.unit_id, o.name AS unit, s.to_unit_id, t.name AS to_unit, t.code AS to_code, s.kind, s.categories::text[], s.purpose,
       s.export, s.starts_at, s.ends_at, s.created_at, s.revoked_at,
       CASE WHEN s.revoked_at IS NOT NULL THEN 'revoked' WHEN now() < s.starts_at THEN 'waiting'
            WHEN now() < s.ends_at THEN 'running' ELSE 'over' END AS state
FROM shares s JOIN units o ON o.id = s.unit_id
CROSS JOIN LATERAL unit_labels('', ARRAY[s.to_unit_id]) t
WHERE s.ord BETWEEN %(lo)s AND %(hi)s AND s.id < %(before)s
ORDER BY s.id DESC
LIMIT %(limit)s;

-- name: received
-- What units of a part of the tree are shown by others, newest first.
SELECT s.id, s.unit_id, o.name AS unit, s.to_unit_id, t.name AS to_unit, t.code AS to_code, s.kind, s.categories::text[], s.purpose,
       s.export, s.starts_at, s.ends_at, s.created_at, s.revoked_at,
       CASE WHEN s.revoked_at IS NOT NULL THEN 'revoked' WHEN now() < s.starts_at THEN 'waiting'
            WHEN now() < s.ends_at THEN 'running' ELSE 'over' END AS state
FROM shares s JOIN units t ON t.id = s.to_unit_id
CROSS JOIN LATERAL unit_labels('', ARRAY[s.unit_id]) o
WHERE t.lo BETWEEN %(lo)s AND %(hi)s AND s.id < %(before)s
ORDER BY s.id DESC
LIMIT %(limit)s;

-- name: addressees
-- Open units anywhere with exactly this name or division code.
SELECT id, name, code FROM unit_labels(%(words)s, '{}') LIMIT 20;

-- name: addressee
SELECT id, name, code FROM unit_labels('', ARRAY[%(id)s::bigint]);

-- name: insert_share
INSERT INTO shares (ord, unit_id, to_unit_id, kind, categories, purpose, export, starts_at, ends_at, created_by)
VALUES (%(ord)s, %(unit_id)s, %(to_unit_id)s, %(kind)s, %(categories)s::category[], %(purpose)s, %(export)s,
        coalesce(%(starts_at)s, now()), %(ends_at)s, %(created_by)s)
RETURNING id;

-- name: revoke_share
UPDATE shares SET revoked_at = now(), revoked_by = %(by)s
WHERE id = %(id)s AND revoked_at IS NULL AND ord BETWEEN %(lo)s AND %(hi)s
RETURNING id;

-- name: is_known
-- Whether a share is addressed to a unit of this part of the tree, whatever has become of it.
SELECT s.id FROM shares s JOIN units t ON t.id = s.to_unit_id
WHERE s.id = %(id)s AND t.lo BETWEEN %(lo)s AND %(hi)s;

-- name: open_share
SELECT kind, categories::text[], export, lo, hi FROM open_share(%(id)s);

-- name: alerts
-- Fevers at the doors of a part of the tree, newest first.
SELECT f.id, k.name AS checkpoint, k.category, u.name AS unit, f.person_id, f.celsius::float8 AS celsius, f.at, f.scan_id,
       f.acknowledged_at
FROM fever_alerts f JOIN checkpoints k ON k.id = f.checkpoint_id JOIN units u ON u.id = k.unit_id
WHERE f.ord BETWEEN %(lo)s AND %(hi)s AND f.id < %(before)s
ORDER BY f.id DESC
LIMIT %(limit)s;
