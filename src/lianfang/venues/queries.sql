-- name: list_checkpoints
-- Checkpoints of a part of the tree, in tree order; a category, a part of the name and a form's version narrow the list.
SELECT k.id, k.unit_id, u.name AS unit_name, k.name, k.category, k.address, k.lat, k.lon, k.template_id,
       t.name AS template_name, c.code, k.open, k.temperature_valid_min, k.review, k.checkout,
       k.test_hours, k.doses, k.risk_days, k.created_at, k.ord
FROM checkpoints k
JOIN units u ON u.id = k.unit_id
JOIN templates t ON t.id = k.template_id
JOIN checkpoint_codes c ON c.checkpoint_id = k.id AND c.replaced_at IS NULL
WHERE k.ord BETWEEN %(lo)s AND %(hi)s
  AND (k.ord, k.id) > (%(after_ord)s, %(after_id)s)
  AND (%(category)s::category IS NULL OR k.category = %(category)s)
  AND (%(text)s::text IS NULL OR strpos(k.name, %(text)s) > 0)
  AND (%(template_id)s::bigint IS NULL OR k.template_id = %(template_id)s)
ORDER BY k.ord, k.id
LIMIT %(limit)s;

-- name: find_checkpoint
SELECT k.id, k.unit_id, u.name AS unit_name, k.name, k.category, k.address, k.lat, k.lon, k.template_id,
       t.name AS template_name, c.code, k.open, k.temperature_valid_min, k.review, k.checkout,
       k.test_hours, k.doses, k.risk_days, k.created_at, k.ord
FROM checkpoints k
JOIN units u ON u.id = k.unit_id
JOIN templates t ON t.id = k.template_id
JOIN checkpoint_codes c ON c.checkpoint_id = k.id AND c.replaced_at IS NULL
WHERE k.id = %(id)s AND k.ord BETWEEN %(lo)s AND %(hi)s;

-- name: insert_checkpoints
-- New checkpoints of one unit; a ref that the unit already has is left out.
INSERT INTO checkpoints (unit_id, ord, name, category, address, lat, lon, template_id, ref, temperature_valid_min, review, checkout,
                         test_hours, doses, risk_days)
SELECT %(unit_id)s, %(ord)s, n.name, n.category, n.address, n.lat, n.lon, n.template_id, n.ref, n.temperature_valid_min, n.review,
       n.checkout, n.test_hours, n.doses, n.risk_days
FROM unnest(%(names)s::text[], %(categories)s::category[], %(addresses)s::text[], %(lats)s::float8[], %(lons)s::float8[],
            %(template_ids)s::bigint[], %(refs)s::text[], %(temperature_valid_mins)s::integer[], %(reviews)s::boolean[],
            %(checkouts)s::boolean[], %(test_hours)s::smallint[], %(doses)s::smallint[], %(risk_days)s::smallint[])
  AS n (name, category, address, lat, lon, template_id, ref, temperature_valid_min, review, checkout, test_hours, doses, risk_days)
ON CONFLICT (unit_id, ref) DO NOTHING
RETURNING id, ref;

-- name: insert_codes
INSERT INTO checkpoint_codes (code, checkpoint_id, ord)
SELECT n.code, n.checkpoint_id, %(ord)s
FROM unnest(%(codes)s::text[], %(checkpoint_ids)s::bigint[]) AS n (code, checkpoint_id);

-- name: by_refs
SELECT k.ref, k.id, c.code
FROM checkpoints k JOIN checkpoint_codes c ON c.checkpoint_id = k.id AND c.replaced_at IS NULL
WHERE k.unit_id = %(unit_id)s AND k.ref = ANY(%(refs)s) AND k.ord BETWEEN %(lo)s AND %(hi)s;

-- name: update_checkpoint
UPDATE checkpoints
SET name = %(name)s, category = %(category)s, template_id = %(template_id)s, address = %(address)s,
    lat = %(lat)s, lon = %(lon)s, open = %(open)s, temperature_valid_min = %(temperature_valid_min)s, review = %(review)s,
    checkout = %(checkout)s, test_hours = %(test_hours)s, doses = %(doses)s, risk_days = %(risk_days)s
WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: lock_checkpoint
-- Two who replace the code, or change the tenants, do it one after the other.
SELECT FROM checkpoints WHERE id = %(checkpoint_id)s AND ord BETWEEN %(lo)s AND %(hi)s FOR UPDATE;

-- name: retire_code
UPDATE checkpoint_codes SET replaced_at = now()
WHERE checkpoint_id = %(checkpoint_id)s AND replaced_at IS NULL AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: tell_doors
-- Processes that keep doors in memory forget those of these checkpoints: ids with commas between them, a notification each; none: of all.
SELECT pg_notify('lianfang_doors', ids) FROM unnest(%(notifications)s::text[]) AS ids;

-- name: find_template
SELECT id, name, name_en, version, fields FROM templates WHERE id = %(id)s;

-- name: list_templates
-- The newest version of every template of a scope: those of its units and of the units above it, with the scope's
-- checkpoints that use it or an older version.
WITH used AS (
  SELECT template_id, count(*) AS n FROM checkpoints WHERE ord BETWEEN %(lo)s AND %(hi)s GROUP BY template_id
)
SELECT DISTINCT ON (t.unit_id, t.name) t.id, t.name, t.name_en, t.version, t.fields, t.unit_id, u.name AS unit_name,
       t.ord BETWEEN %(lo)s AND %(hi)s AS own, t.created_at, coalesce(used.n, 0) AS checkpoints,
       (sum(coalesce(used.n, 0)) OVER (PARTITION BY t.unit_id, t.name) - coalesce(used.n, 0))::bigint AS outdated
FROM templates t
LEFT JOIN units u ON u.id = t.unit_id AND u.lo BETWEEN %(lo)s AND %(hi)s
LEFT JOIN used ON used.template_id = t.id
WHERE t.ord BETWEEN %(lo)s AND %(hi)s OR %(lo)s BETWEEN t.ord AND t.hi
ORDER BY t.unit_id, t.name, t.version DESC;

-- name: template_versions
-- Every version of the form that a template is a version of, newest first, with the scope's checkpoints that use it.
SELECT v.id, v.name, v.name_en, v.version, v.fields, v.created_at,
       (SELECT count(*) FROM checkpoints k WHERE k.template_id = v.id AND k.ord BETWEEN %(lo)s AND %(hi)s) AS checkpoints
FROM templates t JOIN templates v ON v.unit_id = t.unit_id AND v.name = t.name
WHERE t.id = %(id)s
ORDER BY v.version DESC;

-- name: newest_version
-- A unit's own form of a name.
SELECT id, name, name_en, version, fields FROM templates
WHERE unit_id = %(unit_id)s AND name = %(name)s ORDER BY version DESC LIMIT 1;

-- name: find_usable_template
-- The form of a name that a place in the tree can use: its unit's own, else of the nearest unit above.
SELECT id, name, name_en, version, fields FROM templates
WHERE %(place)s BETWEEN ord AND hi AND (name = %(name)s OR lower(name_en) = lower(%(name)s))
ORDER BY ord DESC, name = %(name)s DESC, version DESC
LIMIT 1;

-- name: move_checkpoints
-- The scope's checkpoints of another version of a form (of `from`, or of any) change to this one.
UPDATE checkpoints k SET template_id = t.id
FROM templates t JOIN templates v ON v.unit_id = t.unit_id AND v.name = t.name AND v.id <> t.id
WHERE t.id = %(id)s AND (%(from)s::bigint IS NULL OR v.id = %(from)s)
  AND k.template_id = v.id AND k.ord BETWEEN %(lo)s AND %(hi)s
RETURNING k.id;

-- name: insert_template
INSERT INTO templates (unit_id, ord, hi, name, name_en, version, fields)
SELECT %(unit_id)s, %(ord)s, %(hi)s, %(name)s, %(name_en)s,
       1 + coalesce((SELECT max(version) FROM templates WHERE unit_id = %(unit_id)s AND name = %(name)s), 0), %(fields)s
RETURNING id, name, name_en, version, fields;

-- name: lane_find_doors
-- What the scan lane must know about codes; for doors that ask for a test, where the next one can be taken.
SELECT c.code, c.replaced_at IS NOT NULL AS replaced, k.id AS checkpoint_id, k.name, k.category, k.ord, k.open,
       k.temperature_valid_min, k.review, k.checkout, t.id AS template_id, t.name AS template_name, t.name_en AS template_name_en, t.version AS template_version, t.fields,
       k.test_hours, k.doses, k.risk_days, k.former_requirements,
       CASE WHEN k.test_hours IS NOT NULL THEN (
         SELECT s.name || ' (' || round(power(s.far, 0.5)::numeric / 1000, 1) || ' km)' FROM (
           SELECT s.name, power((s.lat - k.lat) * 111195, 2) + power((s.lon - k.lon) * 111195 * cos(radians(k.lat)), 2) AS far
           FROM test_sites s WHERE s.closed_at IS NULL AND s.lat IS NOT NULL AND k.lat IS NOT NULL ORDER BY far, s.id LIMIT 1
         ) s) END AS site
FROM checkpoint_codes c
JOIN checkpoints k ON k.id = c.checkpoint_id
JOIN templates t ON t.id = k.template_id
WHERE c.code = ANY(%(codes)s);

-- name: lane_find_version
-- Another version of the form that a template is a version of.
SELECT v.id, v.name, v.name_en, v.version, v.fields
FROM templates t JOIN templates v ON v.unit_id = t.unit_id AND v.name = t.name
WHERE t.id = %(id)s AND v.id = %(wanted)s;

-- name: lane_open_codes
SELECT c.code
FROM checkpoint_codes c JOIN checkpoints k ON k.id = c.checkpoint_id
WHERE c.code > %(after)s AND c.replaced_at IS NULL AND k.open
ORDER BY c.code
LIMIT %(limit)s;

-- name: lane_unit_paths
-- Names from the top of the tree down to the units at these places.
WITH RECURSIVE way AS (
  SELECT lo AS ord, name, parent_id, lo FROM units WHERE lo = ANY(%(ords)s)
  UNION ALL
  SELECT way.ord, p.name, p.parent_id, p.lo FROM units p JOIN way ON p.id = way.parent_id
)
SELECT ord, array_agg(name ORDER BY lo) FROM way GROUP BY ord;

-- name: close_all
-- The doors of a unit that closes, and of those below it. They say so to whoever scans them.
UPDATE checkpoints SET open = false, closed_with = %(entry)s
WHERE open AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: reopen_all
UPDATE checkpoints SET open = true, closed_with = NULL
WHERE closed_with = %(entry)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: insert_many
-- New checkpoints of many units, in order; one whose unit has another of this name and number is left out.
INSERT INTO checkpoints (unit_id, ord, name, category, address, lat, lon, template_id, ref, temperature_valid_min, review, checkout,
                         test_hours, doses, risk_days)
SELECT n.unit_id, n.ord, n.name, n.category, n.address, n.lat, n.lon, n.template_id, n.ref, n.temperature_valid_min, n.review,
       n.checkout, n.test_hours, n.doses, n.risk_days
FROM unnest(%(unit_ids)s::bigint[], %(ords)s::bigint[], %(names)s::text[], %(categories)s::category[], %(addresses)s::text[],
            %(lats)s::float8[], %(lons)s::float8[], %(template_ids)s::bigint[], %(refs)s::text[],
            %(temperature_valid_mins)s::integer[], %(reviews)s::boolean[], %(checkouts)s::boolean[],
            %(test_hours)s::smallint[], %(doses)s::smallint[], %(risk_days)s::smallint[]) WITH ORDINALITY
  AS n (unit_id, ord, name, category, address, lat, lon, template_id, ref, temperature_valid_min, review, checkout,
        test_hours, doses, risk_days, nth)
WHERE NOT EXISTS (SELECT FROM checkpoints k WHERE k.unit_id = n.unit_id AND k.name = n.name AND k.ref IS NOT DISTINCT FROM n.ref)
ORDER BY n.nth
ON CONFLICT (unit_id, ref) DO NOTHING
RETURNING id, ord;

-- name: insert_many_codes
INSERT INTO checkpoint_codes (code, checkpoint_id, ord)
SELECT * FROM unnest(%(codes)s::text[], %(checkpoint_ids)s::bigint[], %(ords)s::bigint[]);

-- name: lock_many
-- Checkpoints as they are, until this transaction ends.
SELECT id, name, category, template_id, address, lat, lon, ref, temperature_valid_min, review, checkout, test_hours, doses,
       risk_days
FROM checkpoints WHERE id = ANY(%(ids)s) AND ord BETWEEN %(lo)s AND %(hi)s ORDER BY id FOR UPDATE;

-- name: change_many
UPDATE checkpoints k
SET name = n.name, category = n.category, template_id = n.template_id, address = n.address, lat = n.lat, lon = n.lon,
    ref = n.ref, temperature_valid_min = n.temperature_valid_min, review = n.review, checkout = n.checkout,
    test_hours = n.test_hours, doses = n.doses, risk_days = n.risk_days
FROM unnest(%(new_id)s::bigint[], %(new_name)s::text[], %(new_category)s::category[], %(new_template_id)s::bigint[],
            %(new_address)s::text[], %(new_lat)s::float8[], %(new_lon)s::float8[], %(new_ref)s::text[],
            %(new_temperature_valid_min)s::integer[], %(new_review)s::boolean[], %(new_checkout)s::boolean[],
            %(new_test_hours)s::smallint[], %(new_doses)s::smallint[], %(new_risk_days)s::smallint[])
  AS n (id, name, category, template_id, address, lat, lon, ref, temperature_valid_min, review, checkout, test_hours, doses,
        risk_days)
WHERE k.id = n.id AND k.ord BETWEEN %(lo)s AND %(hi)s;

-- name: list_tenants
-- The tenants of a checkpoint that have not left, as they were entered.
SELECT id, floor, name FROM tenants
WHERE checkpoint_id = %(checkpoint_id)s AND ord BETWEEN %(lo)s AND %(hi)s AND closed_at IS NULL
ORDER BY id;

-- name: insert_tenants
INSERT INTO tenants (checkpoint_id, ord, floor, name)
SELECT %(checkpoint_id)s, %(ord)s, n.floor, n.name
FROM unnest(%(floors)s::text[], %(names)s::text[]) WITH ORDINALITY AS n (floor, name, nth) ORDER BY n.nth;

-- name: change_tenant
UPDATE tenants SET floor = %(floor)s, name = %(name)s
WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: close_tenant
UPDATE tenants SET closed_at = now()
WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: lane_tenants
-- Tenants of checkpoints, also those that have left: somebody may have been to see them without a network.
SELECT id, floor, name, checkpoint_id, closed_at IS NULL AS open FROM tenants WHERE checkpoint_id = ANY(%(ids)s) ORDER BY id;
