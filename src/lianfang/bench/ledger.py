"""What the clients know: a line for each scan, written before it is sent and again when it is acknowledged.

Afterwards the lines are compared with what is stored. Both are read in the order of their scan ids, a piece at a time: ten
million scans need no more memory than ten.
"""

import heapq
import os
import struct
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import msgspec
import psycopg

from lianfang.visits.model import VERDICTS, Verdict

_LINE = struct.Struct(">16sqq16sqBB6x")
_ANSWER = struct.Struct(">qBB")
_SENT, _ACKED, _MISANSWERED = 1, 2, 3
_VERDICTS: tuple[Verdict, ...] = tuple(VERDICTS)
_RUN = 1 << 16  # lines that are sorted in memory
_EXAMPLES = 5
# a row in the form of a line: what is sent (48 bytes), then the time in microseconds, then the verdict in letters
_STORED = b"""
COPY (
  SELECT uuid_send(scan_id) || int8send(person_id) || int8send(checkpoint_id) || content
         || int8send((extract(epoch FROM at) * 1000000)::bigint) || convert_to(verdict::text, 'UTF8')
  FROM visits ORDER BY scan_id
) TO STDOUT (FORMAT binary)
"""


class Sent(NamedTuple):
    """What a client sends. `content`: the digest that the server is to keep of it."""

    scan_id: bytes
    person_id: int
    checkpoint_id: int
    content: bytes


class Ledger:
    """The lines of one client, in the order in which it sent them."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        self._lines = 0

    def sent(self, scan: Sent) -> int:
        """To be called before the scan is sent. Returns the number of its line."""
        number = self._lines
        self._lines += 1
        os.pwrite(self._file, _LINE.pack(*scan, 0, 0, _SENT), number * _LINE.size)
        return number

    def acked(self, number: int, at: int, verdict: Verdict) -> None:
        """The server has said that it stored the scan; `at` in microseconds since 1970."""
        self._answered(number, at, _VERDICTS.index(verdict), _ACKED)

    def misanswered(self, number: int) -> None:
        """The server has acknowledged something else than was sent."""
        self._answered(number, 0, 0, _MISANSWERED)

    def _answered(self, number: int, *answer: int) -> None:
        os.pwrite(self._file, _ANSWER.pack(*answer), number * _LINE.size + 48)

    def close(self) -> None:
        os.close(self._file)


class Found(msgspec.Struct, kw_only=True):
    """What the comparison found. An acknowledged scan is to be stored once as it was acknowledged, any other once or never.

    `lost`: acknowledged and not stored. `doubled`: rows beside the first one of their scan. `invented`: rows of scans that
    nobody sent. `changed`: scans that are stored otherwise than they were sent or acknowledged.
    """

    sent: int = 0
    acked: int = 0
    unknown: int = 0
    unknown_stored: int = 0
    lost: int = 0
    doubled: int = 0
    invented: int = 0
    changed: int = 0
    examples: list[str] = []

    @property
    def sound(self) -> bool:
        return not (self.lost or self.doubled or self.invented or self.changed)

    def blame(self, what: str, scan_id: bytes, many: int = 1) -> None:
        setattr(self, what, getattr(self, what) + many)
        if len(self.examples) < _EXAMPLES:
            self.examples.append(f"{what} {scan_id.hex()}")


def verify(paths: Iterable[Path], dsn: str) -> Found:
    """Compares clients' ledgers with the visits of a database."""
    with psycopg.connect(dsn) as conn, conn.cursor().copy(_STORED) as copy:
        copy.set_types(["bytea"])
        return compare(in_order(paths), (row[0] for row in copy.rows()))


def in_order(paths: Iterable[Path]) -> Iterator[bytes]:
    """The lines of the ledgers by scan id, which stands first in each. Sorted piece by piece beside the ledger, then merged."""
    runs = [run for path in paths for run in _sorted_runs(path)]
    return heapq.merge(*map(_lines, runs))


def _sorted_runs(path: Path) -> Iterator[Path]:
    with path.open("rb") as file:
        for number in range(1 << 30):
            piece = file.read(_RUN * _LINE.size)
            if not piece:
                return
            run = path.with_name(f"{path.name}.{number}")
            run.write_bytes(b"".join(sorted(piece[at : at + _LINE.size] for at in range(0, len(piece), _LINE.size))))
            yield run


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=1 << 14) as file:
        while line := file.read(_LINE.size):
            yield line


def compare(lines: Iterable[bytes], rows: Iterable[bytes]) -> Found:
    """Walks along the ledger and the rows, each in the order of scan ids."""
    found = Found()
    stored = groupby(rows, key=_scan_id)
    scan_id, group = next(stored, (None, iter(())))
    for line in lines:
        while scan_id is not None and scan_id < line[:16]:
            found.blame("invented", scan_id, sum(1 for _ in group))
            scan_id, group = next(stored, (None, iter(())))
        mine: list[bytes] = []
        if scan_id == line[:16]:
            mine = list(group)
            scan_id, group = next(stored, (None, iter(())))
        _judge(found, line, mine)
    while scan_id is not None:
        found.blame("invented", scan_id, sum(1 for _ in group))
        scan_id, group = next(stored, (None, iter(())))
    return found


def _scan_id(row: bytes) -> bytes:
    return row[:16]


def _judge(found: Found, line: bytes, rows: list[bytes]) -> None:
    _, verdict, state = _ANSWER.unpack_from(line, 48)
    acked = state != _SENT
    found.sent += 1
    found.acked += acked
    found.unknown += not acked
    if acked and not rows:
        found.blame("lost", line[:16])
    if len(rows) > 1:
        found.blame("doubled", line[:16], len(rows) - 1)
    if not rows:
        return
    found.unknown_stored += not acked
    expected = line[:56] + _VERDICTS[verdict].encode() if state == _ACKED else line[:48]
    same = rows[0] == expected if acked else rows[0].startswith(expected)
    if state == _MISANSWERED or not same:
        found.blame("changed", line[:16])
