-- depends: 0032.family
-- What doors require of evidence. Versioned with the door: what was required until when stays beside what is required now, so that
-- a scan that arrives later counts by what stood at the door when it was made, and a refusal can be explained.
ALTER TABLE checkpoints
  ADD test_hours smallint CHECK (test_hours BETWEEN 1 AND 168),     -- a negative nucleic-acid test no older; null: not asked
  ADD doses smallint CHECK (doses BETWEEN 1 AND 9),                 -- of a vaccine
  ADD risk_days smallint CHECK (risk_days BETWEEN 1 AND 28),        -- no stay in an area of medium or high risk within
  ADD former_requirements jsonb NOT NULL DEFAULT '[]';              -- written by the trigger alone

CREATE FUNCTION keep_former_requirements() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.former_requirements := OLD.former_requirements || jsonb_build_object(
    'until', now(), 'test_hours', OLD.test_hours, 'doses', OLD.doses, 'risk_days', OLD.risk_days);
  RETURN NEW;
END $$;
CREATE TRIGGER former_requirements BEFORE UPDATE ON checkpoints FOR EACH ROW
  WHEN ((OLD.test_hours, OLD.doses, OLD.risk_days) IS DISTINCT FROM (NEW.test_hours, NEW.doses, NEW.risk_days))
  EXECUTE FUNCTION keep_former_requirements();
