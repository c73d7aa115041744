"""Visits: the scan lane, the gate's live list, and the records."""
