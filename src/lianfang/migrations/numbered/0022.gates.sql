-- depends: 0021.tenants
-- When a gate's page was last connected: one row a checkpoint, and of nobody.

CREATE TABLE gate_presence (
  checkpoint_id bigint PRIMARY KEY REFERENCES checkpoints,
  ord           bigint NOT NULL,
  seen_at       timestamptz NOT NULL
);
CREATE INDEX gate_presence_by_place ON gate_presence (ord);

ALTER TABLE gate_presence ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON gate_presence TO lianfang_app USING (ord BETWEEN scope_lo() AND scope_hi()) WITH CHECK (ord BETWEEN scope_lo() AND scope_hi());
