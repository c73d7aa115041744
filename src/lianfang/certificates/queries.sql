-- name: insert_signer
-- A key that was voided stays void: it is not added again.
INSERT INTO certificate_signers (format, kid, issuer, country, public_key, usages, not_before, not_after, ord, added_by)
VALUES (%(format)s, %(kid)s, %(issuer)s, %(country)s, %(public_key)s, %(usages)s, %(not_before)s, %(not_after)s, %(ord)s, %(by)s)
ON CONFLICT (format, kid, public_key) DO NOTHING
RETURNING id;

-- name: signers
SELECT id, format, kid, issuer, country, usages, not_before, not_after, added_at, voided_at FROM certificate_signers
WHERE ord BETWEEN %(lo)s AND %(hi)s AND id > %(after)s ORDER BY id LIMIT %(limit)s;

-- name: void_signer
UPDATE certificate_signers SET voided_by = %(by)s, voided_at = now()
WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s AND voided_at IS NULL;

-- name: insert_revocations
INSERT INTO certificate_revocations (mark, ord, added_by)
SELECT decode(mark, 'hex'), %(ord)s, %(by)s FROM unnest(%(marks)s::text[]) AS mark
ON CONFLICT (mark) DO NOTHING;

-- name: worker_signers
-- Those that could have signed it.
SELECT format, kid, issuer, country, public_key, usages, not_before, not_after, voided_at IS NOT NULL AS voided
FROM certificate_signers WHERE format = %(format)s AND kid = %(kid)s;

-- name: worker_revoked
SELECT mark FROM certificate_revocations WHERE mark = ANY(%(marks)s);
