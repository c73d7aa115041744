-- depends: 0028.areas
-- People without a phone: a guardian shows their codes, checks them in and looks things up for them.

-- `proof`: that the guardian may. declared: they said so of somebody who was unknown until then; phone: that person's own phone
-- agreed; clerk: an official saw both documents. The place is that of the official's unit; where none was there, the last of all.
CREATE TABLE guardianships (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  guardian_id  bigint NOT NULL,
  member_id    bigint NOT NULL CHECK (member_id <> guardian_id),
  ord          bigint NOT NULL,
  relation     text NOT NULL CHECK (relation IN ('child', 'parent', 'grandparent', 'grandchild', 'spouse', 'ward', 'other')),
  proof        text NOT NULL CHECK (proof IN ('declared', 'phone', 'clerk')),
  consented_at timestamptz NOT NULL,
  consent_text text NOT NULL,        -- the version of the words that were agreed to
  began_at     timestamptz NOT NULL,
  proven_at    timestamptz,
  proven_by    text,                 -- staff:12, or resident:7 whose phone agreed
  ended_at     timestamptz,
  ended_by     text,
  reason       text NOT NULL DEFAULT '',
  CHECK ((proof = 'declared') = (proven_at IS NULL))
);
CREATE UNIQUE INDEX guardianships_now ON guardianships (guardian_id, member_id) WHERE ended_at IS NULL;
CREATE INDEX guardianships_by_member ON guardianships (member_id);
CREATE INDEX guardianships_by_place ON guardianships (ord, id);

ALTER TABLE guardianships ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON guardianships FOR SELECT TO lianfang_app
  USING (guardian_id = scope_person() OR member_id = scope_person() OR ord BETWEEN scope_lo() AND scope_hi());
CREATE POLICY identity ON guardianships TO lianfang_identity USING (true) WITH CHECK (true);
CREATE POLICY lane ON guardianships FOR SELECT TO lianfang_lane USING (true);

-- What a guardian does for somebody is recorded as the guardian's deed, as long as they are the guardian.
CREATE POLICY family_write ON audit_log FOR INSERT TO lianfang_app
  WITH CHECK (ord = 4611686018427387904 AND EXISTS (
    SELECT FROM guardianships g
    WHERE g.member_id = scope_person() AND g.ended_at IS NULL AND actor = 'resident:' || g.guardian_id));

-- Whether anything is known of somebody; nothing of what it is.
CREATE POLICY lane ON evidence FOR SELECT TO lianfang_lane USING (true);

-- A credential that a guardian's phone holds ends with the guardian's sessions too, and with the guardianship.
ALTER TABLE credentials ADD COLUMN guardian_id bigint;
CREATE INDEX credentials_by_guardian ON credentials (guardian_id) WHERE guardian_id IS NOT NULL;

CREATE OR REPLACE FUNCTION void_credentials() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE credentials SET voided_at = now()
  WHERE (person_id = NEW.id OR guardian_id = NEW.id) AND voided_at IS NULL AND expires_at > now();
  NOTIFY lianfang_colours;
  RETURN NULL;
END $$;

CREATE FUNCTION void_members_credentials() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE credentials SET voided_at = now()
  WHERE guardian_id = NEW.guardian_id AND person_id = NEW.member_id AND voided_at IS NULL AND expires_at > now();
  NOTIFY lianfang_colours;
  RETURN NULL;
END $$;
CREATE TRIGGER guardianships_end AFTER UPDATE OF ended_at ON guardianships FOR EACH ROW
  WHEN (NEW.ended_at IS NOT NULL AND OLD.ended_at IS NULL) EXECUTE FUNCTION void_members_credentials();

-- A scan by a guardian; `recorded_by` of such a visit is the guardian.
ALTER TYPE visit_source ADD VALUE 'family';
