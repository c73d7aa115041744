"""A segment: visits that never change, in the order of (place, time), with a person's positions in it. One file, mapped into
memory; its checksum is in its head."""

import os
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

MAGIC = b"LFTRACE1"
ALIGN = 64
TYPES: Mapping[str, str] = {
    "at": "<u4",  # seconds since 1970, good until 2106
    "length": "<i4",  # seconds until seen elsewhere, a day at most; −1 − seconds until the check-out
    "person": "<i4",
    "zone": "<i4",  # empty where nobody's seat is known
    "venues": "<i8",  # places, each once
    "starts": "<u4",  # where a place's visits begin; one more at the end
    "longest": "<i4",  # the longest stay of a place that a check-out ended
    "p_person": "<i4",  # in the order of (person, time)
    "p_pos": "<u4",
    "p_rank": "<u4",  # which of `venues`
    "buckets": "<u4",  # where the people with id >> shift begin in p_…
}


class Broken(RuntimeError):
    """A file that is not, or no longer, what was written: made anew from the database."""


class Rows(msgspec.Struct, frozen=True):
    """Visits as columns. `left`: when they checked out, −1 where they did not; of somebody refused the same as `at`."""

    person: NDArray[np.int64]
    venue: NDArray[np.int64]
    at: NDArray[np.int64]
    left: NDArray[np.int64]
    zone: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.person)

    def take(self, which: NDArray[Any] | slice) -> "Rows":
        return Rows(self.person[which], self.venue[which], self.at[which], self.left[which], self.zone[which])

    @staticmethod
    def join(parts: "list[Rows]") -> "Rows":
        columns = (np.concatenate(c) for c in zip(*(msgspec.structs.astuple(p) for p in parts), strict=True))
        return Rows(*columns) if parts else Rows.none()

    @staticmethod
    def none() -> "Rows":
        return Rows(*(np.empty(0, np.int64) for _ in range(5)))


class Segment:
    """The arrays of one segment. `writable`: lengths may be changed in memory; the file stays as it is."""

    def __init__(self, arrays: dict[str, NDArray[Any]], shift: int, first_at: int, last_at: int) -> None:
        for name in TYPES:
            setattr(self, name, arrays[name])
        self.shift, self.first_at, self.last_at = shift, first_at, last_at
        self.changed = False
        """Some lengths are others than in the file."""
        self.longest_all = int(self.longest.max()) if len(self.longest) else 0

    at: NDArray[np.uint32]
    length: NDArray[np.int32]
    person: NDArray[np.int32]
    zone: NDArray[np.int32]
    venues: NDArray[np.int64]
    starts: NDArray[np.uint32]
    longest: NDArray[np.int32]
    p_person: NDArray[np.int32]
    p_pos: NDArray[np.uint32]
    p_rank: NDArray[np.uint32]
    buckets: NDArray[np.uint32]

    @property
    def last_person(self) -> int:
        return int(self.p_person[-1]) if len(self.p_person) else 0

    @property
    def last_venue(self) -> int:
        return int(self.venues[-1]) if len(self.venues) else 0

    def __len__(self) -> int:
        return len(self.at)

    @classmethod
    def build(cls, rows: Rows, length: NDArray[np.int32]) -> "Segment":
        """Of rows with what `kernel.closing_times` says of them."""
        if len(rows) and (rows.person.max() >= 1 << 31 or rows.person.min() < 0):
            raise ValueError("person ids beyond 2^31 do not fit into the index")
        n = len(rows)
        order = sorted_by(rows.venue, rows.at)
        venue, at, person = rows.venue[order], rows.at[order], rows.person[order]
        venues, starts = np.unique(venue, return_index=True)
        bounds = np.append(starts, n).astype(np.uint32)
        rank = np.repeat(np.arange(len(venues), dtype=np.uint32), _sizes(bounds))
        length = length[order].astype(np.int32)
        stayed = np.where(length < 0, -1 - length, 0)
        by_person = sorted_by(person, at)
        last = int(person.max()) if n else 0
        shift = max(0, int(np.log2(max(1.0, 4 * (last + 1) / max(1, n)))))
        edges = np.arange((last >> shift) + 2, dtype=np.int64) << shift
        zones = rows.zone[order].astype(np.int32)
        arrays: dict[str, NDArray[Any]] = {
            "at": at.astype(np.uint32),
            "length": length,
            "person": person.astype(np.int32),
            "zone": zones if zones.any() else zones[:0],
            "venues": venues,
            "starts": bounds,
            "longest": (np.maximum.reduceat(stayed, starts) if n else stayed).astype(np.int32),
            "p_person": person[by_person].astype(np.int32),
            "p_pos": by_person.astype(np.uint32),
            "p_rank": rank[by_person],
            "buckets": np.searchsorted(person[by_person], edges).astype(np.uint32),
        }
        return cls(arrays, shift, int(at.min()) if n else 0, int(at.max()) if n else 0)

    def rows(self) -> tuple[Rows, NDArray[np.int32]]:
        """What it was built of, and the lengths as they are now; a check-out is among those."""
        at = self.at.astype(np.int64)
        venue = np.repeat(self.venues, _sizes(self.starts))
        zone = self.zone.astype(np.int64) if len(self.zone) else np.zeros(len(at), np.int64)
        left = np.where(self.length < 0, at - 1 - self.length, -1)
        return Rows(self.person.astype(np.int64), venue, at, left, zone), np.asarray(self.length)

    def write(self, path: Path) -> None:
        """Under a temporary name, forced to the disk, then renamed: whoever finds the name finds all of it."""
        arrays = {name: np.ascontiguousarray(getattr(self, name), dtype=kind) for name, kind in TYPES.items()}
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(temporary, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            checksum = 0
            for array in arrays.values():
                checksum = zlib.crc32(_padded_bytes(array), checksum)
            sizes = {name: len(array) for name, array in arrays.items()}
            facts = {"shift": self.shift, "first_at": self.first_at, "last_at": self.last_at}
            head = msgspec.json.encode({"sizes": sizes, "facts": facts, "checksum": checksum})
            file.write(_pad(MAGIC + struct.pack("<II", len(head), zlib.crc32(head)) + head))
            for array in arrays.values():
                file.write(_padded_bytes(array))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)

    @classmethod
    def open(cls, path: Path, *, verify: bool = True) -> "Segment":
        """Broken where it is not as it was written."""
        try:
            data: Any = np.memmap(path, mode="c")  # changes stay in memory
        except (OSError, ValueError) as error:
            raise Broken(f"{path.name}: {type(error).__name__}") from None
        try:
            size, checksum = struct.unpack_from("<II", data, len(MAGIC))
            head = bytes(data[len(MAGIC) + 8 : len(MAGIC) + 8 + size])
        except struct.error:
            raise Broken(f"{path.name}: too short") from None
        if bytes(data[: len(MAGIC)]) != MAGIC or zlib.crc32(head) != checksum:
            raise Broken(f"{path.name}: not a segment")
        found = msgspec.json.decode(head)
        start = place = _aligned(len(MAGIC) + 8 + size)
        arrays: dict[str, NDArray[Any]] = {}
        for name, kind in TYPES.items():
            length = found["sizes"][name] * np.dtype(kind).itemsize
            arrays[name] = np.asarray(data[place : place + length]).view(kind)[: found["sizes"][name]]
            place += _aligned(length)
        if place != len(data):
            raise Broken(f"{path.name}: {len(data)} bytes instead of {place}")
        if verify and zlib.crc32(data[start:]) != found["checksum"]:
            raise Broken(f"{path.name}: checksum")
        return cls(arrays, **found["facts"])


def _sizes(starts: NDArray[np.uint32]) -> NDArray[np.int64]:
    edges = starts.astype(np.int64)
    return edges[1:] - edges[:-1]


def sorted_by(major: NDArray[np.int64], minor: NDArray[np.int64]) -> NDArray[np.int64]:
    """The order of two columns; as one number, where they fit, which sorts several times as fast."""
    fits = not len(major) or (major.min() >= 0 and major.max() < 1 << 30 and minor.min() >= 0 and minor.max() < 1 << 33)
    return np.argsort(major << 33 | minor) if fits else np.lexsort((minor, major))


def _aligned(size: int) -> int:
    return -(-size // ALIGN) * ALIGN


def _pad(data: bytes) -> bytes:
    return data.ljust(_aligned(len(data)), b"\0")


def _padded_bytes(array: NDArray[Any]) -> bytes:
    return _pad(array.tobytes())
