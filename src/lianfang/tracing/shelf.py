"""The segments on disk: one file a day, and a manifest that names them and says until when what was recorded is in them. Written
by the worker from PostgreSQL; read by whoever traces. What was recorded since comes from PostgreSQL with every question."""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import structlog

from lianfang.kit.clock import now as clock_now
from lianfang.kit.db import Database
from lianfang.tracing import source
from lianfang.tracing.index import Index
from lianfang.tracing.model import DAY_S
from lianfang.tracing.segment import Broken, Rows, Segment

log = structlog.get_logger()
OVERLAP = timedelta(minutes=5)
"""A visit is recorded a moment before it is committed: what was recorded shortly before the last time is read again."""
TAIL_MAX = 20_000
"""With more visits in it the tail is written to the disk."""
EPOCH = date(1970, 1, 1)


class Manifest(msgspec.Struct, frozen=True):
    """`until`: what was recorded by then is in the files; `days`: day → file."""

    until: datetime
    days: dict[str, str]


class Shelf:
    """One directory of segments. Several processes may read it; one at a time writes."""

    def __init__(self, directory: Path, lane: Database) -> None:
        self._directory = directory
        self._lane = lane
        self._lock = asyncio.Lock()
        self._manifest: Manifest | None = None
        self._index = Index([])
        self._read_until = datetime.min.replace(tzinfo=UTC)
        self._gone: list[int] = []

    async def index(self) -> Index:
        """Everything that is committed by now."""
        async with self._lock:
            await self._refresh()
            return self._index

    async def write(self, retention: timedelta | None, *, at_once: bool = False) -> int:
        """The worker's part: the tail goes to the disk when it is long (or at once), days past the retention go. How many files
        were written."""
        async with self._lock:
            await self._refresh()
            assert self._manifest is not None
            first = (clock_now() - retention).date().isoformat() if retention else ""
            old = [day for day in self._manifest.days if day < first]
            late = self._index.tail
            if not old and not at_once and (late is None or len(late) < TAIL_MAX):
                return 0
            return await asyncio.to_thread(self._write_changes, first)

    async def _refresh(self) -> None:
        found = await asyncio.to_thread(self._load)
        if found is None:
            found = await self._make()
        if found != self._manifest:
            await self._open(found)
        begun = clock_now()
        rows = await asyncio.to_thread(source.recorded_since, self._lane, self._read_until - OVERLAP)
        self._gone = await source.erased(self._lane)
        await asyncio.to_thread(self._index.absorb, rows)
        await asyncio.to_thread(self._index.erase, self._gone)
        self._read_until = begun

    def _load(self) -> Manifest | None:
        try:
            return msgspec.json.decode((self._directory / "manifest.json").read_bytes(), type=Manifest)
        except (OSError, msgspec.DecodeError):
            return None

    async def _open(self, manifest: Manifest) -> None:
        """Opens what the manifest names; a file that is not as it was written is made anew."""
        segments = []
        for day, name in sorted(manifest.days.items()):
            path = self._directory / name
            try:
                segments.append(await asyncio.to_thread(Segment.open, path))
            except Broken as error:
                log.warning("segment_broken", file=name, reason=str(error))
                segment = await asyncio.to_thread(source.of_day, self._lane, date.fromisoformat(day))
                await asyncio.to_thread(segment.write, path)
                segments.append(segment)
        self._index, self._manifest, self._read_until = Index(segments), manifest, manifest.until

    async def _make(self) -> Manifest:
        """Everything anew, from the database."""
        begun = clock_now()
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = {}
        for day in await source.days(self._lane):
            segment = await asyncio.to_thread(source.of_day, self._lane, day)
            if len(segment):
                names[day.isoformat()] = name = f"{day:%Y%m%d}.{begun:%Y%m%d%H%M%S%f}.seg"
                await asyncio.to_thread(segment.write, self._directory / name)
        manifest = Manifest(begun, names)
        with self._alone():
            self._publish(manifest)
        log.info("tracing_index_made", days=len(names))
        return manifest

    def _write_changes(self, first: str) -> int:
        """Each day that the tail adds to, or whose lengths it changed, becomes a new file; then the manifest names those."""
        assert self._manifest is not None
        until, stamp = self._read_until, f"{clock_now():%Y%m%d%H%M%S%f}"
        with self._alone():
            if self._load() != self._manifest:
                return 0  # another process has just written
            late, _ = self._index.tail.rows() if self._index.tail else (Rows.none(), None)
            there = dict(zip(sorted(self._manifest.days), self._index.base, strict=True))
            added = {(EPOCH + timedelta(days=int(day))).isoformat() for day in np.unique(late.at // DAY_S)}
            names = {day: name for day, name in self._manifest.days.items() if day >= first}
            written = 0
            for day in sorted({*added, *(day for day, segment in there.items() if segment.changed)}):
                if day < first:
                    continue
                segment = self._day(day, there.get(day), late)
                names[day] = f"{day.replace('-', '')}.{stamp}.seg"
                segment.write(self._directory / names[day])
                written += 1
            self._publish(Manifest(until, names))
        return written

    def _day(self, day: str, there: Segment | None, late: Rows) -> Segment:
        """What a segment has, as it is now, with what the tail adds; without the erased."""
        begin = (date.fromisoformat(day) - EPOCH).days * DAY_S
        tail = self._index.tail
        parts, lengths = [], []
        if there is not None:
            rows, length = there.rows()
            parts.append(rows)
            lengths.append(length)
        if tail is not None:
            rows, length = tail.rows()
            today = (rows.at >= begin) & (rows.at < begin + DAY_S)
            parts.append(rows.take(today))
            lengths.append(length[today])
        rows, length = Rows.join(parts), np.concatenate(lengths)
        kept = ~np.isin(rows.person, self._gone)
        return Segment.build(rows.take(kept), length[kept])

    def _publish(self, manifest: Manifest) -> None:
        temporary = self._directory / f".manifest.{os.getpid()}"
        temporary.write_bytes(msgspec.json.encode(manifest))
        os.replace(temporary, self._directory / "manifest.json")
        for path in self._directory.glob("*.seg"):
            if path.name not in manifest.days.values():
                path.unlink(missing_ok=True)  # who has it open keeps it

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._directory / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


_SHELVES: dict[tuple[Path, int], Shelf] = {}


def shelf_of(directory: Path, lane: Database) -> Shelf:
    """The one of this process: what it has read need not be read again."""
    return _SHELVES.setdefault((directory, id(lane)), Shelf(directory, lane))
