-- depends: 0055.warnings
-- Whoever is deleted, in whatever way, is left out of the tracing index at once and for good.

CREATE POLICY erasure ON tracing_erased TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE FUNCTION erase_from_tracing() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO tracing_erased (person_id) SELECT id FROM gone ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION erase_from_tracing() FROM PUBLIC;
CREATE TRIGGER erase_from_tracing AFTER DELETE ON people REFERENCING OLD TABLE AS gone FOR EACH STATEMENT
  EXECUTE FUNCTION erase_from_tracing();
