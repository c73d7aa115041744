-- depends: 0024.codes
-- Codes without a server: the keys that sign, a record of every signature for a phone, and the lists that gates judge by.

-- A private key is encrypted (signing_keys.private_key:KID). The next one is made days before it signs, so that a gate which is
-- offline then knows it.
CREATE TABLE signing_keys (
  kid           bytea PRIMARY KEY,
  role          text NOT NULL CHECK (role IN ('phone', 'printed', 'status')),
  public_key    bytea NOT NULL,
  private_key   bytea NOT NULL,
  signs_from    timestamptz NOT NULL,
  signs_until   timestamptz NOT NULL CHECK (signs_until > signs_from AND signs_until <= signs_from + interval '30 days'),
  trusted_until timestamptz NOT NULL CHECK (trusted_until >= signs_until),
  UNIQUE (role, signs_from)
);

-- The number is the place in the status lists; it follows the order of issue and says nothing of the person.
CREATE SEQUENCE phone_numbers MINVALUE 0;
CREATE TABLE credentials (
  person_id  bigint NOT NULL,
  number     bigint NOT NULL,
  kid        bytea NOT NULL,
  device_key bytea NOT NULL,          -- digest of the phone's public key
  issued_at  timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  voided_at  timestamptz,
  PRIMARY KEY (person_id, number)
);
CREATE INDEX credentials_by_number ON credentials (number);
CREATE INDEX credentials_by_end ON credentials (expires_at);
CREATE INDEX credentials_void ON credentials (expires_at) WHERE voided_at IS NOT NULL;

-- Of people without a phone. The place is that of the unit that printed it; a resident's own has the last place of all.
CREATE SEQUENCE printed_numbers MINVALUE 0;
CREATE TABLE printed_codes (
  person_id  bigint NOT NULL,
  number     bigint NOT NULL,
  ord        bigint NOT NULL,
  kid        bytea NOT NULL,
  credential bytea NOT NULL,          -- encrypted (printed_codes.credential:NUMBER), to be printed again
  issued_by  text NOT NULL,
  issued_at  timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  voided_at  timestamptz,
  voided_by  text,
  reason     text NOT NULL DEFAULT '',
  PRIMARY KEY (person_id, number)
);
CREATE INDEX printed_codes_by_number ON printed_codes (number);
CREATE INDEX printed_codes_by_place ON printed_codes (ord, number);

CREATE SEQUENCE status_versions;
CREATE TABLE status_lists (
  kind         text NOT NULL CHECK (kind IN ('phone', 'printed')),
  number       integer NOT NULL,
  version      bigint NOT NULL,
  content      bytea NOT NULL,        -- digest of what the list says
  token        bytea NOT NULL,
  published_at timestamptz NOT NULL,
  PRIMARY KEY (kind, number)
);

ALTER TABLE credentials ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY self ON credentials FOR SELECT TO lianfang_app USING (person_id = scope_person());
CREATE POLICY identity ON credentials TO lianfang_identity USING (true) WITH CHECK (true);
CREATE POLICY lane ON credentials FOR SELECT TO lianfang_lane USING (true);
CREATE POLICY worker ON credentials TO lianfang_worker USING (true);

ALTER TABLE printed_codes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON printed_codes TO lianfang_app
  USING (person_id = scope_person() OR ord BETWEEN scope_lo() AND scope_hi())
  WITH CHECK (person_id = scope_person() OR ord BETWEEN scope_lo() AND scope_hi());
CREATE POLICY lane ON printed_codes FOR SELECT TO lianfang_lane USING (true);
CREATE POLICY worker ON printed_codes FOR SELECT TO lianfang_worker USING (true);

-- Whoever ends the sessions of a lost phone ends its code with them.
CREATE FUNCTION void_credentials() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE credentials SET voided_at = now() WHERE person_id = NEW.id AND voided_at IS NULL AND expires_at > now();
  NOTIFY lianfang_colours;
  RETURN NULL;
END $$;
CREATE TRIGGER credentials_end AFTER UPDATE OF epoch ON people FOR EACH ROW WHEN (NEW.epoch <> OLD.epoch)
  EXECUTE FUNCTION void_credentials();

-- The status lists follow within seconds of what changes a colour.
CREATE FUNCTION tell_of_colours() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NOTIFY lianfang_colours;
  RETURN NULL;
END $$;
CREATE TRIGGER holds_tell AFTER INSERT OR UPDATE OR DELETE ON holds FOR EACH STATEMENT EXECUTE FUNCTION tell_of_colours();
CREATE TRIGGER releases_tell AFTER INSERT ON hold_releases FOR EACH STATEMENT EXECUTE FUNCTION tell_of_colours();
CREATE TRIGGER printed_codes_tell AFTER UPDATE OF voided_at ON printed_codes FOR EACH STATEMENT EXECUTE FUNCTION tell_of_colours();
