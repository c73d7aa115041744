-- name: lane_counts
-- Fevers, red codes turned away, and people with a positive test who had been there, by place and day of the local calendar.
SELECT checkpoint_id, 'fever' AS signal, (at AT TIME ZONE %(zone)s)::date AS day, count(DISTINCT person_id)::int AS count
FROM fever_alerts WHERE at >= %(since)s AND at < %(until)s GROUP BY 1, 3
UNION ALL
SELECT checkpoint_id, 'red', (at AT TIME ZONE %(zone)s)::date, count(DISTINCT person_id)::int
FROM visits WHERE at >= %(since)s AND at < %(until)s AND verdict <> 'pass' AND reason = 'hold_red' GROUP BY 1, 3
UNION ALL
SELECT v.checkpoint_id, 'positive', (e.at AT TIME ZONE %(zone)s)::date, count(DISTINCT v.person_id)::int
FROM evidence e
JOIN visits v ON v.person_id = e.person_id AND v.at <= e.at AND v.at > e.at - interval '3 days' AND v.verdict <> 'refuse'
WHERE e.kind = 'test' AND e.result = 'positive' AND e.at >= %(since)s AND e.at < %(until)s
  AND e.confidence >= 80 AND split_part(e.provenance, ':', 1) = ANY(%(ways)s)
  AND NOT EXISTS (SELECT FROM evidence c WHERE c.person_id = e.person_id AND c.supersedes = e.id)
GROUP BY 1, 3;

-- name: lane_begun
-- Since when there are visits.
SELECT (min(at) AT TIME ZONE %(zone)s)::date FROM visits WHERE at >= %(since)s;

-- name: lane_doors
SELECT id, unit_id FROM checkpoints WHERE id = ANY(%(ids)s::bigint[]);

-- name: lane_tree
SELECT id, parent_id, lo FROM units;

-- name: worker_raise
-- Once: not again while the same went on within the last three days.
INSERT INTO warnings (ord, unit_id, checkpoint_id, signal, day, count, expected, p, days)
SELECT u.lo, u.id, %(checkpoint_id)s, %(signal)s::warning_signal, %(day)s, %(count)s, %(expected)s, %(p)s, %(days)s
FROM units u
WHERE u.id = %(unit_id)s
  AND NOT EXISTS (SELECT FROM warnings w
                  WHERE w.unit_id = u.id AND w.checkpoint_id IS NOT DISTINCT FROM %(checkpoint_id)s::bigint
                    AND w.signal = %(signal)s::warning_signal AND w.day BETWEEN %(day)s::date - 3 AND %(day)s::date)
ON CONFLICT DO NOTHING;

-- name: worker_forget
DELETE FROM warnings WHERE day < %(before)s;

-- name: latest
SELECT w.id, w.unit_id, u.name AS unit, w.checkpoint_id, k.name AS checkpoint, w.signal::text AS signal, w.day, w.count,
       w.expected::float8 AS expected, w.p, w.days, w.raised_at
FROM warnings w JOIN units u ON u.id = w.unit_id LEFT JOIN checkpoints k ON k.id = w.checkpoint_id
WHERE w.ord BETWEEN %(lo)s AND %(hi)s AND w.id < %(before)s
  AND (%(signal)s::text IS NULL OR w.signal::text = %(signal)s)
ORDER BY w.id DESC LIMIT %(limit)s;
