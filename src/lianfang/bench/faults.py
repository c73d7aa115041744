"""`lianfang bench faults`: clients that keep a ledger, a hand that kills, and the comparison at the end."""

import math
import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast

import msgspec
import psycopg

from lianfang.bench import phones
from lianfang.bench.board import FINISH, RUN, Board
from lianfang.bench.ledger import Found
from lianfang.bench.victims import KINDS, Instance, Kind
from lianfang.kit.crypto import Keys
from lianfang.people import tokens
from lianfang.venues.doors import Door
from lianfang.visits.door import content_of

CLIENTS = 2  # one would be near its limit on the fast machine that the lane deserves
LOAD = 0.7  # of the peak
PAUSE_S = (0.2, 3.0)  # of quiet between a recovery and the next kill
WARM_UP_S = 1.0
PEAK_S = 2.0
PATIENCE_S = 120.0
_POLL_S = 0.005

Sabotage = Literal["commit", "ack"]
# what shows the sabotage: acknowledgements ahead of the disk survive the death of web processes
SHOWN_BY: dict[Sabotage, tuple[Kind, ...]] = {
    "commit": ("postmaster", "backend"),
    "ack": ("web", "postmaster", "backend"),
}
Say = Callable[[str], None]


class NotRecoveredError(RuntimeError):
    """No scan is acknowledged any more after a fault."""


class Restart(msgspec.Struct, frozen=True):
    """From the kill to the first acknowledgement of a scan that was sent afterwards: of the database, when it ran again."""

    kind: Kind
    seconds: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    sent: int
    acked: int
    unknown: int
    unknown_stored: int
    lost: int
    doubled: int
    invented: int
    changed: int
    kills: dict[str, int]
    restart_p99_s: float
    restart_max_s: float
    restart_median_s: dict[str, float]
    peak_scans_per_s: float | None
    scans_per_s: float
    seconds: float
    refused: int
    broken: int
    failed: int
    rejected: int
    connections: int
    people: int
    sabotage: Sabotage | None
    load_average: float
    cores: int

    @property
    def sound(self) -> bool:
        return not (self.lost or self.doubled or self.invented or self.changed or self.rejected)


def write_shots(scans: Path, target: Path, dsn: str, keys: Keys) -> None:
    """The load generators' file, each line with what the server is to keep of such a scan."""
    now = datetime.now(UTC)
    decode = msgspec.json.Decoder(dict[str, str | int | float]).decode
    with psycopg.connect(dsn) as conn:
        doors: dict[str, int] = dict(conn.execute("SELECT code, checkpoint_id FROM checkpoint_codes").fetchall())
    with scans.open() as lines, target.open("w") as file:
        for line in lines:
            cookie, code, answers = line.rstrip("\n").split("\t")
            resident = tokens.read(keys, cookie.partition("=")[2], now)
            assert resident is not None
            content = content_of(resident.person_id, cast(Door, _Place(doors[code])), decode(answers))
            file.write(f"{line.rstrip()}\t{resident.person_id}\t{doors[code]}\t{content.hex()}\n")


class _Place(msgspec.Struct):
    checkpoint_id: int


class Run:
    """The clients at work, and the kills."""

    def __init__(self, directory: Path, url: str, instance: Instance, *, connections: int, say: Say) -> None:
        self._board = Board(directory / "board", CLIENTS)
        self._instance = instance
        self._say = say
        share = max(1, connections // CLIENTS)
        self._clients = [
            subprocess.Popen(list(phones.arguments(directory, url, client, CLIENTS, share)))  # noqa: S603
            for client in range(CLIENTS)
        ]
        self.ledgers = [directory / f"ledger-{client}" for client in range(CLIENTS)]
        self.restarts: list[Restart] = []
        self.peak: float | None = None
        self.scans_per_s = self.seconds = 0.0

    def under_fire(self, kills: Sequence[Kind], *, acked: int, rate: int | None) -> None:
        """Kills at `rate` scans per second, or at 70 % of the peak, which is measured before. At least `acked` scans are
        acknowledged, spread over the kills."""
        if rate is not None:
            self._limit(rate)
        begin = self._acked_after(time.monotonic() + PATIENCE_S)
        if rate is None:
            time.sleep(WARM_UP_S)
            self.peak = self._speed(PEAK_S)
            self._say(f"峰值 · peak {self.peak:,.0f}/s")
            self._limit(int(self.peak * LOAD))
        started, before = time.monotonic(), self._sum("acked")
        for number, kind in enumerate(kills):
            self._quiet(begin + acked * number // max(1, len(kills)))
            self._strike(kind)
        self._quiet(begin + acked)
        self.seconds = time.monotonic() - started
        self.scans_per_s = (self._sum("acked") - before) / self.seconds
        self.finish()

    def _limit(self, rate: int) -> None:
        self._board.tell(rate=max(1, rate // CLIENTS), phase=RUN)

    def finish(self) -> None:
        """No new scans; those that were not answered are asked for until they are."""
        self._board.tell(rate=0, phase=FINISH)
        for client in self._clients:
            if client.wait(phones.FINISH_WITHIN_S + PATIENCE_S) != 0:
                raise RuntimeError(f"a client ended with {client.returncode}")

    def report(self, found: Found, *, connections: int, people: int, sabotage: Sabotage | None) -> Report:
        took = sorted(restart.seconds for restart in self.restarts) or [0.0]
        by_kind = {kind: sorted(r.seconds for r in self.restarts if r.kind == kind) for kind in KINDS}
        return Report(
            sent=found.sent,
            acked=found.acked,
            unknown=found.unknown,
            unknown_stored=found.unknown_stored,
            lost=found.lost,
            doubled=found.doubled,
            invented=found.invented,
            changed=found.changed,
            kills=dict(Counter(restart.kind for restart in self.restarts)),
            restart_p99_s=round(took[math.ceil(len(took) * 0.99) - 1], 3),
            restart_max_s=round(took[-1], 3),
            restart_median_s={kind: round(each[len(each) // 2], 3) for kind, each in by_kind.items() if each},
            peak_scans_per_s=None if self.peak is None else round(self.peak, 1),
            scans_per_s=round(self.scans_per_s, 1),
            seconds=round(self.seconds, 1),
            refused=self._sum("refused"),
            broken=self._sum("broken"),
            failed=self._sum("failed"),
            rejected=self._sum("rejected"),
            connections=connections,
            people=people,
            sabotage=sabotage,
            load_average=round(os.getloadavg()[0], 2),
            cores=os.cpu_count() or 1,
        )

    def stop(self) -> None:
        for client in self._clients:
            if client.poll() is None:
                client.kill()
                client.wait()

    def _strike(self, kind: Kind) -> None:
        """Kills, and waits until scans are acknowledged again."""
        deadline = time.monotonic() + PATIENCE_S
        while (killed := self._instance.kill(kind)) is None:  # a pool may be without connections for a moment
            self._watch(deadline, f"{kind}: nothing to kill")
        at = time.monotonic()
        answered_since = time.monotonic_ns()
        if kind in ("postmaster", "backend"):  # others answer for a moment before they notice
            while not self._instance.mended(killed):
                self._watch(deadline, f"{kind}: no successor")
            answered_since = time.monotonic_ns()
        while max(self._board.all("heard")) <= answered_since:
            self._watch(deadline, f"{kind}: no acknowledgement")
        seconds = time.monotonic() - at
        while not self._instance.mended(killed):
            self._watch(deadline, f"{kind}: no successor")
        self.restarts.append(Restart(kind, seconds))
        self._say(f"{len(self.restarts)}: {kind} {seconds:.2f} s, {self._sum('acked'):,}")

    def _quiet(self, acked: int) -> None:
        time.sleep(random.uniform(*PAUSE_S))  # noqa: S311 -- no pattern
        deadline = time.monotonic() + PATIENCE_S
        last = self._sum("acked")
        while (now := self._sum("acked")) < acked:
            if now > last:
                last, deadline = now, time.monotonic() + PATIENCE_S
            self._watch(deadline, "no acknowledgement")

    def _acked_after(self, deadline: float) -> int:
        """The number of acknowledgements, once there is one."""
        while not (acked := self._sum("acked")):
            self._watch(deadline, "no acknowledgement")
        return acked

    def _speed(self, seconds: float) -> float:
        before, begin = self._sum("acked"), time.monotonic()
        time.sleep(seconds)
        return (self._sum("acked") - before) / (time.monotonic() - begin)

    def _sum(self, name: str) -> int:
        return sum(self._board.all(name))

    def _watch(self, deadline: float, what: str) -> None:
        """A moment's pause; raises where waiting on is of no use."""
        if self._instance.supervisor.poll() is not None:
            raise NotRecoveredError(f"the supervisor ended with {self._instance.supervisor.returncode}")
        if any(client.poll() for client in self._clients):
            raise RuntimeError("a client ended")
        if time.monotonic() > deadline:
            raise NotRecoveredError(f"{what} within {PATIENCE_S:.0f} s")
        time.sleep(_POLL_S)


def plan(kills: int, kinds: Sequence[Kind]) -> list[Kind]:
    """As many of each kind as of any other, in no order."""
    planned = [kinds[number % len(kinds)] for number in range(kills)]
    random.shuffle(planned)
    return planned
