-- name: list_accounts
-- Accounts of a part of the tree by a part of their name, in tree order.
SELECT a.id, a.unit_id, u.name AS unit_name, a.username, a.display_name, a.role, a.disabled,
       a.totp_confirmed AS totp_enabled, a.created_at, a.last_login_at, a.ord AS place
FROM staff_accounts a JOIN units u ON u.id = a.unit_id
WHERE a.ord BETWEEN %(lo)s AND %(hi)s AND (a.ord, a.id) > (%(after_place)s, %(after_id)s)
  AND (strpos(a.username, %(text)s) > 0 OR strpos(a.display_name, %(text)s) > 0)
ORDER BY a.ord, a.id
LIMIT %(limit)s;

-- name: find
-- An account.
SELECT a.id, a.unit_id, u.name AS unit_name, a.username, a.display_name, a.role, a.disabled,
       a.totp_confirmed AS totp_enabled, a.created_at, a.last_login_at
FROM staff_accounts a JOIN units u ON u.id = a.unit_id
WHERE a.id = %(id)s AND a.ord BETWEEN %(lo)s AND %(hi)s;

-- name: insert
INSERT INTO staff_accounts (unit_id, ord, username, display_name, role, password_hash, must_change_password)
VALUES (%(unit_id)s, %(ord)s, %(username)s, %(display_name)s, %(role)s, %(password_hash)s, %(must_change)s)
RETURNING id;

-- name: change
-- What is not null changes. Sessions begun before an account was disabled stay void when it is enabled again.
UPDATE staff_accounts
SET display_name = coalesce(%(display_name)s, display_name),
    role = coalesce(%(role)s::staff_role, role),
    disabled = coalesce(%(disabled)s, disabled),
    sessions_since = CASE WHEN %(disabled)s THEN now() ELSE sessions_since END
WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: reset_password
UPDATE staff_accounts
SET password_hash = %(password_hash)s, must_change_password = true, sessions_since = now(),
    totp_secret = NULL, totp_confirmed = false
WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: find_session
-- A living session with its account's role and its unit's place of today.
SELECT a.id AS account_id, a.username, a.display_name, a.role, a.unit_id, u.lo, u.hi, a.must_change_password,
       a.totp_confirmed AS totp_enabled, s.expires_at,
       u.name AS unit_name, u.level AS unit_level, u.code AS unit_code, s.token_digest AS key
FROM staff_sessions s JOIN staff_accounts a ON a.id = s.account_id JOIN units u ON u.id = a.unit_id
WHERE s.token_digest = %(digest)s AND s.expires_at > now() AND s.created_at >= a.sessions_since AND NOT a.disabled;

-- name: find_login
-- What a login is checked against.
SELECT a.id, a.password_hash, a.disabled, a.totp_secret, a.totp_confirmed, a.totp_last_step, a.role, u.lo, u.hi
FROM staff_accounts a JOIN units u ON u.id = a.unit_id
WHERE a.username = %(username)s;

-- name: lock
-- The same by id, for changing it.
SELECT a.id, a.password_hash, a.disabled, a.totp_secret, a.totp_confirmed, a.totp_last_step, a.role, u.lo, u.hi
FROM staff_accounts a JOIN units u ON u.id = a.unit_id
WHERE a.id = %(id)s
FOR UPDATE OF a;

-- name: record_login
UPDATE staff_accounts
SET last_login_at = now(), totp_last_step = coalesce(%(totp_step)s, totp_last_step)
WHERE id = %(id)s;

-- name: insert_session
INSERT INTO staff_sessions (token_digest, account_id, expires_at) VALUES (%(digest)s, %(account_id)s, %(expires_at)s);

-- name: end_session
DELETE FROM staff_sessions WHERE token_digest = %(digest)s;

-- name: end_other_sessions
DELETE FROM staff_sessions WHERE account_id = %(account_id)s AND token_digest <> %(keep)s;

-- name: set_password
UPDATE staff_accounts SET password_hash = %(password_hash)s, must_change_password = false WHERE id = %(id)s;

-- name: set_totp
UPDATE staff_accounts
SET totp_secret = %(secret)s, totp_confirmed = %(confirmed)s, totp_last_step = %(last_step)s
WHERE id = %(id)s;

-- name: drop_old_sessions
DELETE FROM staff_sessions WHERE expires_at < now();

-- name: close_all
-- The accounts of a unit that closes, and of those below it. Their sessions end for good.
UPDATE staff_accounts SET disabled = true, closed_with = %(entry)s, sessions_since = now()
WHERE NOT disabled AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: reopen_all
UPDATE staff_accounts SET disabled = false, closed_with = NULL
WHERE closed_with = %(entry)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: insert_many
-- New accounts, in order; a user name that exists anywhere is left out.
INSERT INTO staff_accounts (unit_id, ord, username, display_name, role, password_hash)
SELECT n.unit_id, n.ord, n.username, n.display_name, n.role, n.password_hash
FROM unnest(%(unit_ids)s::bigint[], %(ords)s::bigint[], %(usernames)s::text[], %(display_names)s::text[],
            %(roles)s::staff_role[], %(password_hashes)s::text[])
  AS n (unit_id, ord, username, display_name, role, password_hash)
ON CONFLICT (username) DO NOTHING
RETURNING id;

-- name: change_many
UPDATE staff_accounts a
SET unit_id = n.unit_id, ord = n.ord, display_name = n.display_name, role = n.role
FROM unnest(%(ids)s::bigint[], %(unit_ids)s::bigint[], %(ords)s::bigint[], %(display_names)s::text[], %(roles)s::staff_role[])
  AS n (id, unit_id, ord, display_name, role)
WHERE a.id = n.id AND a.ord BETWEEN %(lo)s AND %(hi)s;

-- name: taken_usernames
-- Which of these user names any account has.
SELECT username FROM staff_accounts WHERE username = ANY(%(usernames)s);
