"""SQL lives in queries.sql: every query is used, every one that is used exists, and PostgreSQL understands each of them."""

import ast
import re
from pathlib import Path

import psycopg
import pytest

import lianfang
from lianfang.kit.sql import Queries

ROOT = Path(lianfang.__path__[0])
ROOMS = sorted(path.parent.name for path in ROOT.glob("*/queries.sql"))
PARAMETER = re.compile(rb"%\((\w+)\)s")


SOURCES = {path: list(ast.walk(ast.parse(path.read_text("utf-8")))) for path in ROOT.rglob("*.py")}


def used_in(room: str) -> set[str]:
    """Names after `Q.` in a room, and after `Q.` or `room.Q.` in the others that import it."""
    names = set()
    for path, nodes in SOURCES.items():
        imported = {
            alias.asname or alias.name
            for node in nodes
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"lianfang.{room}")
            for alias in node.names
        }
        here = path.parent.name == room
        for node in nodes:
            if not isinstance(node, ast.Attribute):
                continue
            owner = node.value
            if isinstance(owner, ast.Name) and owner.id == "Q" and (here or "Q" in imported):
                names.add(node.attr)
            if isinstance(owner, ast.Attribute) and owner.attr == "Q" and getattr(owner.value, "id", "") in imported:
                names.add(node.attr)
    return names


@pytest.mark.parametrize("room", ROOMS)
def test_every_query_is_used_and_every_used_one_exists(room: str) -> None:
    named = set(Queries(f"lianfang.{room}").names())
    assert used_in(room) >= named, "a query that nobody runs"
    assert used_in(room) - {"names"} <= named, "a query that is not there"


@pytest.mark.parametrize("room", ROOMS)
def test_postgresql_understands_every_query(owner: psycopg.Connection, room: str) -> None:
    queries = Queries(f"lianfang.{room}")
    with owner.transaction(force_rollback=True):
        for other in map(Queries, [f"lianfang.{other}" for other in ROOMS]):
            for name in other.names():
                if name.startswith("stage_"):  # of this room or of one below, into which this one puts rows
                    owner.execute(getattr(other, name))
        for name in queries.names():
            query: bytes = getattr(queries, name)
            if re.match(rb"(?:--.*\n)*(?:COPY|CREATE|DROP|ANALYZE|TRUNCATE)", query):
                continue
            numbers: dict[bytes, bytes] = {}
            text = PARAMETER.sub(lambda m: numbers.setdefault(m[1], b"$%d" % (len(numbers) + 1)), query)  # noqa: B023
            owner.execute(b"PREPARE tried AS " + text.rstrip(b";").replace(b"%%", b"%"))
            owner.execute(b"DEALLOCATE tried")
