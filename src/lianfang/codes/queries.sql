-- name: lane_holds
-- Holds of these people that had not ended by an instant.
SELECT person_id, id, colour::text, reason_zh, reason_en, starts_at, ends_at
FROM holds
WHERE person_id = ANY(%(person_ids)s::bigint[]) AND ends_at > %(since)s;

-- name: insert_holds
INSERT INTO holds (person_id, colour, rule, plan, reason_zh, reason_en, starts_at, ends_at)
SELECT * FROM unnest(%(person_ids)s::bigint[], %(colours)s::hold_colour[], %(rules)s::text[], %(plans)s::text[],
                     %(reasons_zh)s::text[], %(reasons_en)s::text[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
RETURNING id;
