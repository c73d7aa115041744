-- name: keys
-- The keys whose signatures are believed, in the order of their time.
SELECT kid, role, public_key, private_key, signs_from, signs_until, trusted_until
FROM signing_keys WHERE trusted_until > %(now)s ORDER BY signs_from;

-- name: one_at_a_time
-- Two processes that find a key missing must not both make it.
SELECT pg_advisory_xact_lock(hashtext('signing_keys'));

-- name: insert_key
INSERT INTO signing_keys (kid, role, public_key, private_key, signs_from, signs_until, trusted_until)
VALUES (%(kid)s, %(role)s, %(public_key)s, %(private_key)s, %(signs_from)s, %(signs_until)s, %(trusted_until)s);

-- name: forget_keys
DELETE FROM signing_keys WHERE trusted_until < %(before)s;

-- name: next_phone_number
SELECT nextval('phone_numbers');

-- name: insert_credential
INSERT INTO credentials (person_id, guardian_id, number, kid, device_key, issued_at, expires_at)
VALUES (%(person_id)s, %(guardian_id)s, %(number)s, %(kid)s, %(device_key)s, %(issued_at)s, %(expires_at)s);

-- name: phone_holder
SELECT person_id, voided_at FROM credentials WHERE number = %(number)s;

-- name: printed_holder
SELECT person_id, voided_at FROM printed_codes WHERE number = %(number)s;

-- name: members_shown
SELECT person_id FROM credentials
WHERE number = ANY(%(numbers)s::bigint[]) AND guardian_id = %(guardian_id)s AND expires_at > %(at)s
  AND (voided_at IS NULL OR voided_at > %(at)s)
ORDER BY number;

-- name: epochs
SELECT id, epoch FROM people WHERE id = ANY(%(person_ids)s::bigint[]);

-- name: live_phone_numbers
-- The first credential of a phone that still holds, and the last one.
SELECT (SELECT number FROM credentials WHERE expires_at > %(now)s ORDER BY expires_at LIMIT 1),
       (SELECT number FROM credentials WHERE expires_at > %(now)s ORDER BY expires_at DESC LIMIT 1);

-- name: live_printed_numbers
SELECT min(number), max(number) FROM printed_codes WHERE expires_at > %(now)s;

-- name: phone_entries
-- Who of those that hold a credential isn't green now, and which credentials are void: by number.
SELECT c.number, CASE h.colour WHEN 'red' THEN 3 ELSE 2 END
FROM holds h JOIN credentials c USING (person_id)
WHERE h.starts_at <= %(now)s AND h.ends_at > %(now)s AND c.expires_at > %(now)s
  AND NOT EXISTS (SELECT FROM hold_releases r WHERE r.person_id = h.person_id AND r.hold_id = h.id)
UNION ALL
SELECT number, 1 FROM credentials WHERE voided_at IS NOT NULL AND expires_at > %(now)s;

-- name: printed_entries
SELECT c.number, CASE h.colour WHEN 'red' THEN 3 ELSE 2 END
FROM holds h JOIN printed_codes c USING (person_id)
WHERE h.starts_at <= %(now)s AND h.ends_at > %(now)s AND c.expires_at > %(now)s
  AND NOT EXISTS (SELECT FROM hold_releases r WHERE r.person_id = h.person_id AND r.hold_id = h.id)
UNION ALL
SELECT number, 1 FROM printed_codes WHERE voided_at IS NOT NULL AND expires_at > %(now)s;

-- name: lists
SELECT kind, number, version, content, token, published_at FROM status_lists;

-- name: next_version
SELECT nextval('status_versions');

-- name: publish
INSERT INTO status_lists (kind, number, version, content, token, published_at)
VALUES (%(kind)s, %(number)s, %(version)s, %(content)s, %(token)s, %(at)s)
ON CONFLICT (kind, number) DO UPDATE
  SET version = excluded.version, content = excluded.content, token = excluded.token, published_at = excluded.published_at
  WHERE status_lists.version < excluded.version;

-- name: withdraw
-- Lists of which no credential holds any more.
DELETE FROM status_lists WHERE kind = %(kind)s AND (number < %(first)s OR number > %(last)s);

-- name: tell
SELECT pg_notify('lianfang_status', '');

-- name: forget_credentials
DELETE FROM credentials WHERE expires_at < %(before)s;
