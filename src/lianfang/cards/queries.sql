-- name: next_number
SELECT nextval('printed_numbers');

-- name: insert
INSERT INTO printed_codes (person_id, number, ord, kid, credential, issued_by, issued_at, expires_at)
VALUES (%(person_id)s, %(number)s, %(ord)s, %(kid)s, %(credential)s, %(issued_by)s, %(issued_at)s, %(expires_at)s);

-- name: void_earlier
-- A person has one printed code at a time of those that this scope reaches.
UPDATE printed_codes SET voided_at = %(at)s, voided_by = %(by)s, reason = %(reason)s
WHERE person_id = %(person_id)s AND voided_at IS NULL AND (ord BETWEEN %(lo)s AND %(hi)s OR person_id = %(self)s);

-- name: list_codes
-- Printed codes of units in this part of the tree, newest first.
SELECT person_id, number, credential, issued_by, issued_at, expires_at, voided_at, voided_by, reason
FROM printed_codes
WHERE ord BETWEEN %(lo)s AND %(hi)s AND number < %(before)s
ORDER BY number DESC LIMIT %(limit)s;

-- name: own_codes
SELECT person_id, number, credential, issued_by, issued_at, expires_at, voided_at, voided_by, reason
FROM printed_codes WHERE person_id = %(self)s AND number < %(before)s
ORDER BY number DESC LIMIT %(limit)s;

-- name: find
SELECT person_id, number, credential, issued_by, issued_at, expires_at, voided_at, voided_by, reason
FROM printed_codes WHERE number = %(number)s AND (ord BETWEEN %(lo)s AND %(hi)s OR person_id = %(self)s);

-- name: void
UPDATE printed_codes SET voided_at = %(at)s, voided_by = %(by)s, reason = %(reason)s
WHERE number = %(number)s AND voided_at IS NULL AND (ord BETWEEN %(lo)s AND %(hi)s OR person_id = %(self)s);
