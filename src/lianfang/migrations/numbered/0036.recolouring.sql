-- depends: 0028.areas
-- An area's new level is evidence about half a million people at once. What each of their rows costs beyond itself, less.

-- Patterns cost more than the row: the same said by comparisons, and of a province only where there is one.
ALTER TABLE evidence
  DROP CONSTRAINT evidence_provenance_check,
  DROP CONSTRAINT evidence_province_check,
  ADD CONSTRAINT evidence_provenance_check CHECK (strpos(provenance, ':') BETWEEN 2 AND octet_length(provenance) - 1 AND octet_length(provenance) <= 400) NOT VALID,
  ADD CONSTRAINT evidence_province_check CHECK (province = '' OR province ~ '^[0-9]{2}$') NOT VALID;   -- both weaker or the same: what is there satisfies them
ALTER TABLE evidence VALIDATE CONSTRAINT evidence_provenance_check, VALIDATE CONSTRAINT evidence_province_check;

-- Whose stays an area's evidence tells of is found by its batches: they are of nothing else, so their rows need no index by area.
ALTER TABLE evidence_batches ADD about text;   -- `area:7`; null: of several things
UPDATE evidence_batches b SET about = e.subject
FROM (SELECT DISTINCT batch_id, subject FROM evidence WHERE kind = 'area_stay' AND provenance = subject) e WHERE e.batch_id = b.id;
CREATE INDEX evidence_batches_about ON evidence_batches (about) WHERE about IS NOT NULL;
DROP INDEX evidence_of_areas;

-- Which batches do not count at an instant: those that came later, and those that never did.
CREATE INDEX evidence_batches_applied ON evidence_batches (applied_at);
DROP INDEX evidence_batches_unapplied;
