-- name: terminals
-- Terminals of a part of the tree; the voided ones last.
SELECT t.id, t.name, t.checkpoint_id, k.name AS checkpoint, u.name AS unit, t.enrolled_at,
       coalesce(t.enrolment_until > now(), false) AS enrolling, t.seen_at, t.voided_at
FROM gate_terminals t JOIN checkpoints k ON k.id = t.checkpoint_id JOIN units u ON u.id = k.unit_id
WHERE t.ord BETWEEN %(lo)s AND %(hi)s AND t.id > %(after)s
ORDER BY t.id LIMIT %(limit)s;

-- name: insert
INSERT INTO gate_terminals (ord, checkpoint_id, name, registered_by, enrolment_digest, enrolment_until)
VALUES (%(ord)s, %(checkpoint_id)s, %(name)s, %(account_id)s, %(digest)s, %(until)s) RETURNING id;

-- name: enrol_anew
-- Another enrolment code; the key stays until it has been used.
UPDATE gate_terminals SET enrolment_digest = %(digest)s, enrolment_until = %(until)s
WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s AND voided_at IS NULL;

-- name: void
UPDATE gate_terminals SET voided_at = now(), enrolment_digest = NULL, enrolment_until = NULL
WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s AND voided_at IS NULL;

-- name: about
SELECT t.name, k.name FROM gate_terminals t JOIN checkpoints k ON k.id = t.checkpoint_id WHERE t.id = %(id)s;

-- name: identity_keys
SELECT id, ord, checkpoint_id, registered_by, public_key, earlier_key FROM gate_terminals
WHERE id = %(id)s AND voided_at IS NULL AND public_key IS NOT NULL;

-- name: identity_enrol
-- Once: the code is gone with it.
UPDATE gate_terminals SET public_key = %(public_key)s, earlier_key = NULL, enrolled_at = now(), enrolment_digest = NULL, enrolment_until = NULL
WHERE enrolment_digest = %(digest)s AND enrolment_until > now() AND voided_at IS NULL
RETURNING id;

-- name: identity_rotate
UPDATE gate_terminals SET earlier_key = public_key, public_key = %(public_key)s, enrolled_at = now() WHERE id = %(id)s AND voided_at IS NULL;

-- name: identity_settle
-- The new key has been used: the earlier one ends.
UPDATE gate_terminals SET earlier_key = NULL WHERE id = %(id)s;

-- name: identity_seen
UPDATE gate_terminals SET seen_at = now() WHERE id = %(id)s AND (seen_at IS NULL OR seen_at < now() - interval '1 minute');

-- name: identity_spend_nonce
INSERT INTO terminal_nonces (terminal_id, nonce) VALUES (%(id)s, %(nonce)s) ON CONFLICT DO NOTHING;

-- name: worker_forget
DELETE FROM terminal_nonces WHERE at < %(before)s;
