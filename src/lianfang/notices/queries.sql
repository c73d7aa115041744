-- name: reserve_id
-- A notice is encrypted for its place, which has its id in it.
SELECT nextval(pg_get_serial_sequence('notices', 'id'));

-- name: insert
INSERT INTO notices (id, channel, recipient, template, parameters, expires_at)
VALUES (%(id)s, %(channel)s, %(recipient)s, %(template)s, %(parameters)s, %(expires_at)s);

-- name: claim
-- Takes notices that are due, for as long as the lease: a worker that dies leaves them to the next one.
UPDATE notices SET tries = tries + 1, next_try_at = now() + make_interval(secs => %(lease_s)s)
WHERE id IN (
  SELECT id FROM notices
  WHERE sent_at IS NULL AND failed_at IS NULL AND next_try_at <= now() AND expires_at > now() AND channel = ANY(%(channels)s)
  ORDER BY next_try_at
  LIMIT %(limit)s
  FOR UPDATE SKIP LOCKED
)
RETURNING id, channel, recipient, template, parameters, tries;

-- name: sent
UPDATE notices SET sent_at = now(), receipt = %(receipt)s WHERE id = %(id)s;

-- name: failed
UPDATE notices SET failed_at = now(), error = %(error)s WHERE id = %(id)s;

-- name: postpone
UPDATE notices SET next_try_at = now() + make_interval(secs => %(after_s)s), error = %(error)s WHERE id = %(id)s;

-- name: drop_old
-- A day after it was of any use, a notice is only a telephone number that we no longer need.
DELETE FROM notices WHERE expires_at < now() - interval '1 day';
