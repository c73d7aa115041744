-- depends: 0001.organisations
-- Who did or saw what. Append-only: no role may change or delete a row.

CREATE TABLE audit_log (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at      timestamptz NOT NULL DEFAULT now(),
  ord     bigint NOT NULL,          -- the unit under whose scope it happened
  actor   text NOT NULL,            -- staff:12, resident:7, system:cli
  action  text NOT NULL,            -- records.export
  subject text NOT NULL,            -- what it was done to, by id; never a name or a number of a person
  detail  jsonb NOT NULL
);
CREATE INDEX audit_log_by_place ON audit_log (ord, id);

ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- signing in, registering and the worker's jobs happen without a scope
CREATE POLICY write ON audit_log FOR INSERT TO lianfang_identity, lianfang_worker WITH CHECK (true);
CREATE POLICY scoped_write ON audit_log FOR INSERT TO lianfang_app WITH CHECK (ord BETWEEN scope_lo() AND scope_hi());
CREATE POLICY scope ON audit_log FOR SELECT TO lianfang_app USING (ord BETWEEN scope_lo() AND scope_hi());
