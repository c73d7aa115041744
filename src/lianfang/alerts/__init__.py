"""Alerts: a fever at a door is heard by its unit and every unit above it, in the console and by message."""
