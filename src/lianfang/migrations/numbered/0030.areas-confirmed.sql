-- depends: 0028.areas
-- An area's level and meaning colour nobody before somebody of a unit above those who stated them has confirmed them.
-- Areas that count already go on counting: whoever upgrades would else stop following those who come into them.
ALTER TABLE risk_areas
  ADD stated_by    text[] NOT NULL DEFAULT '{}',      -- the accounts that stated something since it was last confirmed
  ADD stated_ord   bigint,                            -- the highest of their places
  ADD stated_at    timestamptz NOT NULL DEFAULT now(),
  ADD confirmed_by text DEFAULT 'system:upgrade',
  ADD confirmed_at timestamptz DEFAULT now(),         -- null: it waits
  ADD CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL));
ALTER TABLE risk_areas ALTER confirmed_by DROP DEFAULT, ALTER confirmed_at DROP DEFAULT;

-- As before, but of confirmed areas only. That it says so itself leaves no moment between looking and asking.
CREATE OR REPLACE FUNCTION area_stays(of_level bigint, first timestamptz, last timestamptz, visited boolean)
RETURNS TABLE (person_id bigint, at timestamptz) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  area bigint;
  inside int8multirange;
  doors bigint[];
  doors_out bigint[];
BEGIN
  SELECT l.area_id INTO area FROM area_levels l JOIN risk_areas a ON a.id = l.area_id
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
      WHERE m.left_at IS NULL GROUP BY m.person_id;
  END IF;
END $$;
