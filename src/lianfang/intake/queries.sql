-- name: hold_origin
-- One at a time writes under this origin: two batches that correct the same number must not overlook each other.
SELECT pg_advisory_xact_lock(hashtextextended('intake:' || %(origin)s, 0));

-- name: refs
SELECT ref, document_index, evidence_id, kind, content FROM evidence_refs WHERE origin = %(origin)s AND ref = ANY(%(refs)s);

-- name: put_refs
INSERT INTO evidence_refs (origin, ref, document_index, evidence_id, kind, content)
SELECT %(origin)s, decode(ref, 'base64'), decode(document_index, 'base64'), evidence_id, kind, decode(content, 'base64')
FROM json_to_recordset(%(rows)s::json) AS r (ref text, document_index text, evidence_id uuid, kind evidence_kind, content text)
ON CONFLICT (origin, ref) DO UPDATE
  SET document_index = excluded.document_index, evidence_id = excluded.evidence_id, kind = excluded.kind, content = excluded.content;

-- name: find_batch
SELECT content, answer FROM feed_batches WHERE authority_id = %(authority_id)s AND batch_id = %(batch_id)s;

-- name: insert_batch
INSERT INTO feed_batches (authority_id, batch_id, content, answer)
VALUES (%(authority_id)s, %(batch_id)s, %(content)s, %(answer)s);

-- name: signing_authority
-- Whose key this is, while it counts.
SELECT id, name, public_key, kinds::text[] AS kinds FROM authorities
WHERE id = %(id)s AND confirmed_at IS NOT NULL AND voided_at IS NULL;

-- name: insert_authority
INSERT INTO authorities (unit_id, ord, name, public_key, kinds, registered_by)
VALUES (%(unit_id)s, %(ord)s, %(name)s, %(public_key)s, %(kinds)s::evidence_kind[], %(by)s)
ON CONFLICT (public_key) DO NOTHING
RETURNING id;

-- name: authorities
SELECT a.id, a.unit_id, u.name AS unit, a.ord, a.name, a.public_key, a.kinds::text[] AS kinds, a.registered_by, a.registered_at,
       a.confirmed_at, a.voided_at
FROM authorities a JOIN units u ON u.id = a.unit_id
WHERE a.ord BETWEEN %(lo)s AND %(hi)s AND a.id > %(after)s AND (%(id)s::bigint IS NULL OR a.id = %(id)s)
ORDER BY a.id LIMIT %(limit)s;

-- name: confirm_authority
UPDATE authorities SET confirmed_by = %(by)s, confirmed_at = now()
WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s AND confirmed_at IS NULL AND voided_at IS NULL;

-- name: void_authority
UPDATE authorities SET voided_by = %(by)s, voided_at = now()
WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s AND voided_at IS NULL;

-- name: insert_import
INSERT INTO evidence_imports (unit_id, ord, source, file_name, counts, submitted_by)
VALUES (%(unit_id)s, %(ord)s, %(source)s, %(file_name)s, %(counts)s, %(by)s)
RETURNING id;

-- name: insert_import_part
INSERT INTO evidence_import_parts (import_id, seq, data) VALUES (%(import_id)s, %(seq)s, %(data)s);

-- name: imports
SELECT i.id, i.unit_id, u.name AS unit, i.ord, i.source, i.file_name, i.counts, i.state::text AS state, i.submitted_by,
       coalesce(s.display_name, '') AS submitter, i.submitted_at, i.decided_at, i.note, i.run_id
FROM evidence_imports i JOIN units u ON u.id = i.unit_id LEFT JOIN staff_accounts s ON s.id = i.submitted_by
WHERE i.ord BETWEEN %(lo)s AND %(hi)s AND i.id < %(before)s AND (%(id)s::bigint IS NULL OR i.id = %(id)s)
ORDER BY i.id DESC LIMIT %(limit)s;

-- name: decide_import
UPDATE evidence_imports SET state = %(state)s, decided_by = %(by)s, decided_at = now(), note = %(note)s
WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s AND state = 'waiting';

-- name: set_import_run
UPDATE evidence_imports SET run_id = %(run_id)s WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: import_part
SELECT data FROM evidence_import_parts WHERE import_id = %(import_id)s AND seq = %(seq)s;

-- name: drop_import_parts
DELETE FROM evidence_import_parts WHERE import_id = %(import_id)s;

-- name: insert_withdrawal
-- One at a time waits for each key.
INSERT INTO evidence_withdrawals (ord, provenance, source, since, reason, asked_by)
VALUES (%(ord)s, %(provenance)s, %(source)s, %(since)s, %(reason)s, %(by)s)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: withdrawals
SELECT w.id, w.ord, w.source, w.provenance, w.since, w.reason, w.asked_by, coalesce(s.display_name, '') AS asked_name, w.asked_at,
       w.accepted, w.decided_at, w.run_id
FROM evidence_withdrawals w LEFT JOIN staff_accounts s ON s.id = w.asked_by
WHERE w.ord BETWEEN %(lo)s AND %(hi)s AND w.id < %(before)s AND (%(id)s::bigint IS NULL OR w.id = %(id)s)
ORDER BY w.id DESC LIMIT %(limit)s;

-- name: decide_withdrawal
UPDATE evidence_withdrawals SET decided_by = %(by)s, decided_at = now(), accepted = %(accepted)s
WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s AND accepted IS NULL;

-- name: set_withdrawal_run
UPDATE evidence_withdrawals SET run_id = %(run_id)s WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: worker_withdrawal
SELECT provenance, source, since FROM evidence_withdrawals WHERE id = %(id)s AND accepted;
