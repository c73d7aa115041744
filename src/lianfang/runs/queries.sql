-- name: insert_run
INSERT INTO runs (ord, actor, role, language, kind, parameters)
VALUES (%(ord)s, %(actor)s, %(role)s, %(language)s, %(kind)s, %(parameters)s)
RETURNING id;

-- name: defer
SELECT defer_run(%(id)s);

-- name: give_upload
-- The upload becomes the run's, once.
UPDATE run_files SET run_id = %(run_id)s
WHERE id = %(upload_id)s AND actor = %(actor)s AND run_id IS NULL AND NOT result
  AND ord BETWEEN %(lo)s AND %(hi)s
RETURNING id;

-- name: find
SELECT id, kind, state, done, total, created_at, started_at, finished_at, summary, error
FROM runs
WHERE id = %(id)s AND actor = %(actor)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: latest
SELECT id, kind, state, done, total, created_at, started_at, finished_at, summary, error
FROM runs
WHERE actor = %(actor)s AND ord BETWEEN %(lo)s AND %(hi)s AND id < %(before)s
ORDER BY id DESC
LIMIT %(limit)s;

-- name: files_of
-- What some runs made.
SELECT run_id, name, size FROM run_files
WHERE run_id = ANY(%(run_ids)s) AND result
ORDER BY run_id, id;

-- name: find_file
SELECT f.id, f.name, f.size FROM run_files f JOIN runs r ON r.id = f.run_id
WHERE f.run_id = %(run_id)s AND f.name = %(name)s AND f.result
  AND r.actor = %(actor)s AND r.ord BETWEEN %(lo)s AND %(hi)s;

-- name: insert_file
INSERT INTO run_files (ord, actor, run_id, result, name, size)
VALUES (%(ord)s, %(actor)s, %(run_id)s, %(result)s, %(name)s, %(size)s)
RETURNING id;

-- name: insert_part
INSERT INTO run_file_parts (file_id, seq, data) VALUES (%(file_id)s, %(seq)s, %(data)s);

-- name: part
SELECT data FROM run_file_parts WHERE file_id = %(file_id)s AND seq = %(seq)s;

-- name: take
-- The run to work on, with the account that started it and its unit as they are now.
UPDATE runs r SET state = 'running', started_at = coalesce(r.started_at, now())
FROM units u
WHERE r.id = %(id)s AND r.state IN ('queued', 'running') AND u.lo = r.ord
RETURNING r.id, r.kind, r.actor, r.role, r.language, r.parameters, u.lo, u.hi,
  EXISTS (SELECT FROM staff_accounts a WHERE 'staff:' || a.id = r.actor AND a.disabled) AS disabled;

-- name: resume
-- A new job for each unfinished run that has none in the queue.
SELECT defer_run(r.id) FROM runs r
WHERE r.state IN ('queued', 'running') AND NOT EXISTS (
  SELECT FROM procrastinate_jobs j
  WHERE j.task_name = 'runs.work' AND j.args->'run_id' = to_jsonb(r.id) AND j.status IN ('todo', 'doing'));

-- name: upload_of
SELECT id, name, size FROM run_files WHERE run_id = %(run_id)s AND NOT result;

-- name: drop_results
-- What an attempt made that did not get to its end, or a file of the same name.
DELETE FROM run_files WHERE run_id = %(run_id)s AND result AND (name = %(name)s OR %(name)s IS NULL);

-- name: progress
UPDATE runs SET done = %(done)s, total = %(total)s WHERE id = %(id)s;

-- name: finish
UPDATE runs SET state = %(state)s, summary = %(summary)s, error = %(error)s, finished_at = now(),
  done = CASE WHEN %(state)s::run_state = 'done' THEN greatest(done, total) ELSE done END
WHERE id = %(id)s;

-- name: drop_old_runs
DELETE FROM runs WHERE created_at < now() - %(kept)s::interval AND state IN ('done', 'failed');

-- name: drop_old_uploads
DELETE FROM run_files WHERE run_id IS NULL AND created_at < now() - %(kept)s::interval;

-- name: oldest_job
-- Seconds that the oldest job which is due has been waiting for a worker.
SELECT coalesce(extract(epoch FROM max(now() - since)), 0)::float8 FROM (
  SELECT coalesce(j.scheduled_at, (SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id)) AS since
  FROM procrastinate_jobs j WHERE j.status = 'todo'
) jobs WHERE since <= now();
