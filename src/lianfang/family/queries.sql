-- name: lock_guardian
-- Two phones of one guardian must not both add the last one.
SELECT id FROM people WHERE id = %(guardian_id)s FOR UPDATE;

-- name: count_members
SELECT count(*) FROM guardianships WHERE guardian_id = %(guardian_id)s AND ended_at IS NULL;

-- name: find_now
SELECT id, guardian_id, member_id, relation, proof, began_at, proven_at, proven_by, ended_at, ended_by, reason
FROM guardianships WHERE guardian_id = %(guardian_id)s AND member_id = %(member_id)s AND ended_at IS NULL;

-- name: insert
INSERT INTO guardianships (guardian_id, member_id, ord, relation, proof, consented_at, consent_text, began_at, proven_at, proven_by)
VALUES (%(guardian_id)s, %(member_id)s, %(ord)s, %(relation)s, %(proof)s, %(now)s, %(consent_text)s, %(now)s,
        CASE WHEN %(proven_by)s::text IS NOT NULL THEN %(now)s::timestamptz END, %(proven_by)s)
RETURNING id;

-- name: prove
-- What was only said is seen now; the consent is that of now too.
UPDATE guardianships
SET proof = %(proof)s, proven_at = %(now)s, proven_by = %(proven_by)s, ord = %(ord)s, relation = %(relation)s,
    consented_at = %(now)s, consent_text = %(consent_text)s
WHERE id = %(id)s AND ended_at IS NULL;

-- name: finish
-- By either of the two, or by officials of the place.
UPDATE guardianships SET ended_at = %(now)s, ended_by = %(by)s, reason = %(reason)s
WHERE id = %(id)s AND ended_at IS NULL
  AND (guardian_id = %(self)s OR member_id = %(self)s OR ord BETWEEN %(lo)s AND %(hi)s)
RETURNING guardian_id, member_id;

-- name: of_person
-- Those whom a person looks after, and those who look after them.
SELECT id, guardian_id, member_id, relation, proof, began_at, proven_at, proven_by, ended_at, ended_by, reason
FROM guardianships WHERE ended_at IS NULL AND (guardian_id = %(self)s OR member_id = %(self)s)
ORDER BY id;

-- name: of_place
SELECT id, guardian_id, member_id, relation, proof, began_at, proven_at, proven_by, ended_at, ended_by, reason
FROM guardianships WHERE ord BETWEEN %(lo)s AND %(hi)s AND id < %(before)s
ORDER BY id DESC LIMIT %(limit)s;

-- name: find
SELECT id, guardian_id, member_id, relation, proof, began_at, proven_at, proven_by, ended_at, ended_by, reason
FROM guardianships WHERE id = %(id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: in_care
-- Which of these look after which, and whether it is shut: anything is known of a member whom the guardian only named.
SELECT g.guardian_id, g.member_id, g.proof = 'declared' AND EXISTS (SELECT FROM evidence e WHERE e.person_id = g.member_id)
FROM guardianships g
WHERE g.guardian_id = ANY(%(guardians)s::bigint[]) AND g.member_id = ANY(%(members)s::bigint[]) AND g.ended_at IS NULL;
