"""Buses and other vehicles: their trips, and who rode which."""
