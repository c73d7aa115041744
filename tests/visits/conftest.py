"""The lane's batches, held for as long as a test wants to look at them; rows that the database refuses."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from lianfang.kit.db import Kept
from lianfang.visits.lane import Lane, Submitted
from tests.support.house import Client, House, until
from tests.support.story import LONGGUAN_DOOR


class HeldLane:
    """Every batch stops before its transaction until it is released."""

    def __init__(self, lane: Lane) -> None:
        self.batches: list[int] = []
        """How many scans each batch had."""
        self._lane = lane
        self._commit: Callable[[Sequence[Submitted], Kept], Awaitable[None]] = lane._commit
        self._open = asyncio.Event()
        lane._commit = self._hold  # type: ignore[method-assign]

    async def _hold(self, batch: Sequence[Submitted], line: Kept) -> None:
        self.batches.append(len(batch))
        await self._open.wait()
        await self._commit(batch, line)

    async def waiting(self, count: int) -> None:
        """Until so many scans wait behind the batches that are held."""
        await until(lambda: len(self._lane._queue) == count)

    async def occupied_by(self, client: Client) -> list["asyncio.Task[Any]"]:
        """One scan in each of the lane's connections: whatever comes now gathers into one batch."""
        tasks = []
        for number in range(self._lane._connections):
            tasks.append(asyncio.create_task(client.scan(LONGGUAN_DOOR)))
            await until(lambda number=number: len(self.batches) == number + 1)  # type: ignore[misc]
        return tasks

    def release(self) -> None:
        self._open.set()


@pytest.fixture
def held(house: House) -> Iterator[HeldLane]:
    lane = HeldLane(house.services.lane)
    yield lane
    lane.release()


@contextmanager
def trigger(owner: psycopg.Connection, kind: str, body: str, table: str = "visits") -> Iterator[None]:
    """Runs `body` (PL/pgSQL) for each visit that is inserted: `kind` is BEFORE INSERT, or a constraint's AFTER INSERT."""
    deferred = "DEFERRABLE INITIALLY DEFERRED" if kind.startswith("CONSTRAINT") else ""
    name, _, when = kind.rpartition("TRIGGER ")
    owner.execute(
        f"CREATE FUNCTION made_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NEW; END $$".encode()
    )
    owner.execute(
        f"CREATE {name}TRIGGER made_up {when} ON {table} {deferred} FOR EACH ROW EXECUTE FUNCTION made_up()".encode()
    )
    try:
        yield
    finally:
        owner.execute("DROP FUNCTION made_up() CASCADE")


def stored(owner: psycopg.Connection) -> int:
    """How many visits there are."""
    row = owner.execute("SELECT count(*) FROM visits").fetchone()
    assert row is not None
    return int(row[0])


def row_of(owner: psycopg.Connection, scan_id: str, columns: str) -> tuple[Any, ...]:
    """The one row of a scan."""
    rows = owner.execute(f"SELECT {columns} FROM visits WHERE scan_id = %s".encode(), [scan_id]).fetchall()
    assert len(rows) == 1
    return rows[0]
