"""The organisation tree, and the Scope under which staff and residents act."""
