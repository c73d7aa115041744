-- name: root
SELECT id, parent_id, code, name, level, lo, hi, closed_at IS NOT NULL AS closed FROM units WHERE id = %(id)s AND lo BETWEEN %(lo)s AND %(hi)s;

-- name: units
-- A unit and everything below it.
SELECT id, parent_id, code, name, level, lo, hi, closed_at IS NOT NULL AS closed FROM units WHERE lo BETWEEN %(lo)s AND %(hi)s ORDER BY lo;

-- name: checkpoints
SELECT k.id, k.unit_id, k.ref, k.name, k.category, t.unit_id AS form_unit_id, t.name AS form_name, k.address, k.lat, k.lon,
       k.temperature_valid_min, k.review, k.checkout, k.test_hours, k.doses, k.risk_days, c.code
FROM checkpoints k
JOIN templates t ON t.id = k.template_id
JOIN checkpoint_codes c ON c.checkpoint_id = k.id AND c.replaced_at IS NULL
WHERE k.ord BETWEEN %(lo)s AND %(hi)s
ORDER BY k.ord, k.id;

-- name: replaced_codes
-- Old codes of doors: a workbook that was exported before the code was replaced still names its checkpoints.
SELECT code, checkpoint_id FROM checkpoint_codes WHERE replaced_at IS NOT NULL AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: accounts
SELECT id, unit_id, username, display_name, role FROM staff_accounts WHERE ord BETWEEN %(lo)s AND %(hi)s ORDER BY ord, id;

-- name: forms
-- The newest version of every form of these units and of the units above them.
SELECT DISTINCT ON (unit_id, name) id, unit_id, ord AS lo, hi, name, name_en
FROM templates
WHERE ord BETWEEN %(lo)s AND %(hi)s OR %(lo)s BETWEEN ord AND hi
ORDER BY unit_id, name, version DESC;

-- name: insert_rows
-- What became of some rows. The first outcome stays: after a crash a row that was applied is found unchanged.
INSERT INTO setup_rows (run_id, ord, n, kind, state, sheet, line, label, place, changes, faults)
SELECT %(run_id)s, %(ord)s, r.n, r.kind, r.state, r.sheet, r.line, r.label, r.place, r.changes::jsonb, r.faults::jsonb
FROM unnest(%(n)s::integer[], %(kind)s::setup_kind[], %(state)s::setup_state[], %(sheet)s::text[], %(line)s::integer[],
            %(label)s::text[], %(place)s::text[], %(changes)s::text[], %(faults)s::text[])
  AS r (n, kind, state, sheet, line, label, place, changes, faults)
ON CONFLICT (run_id, n) DO NOTHING;

-- name: drop_rows
DELETE FROM setup_rows WHERE run_id = %(run_id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: rows
-- Rows of a run behind `after`, in the order of the file.
SELECT n, kind, state, sheet, line, label, place, changes, faults
FROM setup_rows
WHERE run_id = %(run_id)s AND ord BETWEEN %(lo)s AND %(hi)s AND n > %(after)s
  AND (%(state)s::setup_state IS NULL OR state = %(state)s) AND (%(kind)s::setup_kind IS NULL OR kind = %(kind)s)
ORDER BY n
LIMIT %(limit)s;

-- name: counts
SELECT kind, state, count(*) AS rows FROM setup_rows WHERE run_id = %(run_id)s AND ord BETWEEN %(lo)s AND %(hi)s GROUP BY kind, state;

-- name: differing
-- Rows of which something else became than the dry run had said. Not a join: the statistics don't know a run that was written a
-- moment ago, and of two runs of 67,000 rows each was once compared with each.
SELECT count(*) FROM setup_rows a
WHERE a.run_id = %(plan_id)s AND a.ord BETWEEN %(lo)s AND %(hi)s
  AND (SELECT a.state <> b.state OR a.changes <> b.changes FROM setup_rows b WHERE b.run_id = %(run_id)s AND b.n = a.n);
