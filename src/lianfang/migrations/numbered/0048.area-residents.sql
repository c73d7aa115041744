-- depends: 0047.recolouring-faster
-- Whoever keeps a list of residents colours nobody by it alone: who was put on it after the area was confirmed counts once a second
-- official has confirmed that too, and whom the confirming account has put there itself does not count by its own word.

-- since when the row names this person, and which account said so
ALTER TABLE roster_members ADD named_at timestamptz NOT NULL DEFAULT now(), ADD named_by text NOT NULL DEFAULT '';
CREATE INDEX roster_members_by_naming ON roster_members (roster_id, named_at) WHERE left_at IS NULL;

ALTER TABLE risk_areas
  ADD residents_until timestamptz,                    -- who was named by then counts, as `residents_by` has confirmed
  ADD residents_by    text;
UPDATE risk_areas SET residents_until = now(), residents_by = coalesce(confirmed_by, 'system:upgrade');

-- As before, but of residents only those for whom two officials stand.
CREATE OR REPLACE FUNCTION area_stays(of_level bigint, first timestamptz, last timestamptz, visited boolean)
RETURNS TABLE (person_id bigint, at timestamptz) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  area bigint;
  named timestamptz;
  confirmer text;
  inside int8multirange;
  doors bigint[];
  doors_out bigint[];
BEGIN
  SELECT l.area_id, a.residents_until, a.residents_by INTO area, named, confirmer FROM area_levels l JOIN risk_areas a ON a.id = l.area_id
  WHERE l.id = of_level AND l.until IS NULL AND a.state = 'matched' AND a.confirmed_at IS NOT NULL;
  IF area IS NULL THEN
    RETURN;
  END IF;
  SELECT coalesce(range_agg(int8range(u.lo, u.hi, '[]')) FILTER (WHERE NOT p.excepted), '{}')
         - coalesce(range_agg(int8range(u.lo, u.hi, '[]')) FILTER (WHERE p.excepted), '{}')
    INTO inside FROM area_places p JOIN units u ON u.id = p.in_unit WHERE p.area_id = area;
  SELECT coalesce(array_agg(at_checkpoint) FILTER (WHERE NOT excepted), '{}'), coalesce(array_agg(at_checkpoint) FILTER (WHERE excepted), '{}')
    INTO doors, doors_out FROM area_places WHERE area_id = area AND at_checkpoint IS NOT NULL;
  IF visited THEN
    RETURN QUERY
      SELECT x.person_id, max(x.at) FROM (
        SELECT v.person_id, v.at FROM unnest(coalesce(inside, '{}')) r
        JOIN visits v ON v.ord >= lower(r) AND v.ord < upper(r)
        WHERE v.at >= first AND v.at < last AND v.checkpoint_id <> ALL (doors_out)
          AND v.scan_id >= scan_floor((first AT TIME ZONE 'UTC')::date - 1) AND v.scan_id < scan_floor((last AT TIME ZONE 'UTC')::date + 2)
        UNION ALL
        SELECT v.person_id, v.at FROM visits v
        WHERE v.checkpoint_id = ANY (doors) AND v.at >= first AND v.at < last
          AND v.scan_id >= scan_floor((first AT TIME ZONE 'UTC')::date - 1) AND v.scan_id < scan_floor((last AT TIME ZONE 'UTC')::date + 2)
      ) x GROUP BY x.person_id;
  ELSE
    RETURN QUERY
      SELECT m.person_id, first FROM unnest(coalesce(inside, '{}')) r
      JOIN roster_members m ON m.ord >= lower(r) AND m.ord < upper(r)
      JOIN rosters o ON o.id = m.roster_id AND o.kind = 'residents'
      WHERE m.left_at IS NULL AND m.named_at <= named AND m.named_by <> confirmer GROUP BY m.person_id;
  END IF;
END $$;
