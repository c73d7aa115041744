"""Taking another plan into force: what it would change is looked at first, and two officials of two units decide it."""
