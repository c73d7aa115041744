"""Rosters: a unit's named lists of people, imported from its own spreadsheets."""
