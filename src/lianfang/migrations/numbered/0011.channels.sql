-- depends: 0008.visits
-- By which of their accounts elsewhere somebody signs in. What a provider calls a person is stored as a blind index only.

CREATE TABLE channel_identities (
  channel       text NOT NULL CHECK (channel IN ('wechat', 'wechat_mini', 'alipay', 'oidc')),
  subject_index bytea NOT NULL,
  union_index   bytea,                       -- the name that several apps of one operator share
  person_id     bigint NOT NULL,             -- no foreign key crosses people
  linked_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (channel, subject_index)
);
CREATE INDEX channel_identities_by_union ON channel_identities (union_index) WHERE union_index IS NOT NULL;
CREATE INDEX channel_identities_by_person ON channel_identities (person_id);

ALTER TABLE channel_identities ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY self ON channel_identities FOR SELECT TO lianfang_app USING (person_id = scope_person());
CREATE POLICY identity ON channel_identities TO lianfang_identity USING (true) WITH CHECK (true);

-- Logins that have left for a provider and are not back yet. Taken away when they come back, so each comes back once.
CREATE TABLE channel_logins (
  state_digest   bytea PRIMARY KEY,
  channel        text NOT NULL,
  browser_digest bytea NOT NULL,             -- only the browser that left can come back
  return_path    text NOT NULL,
  expires_at     timestamptz NOT NULL
);
