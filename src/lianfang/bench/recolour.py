"""How long it takes to colour half a province anew after an area's level changes, while people show their codes and scan."""

import asyncio
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import msgspec
import psycopg

from lianfang.bench import generator, recolour_sql, show
from lianfang.bench.generator import Load
from lianfang.codes.derive import Recoloured, recolour, recolour_everybody
from lianfang.codes.replay import replay
from lianfang.evidence import store as evidence
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.migrations.roles import role_dsn

SHOWN_S, SCANNED_S = 1000, 200
"""How many codes are shown and doors scanned in a second meanwhile, at most."""
CONNECTIONS = 100
LONGER_THAN_ANY_S = 600


class RecolourMeasured(msgspec.Struct, frozen=True):
    """`seconds`: from the first row of evidence to the last hold, both committed. `refused`: of shows and scans, and `broken` those
    without an answer. `replay_different`: people whose colour is not what evidence and plans call for; 0 unless something is wrong."""

    people: int
    seconds: float
    evidence_seconds: float
    holds_opened: int
    held_before: int
    shows_per_s_meanwhile: float
    show_p99_ms: float
    scans_per_s_meanwhile: float
    scan_p99_ms: float
    refused: int
    broken: int
    replay_different: int
    generator: str
    cores: int
    load_average: float


def prepare(dsn: str, people: int) -> None:
    """Everybody has a test on record, some a contact order."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        for statement in recolour_sql.BEFORE:
            conn.execute(statement, {"people": people})


def measure(dsn: str, keys: Keys, url: str, scans: Path, people: int) -> RecolourMeasured:
    """An area in which all of them have been becomes a high-risk one."""
    return asyncio.run(_measure(dsn, keys, url, scans, people))


async def _measure(dsn: str, keys: Keys, url: str, scans: Path, people: int) -> RecolourMeasured:
    worker = Database(role_dsn(dsn, "lianfang_worker", keys), size=3)
    await worker.open()
    try:
        first = await recolour_everybody(worker)
        street = _Street(url, scans)
        load = os.getloadavg()[0]
        begun = time.perf_counter()
        written = asyncio.Event()
        coloured = asyncio.create_task(_colour(worker, written))
        async with worker.connection() as conn:
            await evidence.worker_stage(conn)
            await conn.execute(recolour_sql.STAY, {"people": people})
            await evidence.worker_insert_staged(
                conn, kind="area_stay", result="high", subject="area:1", source="县防办", provenance="area:1"
            )
        wrote = time.perf_counter()
        written.set()
        found = await coloured
        ended = time.perf_counter()
        shows, scanned = await asyncio.to_thread(street.ended)
        checked = await replay(worker, clock_now())
    finally:
        await worker.close()
    return RecolourMeasured(
        people=found.people,
        seconds=round(ended - begun, 2),
        evidence_seconds=round(wrote - begun, 2),
        holds_opened=found.opened,
        held_before=first.opened,
        shows_per_s_meanwhile=round((shows.requests - shows.refused) / shows.seconds, 1),
        show_p99_ms=shows.p99_ms,
        scans_per_s_meanwhile=round((scanned.requests - scanned.refused) / scanned.seconds, 1),
        scan_p99_ms=scanned.p99_ms,
        refused=shows.refused + scanned.refused,
        broken=shows.broken + scanned.broken,
        replay_different=checked.different,
        generator=street.generator,
        cores=os.cpu_count() or 0,
        load_average=round(load, 2),
    )


async def _colour(worker: Database, written: asyncio.Event) -> Recoloured:
    """As the worker does: whatever part has come is coloured while the next one is written."""
    total = Recoloured()
    while True:
        last = written.is_set()
        found = await recolour(worker)
        total = Recoloured(total.people + found.people, total.opened + found.opened, total.released + found.released)
        if last:
            return total
        if not found.people:
            await asyncio.sleep(0.02)


class _Street:
    """People who show their codes and scan at doors, through HTTP, until they are told to end."""

    def __init__(self, url: str, scans: Path) -> None:
        def pause(per_s: int) -> int:
            return CONNECTIONS * 1000 // per_s

        self.generator = generator.best()
        self._shows = show.start(
            self.generator, url, scans, seconds=LONGER_THAN_ANY_S, connections=CONNECTIONS, pause_ms=pause(SHOWN_S)
        )
        self._scans = generator.start(
            self.generator, url, scans, seconds=LONGER_THAN_ANY_S, connections=CONNECTIONS, pause_ms=pause(SCANNED_S)
        )

    def ended(self) -> tuple[Load, Load]:
        """Of the shows, and of the scans."""
        return _ended(self._shows), _ended(self._scans)


def _ended(process: "subprocess.Popen[str]") -> Load:
    """A generator tells what it has seen where it is interrupted."""
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
    return generator.collect(process)
