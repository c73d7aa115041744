-- name: authenticate
-- Which device a token belongs to.
SELECT id, ord, checkpoint_id FROM devices WHERE token_digest = %(token_digest)s;

-- name: seen
-- When it last reported; to the minute is near enough.
UPDATE devices SET seen_at = now() WHERE id = %(id)s AND (seen_at IS NULL OR seen_at < now() - interval '1 minute');

-- name: devices
-- Devices of a part of the tree.
SELECT d.id, d.name, d.checkpoint_id, k.name AS checkpoint, u.id AS unit_id, u.parent_id, u.name AS unit, d.revoked, d.created_at, d.seen_at
FROM devices d JOIN checkpoints k ON k.id = d.checkpoint_id JOIN units u ON u.id = k.unit_id
WHERE d.ord BETWEEN %(lo)s AND %(hi)s AND d.id > %(after)s
ORDER BY d.id
LIMIT %(limit)s;

-- name: find
SELECT d.id, d.name, d.checkpoint_id, k.name AS checkpoint, u.id AS unit_id, u.parent_id, u.name AS unit, d.revoked, d.created_at, d.seen_at
FROM devices d JOIN checkpoints k ON k.id = d.checkpoint_id JOIN units u ON u.id = k.unit_id
WHERE d.id = %(id)s AND d.ord BETWEEN %(lo)s AND %(hi)s;

-- name: insert
INSERT INTO devices (ord, checkpoint_id, name, token_digest)
VALUES (%(ord)s, %(checkpoint_id)s, %(name)s, %(token_digest)s)
RETURNING id;

-- name: change
UPDATE devices SET name = %(name)s, checkpoint_id = %(checkpoint_id)s, ord = %(ord)s
WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: replace_token
-- A new token, or none: revoked.
UPDATE devices SET token_digest = %(token_digest)s WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: series
-- The last hundred readings of a day of every device in these units or beside them, as far as the scope reaches.
SELECT d.id AS device_id, u.id AS unit_id, u.parent_id, r.celsius
FROM devices d
JOIN checkpoints k ON k.id = d.checkpoint_id
JOIN units u ON u.id = k.unit_id
CROSS JOIN LATERAL (
  SELECT array_agg(x.celsius::float8) AS celsius
  FROM (SELECT celsius FROM device_readings WHERE device_id = d.id AND at > %(since)s AND state <> 'questioned' ORDER BY at DESC LIMIT 100) x
) r
WHERE (u.id = ANY(%(unit_ids)s) OR u.parent_id = ANY(%(parent_ids)s))
  AND d.ord BETWEEN %(lo)s AND %(hi)s AND r.celsius IS NOT NULL AND NOT d.revoked
LIMIT 500;

-- name: lane_insert
-- A reading, once.
INSERT INTO device_readings (device_id, id, ord, checkpoint_id, celsius, at, received_at, state)
VALUES (%(device_id)s, %(id)s, %(ord)s, %(checkpoint_id)s, %(celsius)s, %(at)s, %(received_at)s, %(state)s)
ON CONFLICT (device_id, id) DO NOTHING;

-- name: lane_find
SELECT id, device_id, ord, checkpoint_id, celsius::float8 AS celsius, at, state
FROM device_readings WHERE device_id = %(device_id)s AND id = %(id)s;

-- name: lane_open
-- The oldest reading at a checkpoint that nobody has claimed, locked.
SELECT id, device_id, ord, checkpoint_id, celsius::float8 AS celsius, at, state
FROM device_readings
WHERE checkpoint_id = %(checkpoint_id)s AND state = 'open' AND received_at >= %(since)s
ORDER BY received_at
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: lane_used
UPDATE device_readings SET state = 'used' WHERE device_id = %(device_id)s AND id = %(id)s;

-- name: worker_forget
DELETE FROM device_readings WHERE received_at < %(before)s;
