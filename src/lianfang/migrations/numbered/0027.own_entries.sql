-- depends: 0002.audit 0026.credentials
-- A resident's own deeds (a printed code made, or made void) are recorded in the transaction that does them.
CREATE POLICY own_write ON audit_log FOR INSERT TO lianfang_app
  WITH CHECK (actor = 'resident:' || scope_person() AND ord = 4611686018427387904);
