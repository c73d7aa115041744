-- name: insert_adoption
INSERT INTO plan_adoptions (province, key, version, pack, parameters, starts_at, decided_by)
VALUES (%(province)s, %(key)s, %(version)s, %(pack)s, %(parameters)s, %(starts_at)s, %(decided_by)s)
RETURNING id;

-- name: in_force
-- Of each province and of the country (''), the plan that counted at an instant, and was the last to be decided.
SELECT DISTINCT ON (province) id, province, key, version, pack, parameters, starts_at, decided_by, applied_at
FROM plan_adoptions
WHERE applied_at <= %(at)s
ORDER BY province, applied_at DESC, id DESC;

-- name: due
-- Plans whose time has come and that do not count yet, in the order of their time.
SELECT id, province, key, version, pack, parameters, starts_at, decided_by, applied_at
FROM plan_adoptions WHERE applied_at IS NULL AND starts_at <= %(at)s
ORDER BY starts_at, id;

-- name: coming
-- Plans that were decided and do not count yet.
SELECT id, province, key, version, pack, parameters, starts_at, decided_by, applied_at
FROM plan_adoptions WHERE applied_at IS NULL ORDER BY starts_at, id;

-- name: set_applied
UPDATE plan_adoptions SET applied_at = %(at)s WHERE id = ANY(%(ids)s);

-- name: find_adoption
SELECT id, province, key, version, pack, parameters, starts_at, decided_by, applied_at FROM plan_adoptions WHERE id = %(id)s;

-- name: latest_adoptions
SELECT id, province, key, version, pack, parameters, starts_at, decided_by, applied_at FROM plan_adoptions ORDER BY id DESC LIMIT %(limit)s;
