"""A crowd in a process of its own: scans come at a rate that does not care how fast they are answered, and whoever is told to
come back, or hears nothing, sends the same scan again after two seconds, three times in all. `python -m lianfang.bench.crowd`.
"""

import asyncio
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from lianfang.bench.generator import PATH
from lianfang.kit import ids
from lianfang.replay.wire import Wire

RETRY_S = 2.0
SILENT_S = 15.0  # then a phone hangs up
TICK_S = 0.005


class Phase(msgspec.Struct, frozen=True):
    """So many new scans a second for so long; 0: as many as `crowd` keeps in the air at once (a closed loop)."""

    name: str
    rate: float
    seconds: float


class Plan(msgspec.Struct, frozen=True):
    url: str
    scans: str
    acked: str
    """The file into which the ids of acknowledged scans are written."""
    phases: list[Phase]
    connections: int
    in_the_air: int
    tries: int


class Second(msgspec.Struct):
    """What happened within one second, on the clock of `time.time()`."""

    at: int
    phase: str
    new: int = 0
    stored: int = 0
    turned_away: int = 0
    broken: int = 0
    unheard: int = 0
    given_up: int = 0
    waiting: int = 0


class Seen(msgspec.Struct):
    seconds: list[Second]
    wrong: int
    """Answers with another verdict than the population says."""
    unexpected: int
    connections: int


class _Scan:
    __slots__ = ("index", "left", "scan_id", "sent")

    def __init__(self, index: int, left: int) -> None:
        self.scan_id = str(ids.uuid7()).encode()
        self.index = index
        self.left = left
        self.sent = 0.0


class _Group:
    """People who came within the same moment and find no line: so many, who try so often still."""

    __slots__ = ("left", "many", "since")

    def __init__(self, since: float, many: int, left: int) -> None:
        self.since, self.many, self.left = since, many, left


class _Phone(asyncio.Protocol):
    """One connection; as little work for each answer as there can be."""

    def __init__(self, crowd: "_Crowd") -> None:
        self._crowd = crowd
        self.scan: _Scan | None = None
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self._crowd.free(self)

    def ask(self, scan: _Scan) -> None:
        self.scan = scan
        self.transport.write(self._crowd.request(scan))

    def data_received(self, data: bytes) -> None:
        data = self._heard + data
        head, separator, body = data.partition(b"\r\n\r\n")
        if not separator or len(body) < _length(head):
            self._heard = data
            return
        self._heard = b""
        scan, self.scan = self.scan, None
        if scan is not None:
            self._crowd.answered(scan, int(data[9:12]), body)
        self._crowd.free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        scan, self.scan = self.scan, None
        self._crowd.lost(self, scan)


def _length(head: bytes) -> int:
    at = head.lower().find(b"content-length: ") + 16
    return int(head[at : head.find(b"\r", at) if head.find(b"\r", at) > 0 else None])


class _Crowd:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        wire = Wire(plan.url)
        head = wire.head("POST", PATH).removesuffix(b"Content-Length: ")
        self._shots: list[tuple[bytes, bytes, bytes]] = []
        for line in Path(plan.scans).read_text().splitlines():
            cookie, code, answers, verdict = line.split("\t")
            self._shots.append(
                (
                    head + f"Cookie: {cookie}\r\nContent-Length: ".encode(),
                    f'","code":"{code}","answers":{answers}}}'.encode(),
                    f'"verdict":"{verdict}"'.encode(),
                )
            )
        self._place = (wire.host, wire.port)
        self._free: list[_Phone] = []
        self._phones = self._opening = 0
        self._all: set[_Phone] = set()
        self._wanting: deque[_Scan] = deque()
        self._later: deque[tuple[float, _Scan]] = deque()
        self._groups: deque[_Group] = deque()
        self._later_groups: deque[_Group] = deque()
        self._unanswered = self._next = 0
        self.acked: list[bytes] = []
        self.seen = Seen([], 0, 0, 0)
        self._now = Second(0, "")

    def request(self, scan: _Scan) -> bytes:
        before, after, _ = self._shots[scan.index]
        body = b'{"scan_id":"' + scan.scan_id + after
        return b"%b%d\r\n\r\n%b" % (before, len(body), body)

    def free(self, phone: _Phone) -> None:
        if phone not in self._all:
            self._all.add(phone)
            self._opening -= 1
        scan = self._take()
        if scan:
            self._send(phone, scan)
        else:
            self._free.append(phone)

    def answered(self, scan: _Scan, status: int, body: bytes) -> None:
        if status in (200, 201):
            self._unanswered -= 1
            self._now.stored += 1
            self.acked.append(scan.scan_id)
            self.seen.wrong += self._shots[scan.index][2] not in body
        elif status == 503:
            self._now.turned_away += 1
            self._again(scan)
        else:
            self._unanswered -= 1
            self.seen.unexpected += 1

    def lost(self, phone: _Phone, scan: _Scan | None) -> None:
        self._all.discard(phone)
        if scan is not None:
            self._now.broken += 1
            self._again(scan)

    def _again(self, scan: _Scan) -> None:
        scan.left -= 1
        if scan.left:
            self._later.append((time.time() + RETRY_S, scan))
        else:
            self._unanswered -= 1
            self._now.given_up += 1

    def _send(self, phone: _Phone, scan: _Scan) -> None:
        scan.sent = time.time()
        phone.ask(scan)

    async def _open(self) -> None:
        self._opening += 1
        try:
            await asyncio.get_running_loop().create_connection(lambda: _Phone(self), *self._place)
        except OSError:
            self._opening -= 1

    def _new(self, many: int, now: float) -> None:
        self._unanswered += many
        self._now.new += many
        self._groups.append(_Group(now, many, self._plan.tries))

    def _take(self) -> _Scan | None:
        """Whoever is to be sent next: who has been turned away before, then who has waited longest."""
        if self._wanting:
            return self._wanting.popleft()
        if not self._groups:
            return None
        group = self._groups[0]
        group.many -= 1
        if not group.many:
            self._groups.popleft()
        self._next = (self._next + 1) % len(self._shots)
        return _Scan(self._next, group.left)

    def _hang_up(self, now: float) -> None:
        """Who finds no line for two seconds tries again two seconds later."""
        while self._groups and self._groups[0].since < now - RETRY_S:
            group = self._groups.popleft()
            self._now.unheard += group.many
            if group.left > 1:
                self._later_groups.append(_Group(now + RETRY_S, group.many, group.left - 1))
            else:
                self._unanswered -= group.many
                self._now.given_up += group.many
        while self._later_groups and self._later_groups[0].since <= now:
            self._groups.append(self._later_groups.popleft())
        while self._later and self._later[0][0] <= now:
            self._wanting.append(self._later.popleft()[1])

    def _serve(self, tasks: set["asyncio.Task[None]"], now: float) -> None:
        self._hang_up(now)
        while self._free and (self._wanting or self._groups):
            phone = self._free.pop()
            if not phone.transport.is_closing() and (scan := self._take()):
                self._send(phone, scan)
        waiting = len(self._wanting) + sum(group.many for group in self._groups)
        room = self._plan.connections - len(self._all) - self._opening
        for _ in range(min(waiting - self._opening, room, 200)):
            task = asyncio.create_task(self._open())
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    async def run(self) -> None:
        tasks: set[asyncio.Task[None]] = set()
        for phase in self._plan.phases:
            begin = time.time()
            made = 0
            while (now := time.time()) < begin + phase.seconds:
                if int(now) != self._now.at or phase.name != self._now.phase:
                    self._now = Second(int(now), phase.name)
                    self.seen.seconds.append(self._now)
                    for phone in [p for p in self._all if p.scan is not None and p.scan.sent < now - SILENT_S]:
                        phone.transport.abort()
                due = (
                    self._plan.in_the_air - self._unanswered
                    if not phase.rate
                    else int((now - begin) * phase.rate) - made
                )
                if due > 0:
                    self._new(due, now)
                    made += due
                self._serve(tasks, now)
                self._now.waiting = self._unanswered
                self.seen.connections = max(self.seen.connections, len(self._all))
                await asyncio.sleep(TICK_S if phase.rate else 0.001)


def main() -> None:
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    crowd = _Crowd(plan)
    uvloop.run(crowd.run())
    Path(plan.acked).write_bytes(b"".join(scan_id + b"\n" for scan_id in crowd.acked))
    sys.stdout.buffer.write(msgspec.json.encode(crowd.seen))


if __name__ == "__main__":
    main()
