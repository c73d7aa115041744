"""The phones of a run under fire, in a process of their own: each scan goes into the ledger, then to the server, until it is
answered. Most phones send a scan again with the same id when they hear nothing; some are switched off instead, and nobody
ever learns what became of theirs.
"""

import asyncio
import heapq
import os
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import msgspec
import uvloop

from lianfang.bench.board import RUN, Board, Slot
from lianfang.bench.ledger import Ledger, Sent
from lianfang.kit import ids
from lianfang.replay.wire import Answer, Line, Wire
from lianfang.visits.model import Verdict

PATH = "/api/v1/scans"
SWITCHED_OFF = 20  # of so many phones that hear nothing, one never asks again
FINISH_WITHIN_S = 60
_PAUSE_MAX_S = 8
_BEHIND_S = 0.1  # what was missed in an outage is not sent all at once
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class Shot(NamedTuple):
    """Who scans which door: a request but for its scan id, and what the server is to keep of it."""

    head: bytes
    tail: bytes
    person_id: int
    checkpoint_id: int
    content: bytes


class _Door(msgspec.Struct):
    id: int


class _Stamp(msgspec.Struct):
    scan_id: UUID
    serial: str
    checkpoint: _Door
    at: datetime
    verdict: Verdict


_decode = msgspec.json.Decoder(_Stamp).decode


class Scan(msgspec.Struct):
    """One scan on its way."""

    shot: Shot
    scan_id: UUID
    number: int
    made: datetime
    tries: int = 0

    def body(self) -> bytes:
        # a scan that is sent again says when it was made
        at = b',"at":"%b"' % self.made.isoformat().encode() if self.tries else b""
        return b'{"scan_id":"%b"%b%b' % (str(self.scan_id).encode(), at, self.shot.tail)


def shots(path: Path, wire: Wire) -> list[Shot]:
    """Lines `cookie TAB code TAB answers TAB person TAB checkpoint TAB content`, as `write_shots` in `faults` makes them."""
    head = wire.head("POST", PATH).removesuffix(b"Content-Length: ")
    return [
        Shot(
            head + f"Cookie: {cookie}\r\nContent-Length: ".encode(),
            f',"code":"{code}","answers":{answers}}}'.encode(),
            int(person),
            int(checkpoint),
            bytes.fromhex(content),
        )
        for cookie, code, answers, person, checkpoint, content in (
            line.split("\t") for line in path.read_text().splitlines()
        )
    ]


class Phones:
    """All connections of one process."""

    def __init__(self, wire: Wire, shots: list[Shot], ledger: Ledger, board: Board, slot: Slot) -> None:
        self._wire = wire
        self._shots = shots
        self._ledger = ledger
        self._board = board
        self._slot = slot
        self._again: list[tuple[float, int, Scan]] = []  # a heap: when to send again, tie, what
        self._ties = count()
        self._next = 0.0  # when the next scan is due
        self._finish_by = float("inf")
        self._parent = os.getppid()

    async def run(self, connections: int) -> None:
        """Until the board says that it is enough and every scan has its answer, or nobody answers for a minute."""
        async with asyncio.TaskGroup() as group:
            for _ in range(connections):
                group.create_task(self._connection())

    async def _connection(self) -> None:
        line = Line(self._wire)
        try:
            while (scan := await self._due()) is not None:
                sent_at = time.monotonic_ns()
                try:
                    answer = await line.ask(scan.shot.head, scan.body())
                except OSError:
                    self._slot.count("broken")
                    if scan.number % SWITCHED_OFF:
                        self._later(scan, None)
                    await asyncio.sleep(random.random())  # noqa: S311 -- not every phone knocks at once
                else:
                    self._heard(scan, answer, sent_at)
        finally:
            line.close()

    async def _due(self) -> Scan | None:
        """The next scan to send: one that was not answered when its pause is over, otherwise a new one. None: it is enough."""
        while True:
            now = time.monotonic()
            if os.getppid() != self._parent:
                raise SystemExit("whoever wanted this load has gone")
            if self._board.phase != RUN:
                self._finish_by = min(self._finish_by, now + FINISH_WITHIN_S)
                if not self._again or now > self._finish_by:
                    return None
            elif rate := self._board.rate:
                self._next = max(self._next + 1 / rate, now - _BEHIND_S)
                if self._next > now:
                    await asyncio.sleep(self._next - now)
                    now = time.monotonic()
            if self._again and self._again[0][0] <= now:
                return heapq.heappop(self._again)[2]
            if self._board.phase == RUN:
                return self._new()
            await asyncio.sleep(0.05)

    def _new(self) -> Scan:
        shot = random.choice(self._shots)  # noqa: S311 -- load
        scan_id = ids.uuid7()
        number = self._ledger.sent(Sent(scan_id.bytes, *shot[2:]))
        self._slot.count("sent")
        return Scan(shot, scan_id, number, datetime.now(UTC))

    def _later(self, scan: Scan, retry_after: float | None) -> None:
        """As the residents' pages do (web/shared/sending.ts)."""
        base = min(1 << scan.tries, _PAUSE_MAX_S) if retry_after is None else retry_after
        scan.tries += 1
        due = time.monotonic() + max(base, 0.5) * (0.5 + random.random())  # noqa: S311 -- jitter
        heapq.heappush(self._again, (due, next(self._ties), scan))

    def _heard(self, scan: Scan, answer: Answer, sent_at: int) -> None:
        if answer.status in (200, 201):
            self._acked(scan, answer.body)
            self._slot.count("acked")
            self._slot.heard(sent_at)
        elif answer.status >= 500 or answer.status == 429:
            self._slot.count("refused" if answer.status in (429, 503) else "failed")
            self._later(scan, answer.retry_after)
        else:
            self._slot.count("rejected")

    def _acked(self, scan: Scan, body: bytes) -> None:
        stamp = _decode(body)
        about = (stamp.scan_id, stamp.serial, stamp.checkpoint.id)
        if about == (scan.scan_id, ids.serial(scan.scan_id), scan.shot.checkpoint_id):
            self._ledger.acked(scan.number, (stamp.at - _EPOCH) // _TICK, stamp.verdict)
        else:
            self._ledger.misanswered(scan.number)


def arguments(directory: Path, url: str, client: int, clients: int, connections: int) -> Iterator[str]:
    """The command line of a client process; what it needs lies in the directory, and its ledger will."""
    yield from (sys.executable, "-m", __name__, str(directory), url, str(client), str(clients), str(connections))


def main() -> None:
    directory, url = Path(sys.argv[1]), sys.argv[2]
    client, clients, connections = map(int, sys.argv[3:])
    wire = Wire(url, timeout_s=10)
    board = Board(directory / "board", clients)
    ledger = Ledger(directory / f"ledger-{client}")
    phones = Phones(wire, shots(directory / "shots", wire), ledger, board, board.slot(client))
    uvloop.run(phones.run(connections))
    ledger.close()


if __name__ == "__main__":
    main()
