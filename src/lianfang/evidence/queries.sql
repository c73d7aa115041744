-- name: open_batch
-- What comes in together (and is about one thing only, where `about` says so); its people are coloured anew when this transaction
-- has committed.
WITH batch AS (INSERT INTO evidence_batches (about) VALUES (%(about)s) RETURNING id)
SELECT id, defer_recolour(id) FROM batch;

-- name: insert_evidence
-- One JSON parameter: psycopg takes longer over arrays than the database over the rows. What came before (the same id) stays.
INSERT INTO evidence (person_id, id, batch_id, kind, at, until, result, subject, source, provenance, confidence, province, supersedes, detail)
SELECT person_id, id, %(batch_id)s, kind, at, until, result, subject, source, provenance, confidence, province, supersedes, decode(detail, 'base64')
FROM json_to_recordset(%(rows)s::json) AS e (
  person_id bigint, id uuid, kind evidence_kind, at timestamptz, until timestamptz, result text, subject text, source text,
  provenance text, confidence smallint, province text, supersedes uuid, detail text)
ON CONFLICT (person_id, id) DO NOTHING
RETURNING id;

-- name: stage_evidence
-- For evidence that the database finds by itself, a kind of one source for many people at once: they are put here, and taken from
-- here in parts. `n` is the order in which they came.
CREATE TEMPORARY TABLE staged_evidence
  (n bigint GENERATED ALWAYS AS IDENTITY, person_id bigint, at timestamptz, confidence smallint, supersedes uuid);

-- name: drop_staged
DROP TABLE IF EXISTS staged_evidence;

-- name: staged_pages
SELECT pg_relation_size('staged_evidence') / current_setting('block_size')::int;

-- name: insert_staged
-- Those on some pages of the table. Their ids are UUIDv7 that count: the first half of one that was just made, and the row's number.
-- A random number from the system for each row took as long as all the rest of it.
INSERT INTO evidence (person_id, id, batch_id, kind, at, result, subject, source, provenance, confidence, supersedes)
SELECT person_id, (%(first_half)s || lpad(to_hex(row_number() OVER ()), 12, '0'))::uuid, %(batch_id)s, %(kind)s, at, %(result)s, %(subject)s, %(source)s, %(provenance)s,
       confidence, supersedes
FROM staged_evidence WHERE ctid >= format('(%%s,0)', %(page)s::int)::tid AND ctid < format('(%%s,0)', %(page)s::int + %(pages)s::int)::tid;

-- name: own_evidence
-- Of one person, newest first, with what corrects it.
SELECT e.person_id, e.id, e.kind, e.at, e.until, e.result, e.subject, e.source, e.provenance, e.confidence, e.province, e.recorded_at,
       e.supersedes, c.id AS superseded_by, e.detail
FROM evidence e LEFT JOIN evidence c ON c.person_id = e.person_id AND c.supersedes = e.id
WHERE e.person_id = %(person_id)s AND (e.at, e.id) < (%(before_at)s, %(before_id)s)
ORDER BY e.at DESC, e.id DESC
LIMIT %(limit)s;

-- name: lane_known
-- What doors may ask of these people: tests, doses and stays that nothing corrects. What an official has imported and another one has
-- accepted lets people in; it keeps nobody out.
SELECT e.person_id, e.kind::text, e.at, e.until, e.result, e.subject
FROM evidence e
WHERE e.person_id = ANY(%(person_ids)s::bigint[]) AND e.kind IN ('test', 'vaccination', 'arrival', 'area_stay')
  AND (e.kind = 'vaccination' OR coalesce(e.until, e.at) > %(since)s) AND e.confidence >= 60
  AND (split_part(e.provenance, ':', 1) = ANY(%(ways)s)
       OR e.provenance LIKE 'import:%%' AND (e.kind = 'vaccination' OR e.kind = 'test' AND e.result = 'negative'))
  AND NOT EXISTS (SELECT FROM evidence c WHERE c.person_id = e.person_id AND c.supersedes = e.id);

-- name: own_known
-- The same of one person, with who says so.
SELECT e.person_id, e.kind, e.at, e.until, e.result, e.subject, e.source
FROM evidence e
WHERE e.person_id = %(person_id)s AND e.kind IN ('test', 'vaccination', 'arrival', 'area_stay', 'border_crossing')
  AND (e.kind = 'vaccination' OR coalesce(e.until, e.at) > %(since)s) AND e.confidence >= 60
  AND (split_part(e.provenance, ':', 1) = ANY(%(ways)s)
       OR e.provenance LIKE 'import:%%' AND (e.kind = 'vaccination' OR e.kind = 'test' AND e.result = 'negative'))
  AND NOT EXISTS (SELECT FROM evidence c WHERE c.person_id = e.person_id AND c.supersedes = e.id);

-- name: standing
-- Of these people, what nothing corrects: for whoever looks for what they have brought already.
SELECT e.person_id, e.id, e.kind, e.at, e.until, e.result, e.subject, e.source, e.provenance, e.confidence, e.province, e.recorded_at,
       e.supersedes, NULL::uuid AS superseded_by, e.detail
FROM evidence e
WHERE e.person_id = ANY(%(person_ids)s::bigint[]) AND e.kind = ANY(%(kinds)s::evidence_kind[])
  AND NOT EXISTS (SELECT FROM evidence c WHERE c.person_id = e.person_id AND c.supersedes = e.id)
ORDER BY e.person_id, e.id;

-- name: undone_batches
-- A new job for each batch that has not been applied and has none in the queue.
SELECT defer_recolour(b.id) FROM evidence_batches b
WHERE b.applied_at IS NULL AND NOT EXISTS (
  SELECT FROM procrastinate_jobs j
  WHERE j.task_name = 'codes.recolour' AND j.args->'batch_id' = to_jsonb(b.id) AND j.status IN ('todo', 'doing'));

-- name: insert_unmatched
-- Evidence about people who have not registered.
INSERT INTO evidence_unmatched (document_index, id, kind, at, until, result, subject, source, provenance, confidence, supersedes, detail)
SELECT decode(document_index, 'base64'), id, kind, at, until, result, subject, source, provenance, confidence, supersedes,
       decode(detail, 'base64')
FROM json_to_recordset(%(rows)s::json) AS e (
  document_index text, id uuid, kind evidence_kind, at timestamptz, until timestamptz, result text, subject text, source text,
  provenance text, confidence smallint, supersedes uuid, detail text)
ON CONFLICT (document_index, id) DO NOTHING;

-- name: take_unmatched
-- What waited for these documents, in the order in which it came; it waits no longer.
WITH taken AS (DELETE FROM evidence_unmatched WHERE document_index = ANY(%(indexes)s) RETURNING *)
SELECT document_index, id, kind, at, until, result, subject, source, provenance, confidence, supersedes, detail FROM taken ORDER BY id;

-- name: unmatched_documents
-- Documents for which something waits.
SELECT DISTINCT document_index FROM evidence_unmatched WHERE document_index > %(after)s ORDER BY document_index LIMIT %(limit)s;

-- name: pending_batches
SELECT id FROM evidence_batches WHERE applied_at IS NULL ORDER BY id;

-- name: apply_batches
-- They count from now on.
UPDATE evidence_batches SET applied_at = %(at)s WHERE id = ANY(%(ids)s::bigint[]);

-- name: withdraw_known
-- What came by this way since then, as its id says (a UUIDv7 of the moment when it was taken in, also where its person registered
-- later), and nothing has corrected.
INSERT INTO staged_evidence (person_id, at, confidence, supersedes)
SELECT e.person_id, e.at, e.confidence, e.id FROM evidence e
WHERE e.provenance = %(provenance)s AND e.kind = %(kind)s AND uuid_extract_timestamp(e.id) >= %(since)s AND e.result <> %(withdrawn)s
  AND NOT EXISTS (SELECT FROM evidence c WHERE c.person_id = e.person_id AND c.supersedes = e.id);

-- name: withdraw_waiting
-- The same of people who have not registered: superseded where it waits.
INSERT INTO evidence_unmatched (document_index, id, kind, at, result, subject, source, provenance, confidence, supersedes)
SELECT u.document_index, uuidv7(), u.kind, u.at, %(withdrawn)s, %(subject)s, %(source)s, u.provenance, u.confidence, u.id
FROM evidence_unmatched u
WHERE u.provenance = %(provenance)s AND uuid_extract_timestamp(u.id) >= %(since)s AND u.result <> %(withdrawn)s
  AND NOT EXISTS (SELECT FROM evidence_unmatched c WHERE c.document_index = u.document_index AND c.supersedes = u.id);
