-- depends: 0009.runs 0010.lane
-- What the dry run of a workbook found, and what its application did, row by row. Dropped with the run, after seven days.
-- Nothing of a resident stands here: names of units, doors and posts, user names. Hence plain.

CREATE TYPE setup_kind AS ENUM ('unit', 'checkpoint', 'account');
CREATE TYPE setup_state AS ENUM ('create', 'change', 'unchanged', 'error');

CREATE TABLE setup_rows (
  run_id  bigint NOT NULL REFERENCES runs ON DELETE CASCADE,
  n       integer NOT NULL,               -- the row's position in the file, over all its sheets
  ord     bigint NOT NULL,                -- the unit that was set up
  kind    setup_kind NOT NULL,
  state   setup_state NOT NULL,
  sheet   text NOT NULL,
  line    integer NOT NULL,               -- as Excel numbers it
  label   text NOT NULL,
  place   text NOT NULL,                  -- the unit it belongs to
  changes jsonb NOT NULL,                 -- field → [before, after]
  faults  jsonb NOT NULL,                 -- [{cell, code, zh, en}]
  PRIMARY KEY (run_id, n)
);
CREATE INDEX setup_rows_by_state ON setup_rows (run_id, state, n);
CREATE INDEX setup_rows_by_place ON setup_rows (ord);

ALTER TABLE setup_rows ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- the run's own policies apply inside; whose run it is is asked before a row is read
CREATE POLICY scope ON setup_rows TO lianfang_app
  USING (ord BETWEEN scope_lo() AND scope_hi()) WITH CHECK (ord BETWEEN scope_lo() AND scope_hi());
