"""SQL lives in `queries.sql` beside the store that runs it: one named query after another.

-- name: find_unit
-- The unit with this id.
SELECT ...
"""

import re
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


class Queries:
    """The queries of one room, by name: `Q = Queries(__package__)`, then `Q.find_unit`."""

    def __init__(self, package: str | None) -> None:
        assert package, "pass __package__"
        text = files(package).joinpath("queries.sql").read_text("utf-8")
        parts = _NAME.split(text)[1:]
        names = parts[::2]
        if len(set(names)) != len(names):
            raise ValueError(f"{package}/queries.sql names a query twice")
        # bytes, because psycopg's types accept a plain `str` only where it is a literal in the code
        self._queries = {name: body.strip().encode() for name, body in zip(names, parts[1::2], strict=True)}

    def __getattr__(self, name: str) -> bytes:
        try:
            return self._queries[name]
        except KeyError:
            raise AttributeError(f"no query named {name}") from None

    def names(self) -> list[str]:
        return list(self._queries)
