"""Tracing: who was where together, from a case to contacts of contacts."""
