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

-- name: documents_of
SELECT id, document_index FROM people WHERE id = ANY(%(ids)s);

-- name: known_documents
SELECT document_index, id FROM people WHERE document_index = ANY(%(document_indexes)s);

-- name: known_many
-- The same for thousands of documents; the indexes come as one text of bytes, 16 each.
SELECT document_index, id FROM people
WHERE document_index = ANY(ARRAY(SELECT substr(%(indexes)s::bytea, 1 + 16 * g, 16) FROM generate_series(0, %(count)s::int - 1) AS g));

-- name: reserve_ids
SELECT nextval(pg_get_serial_sequence('people', 'id')) FROM generate_series(1, %(count)s);

-- name: insert_many
-- New people; one whose document was registered meanwhile is left out. One JSON parameter: psycopg takes longer over arrays
-- than the database over the rows.
INSERT INTO people (id, document_type, name, document, phone, document_index, phone_index, consented_at)
SELECT id, document_type, decode(name, 'base64'), decode(document, 'base64'), decode(phone, 'base64'),
       decode(document_index, 'base64'), decode(phone_index, 'base64'), consented_at
FROM json_to_recordset(%(people)s::json) AS p (
  id bigint, document_type document_type, name text, document text, phone text, document_index text, phone_index text,
  consented_at timestamptz)
ON CONFLICT (document_index) DO NOTHING
RETURNING id, document_index;

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
