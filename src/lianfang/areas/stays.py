"""Who stayed in an area becomes evidence, and what they have is corrected when its level changes. As lianfang_worker; set-based,
in parts that each commit, so that codes are served meanwhile. Begun again it goes on where it stopped."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from lianfang.areas.model import GRAVITY, Level
from lianfang.areas.store import Q
from lianfang.evidence import store as evidence
from lianfang.evidence.model import WITHDRAWN
from lianfang.kit.clock import now as clock_now
from lianfang.kit.db import Connection, Database, fetch_all, fetch_value
from lianfang.plans import packs
from lianfang.plans import store as plans
from lianfang.runs.work import Work

log = structlog.get_logger()
AGAIN_AFTER = timedelta(minutes=5)
"""Somebody who comes into an area is told within this time."""
LATE = timedelta(hours=1)
"""Scans that were offline come in late: the last hour is looked at again."""
VISITED, LIVES_THERE, CAME_FROM = 90, 80, 60  # confidence


class Due(msgspec.Struct, frozen=True):
    """An open level whose stays are to be looked for since `stays_until` (null: since the beginning of its window)."""

    id: int
    area_id: int
    level: Level
    since: datetime
    source: str
    stays_until: datetime | None
    code: str
    whole: bool


class Ended(msgspec.Struct, frozen=True):
    """A level that has ended; the area has `now`, which `counts` where it is confirmed."""

    id: int
    area_id: int
    level: Level
    now: Level
    source: str
    counts: bool


async def work(work: Work) -> dict[str, Any]:
    """As a run, after a bulletin or a decision. `withdraw`: an area that meant other places until now."""
    found = await follow(work.worker, at_once=True, withdraw=work.parameters.get("withdraw"))
    return {"people": found}


async def follow(worker: Database, *, at_once: bool = False, withdraw: int | None = None) -> int:
    """Levels that have ended first, then new stays; how much evidence was written. `at_once`: also of those looked at a
    moment ago."""
    written = 0
    async with worker.connection() as conn, _alone(conn):
        at = clock_now()
        if withdraw is not None:
            written += await _supersede(conn, withdraw, WITHDRAWN, "—", list(GRAVITY))
            await conn.execute(Q.worker_look_again, {"area_id": withdraw})
        for ended in await fetch_all(conn, Ended, Q.worker_ended):
            written += await _correct(conn, ended)
        before = at if at_once else at - AGAIN_AFTER
        for due in await fetch_all(conn, Due, Q.worker_due, {"before": before}):
            written += await _look(conn, due, at)
    if written:
        log.info("area_stays", evidence=written)
    return written


@asynccontextmanager
async def _alone(conn: Connection) -> AsyncIterator[None]:
    """Two at once would both write for the same person."""
    await conn.execute(Q.lock_stays)
    try:
        yield
    finally:
        await conn.execute(Q.unlock_stays)


async def _correct(conn: Connection, ended: Ended) -> int:
    """A level that nobody has confirmed makes things better for those who stayed there, never worse; the rest waits."""
    graver = [level for level in GRAVITY if GRAVITY[level] > GRAVITY[ended.now]]
    former = [level for level in GRAVITY if level != ended.now] if ended.counts else graver
    written = await _supersede(conn, ended.area_id, ended.now, ended.source, former)
    if ended.counts:
        await conn.execute(Q.worker_told, {"ids": [ended.id]})
    return written


async def _supersede(conn: Connection, area_id: int, result: str, source: str, former: list[Level]) -> int:
    """Whoever has evidence of one of the `former` levels for the area gets this result, which supersedes it."""
    await evidence.worker_stage(conn)
    await conn.execute(Q.note_former, {"subject": subject(area_id), "former": former})
    return await _write(conn, area_id, result, source)


async def _look(conn: Connection, due: Due, at: datetime) -> int:
    await evidence.worker_stage(conn)
    first = due.stays_until - LATE if due.stays_until else due.since - await _window(conn, due.code[:2], at)
    span = {"level_id": due.id, "first": first, "last": at}
    await conn.execute(Q.note_visits, span | {"confidence": VISITED})
    await conn.execute(Q.note_residents, span | {"confidence": LIVES_THERE})
    if due.whole:
        origin = {"code": due.code, "digits": len(due.code), "confidence": CAME_FROM}
        await conn.execute(Q.note_arrivals, span | origin)
    if await fetch_value(conn, Q.told_before, {"subject": subject(due.area_id)}):
        await conn.execute(Q.index_staged)
        await conn.execute(Q.drop_known, {"subject": subject(due.area_id), "result": due.level})
    written = await _write(conn, due.area_id, due.level, due.source)
    await conn.execute(Q.worker_looked, {"id": due.id, "until": at})
    return written


async def _window(conn: Connection, province: str, at: datetime) -> timedelta:
    """Before an area got its level: as the plan says that is in force there."""
    adopted = await plans.worker_in_force(conn, at)
    found = adopted.get(province) or adopted.get("")
    pack = found.pack if found else packs.in_force(at.date())
    return timedelta(days=pack.areas.stay_days)


async def _write(conn: Connection, area_id: int, result: str, source: str) -> int:
    area = subject(area_id)
    return await evidence.worker_insert_staged(
        conn, kind="area_stay", result=result, subject=area, source=source, provenance=area
    )


def subject(area_id: int) -> str:
    """What evidence calls the area."""
    return f"area:{area_id}"
