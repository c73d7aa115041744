"""The published status lists in a web process's memory, and the publisher that writes them in the worker."""

import asyncio
import contextlib
from datetime import timedelta
from typing import Final

import structlog

from lianfang.credentials import statuslist, store
from lianfang.credentials.keyring import KeyRing, tend
from lianfang.credentials.model import Kind
from lianfang.credentials.store import ListRow
from lianfang.credentials.token import LIST_SIZE
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys, digest
from lianfang.kit.db import UNAVAILABLE, Database
from lianfang.kit.listen import Listener

log = structlog.get_logger(__name__)

SWEEP_S: Final = 30.0
"""Holds begin and end by themselves: nothing tells of that."""
AT_MOST_EVERY_S: Final = 1.0
ANEW: Final = timedelta(minutes=10)
"""A list that says nothing new is signed again, so that gates see that it is fresh."""
COMMITTED: Final = timedelta(seconds=5)
"""A list speaks of what was issued so long before it: a credential that is being recorded meanwhile isn't in it yet. Of a newer
one a gate believes the colour that it was issued with."""
KINDS: Final[tuple[Kind, ...]] = ("phone", "printed")


class Shelf:
    """The lists as they are published; forgotten by NOTIFY lianfang_status."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._rows: dict[tuple[Kind, int], ListRow] | None = None

    def forget(self) -> None:
        self._rows = None

    async def all(self) -> list[ListRow]:
        rows = self._rows
        if rows is None:
            async with self._db.transaction() as conn:
                found = await store.lane_lists(conn)
            self._rows = rows = {(row.kind, row.number): row for row in found}
        return list(rows.values())

    async def find(self, kind: Kind, number: int) -> ListRow | None:
        await self.all()
        return (self._rows or {}).get((kind, number))

    async def version(self) -> int:
        """The newest."""
        return max((row.version for row in await self.all()), default=0)


class Publisher:
    """Works in the worker process: woken by NOTIFY lianfang_colours, and by the clock."""

    def __init__(self, worker: Database, keys: Keys) -> None:
        self._worker = worker
        self._ring = KeyRing(worker, keys)
        self._keys = keys
        self._rung = asyncio.Event()

    async def run(self) -> None:
        listener = Listener(
            self._worker.conninfo, {"lianfang_colours": lambda _: self._rung.set()}, on_gap=self._rung.set
        )
        await listener.start()
        try:
            while True:
                self._rung.clear()
                with contextlib.suppress(*UNAVAILABLE):
                    async with self._worker.transaction() as conn:
                        await tend(conn, self._keys, clock_now())
                    await publish(self._worker, self._ring)
                await asyncio.sleep(AT_MOST_EVERY_S)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._rung.wait(), SWEEP_S)
        finally:
            await listener.stop()


async def publish(worker: Database, ring: KeyRing) -> int:
    """Signs and publishes the lists that say something new, or were signed long ago; how many."""
    signer = await ring.signer("status")
    made = 0
    async with worker.transaction() as conn:
        now = clock_now()
        before = {(row.kind, row.number): row for row in await store.lane_lists(conn)}
        for kind in KINDS:
            live = await store.worker_live_numbers(conn, kind, now)
            first, last = (live[0] // LIST_SIZE, live[1] // LIST_SIZE) if live else (0, 0)
            entries = statuslist.by_list(await store.worker_entries(conn, kind, now), LIST_SIZE)
            for number in range(first, last + 1):
                known = before.get((kind, number))
                compressed = await asyncio.to_thread(statuslist.build, LIST_SIZE, entries.get(number, []))
                content = digest(compressed)
                if known and known.content == content and now - known.published_at < ANEW:
                    continue
                version = await store.worker_next_version(conn)
                signed = statuslist.sign(signer.key, signer.kid, kind, number, version, compressed, now - COMMITTED)
                await store.worker_publish(
                    conn, kind=kind, number=number, version=version, content=content, token=signed, at=now
                )
                made += 1
            await store.worker_withdraw(conn, kind, first, last)
        if made:
            await store.worker_tell(conn)
    return made


async def forget(worker: Database, kept: timedelta | None) -> None:
    """Records of credentials are kept as long as visits, then dropped; keys once nothing believes them."""
    now = clock_now()
    if kept is not None:
        async with worker.transaction() as conn:
            await store.worker_forget(conn, credentials_before=now - kept, keys_before=now - kept)
