"""The population of `bench recolour`, by SQL: a test for everybody, an order for every fiftieth."""

_BATCH = b"INSERT INTO evidence_batches (applied_at) VALUES (now())"
_TESTS = b"""
INSERT INTO evidence (person_id, id, batch_id, kind, at, result, subject, source, provenance)
SELECT person, uuidv7(), (SELECT max(id) FROM evidence_batches), 'test', now() - interval '3 days', 'negative', 'pcr', 'hospital', 'feed:1'
FROM generate_series(1, %(people)s::int) AS person
"""
_ORDERS = b"""
INSERT INTO evidence (person_id, id, batch_id, kind, at, result, source, provenance)
SELECT person, uuidv7(), (SELECT max(id) FROM evidence_batches), 'contact_order', now() - interval '1 day', 'close', 'CDC', 'feed:1'
FROM generate_series(1, %(people)s::int, 50) AS person
"""
BEFORE = (_BATCH, _TESTS, _ORDERS, b"ANALYZE")
STAY = b"""
INSERT INTO staged_evidence (person_id, at, confidence)
SELECT person, now() - interval '1 day', 90 FROM generate_series(1, %(people)s::int) AS person
"""
