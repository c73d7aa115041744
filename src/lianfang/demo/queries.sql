-- name: anybody
-- Whether anybody can sign in: accounts are the last thing that the demo loads.
SELECT true FROM staff_accounts LIMIT 1;

-- name: lane_door
-- The code of the checkpoint that the demo shows first.
SELECT c.code
FROM checkpoints k JOIN checkpoint_codes c ON c.checkpoint_id = k.id AND c.replaced_at IS NULL
WHERE k.ref = %(ref)s;

-- name: worker_holds
-- The holds that the story's evidence has led to.
SELECT person_id, rule, id FROM holds;
