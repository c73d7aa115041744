"""Interviews of cases: where they say that they were, beside what the doors recorded; and the public notice of it."""
