-- name: list_posters
-- The open checkpoints that fit a filter, in tree order, with the names that stand on their posters: the unit's, and where
-- it is in the scope the one's above it, because half of all villages are called Dongshan.
SELECT k.ord, k.id, k.name, c.code, u.name AS unit, above.name AS above
FROM checkpoints k
JOIN units u ON u.id = k.unit_id
LEFT JOIN units above ON above.id = u.parent_id
JOIN checkpoint_codes c ON c.checkpoint_id = k.id AND c.replaced_at IS NULL
WHERE k.ord BETWEEN %(lo)s AND %(hi)s AND k.open
  AND (k.ord, k.id) > (%(after_ord)s, %(after_id)s)
  AND (%(category)s::category IS NULL OR k.category = %(category)s)
  AND (%(text)s = '' OR strpos(k.name, %(text)s) > 0)
  AND (%(since)s::timestamptz IS NULL OR k.created_at >= %(since)s)
ORDER BY k.ord, k.id
LIMIT %(limit)s;

-- name: count_posters
SELECT count(*)
FROM checkpoints k
WHERE k.ord BETWEEN %(lo)s AND %(hi)s AND k.open
  AND (%(category)s::category IS NULL OR k.category = %(category)s)
  AND (%(text)s = '' OR strpos(k.name, %(text)s) > 0)
  AND (%(since)s::timestamptz IS NULL OR k.created_at >= %(since)s);
