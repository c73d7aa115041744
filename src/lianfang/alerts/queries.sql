-- name: latest
-- Fevers of a part of the tree, newest first.
SELECT a.id, a.checkpoint_id, k.name AS checkpoint, u.id AS unit_id, u.name AS unit, a.person_id, a.scan_id, a.celsius::float8 AS celsius,
       a.at, a.recorded_at, a.celsius_checkpoint_id <> a.checkpoint_id AS reused,
       a.acknowledged_at, a.acknowledged_by AS acknowledged_by_id, s.display_name AS acknowledged_by, a.note
FROM fever_alerts a
JOIN checkpoints k ON k.id = a.checkpoint_id
JOIN units u ON u.id = k.unit_id
LEFT JOIN staff_accounts s ON s.id = a.acknowledged_by
WHERE a.ord BETWEEN %(lo)s AND %(hi)s AND a.id < %(before)s
  AND (%(open)s::boolean IS NULL OR (a.acknowledged_at IS NULL) = %(open)s)
ORDER BY a.id DESC
LIMIT %(limit)s;

-- name: since
-- Fevers that were recorded or taken on since an instant, oldest first.
SELECT a.id, a.checkpoint_id, k.name AS checkpoint, u.id AS unit_id, u.name AS unit, a.person_id, a.scan_id, a.celsius::float8 AS celsius,
       a.at, a.recorded_at, a.celsius_checkpoint_id <> a.checkpoint_id AS reused,
       a.acknowledged_at, a.acknowledged_by AS acknowledged_by_id, s.display_name AS acknowledged_by, a.note
FROM fever_alerts a
JOIN checkpoints k ON k.id = a.checkpoint_id
JOIN units u ON u.id = k.unit_id
LEFT JOIN staff_accounts s ON s.id = a.acknowledged_by
WHERE a.ord BETWEEN %(lo)s AND %(hi)s AND a.recorded_at >= %(since)s
ORDER BY a.recorded_at, a.id
LIMIT %(limit)s;

-- name: find
SELECT a.id, a.checkpoint_id, k.name AS checkpoint, u.id AS unit_id, u.name AS unit, a.person_id, a.scan_id, a.celsius::float8 AS celsius,
       a.at, a.recorded_at, a.celsius_checkpoint_id <> a.checkpoint_id AS reused,
       a.acknowledged_at, a.acknowledged_by AS acknowledged_by_id, s.display_name AS acknowledged_by, a.note
FROM fever_alerts a
JOIN checkpoints k ON k.id = a.checkpoint_id
JOIN units u ON u.id = k.unit_id
LEFT JOIN staff_accounts s ON s.id = a.acknowledged_by
WHERE a.id = %(id)s AND a.ord BETWEEN %(lo)s AND %(hi)s;

-- name: count_open
SELECT count(*) FROM fever_alerts WHERE ord BETWEEN %(lo)s AND %(hi)s AND acknowledged_at IS NULL;

-- name: ring
-- The consoles that watch look again.
SELECT pg_notify('lianfang_alerts', %(id)s::text);

-- name: contacts
-- A unit's own contacts.
SELECT id, unit_id, label, channel, target, language, created_at
FROM alert_contacts WHERE unit_id = %(unit_id)s AND ord BETWEEN %(lo)s AND %(hi)s ORDER BY id;

-- name: find_contact
SELECT id, unit_id, label, channel, target, language, created_at
FROM alert_contacts WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: reserve_contact_id
-- A contact's target is encrypted for its place, which has its id in it.
SELECT nextval(pg_get_serial_sequence('alert_contacts', 'id'));

-- name: insert_contact
INSERT INTO alert_contacts (id, unit_id, ord, label, channel, target, language)
VALUES (%(id)s, %(unit_id)s, %(ord)s, %(label)s, %(channel)s, %(target)s, %(language)s);

-- name: delete_contact
DELETE FROM alert_contacts WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: untold
-- Fevers whose contacts have not been told, each for one worker.
SELECT a.id, a.ord, a.celsius::float8 AS celsius, a.at, a.recorded_at, a.celsius_checkpoint_id <> a.checkpoint_id AS reused, k.name AS checkpoint, coalesce(u.name, '') AS unit
FROM (SELECT * FROM fever_alerts WHERE told_at IS NULL ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED) a
JOIN checkpoints k ON k.id = a.checkpoint_id
LEFT JOIN units u ON u.lo = a.ord
ORDER BY a.id;

-- name: contacts_above
-- The contacts of the unit with this place and of every unit above it who have not been told of the alert.
SELECT c.id, c.channel, c.target, c.language
FROM alert_contacts c
JOIN units u ON u.id = c.unit_id
WHERE %(ord)s BETWEEN u.lo AND u.hi
  AND NOT EXISTS (SELECT FROM alert_notices n WHERE n.alert_id = %(alert_id)s AND n.contact_id = c.id)
ORDER BY c.id;

-- name: note_told
INSERT INTO alert_notices (alert_id, contact_id, notice_id) VALUES (%(alert_id)s, %(contact_id)s, %(notice_id)s);
