-- name: find_plan
SELECT roster_id, ord, template_id, remind_at, quota FROM report_plans
WHERE roster_id = %(roster_id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: put_plan
INSERT INTO report_plans (roster_id, ord, template_id, remind_at, quota)
VALUES (%(roster_id)s, %(ord)s, %(template_id)s, %(remind_at)s, %(quota)s)
ON CONFLICT (roster_id) DO UPDATE
  SET template_id = excluded.template_id, remind_at = excluded.remind_at, quota = excluded.quota, updated_at = now();

-- name: duties
SELECT job_category, starts_on, due, ends_on FROM report_duties
WHERE roster_id = %(roster_id)s AND ord BETWEEN %(lo)s AND %(hi)s ORDER BY job_category;

-- name: drop_duties
DELETE FROM report_duties WHERE roster_id = %(roster_id)s AND ord BETWEEN %(lo)s AND %(hi)s;

-- name: insert_duty
INSERT INTO report_duties (roster_id, ord, job_category, starts_on, ends_on, due)
VALUES (%(roster_id)s, %(ord)s, %(job_category)s, %(starts_on)s, %(ends_on)s, %(due)s);

-- name: companies
-- The reporting rosters of a part of the tree on a day, in tree order. Counted are those who must report.
WITH asked AS (
  SELECT d.roster_id, count(*) AS expected, count(r.member_id) AS reported, count(*) FILTER (WHERE r.abnormal) AS abnormal,
         count(m.member_id) AS reminded
  FROM members_due(%(day)s, %(until)s) d
  LEFT JOIN reports_of(%(day)s) r ON r.roster_id = d.roster_id AND r.member_id = d.member_id
  LEFT JOIN report_reminders m ON m.roster_id = d.roster_id AND m.member_id = d.member_id AND m.day = %(day)s
  WHERE d.ord BETWEEN %(lo)s AND %(hi)s
  GROUP BY d.roster_id
)
SELECT r.id AS roster_id, r.name AS roster, r.unit_id, u.name AS unit_name, r.ord, coalesce(a.expected, 0) AS expected,
       coalesce(a.reported, 0) AS reported, coalesce(a.abnormal, 0) AS abnormal, coalesce(a.reminded, 0) AS reminded
FROM report_plans p
JOIN rosters r ON r.id = p.roster_id
JOIN units u ON u.id = r.unit_id
LEFT JOIN asked a ON a.roster_id = r.id
WHERE r.ord BETWEEN %(lo)s AND %(hi)s
ORDER BY r.ord, r.id;

-- name: groups
-- One roster's day by department and job category.
SELECT d.department, d.job_category, count(*) AS expected, count(r.member_id) AS reported,
       count(*) FILTER (WHERE r.abnormal) AS abnormal, count(m.member_id) AS reminded
FROM members_due(%(day)s, %(until)s) d
LEFT JOIN reports_of(%(day)s) r ON r.roster_id = d.roster_id AND r.member_id = d.member_id
LEFT JOIN report_reminders m ON m.roster_id = d.roster_id AND m.member_id = d.member_id AND m.day = %(day)s
WHERE d.roster_id = %(roster_id)s AND d.ord BETWEEN %(lo)s AND %(hi)s
GROUP BY d.department, d.job_category;

-- name: day_members
-- A page of a roster's members with their day.
SELECT m.id, m.number, m.given, m.phone, m.department, m.job_category, d.due, r.version, r.at, r.source, r.late, r.abnormal,
       w.at AS reminded_at
FROM roster_members m
LEFT JOIN members_due(%(day)s, %(until)s) d ON d.roster_id = m.roster_id AND d.member_id = m.id
LEFT JOIN reports_of(%(day)s) r ON r.roster_id = m.roster_id AND r.member_id = m.id
LEFT JOIN report_reminders w ON w.roster_id = m.roster_id AND w.member_id = m.id AND w.day = %(day)s
WHERE m.roster_id = %(roster_id)s AND m.ord BETWEEN %(lo)s AND %(hi)s AND m.id > %(after)s
  AND m.joined_at < %(until)s AND (m.left_at IS NULL OR m.left_at >= %(until)s)
  AND (%(department)s::text IS NULL OR m.department = %(department)s)
  AND (%(job_category)s::text IS NULL OR m.job_category = %(job_category)s)
  AND CASE %(state)s WHEN 'missing' THEN d.member_id IS NOT NULL AND r.member_id IS NULL
                     WHEN 'reported' THEN r.member_id IS NOT NULL
                     WHEN 'abnormal' THEN r.abnormal IS TRUE
                     ELSE true END
ORDER BY m.id
LIMIT %(limit)s;

-- name: find_member
-- A member who has not left.
SELECT m.id AS member_id, m.roster_id, m.ord, m.person_id, m.job_category
FROM roster_members m
WHERE m.roster_id = %(roster_id)s AND m.id = %(member_id)s AND m.left_at IS NULL AND m.ord BETWEEN %(lo)s AND %(hi)s;

-- name: my_memberships
-- The reporting rosters that a resident is on. Their own rows only: row-level security.
SELECT m.id AS member_id, m.roster_id, m.ord, m.person_id, m.job_category
FROM roster_members m JOIN report_plans p ON p.roster_id = m.roster_id
WHERE m.person_id = %(person_id)s AND m.left_at IS NULL
ORDER BY m.roster_id;

-- name: my_plan
SELECT p.roster_id, p.ord, p.template_id, p.remind_at, p.quota, r.name AS roster, r.unit_id
FROM report_plans p JOIN rosters r ON r.id = p.roster_id WHERE p.roster_id = %(roster_id)s;

-- name: my_duties
SELECT job_category, starts_on, due, ends_on FROM report_duties WHERE roster_id = %(roster_id)s;

-- name: lock_day
-- Two reports of one person and day are numbered one after the other.
SELECT pg_advisory_xact_lock(hashtextextended(format('report %%s %%s %%s', %(person_id)s::bigint, %(roster_id)s::bigint, %(day)s::date), 0));

-- name: latest
-- A person's newest report of a roster, of a day or before it.
SELECT day, version, at, source, late, abnormal, content, answers, template_id
FROM daily_reports
WHERE person_id = %(person_id)s AND roster_id = %(roster_id)s AND day <= %(day)s
ORDER BY day DESC, version DESC LIMIT 1;

-- name: insert_report
INSERT INTO daily_reports (person_id, roster_id, day, version, member_id, ord, template_id, at, source, recorded_by, late,
                           abnormal, content, answers)
VALUES (%(person_id)s, %(roster_id)s, %(day)s, %(version)s, %(member_id)s, %(ord)s, %(template_id)s, %(at)s, %(source)s,
        %(recorded_by)s, %(late)s, %(abnormal)s, %(content)s, %(answers)s);

-- name: open_follow_up
-- One for a member and a day, however often the report is corrected. Without RETURNING: a resident may not read it.
INSERT INTO follow_ups (ord, roster_id, member_id, person_id, day)
VALUES (%(ord)s, %(roster_id)s, %(member_id)s, %(person_id)s, %(day)s)
ON CONFLICT DO NOTHING;

-- name: follow_ups
-- What is to be looked after in a part of the tree, newest first.
SELECT f.id, f.state, f.day, f.opened_at, f.roster_id, r.name AS roster, r.unit_id, u.name AS unit_name, f.member_id, m.number,
       m.given, m.phone, m.department, m.job_category
FROM follow_ups f
JOIN rosters r ON r.id = f.roster_id
JOIN units u ON u.id = r.unit_id
JOIN roster_members m ON m.roster_id = f.roster_id AND m.id = f.member_id
WHERE f.ord BETWEEN %(lo)s AND %(hi)s AND f.id < %(before)s
  AND (%(state)s::text IS NULL OR f.state::text = %(state)s OR (%(state)s = 'unfinished' AND f.state <> 'closed'))
ORDER BY f.id DESC
LIMIT %(limit)s;

-- name: find_follow_up
SELECT f.id, f.state, f.day, f.opened_at, f.roster_id, r.name AS roster, r.unit_id, u.name AS unit_name, f.member_id, m.number,
       m.given, m.phone, m.department, m.job_category
FROM follow_ups f
JOIN rosters r ON r.id = f.roster_id
JOIN units u ON u.id = r.unit_id
JOIN roster_members m ON m.roster_id = f.roster_id AND m.id = f.member_id
WHERE f.id = %(id)s AND f.ord BETWEEN %(lo)s AND %(hi)s;

-- name: move_follow_up
-- From the state that was seen to the next; no row where somebody else was first.
UPDATE follow_ups SET state = %(after)s
WHERE id = %(id)s AND state = %(before)s AND ord BETWEEN %(lo)s AND %(hi)s
RETURNING ord;

-- name: reserve_note
SELECT nextval(pg_get_serial_sequence('follow_up_notes', 'id'));

-- name: insert_note
INSERT INTO follow_up_notes (follow_up_id, id, ord, account_id, action, note)
VALUES (%(follow_up_id)s, %(id)s, %(ord)s, %(account_id)s, %(action)s, %(note)s);

-- name: notes
SELECT n.id, n.at, n.account_id, n.action, n.note, a.display_name AS by_name
FROM follow_up_notes n LEFT JOIN staff_accounts a ON a.id = n.account_id
WHERE n.follow_up_id = %(id)s AND n.ord BETWEEN %(lo)s AND %(hi)s ORDER BY n.id;

-- name: versions
-- Every version of a member's report of a day.
SELECT person_id, version, at, source, late, abnormal, answers, template_id
FROM daily_reports
WHERE roster_id = %(roster_id)s AND member_id = %(member_id)s AND day = %(day)s AND ord BETWEEN %(lo)s AND %(hi)s
ORDER BY version;

-- name: identity_unit_names
-- What the units are called that ask a resident: their own scope covers no unit.
SELECT id, name FROM units WHERE id = ANY(%(ids)s);

-- name: worker_plans
-- Plans that remind, and the latest hour until which anybody of them must report.
SELECT p.roster_id, p.remind_at, p.quota, u.name AS company,
       (SELECT count(*) FROM report_reminders w WHERE w.roster_id = p.roster_id AND w.day = %(day)s) AS reminded
FROM report_plans p JOIN rosters r ON r.id = p.roster_id JOIN units u ON u.id = r.unit_id
WHERE p.remind_at <= %(local)s;

-- name: worker_remind
-- Notes that members were reminded who have not reported by now; only those whose note is new get a message.
INSERT INTO report_reminders (roster_id, member_id, day, ord)
SELECT d.roster_id, d.member_id, %(day)s, d.ord
FROM members_due(%(day)s, %(until)s) d
JOIN roster_members m ON m.roster_id = d.roster_id AND m.id = d.member_id
WHERE d.roster_id = %(roster_id)s AND d.due > %(local)s AND m.phone IS NOT NULL
  AND NOT EXISTS (SELECT FROM daily_reports r WHERE r.roster_id = d.roster_id AND r.member_id = d.member_id AND r.day = %(day)s)
  AND NOT EXISTS (SELECT FROM report_reminders w WHERE w.roster_id = d.roster_id AND w.member_id = d.member_id AND w.day = %(day)s)
ORDER BY d.member_id
LIMIT %(limit)s
ON CONFLICT DO NOTHING
RETURNING member_id;

-- name: worker_phones
-- Where to, and by when.
SELECT m.id, m.phone, d.due
FROM roster_members m JOIN members_due(%(day)s, %(until)s) d ON d.roster_id = m.roster_id AND d.member_id = m.id
WHERE m.roster_id = %(roster_id)s AND m.id = ANY(%(ids)s);

-- name: worker_lock_plan
-- Two workers that remind for one roster do it one after the other, so that the day's quota holds.
SELECT pg_advisory_xact_lock(hashtextextended(format('remind %%s', %(roster_id)s::bigint), 0));

-- name: worker_drop_reports
DELETE FROM daily_reports WHERE day < %(first)s;

-- name: worker_drop_follow_ups
DELETE FROM follow_ups WHERE day < %(first)s;

-- name: worker_drop_reminders
DELETE FROM report_reminders WHERE day < %(first)s;
