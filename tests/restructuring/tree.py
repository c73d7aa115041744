"""Looking at the whole tree: whether its places hold together, and where rows stand."""

from itertools import pairwise
from typing import Any

import psycopg

from tests.support.house import Client
from tests.support.story import Unit


def assert_sound(owner: psycopg.Connection) -> None:
    """Children inside their parents, siblings apart, nobody at a place that somebody has left, every row at its unit."""
    rows = owner.execute("SELECT id, parent_id, lo, hi FROM units ORDER BY lo").fetchall()
    places = {row[0]: (row[2], row[3]) for row in rows}
    beside: dict[int | None, list[tuple[int, int]]] = {}
    for unit_id, parent_id, lo, hi in rows:
        assert lo <= hi
        if parent_id is not None:
            above = places[parent_id]
            assert above[0] < lo <= hi <= above[1], f"unit {unit_id} is not inside its parent"
        beside.setdefault(parent_id, []).append((lo, hi))
    for siblings in beside.values():
        assert all(before[1] < after[0] for before, after in pairwise(sorted(siblings)))
    retired = owner.execute("SELECT lo, hi FROM retired_places").fetchall()
    for lo, hi in retired:
        assert not [unit for unit, place in places.items() if lo <= place[0] <= hi], "a unit at a place that was left"
    for table, of_unit, with_hi in owner.execute("SELECT * FROM place_tables()").fetchall():
        if of_unit:
            wrong = f"SELECT t.ord FROM {table} t JOIN units u ON u.id = t.unit_id WHERE t.ord <> u.lo"
            assert owner.execute(wrong.encode()).fetchall() == [], table
            if with_hi:
                wrong = f"SELECT t.hi FROM {table} t JOIN units u ON u.id = t.unit_id WHERE t.hi <> u.hi"
                assert owner.execute(wrong.encode()).fetchall() == [], table


def nothing_left(owner: psycopg.Connection, old: Unit) -> bool:
    """Whether no row that follows stands at the old places of a unit."""
    for table, _, _ in owner.execute("SELECT * FROM place_tables()").fetchall():
        found = owner.execute(f"SELECT FROM {table} WHERE ord BETWEEN %s AND %s LIMIT 1".encode(), [old.lo, old.hi])
        if found.fetchone() is not None:
            return False
    return True


def place(owner: psycopg.Connection, unit: Unit) -> tuple[int, int]:
    row = owner.execute("SELECT lo, hi FROM units WHERE id = %s", [unit.id]).fetchone()
    assert row is not None
    return row[0], row[1]


async def change(client: Client, unit: Unit, verb: str, status: int = 202, **body: Any) -> dict[str, Any]:
    """Moves, merges, closes or reopens a unit."""
    answer = await client.post(f"/units/{unit.id}/{verb}", {"reason": "区划调整"} | body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found
