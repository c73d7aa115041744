"""Holds in the database. Read by the lane for every scan; written by the worker's rules (`worker_…`)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import msgspec
from psycopg import AsyncCursor

from lianfang.codes.model import Hold, HoldColour
from lianfang.kit.db import Connection, ask, bigints
from lianfang.kit.sql import Queries

Q = Queries(__package__)


class NewHold(msgspec.Struct, frozen=True):
    """A hold to open. `plan` is the plan pack and version that the rule belongs to."""

    person_id: int
    colour: HoldColour
    rule: str
    plan: str
    reason_zh: str
    reason_en: str
    starts_at: datetime
    ends_at: datetime


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


async def worker_insert(conn: Connection, holds: list[NewHold]) -> list[int]:
    params = {
        "person_ids": [hold.person_id for hold in holds],
        "colours": [hold.colour for hold in holds],
        "rules": [hold.rule for hold in holds],
        "plans": [hold.plan for hold in holds],
        "reasons_zh": [hold.reason_zh for hold in holds],
        "reasons_en": [hold.reason_en for hold in holds],
        "starts": [hold.starts_at for hold in holds],
        "ends": [hold.ends_at for hold in holds],
    }
    return [row[0] for row in await (await conn.execute(Q.insert_holds, params)).fetchall()]
