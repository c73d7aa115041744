"""Messages to people: written with the deed that causes them, delivered by the worker."""
