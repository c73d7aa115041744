"""Holds in the database. Read by the lane for every scan; written by the rules alone (`derive`)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from psycopg import AsyncCursor

from lianfang.codes.model import Hold
from lianfang.kit.db import Connection, ask, bigints
from lianfang.kit.sql import Queries

Q = Queries(__package__)


async def lane_holds(conn: Connection, person_ids: list[int], since: datetime) -> dict[int, list[Hold]]:
    """person → holds that end after `since`."""
    return by_person(await (await lane_ask_holds(conn, person_ids, since)).fetchall())


async def lane_ask_holds(conn: Connection, person_ids: Iterable[int], since: datetime) -> AsyncCursor[Hold]:
    """The same inside a pipeline: for `by_person`, once it has ended."""
    return await ask(conn, Hold, Q.lane_holds, {"person_ids": bigints(person_ids), "since": since})


def by_person(holds: Iterable[Hold]) -> dict[int, list[Hold]]:
    found: dict[int, list[Hold]] = defaultdict(list)
    for hold in holds:
        found[hold.person_id].append(hold)
    return found
