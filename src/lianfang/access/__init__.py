"""Who may do what, on which part of the tree: Scope, permissions, and the rule that every route must carry."""
