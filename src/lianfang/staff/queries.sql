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

-- name: account_names
-- What accounts are called, wherever they are.
SELECT id, display_name FROM staff_accounts WHERE id = ANY(%(ids)s::bigint[]);

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
-- A living session with its account's role and its unit's place of today; where it acts for another account, with the unit
-- that this one lends, as long as it does, may do so itself, and the unit is open.
SELECT a.id AS account_id, a.username, a.display_name, a.role, coalesce(d.unit_id, u.id) AS unit_id, coalesce(d.lo, u.lo) AS lo,
       coalesce(d.hi, u.hi) AS hi, a.must_change_password, a.totp_confirmed AS totp_enabled, s.expires_at,
       coalesce(d.name, u.name) AS unit_name, coalesce(d.level, u.level) AS unit_level,
       CASE WHEN d.id IS NULL THEN u.code ELSE d.code END AS unit_code, s.token_digest AS key,
       d.id AS delegation_id, d.giver_id, d.giver_name, d.giver_role, d.permissions AS lent, d.ends_at AS lent_until,
       s.delegation_id IS NOT NULL AND d.id IS NULL AS loan_over
FROM staff_sessions s JOIN staff_accounts a ON a.id = s.account_id JOIN units u ON u.id = a.unit_id
LEFT JOIN LATERAL (
  SELECT d.id, d.permissions, d.ends_at, g.id AS giver_id, g.display_name AS giver_name, g.role AS giver_role,
         t.id AS unit_id, t.lo, t.hi, t.name, t.level, t.code
  FROM delegations d JOIN staff_accounts g ON g.id = d.giver_id JOIN units gu ON gu.id = g.unit_id JOIN units t ON t.id = d.unit_id
  WHERE d.id = s.delegation_id AND d.taker_id = a.id AND d.revoked_at IS NULL AND now() >= d.starts_at AND now() < d.ends_at
    AND NOT g.disabled AND t.closed_at IS NULL AND t.lo BETWEEN gu.lo AND gu.hi
) d ON true
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

-- name: list_delegations
-- What was lent over units of a part of the tree, newest first.
SELECT d.id, d.unit_id, u.name AS unit_name, d.giver_id, g.display_name AS giver_name, d.taker_name, d.permissions, d.reason,
       d.starts_at, d.ends_at, d.revoked_at,
       CASE WHEN d.revoked_at IS NOT NULL THEN 'revoked' WHEN now() < d.starts_at THEN 'waiting'
            WHEN now() < d.ends_at THEN 'running' ELSE 'over' END AS state
FROM delegations d JOIN units u ON u.id = d.unit_id LEFT JOIN staff_accounts g ON g.id = d.giver_id
WHERE d.ord BETWEEN %(lo)s AND %(hi)s AND d.id < %(before)s
ORDER BY d.id DESC
LIMIT %(limit)s;

-- name: insert_delegation
INSERT INTO delegations (ord, unit_id, giver_id, taker_id, taker_name, permissions, reason, starts_at, ends_at)
VALUES (%(ord)s, %(unit_id)s, %(giver_id)s, %(taker_id)s, %(taker_name)s, %(permissions)s, %(reason)s,
        coalesce(%(starts_at)s, now()), %(ends_at)s)
RETURNING id;

-- name: revoke_delegation
-- Once; it stays as it was used.
UPDATE delegations SET revoked_at = now(), revoked_by = %(by)s
WHERE id = %(id)s AND revoked_at IS NULL AND ord BETWEEN %(lo)s AND %(hi)s
RETURNING taker_id;

-- name: tell_sessions
-- Processes that keep sessions in memory forget those of an account.
SELECT pg_notify('lianfang_sessions', %(account_id)s::text);

-- name: find_taker
-- An active account by its user name.
SELECT id, display_name FROM staff_accounts WHERE username = %(username)s AND NOT disabled;

-- name: loans
-- What an account may use of others' powers now.
SELECT d.id AS delegation_id, g.display_name AS giver_name, t.name AS unit_name, d.permissions, d.ends_at AS until
FROM delegations d JOIN staff_accounts g ON g.id = d.giver_id JOIN units gu ON gu.id = g.unit_id JOIN units t ON t.id = d.unit_id
WHERE d.taker_id = %(account_id)s AND d.revoked_at IS NULL AND now() >= d.starts_at AND now() < d.ends_at
  AND NOT g.disabled AND t.closed_at IS NULL AND t.lo BETWEEN gu.lo AND gu.hi
ORDER BY d.id DESC;

-- name: act_for
UPDATE staff_sessions SET delegation_id = %(delegation_id)s WHERE token_digest = %(digest)s;
