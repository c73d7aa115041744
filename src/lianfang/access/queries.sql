-- name: count_try
-- One more try in the current window; how many that makes.
INSERT INTO throttles (key, window_at, tries)
VALUES (%(key)s, date_bin(%(window)s, now(), 'epoch'), 1)
ON CONFLICT (key, window_at) DO UPDATE SET tries = throttles.tries + 1
RETURNING tries, ceil(extract(epoch FROM window_at + %(window)s - now()))::int AS seconds_left;

-- name: forgive
-- One try less in the current window.
UPDATE throttles SET tries = tries - 1
WHERE key = %(key)s AND window_at = date_bin(%(window)s, now(), 'epoch') AND tries > 0;

-- name: forgive_all
DELETE FROM throttles WHERE key = %(key)s;

-- name: drop_old_tries
-- No window is longer than a day.
DELETE FROM throttles WHERE window_at < now() - interval '2 days';
