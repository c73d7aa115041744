-- name: people
-- The cases of a trace, then its contacts, the likeliest first.
SELECT person_id, degree, extract(epoch FROM since)::bigint AS since, score FROM trace_contacts
WHERE trace_id = %(id)s AND degree <= 1 AND ord BETWEEN %(lo)s AND %(hi)s
ORDER BY degree, score DESC, person_id LIMIT %(limit)s;

-- name: asked
SELECT actor, asked FROM traces WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: meetings
SELECT source_id AS source, person_id AS person, checkpoint_id AS place, extract(epoch FROM begins)::bigint AS begins,
       extract(epoch FROM ends)::bigint AS ends, chance
FROM trace_exposures WHERE trace_id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s
ORDER BY begins, source_id, person_id, checkpoint_id;

-- name: places
SELECT id, name, category::text AS category FROM checkpoints
WHERE id = ANY(%(ids)s::bigint[]) AND ord BETWEEN %(lo)s AND %(hi)s ORDER BY id;
