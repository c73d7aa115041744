"""Visits out of PostgreSQL, as the index takes them; as lianfang_lane, which reads where people were and nothing of who they are."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from lianfang.kit.db import Database
from lianfang.tracing.index import once, with_lengths
from lianfang.tracing.segment import Rows, Segment
from lianfang.tracing.store import Q
from lianfang.tracing.zones import zone

_HEAD, _COLUMNS = 19, 5
_ROW = np.dtype(
    [
        ("count", ">i2"),
        *((name, kind) for n in range(_COLUMNS) for name, kind in ((f"size{n}", ">i4"), (f"c{n}", ">i8"))),
    ]
)
"""A row of PostgreSQL's binary COPY, where all columns are bigint and none is null."""


async def days(lane: Database) -> list[date]:
    """The days that may have visits: those of the partitions, and a day around."""
    async with lane.transaction() as conn:
        found = [row[0] for row in await (await conn.execute(Q.lane_days)).fetchall()]
    return sorted({day + timedelta(days=n) for day in found for n in (-1, 0, 1)})


async def erased(lane: Database) -> list[int]:
    async with lane.transaction() as conn:
        return [row[0] for row in await (await conn.execute(Q.lane_erased)).fetchall()]


def of_day(lane: Database, day: date) -> Segment:
    """A day's segment; the two days after it say where its people went."""
    with lane.blocking_transaction() as conn:
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        today = _copied(conn, day, day)
        later = _copied(conn, day + timedelta(days=1), day + timedelta(days=1)) if len(today) else Rows.none()
    return with_lengths(today.take(np.sort(once(today))), later)


def _copied(conn: psycopg.Connection[Any], first: date, last: date) -> Rows:
    span = {"first": first, "last": last}
    seats = [row[0] for row in conn.execute(Q.lane_seats, span).fetchall()]
    params = span | {"seats": seats, "zones": [zone(seat) for seat in seats]}
    with (
        conn.cursor() as cursor,
        cursor.copy(b"COPY (" + Q.lane_visits.rstrip(b";") + b") TO STDOUT (FORMAT binary)", params) as copy,
    ):
        data = b"".join(copy)
    rows = np.frombuffer(data, _ROW, count=(len(data) - _HEAD - 2) // _ROW.itemsize, offset=_HEAD)
    return Rows(*(_native(rows[f"c{n}"]) for n in range(_COLUMNS)))


def _native(column: NDArray[Any]) -> NDArray[np.int64]:
    return column.astype(np.int64)


def recorded_since(lane: Database, since: datetime) -> Rows:
    """Visits and check-outs that were recorded after an instant."""
    with lane.blocking_transaction() as conn:
        found = conn.execute(Q.lane_visits_since, {"since": since}).fetchall()
    known: dict[str | None, int] = {}
    rows = [(*row[:4], known.setdefault(row[4], zone(row[4]))) for row in found]
    return Rows(*np.array(rows, np.int64).reshape(-1, _COLUMNS).T)
