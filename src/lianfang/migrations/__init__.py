"""Numbered SQL migrations, and the roles with their least power."""
