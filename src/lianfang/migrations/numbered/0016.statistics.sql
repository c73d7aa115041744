-- depends: 0010.lane 0015.units
-- Sums of visits, kept by the worker so that a province's figures are read in milliseconds (docs/adr/0011). Only for provinces,
-- cities, counties and towns: whatever is below a town is few rows, and counted from the visits themselves. Local days and hours.

-- How much happened in an hour, for a place and everything below it.
CREATE TABLE place_hours (
  ord      bigint NOT NULL,           -- the place's own lo
  category category NOT NULL,
  day      date NOT NULL,
  hour     smallint NOT NULL CHECK (hour BETWEEN 0 AND 23),
  scans    integer NOT NULL,
  refused  integer NOT NULL,
  observed integer NOT NULL,
  PRIMARY KEY (ord, day, category, hour)
);

-- Whom the sums have counted where: a person, a day, the smallest place that has sums. Nobody but the one who counts reads it.
CREATE TABLE counted_days (
  person_id bigint NOT NULL,
  day       date NOT NULL,
  ord       bigint NOT NULL,
  category  category NOT NULL,
  PRIMARY KEY (person_id, day, ord, category)
);

-- How many people were at a place on a day, by the last day before on which they were there (-infinity: none). Whoever came in a
-- period came on exactly one day of it after none in it, so distinct people are the sum over the period's days of those whose
-- last day lies before the period. `category` null: all of them together; towns have only that.
CREATE TABLE place_people (
  ord      bigint NOT NULL,
  category category,
  day      date NOT NULL,
  previous date NOT NULL,
  people   integer NOT NULL,
  UNIQUE NULLS NOT DISTINCT (ord, day, category, previous)
);

-- How far the sums have come; one row.
CREATE TABLE statistics_state (
  one            boolean PRIMARY KEY DEFAULT true CHECK (one),
  zone           text NOT NULL DEFAULT '',
  recorded_until timestamptz,         -- null: to be counted from the beginning, and until then the visits are asked
  wanted_anew    boolean NOT NULL DEFAULT false
);
INSERT INTO statistics_state DEFAULT VALUES;

-- What was counted stands under the places and categories of its time: where those change, everything is counted anew.
CREATE FUNCTION want_statistics_anew() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE statistics_state SET wanted_anew = true WHERE NOT wanted_anew;
  RETURN NULL;
END $$;
-- a move that begins, one that has taken rows along, and one that is done
CREATE TRIGGER statistics_anew AFTER INSERT ON unit_moves FOR EACH ROW EXECUTE FUNCTION want_statistics_anew();
CREATE TRIGGER statistics_moved AFTER UPDATE ON unit_moves FOR EACH ROW
  WHEN (OLD.rows_moved <> NEW.rows_moved OR OLD.finished_at IS DISTINCT FROM NEW.finished_at) EXECUTE FUNCTION want_statistics_anew();
INSERT INTO places_that_stay VALUES
  ('place_hours', 'sums: counted anew after a move'),
  ('place_people', 'sums: counted anew after a move'),
  ('counted_days', 'sums: counted anew after a move');
CREATE POLICY lane ON unit_moves FOR SELECT TO lianfang_lane USING (true);
CREATE TRIGGER statistics_anew AFTER UPDATE OF lo, parent_id ON units FOR EACH STATEMENT EXECUTE FUNCTION want_statistics_anew();
CREATE TRIGGER statistics_anew AFTER UPDATE OF category ON checkpoints FOR EACH ROW WHEN (OLD.category <> NEW.category)
  EXECUTE FUNCTION want_statistics_anew();

-- Which visits are new since the sums were last made: they come in the order in which they are recorded, so a few bytes suffice.
CREATE INDEX visits_by_recording ON visits USING brin (recorded_at) WITH (pages_per_range = 32, autosummarize = on);

ALTER TABLE place_hours ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON place_hours FOR SELECT TO lianfang_app USING (ord BETWEEN scope_lo() AND scope_hi());
CREATE POLICY lane ON place_hours TO lianfang_lane USING (true) WITH CHECK (true);
ALTER TABLE place_people ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON place_people FOR SELECT TO lianfang_app USING (ord BETWEEN scope_lo() AND scope_hi());
CREATE POLICY lane ON place_people TO lianfang_lane USING (true) WITH CHECK (true);
ALTER TABLE counted_days ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY lane ON counted_days TO lianfang_lane USING (true) WITH CHECK (true);

-- Which units publish their figures.
CREATE TABLE publications (
  unit_id      bigint PRIMARY KEY REFERENCES units,
  ord          bigint NOT NULL,
  published_by bigint NOT NULL,
  published_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE publications ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON publications TO lianfang_app USING (ord BETWEEN scope_lo() AND scope_hi()) WITH CHECK (ord BETWEEN scope_lo() AND scope_hi());
CREATE POLICY lane ON publications FOR SELECT TO lianfang_lane USING (true);
