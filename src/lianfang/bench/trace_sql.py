"""What a contact is, in SQL that PostgreSQL and DuckDB both understand: the whole definition, which the tests compare with the
reference, and the part of it that an analyst would write over finished stays, which the kernel races."""

TABLES = b"""
CREATE TEMP TABLE IF NOT EXISTS trace_visits (person bigint, venue bigint, at bigint, left_at bigint, zone bigint);
CREATE TEMP TABLE IF NOT EXISTS trace_places (venue bigint, dwell bigint, reach bigint);
CREATE TEMP TABLE IF NOT EXISTS trace_sources (person bigint, since bigint, until bigint);
CREATE TEMP TABLE IF NOT EXISTS trace_told (person bigint, venue bigint, begins bigint, ends bigint, zone bigint, give bigint);
CREATE TEMP TABLE IF NOT EXISTS trace_stays (person bigint, venue bigint, begins bigint, ends bigint, zone bigint, reach bigint);
"""

STAYS = b"""
-- Until the check-out; else until the next check-in elsewhere, but no longer than people usually stay there.
INSERT INTO trace_stays
SELECT v.person, v.venue, v.at,
       greatest(v.at, CASE WHEN v.left_at IS NOT NULL THEN least(v.left_at, v.at + 86400)
                           ELSE least(v.at + p.dwell, (SELECT min(n.at) FROM trace_visits n
                                                       WHERE n.person = v.person AND n.venue <> v.venue AND n.at > v.at)) END),
       v.zone, p.reach
FROM trace_visits v JOIN trace_places p ON p.venue = v.venue;
"""

EXPOSURES = b"""
-- All evidence: whom the sources met. Zones: 10 bits of row below the number of a carriage; 0 is not known.
WITH sources AS (
  SELECT row_number() OVER () AS stay, s.*, s.ends + least(s.ends - s.begins, %(tail)s) AS air
  FROM (
    SELECT s.person, t.venue, greatest(t.begins, s.since) AS begins, least(t.ends, s.until, %(now)s) AS ends, t.zone, 0 AS give, t.reach
    FROM trace_sources s JOIN trace_stays t ON t.person = s.person
    UNION ALL
    SELECT s.person, t.venue, greatest(t.begins, s.since), least(t.ends, s.until, %(now)s), t.zone, t.give, p.reach
    FROM trace_sources s JOIN trace_told t ON t.person = s.person JOIN trace_places p ON p.venue = t.venue
  ) s
  WHERE s.begins < s.ends AND s.reach <> -2
), pairs AS (
  SELECT s.stay, s.person AS source, t.person, s.venue, s.begins, s.air AS ends, s.give, t.begins AS other_begins, t.ends AS other_ends,
         greatest(-s.give, t.begins + %(least)s - s.air) AS low, least(s.give, t.ends - %(least)s - s.begins) AS high
  FROM sources s JOIN trace_stays t ON t.venue = s.venue AND t.person <> s.person
  WHERE s.air - s.begins >= %(least)s AND t.ends - t.begins >= %(least)s
    AND (s.reach = -1 OR s.zone = 0 OR t.zone = 0
         OR ((s.zone >> 10 = t.zone >> 10 OR s.zone >> 10 = 0 OR t.zone >> 10 = 0)
             AND (s.zone & 1023 = 0 OR t.zone & 1023 = 0 OR abs((s.zone & 1023) - (t.zone & 1023)) <= s.reach)))
), moved AS (
  SELECT *, least(greatest(0, low), high) AS shift FROM pairs WHERE low < high OR (low = high AND give = 0)
)
SELECT source, person, venue, greatest(begins + shift, other_begins) AS begins, least(ends + shift, other_ends) AS ends,
       CASE WHEN give = 0 THEN 1.0::float8 ELSE (high - low) / (2.0::float8 * give) END AS chance,
       count(*) OVER (PARTITION BY stay) AS crowd
FROM moved;
"""

# over stays (person, venue, begins, ends) and sources (person, since, until): whom they met, and when first
FIRST = """
SELECT t.person, min(greatest(s.begins, t.begins)) AS since
FROM (
  SELECT t.person, t.venue, greatest(t.begins, c.since) AS begins, least(t.ends, c.until) AS ends
  FROM sources c JOIN stays t ON t.person = c.person AND t.begins < c.until AND t.ends > c.since
) s
JOIN stays t ON t.venue = s.venue AND t.begins < s.ends AND t.ends > s.begins AND t.person <> s.person
WHERE least(s.ends, t.ends) - greatest(s.begins, t.begins) >= {least}
  AND t.person NOT IN (SELECT person FROM known)
GROUP BY t.person
"""
