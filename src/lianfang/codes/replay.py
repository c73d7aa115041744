"""Every colour as of any instant, from evidence and plans alone, against what the holds say was shown."""

from datetime import datetime

import msgspec

from lianfang.codes import rules
from lianfang.codes.derive import derive
from lianfang.codes.store import Q
from lianfang.kit.db import Connection, Database
from lianfang.plans import store as plans

SHOWN = 100


class Difference(msgspec.Struct, frozen=True):
    """Somebody whose colour is not what the evidence calls for."""

    person_id: int
    found: str
    shown: str


class Replayed(msgspec.Struct, frozen=True):
    """People of whom anything is known or held; of each colour, how many the evidence calls for; who was shown another."""

    at: datetime
    people: int
    yellow: int
    red: int
    different: int
    differences: list[Difference]


async def replay(worker: Database, at: datetime) -> Replayed:
    """Changes nothing."""
    async with worker.transaction() as conn:
        await conn.execute(Q.stage_tables)
        await conn.execute(Q.take_memory)
        people = (await conn.execute(Q.people_ever)).rowcount
        await conn.execute(Q.count_people)
        adoptions = await plans.worker_in_force(conn, at)
        params: dict[str, object] = {"at": at, "batches": []} | rules.parameters(adoptions.values())
        await derive(conn, params)
        found = await _colours(conn, Q.colours_wanted, at)
        shown = await _colours(conn, Q.colours_held, at)
    different = [
        Difference(person_id, found.get(person_id, "green"), shown.get(person_id, "green"))
        for person_id in sorted(found.keys() | shown.keys())
        if found.get(person_id) != shown.get(person_id)
    ]
    colours = list(found.values())
    return Replayed(at, people, colours.count("yellow"), colours.count("red"), len(different), different[:SHOWN])


async def _colours(conn: Connection, query: bytes, at: datetime) -> dict[int, str]:
    return dict(await (await conn.execute(query, {"at": at})).fetchall())
