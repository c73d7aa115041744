-- depends: 0004.people
-- Messages to be sent, written in the transaction that caused them; the worker delivers.

CREATE TABLE notices (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel    text NOT NULL CHECK (channel IN ('sms')),
  recipient  bytea NOT NULL,            -- encrypted
  template   text NOT NULL,
  parameters bytea NOT NULL,            -- encrypted: a one-time code is in here
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,      -- not worth sending after this
  sent_at    timestamptz,
  receipt    text                       -- the provider's message id
);
