"""The story's chance: the same parts always throw the same numbers."""

from random import Random


def dice(*parts: object) -> Random:
    """A generator seeded by what is decided with it (independent of PYTHONHASHSEED)."""
    return Random(":".join(map(str, parts)))  # noqa: S311 -- a story, not a secret
