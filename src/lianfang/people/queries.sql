-- name: find
-- A person by id.
SELECT id, document_type, name, document, phone, phone_index, epoch, registered_at FROM people WHERE id = %(id)s;

-- name: find_many
SELECT id, document_type, name, document, phone, phone_index, epoch, registered_at FROM people WHERE id = ANY(%(ids)s);

-- name: find_by_document
SELECT id, document_type, name, document, phone, phone_index, epoch, registered_at
FROM people WHERE document_index = %(document_index)s;

-- name: ids_by_phone
SELECT id FROM people WHERE phone_index = %(phone_index)s;

-- name: known_documents
SELECT document_index, id FROM people WHERE document_index = ANY(%(document_indexes)s);

-- name: reserve_ids
SELECT nextval(pg_get_serial_sequence('people', 'id')) FROM generate_series(1, %(count)s);

-- name: insert_many
-- New people; one whose document was registered meanwhile is left out.
INSERT INTO people (id, document_type, name, document, phone, document_index, phone_index, consented_at)
SELECT * FROM unnest(%(ids)s::bigint[], %(document_types)s::document_type[], %(names)s::bytea[], %(documents)s::bytea[],
                     %(phones)s::bytea[], %(document_indexes)s::bytea[], %(phone_indexes)s::bytea[], %(consented_at)s::timestamptz[])
ON CONFLICT (document_index) DO NOTHING
RETURNING id;

-- name: end_sessions
UPDATE people SET epoch = epoch + 1 WHERE id = %(id)s;

-- name: put_code
-- The newest code of a phone replaces the one before, but not within the resend interval.
INSERT INTO one_time_codes (phone_index, code_digest, sent_at, expires_at)
VALUES (%(phone_index)s, %(code_digest)s, %(now)s, %(expires_at)s)
ON CONFLICT (phone_index) DO UPDATE
  SET code_digest = excluded.code_digest, tries = 0, sent_at = excluded.sent_at, expires_at = excluded.expires_at
  WHERE one_time_codes.sent_at <= %(resend_before)s
RETURNING true;

-- name: try_code
-- Counts a try and returns the code's digest while it may still be used.
UPDATE one_time_codes SET tries = tries + 1
WHERE phone_index = %(phone_index)s AND expires_at > %(now)s AND tries < %(max_tries)s
RETURNING code_digest;

-- name: drop_code
DELETE FROM one_time_codes WHERE phone_index = %(phone_index)s;
