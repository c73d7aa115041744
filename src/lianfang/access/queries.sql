-- name: count_try
-- One more try in the current window; how many that makes.
INSERT INTO throttles (key, window_at, tries)
VALUES (%(key)s, date_bin(%(window)s, now(), 'epoch'), 1)
ON CONFLICT (key, window_at) DO UPDATE SET tries = throttles.tries + 1
RETURNING tries, ceil(extract(epoch FROM window_at + %(window)s - now()))::int AS seconds_left;
