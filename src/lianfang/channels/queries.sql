-- name: begin
-- A login that leaves for a provider.
INSERT INTO channel_logins (state_digest, channel, browser_digest, return_path, expires_at)
VALUES (%(state_digest)s, %(channel)s, %(browser_digest)s, %(return_path)s, %(expires_at)s);

-- name: take
-- A login that comes back: it is taken away, so it comes back once.
DELETE FROM channel_logins WHERE state_digest = %(state_digest)s AND channel = %(channel)s
RETURNING browser_digest, return_path, expires_at;

-- name: find
-- The person behind one of these names; what the channel itself calls them goes before what its sister apps do.
SELECT i.person_id, p.epoch, p.name
FROM channel_identities i JOIN people p ON p.id = i.person_id
WHERE (i.channel = %(channel)s AND i.subject_index = ANY(%(subjects)s)) OR i.union_index = %(union)s
ORDER BY (i.channel = %(channel)s AND i.subject_index = ANY(%(subjects)s)) DESC, i.linked_at
LIMIT 1;

-- name: link
-- Names of a person; one that belongs to somebody already stays theirs. A union that is learnt later is added.
INSERT INTO channel_identities (channel, subject_index, union_index, person_id)
SELECT %(channel)s, subject, %(union)s, %(person_id)s FROM unnest(%(subjects)s::bytea[]) AS subject
ON CONFLICT (channel, subject_index) DO UPDATE SET union_index = excluded.union_index
  WHERE channel_identities.person_id = excluded.person_id
    AND channel_identities.union_index IS NULL AND excluded.union_index IS NOT NULL
RETURNING (xmax = 0) AS created;

-- name: unlink
DELETE FROM channel_identities WHERE channel = %(channel)s AND person_id = %(person_id)s;

-- name: linked
-- The channels by which a person signs in.
SELECT channel AS name, min(linked_at) AS linked_at
FROM channel_identities WHERE person_id = %(person_id)s
GROUP BY channel ORDER BY min(linked_at), channel;

-- name: drop_old
-- Logins that never came back.
DELETE FROM channel_logins WHERE expires_at < now();
