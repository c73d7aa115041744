"""Controlled sharing: a unit lets another one see its fever alerts or its records, for a purpose and a period."""
