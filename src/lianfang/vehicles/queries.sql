-- name: list_vehicles
-- Checkpoints of the category vehicle in a part of the tree, by line.
SELECT k.id AS checkpoint_id, k.ord, k.name, u.name AS unit_name, coalesce(v.line, '') AS line, coalesce(v.plate, '') AS plate,
       v.seats
FROM checkpoints k JOIN units u ON u.id = k.unit_id LEFT JOIN vehicles v ON v.checkpoint_id = k.id
WHERE k.ord BETWEEN %(lo)s AND %(hi)s AND k.category = 'vehicle' AND (k.ord, k.id) > (%(after_ord)s, %(after_id)s)
ORDER BY k.ord, k.id
LIMIT %(limit)s;

-- name: find_vehicle
SELECT k.id AS checkpoint_id, k.ord, k.name, u.name AS unit_name, coalesce(v.line, '') AS line, coalesce(v.plate, '') AS plate,
       v.seats
FROM checkpoints k JOIN units u ON u.id = k.unit_id LEFT JOIN vehicles v ON v.checkpoint_id = k.id
WHERE k.id = %(checkpoint_id)s AND k.category = 'vehicle' AND k.ord BETWEEN %(lo)s AND %(hi)s;

-- name: timetables
SELECT checkpoint_id, direction, boards, departs FROM timetable
WHERE checkpoint_id = ANY(%(ids)s) AND ord BETWEEN %(lo)s AND %(hi)s ORDER BY checkpoint_id, boards;

-- name: put_vehicle
INSERT INTO vehicles (checkpoint_id, ord, line, plate, seats)
VALUES (%(checkpoint_id)s, %(ord)s, %(line)s, %(plate)s, %(seats)s)
ON CONFLICT (checkpoint_id) DO UPDATE SET line = excluded.line, plate = excluded.plate, seats = excluded.seats;

-- name: clear_timetable
DELETE FROM timetable WHERE checkpoint_id = %(checkpoint_id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: add_boarding
INSERT INTO timetable (checkpoint_id, ord, direction, boards, departs)
VALUES (%(checkpoint_id)s, %(ord)s, %(direction)s, %(boards)s, %(departs)s);

-- name: trips_around
-- Trips begun within a span, in order.
SELECT id, direction, began_at, ended_at FROM trips
WHERE checkpoint_id = %(checkpoint_id)s AND ord BETWEEN %(lo)s AND %(hi)s AND began_at >= %(since)s AND began_at < %(until)s
ORDER BY began_at;

-- name: tapped
-- What came of a tap that was sent before.
SELECT id, direction, began_at, ended_at FROM trips
WHERE checkpoint_id = %(checkpoint_id)s AND ord BETWEEN %(lo)s AND %(hi)s AND %(tap_id)s IN (begun_tap, ended_tap);

-- name: end_trip
-- Ends the trip that was under way at an instant, where there was one.
UPDATE trips SET ended_at = greatest(%(at)s::timestamptz, began_at + interval '1 millisecond'), ended_tap = %(tap_id)s
WHERE id = (
  SELECT id FROM trips
  WHERE checkpoint_id = %(checkpoint_id)s AND ord BETWEEN %(lo)s AND %(hi)s
    AND began_at <= %(at)s AND (ended_at IS NULL OR ended_at > %(at)s)
  ORDER BY began_at DESC LIMIT 1)
RETURNING id, direction, began_at, ended_at;

-- name: begin_trip
-- One that is heard of late ends where the next one began.
INSERT INTO trips (checkpoint_id, ord, direction, began_at, ended_at, begun_by, begun_tap)
SELECT %(checkpoint_id)s, %(ord)s, %(direction)s, %(at)s, min(began_at), %(account_id)s, %(tap_id)s
FROM trips WHERE checkpoint_id = %(checkpoint_id)s AND began_at > %(at)s
RETURNING id, direction, began_at, ended_at;

-- name: boarded
-- Who scanned in a vehicle within a span and was not refused, in the order of boarding.
SELECT v.person_id, v.scan_id, v.at, v.seat, v.celsius::float8 AS celsius, v.verdict
FROM visits v
WHERE v.checkpoint_id = %(checkpoint_id)s AND v.ord BETWEEN %(lo)s AND %(hi)s AND v.at >= %(since)s AND v.at < %(until)s
  AND v.scan_id BETWEEN %(floor)s AND %(ceiling)s AND v.verdict <> 'refuse'
ORDER BY v.at, v.scan_id;
