-- name: next_ticket
-- A ticket's telephone number and a step's words are encrypted for their ids, so the ids come first.
SELECT nextval(pg_get_serial_sequence('tickets', 'id'));

-- name: next_step
SELECT nextval(pg_get_serial_sequence('ticket_steps', 'id'));

-- name: next_file
SELECT nextval(pg_get_serial_sequence('ticket_files', 'id'));

-- name: own_hold
-- What holds the resident now, by its number: its evidence and the way that came.
SELECT h.id, h.evidence_id, e.provenance FROM holds h JOIN evidence e ON e.person_id = h.person_id AND e.id = h.evidence_id
WHERE h.person_id = %(person_id)s AND h.id = %(id)s AND h.starts_at <= %(at)s AND h.ends_at > %(at)s
  AND NOT EXISTS (SELECT FROM hold_releases r WHERE r.person_id = h.person_id AND r.hold_id = h.id);

-- name: appealed_hold
-- A hold as its appeal shows it to the office, whether it still stands or not.
SELECT h.id, h.colour::text, h.reason_zh, h.reason_en, h.ends_at, h.evidence_id,
       h.ends_at > %(at)s AND NOT EXISTS (SELECT FROM hold_releases r WHERE r.person_id = h.person_id AND r.hold_id = h.id) AS active
FROM holds h WHERE h.person_id = %(person_id)s AND h.id = %(id)s;

-- name: desk
-- The unit to which a ticket comes, and its place.
SELECT id, lo FROM ticket_desk(%(person_id)s, %(way)s);

-- name: open_of
SELECT count(*) FROM tickets WHERE person_id = %(person_id)s AND state IN ('open', 'taken', 'asked', 'releasing');

-- name: insert_ticket
INSERT INTO tickets (id, ord, unit_id, person_id, kind, hold_id, evidence_id, filed_by, phone, created_at, due_at)
VALUES (%(id)s, %(ord)s, %(unit_id)s, %(person_id)s, %(kind)s::ticket_kind, %(hold_id)s, %(evidence_id)s, %(filed_by)s, %(phone)s,
        %(created_at)s, %(due_at)s);

-- name: insert_step
INSERT INTO ticket_steps (id, ticket_id, ord, person_id, at, transition, state, actor, account_id, unit_id, text, tells)
VALUES (%(id)s, %(ticket_id)s, %(ord)s, %(person_id)s, %(at)s, %(transition)s, %(state)s::ticket_state, %(actor)s, %(account_id)s,
        %(unit_id)s, %(text)s, %(tells)s);

-- name: insert_file
INSERT INTO ticket_files (id, ticket_id, ord, person_id, at, type, size, content)
VALUES (%(id)s, %(ticket_id)s, %(ord)s, %(person_id)s, %(at)s, %(type)s, %(size)s, %(content)s);

-- name: lock
-- One ticket, so that nobody else changes it meanwhile.
SELECT id, ord, unit_id, person_id, kind::text, state::text, hold_id, evidence_id, filed_by, phone, handler_id, request_id,
       outcome::text, created_at, due_at, asked_at, answered_at
FROM tickets WHERE id = %(id)s FOR UPDATE;

-- name: find
SELECT id, ord, unit_id, person_id, kind::text, state::text, hold_id, evidence_id, filed_by, phone, handler_id, request_id,
       outcome::text, created_at, due_at, asked_at, answered_at
FROM tickets WHERE id = %(id)s;

-- name: own_tickets
-- A resident's own, newest first.
SELECT id, ord, unit_id, person_id, kind::text, state::text, hold_id, evidence_id, filed_by, phone, handler_id, request_id,
       outcome::text, created_at, due_at, asked_at, answered_at
FROM tickets WHERE person_id = %(person_id)s AND id < %(before)s ORDER BY id DESC LIMIT %(limit)s;

-- name: change
UPDATE tickets SET state = %(state)s::ticket_state, handler_id = %(handler_id)s, request_id = %(request_id)s,
  outcome = %(outcome)s::ticket_outcome, due_at = %(due_at)s, asked_at = %(asked_at)s, answered_at = %(answered_at)s
WHERE id = %(id)s;

-- name: send
-- To another unit's desk, with its steps and files.
SELECT send_ticket(%(id)s, %(unit_id)s);

-- name: parent_of
SELECT parent_id FROM units WHERE id = %(unit_id)s;

-- name: attend
-- The worker tells the citizen, and follows what is decided.
SELECT defer_tickets();

-- name: steps
-- Of these tickets, in order; names of accounts beyond the scope stay away.
SELECT s.id, s.ticket_id, s.at, s.transition, s.state::text, s.actor, l.name AS unit, s.text, coalesce(a.display_name, '') AS by
FROM ticket_steps s
CROSS JOIN LATERAL unit_labels('', ARRAY[s.unit_id]) l
LEFT JOIN staff_accounts a ON a.id = s.account_id
WHERE s.ticket_id = ANY(%(ids)s) ORDER BY s.id;

-- name: files
SELECT id, ticket_id, at, type, size FROM ticket_files WHERE ticket_id = ANY(%(ids)s) ORDER BY id;

-- name: file
SELECT type, content FROM ticket_files WHERE id = %(id)s AND ticket_id = %(ticket_id)s;

-- name: unit_names
SELECT id, name FROM unit_labels('', %(ids)s);

-- name: led_to
SELECT id FROM tickets WHERE request_id = %(request_id)s;

-- name: units_named
-- Units anywhere with exactly this name or division code: one of them is asked to sign.
SELECT id, name, code FROM unit_labels(%(words)s, ARRAY[]::bigint[]);

-- name: queue
-- A queue in a part of the tree: the most urgent first.
SELECT t.id, t.kind::text, t.state::text, t.outcome::text, t.unit_id, u.name AS unit, t.filed_by IS NOT NULL AS hotline,
       coalesce(a.display_name, '') AS handler, coalesce(t.handler_id = %(account_id)s, false) AS mine, t.created_at, t.due_at,
       t.due_at < %(at)s AND t.state IN ('open', 'taken', 'releasing') AS overdue
FROM tickets t JOIN units u ON u.id = t.unit_id LEFT JOIN staff_accounts a ON a.id = t.handler_id
WHERE t.ord BETWEEN %(lo)s AND %(hi)s AND t.state = ANY(%(states)s::ticket_state[])
  AND (%(kind)s::ticket_kind IS NULL OR t.kind = %(kind)s::ticket_kind)
  AND (NOT %(mine)s OR t.handler_id = %(account_id)s) AND (NOT %(overdue)s OR t.due_at < %(at)s)
  AND (t.due_at, t.id) > (%(after_at)s, %(after_id)s)
ORDER BY t.due_at, t.id LIMIT %(limit)s;

-- name: done
-- What is over, newest first.
SELECT t.id, t.kind::text, t.state::text, t.outcome::text, t.unit_id, u.name AS unit, t.filed_by IS NOT NULL AS hotline,
       coalesce(a.display_name, '') AS handler, coalesce(t.handler_id = %(account_id)s, false) AS mine, t.created_at, t.due_at,
       false AS overdue
FROM tickets t JOIN units u ON u.id = t.unit_id LEFT JOIN staff_accounts a ON a.id = t.handler_id
WHERE t.ord BETWEEN %(lo)s AND %(hi)s AND t.state IN ('answered', 'withdrawn', 'lapsed')
  AND (%(kind)s::ticket_kind IS NULL OR t.kind = %(kind)s::ticket_kind) AND t.id < %(before)s
ORDER BY t.id DESC LIMIT %(limit)s;

-- name: listed
-- One ticket as lists show it.
SELECT t.id, t.kind::text, t.state::text, t.outcome::text, t.unit_id, u.name AS unit, t.filed_by IS NOT NULL AS hotline,
       coalesce(a.display_name, '') AS handler, coalesce(t.handler_id = %(account_id)s, false) AS mine, t.created_at, t.due_at,
       t.due_at < %(at)s AND t.state IN ('open', 'taken', 'releasing') AS overdue
FROM tickets t JOIN units u ON u.id = t.unit_id LEFT JOIN staff_accounts a ON a.id = t.handler_id
WHERE t.id = %(id)s AND t.ord BETWEEN %(lo)s AND %(hi)s;

-- name: figures
-- How each unit's desk does with what came in a period.
SELECT t.unit_id, u.name AS unit, count(*) AS filed, count(*) FILTER (WHERE t.state = 'answered') AS answered,
       count(*) FILTER (WHERE t.state IN ('open', 'taken', 'asked', 'releasing')) AS open,
       count(*) FILTER (WHERE t.state IN ('open', 'taken', 'releasing') AND t.due_at < %(at)s) AS overdue,
       count(*) FILTER (WHERE t.state = 'answered' AND t.answered_at > t.due_at) AS late,
       (percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM t.answered_at - t.created_at) / 60)
         FILTER (WHERE t.state = 'answered'))::float8 AS median_min
FROM tickets t JOIN units u ON u.id = t.unit_id
WHERE t.ord BETWEEN %(lo)s AND %(hi)s AND t.created_at >= %(since)s AND t.created_at < %(until)s
GROUP BY t.unit_id, u.name, u.lo ORDER BY u.lo LIMIT 500;

-- name: macros
SELECT m.id, m.title, m.text, l.name AS unit, m.ord = %(lo)s AS own
FROM ticket_macros m CROSS JOIN LATERAL unit_labels('', ARRAY[m.unit_id]) l
WHERE %(lo)s BETWEEN m.ord AND m.hi ORDER BY m.ord DESC, m.id LIMIT 200;

-- name: insert_macro
INSERT INTO ticket_macros (unit_id, ord, hi, title, text)
SELECT u.id, u.lo, u.hi, %(title)s, %(text)s FROM units u WHERE u.lo = %(lo)s RETURNING id;

-- name: delete_macro
DELETE FROM ticket_macros WHERE id = %(id)s AND ord = %(lo)s;

-- name: worker_decided
-- Tickets whose release was signed, declined, or left to lie.
SELECT t.id, r.signed IS TRUE AS signed
FROM tickets t JOIN hold_requests r ON r.id = t.request_id
WHERE t.state = 'releasing' AND (r.signed IS NOT NULL OR r.asked_at < %(lapsed)s)
ORDER BY t.id;

-- name: worker_unheard
-- Tickets whose citizen has not replied.
SELECT id FROM tickets WHERE state = 'asked' AND asked_at < %(before)s ORDER BY id;

-- name: worker_to_tell
-- Steps of which citizens are to be told; after a day it would only confuse.
SELECT s.id, s.ticket_id, s.transition, t.phone
FROM ticket_steps s JOIN tickets t ON t.id = s.ticket_id
WHERE s.tells AND s.told_at IS NULL AND s.at > %(since)s AND t.phone IS NOT NULL
ORDER BY s.id LIMIT 100 FOR UPDATE OF s SKIP LOCKED;

-- name: worker_told
UPDATE ticket_steps SET told_at = now() WHERE id = %(id)s;
