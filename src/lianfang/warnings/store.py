"""Warnings in the database, and the figures they are made of."""

from datetime import date, datetime

import msgspec

from lianfang.access.scope import Scope
from lianfang.kit.db import Connection, bigints, fetch_all, fetch_value
from lianfang.kit.sql import Queries
from lianfang.plans.vocabulary import WAYS
from lianfang.warnings.model import Count, Door, EarlyWarning, Node, Raised, Signal

Q = Queries(__package__)


async def lane_counts(conn: Connection, zone: str, since: datetime, until: datetime) -> list[Count]:
    params = {"zone": zone, "since": since, "until": until, "ways": list(WAYS)}
    return await fetch_all(conn, Count, Q.lane_counts, params)


async def lane_begun(conn: Connection, zone: str, since: datetime) -> date | None:
    found: date | None = await fetch_value(conn, Q.lane_begun, {"zone": zone, "since": since})
    return found


async def lane_doors(conn: Connection, ids: set[int]) -> list[Door]:
    return await fetch_all(conn, Door, Q.lane_doors, {"ids": bigints(ids)})


async def lane_tree(conn: Connection) -> list[Node]:
    return await fetch_all(conn, Node, Q.lane_tree)


async def worker_raise(conn: Connection, day: date, warning: Raised) -> bool:
    """False where it was raised already."""
    done = await conn.execute(Q.worker_raise, msgspec.structs.asdict(warning) | {"day": day})
    return done.rowcount == 1


async def worker_forget(conn: Connection, before: date) -> None:
    await conn.execute(Q.worker_forget, {"before": before})


async def latest(
    scope: Scope, conn: Connection, signal: Signal | None, *, before: int, limit: int
) -> list[EarlyWarning]:
    params = {"lo": scope.lo, "hi": scope.hi, "signal": signal, "before": before, "limit": limit}
    return await fetch_all(conn, EarlyWarning, Q.latest, params)
