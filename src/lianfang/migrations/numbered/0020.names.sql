-- depends: 0008.visits
-- What the ids in the audit log are called today, for whoever may see those rows themselves (security_invoker: the caller's
-- row-level security applies).
CREATE VIEW names WITH (security_invoker) AS
  SELECT 'staff' AS kind, id, display_name || ' (' || username || ')' AS name FROM staff_accounts
  UNION ALL SELECT 'unit', id, name FROM units
  UNION ALL SELECT 'checkpoint', id, name FROM checkpoints
  UNION ALL SELECT 'template', id, name || ' v' || version FROM templates;
