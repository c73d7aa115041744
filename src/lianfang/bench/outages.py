"""`lianfang bench outages`: what the instance lives on goes away for a while, and comes back by itself or is brought back."""

import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from lianfang.bench import faults
from lianfang.bench.board import RUN
from lianfang.bench.ledger import Found

CALM_S = 2.0
PATIENCE_S = 120.0
_PIECE = 1 << 16


class Outage(msgspec.Struct, frozen=True):
    """`recovered_s`: from the end of the outage to the first acknowledgement of a scan that was sent afterwards. `meanwhile`:
    scans that were acknowledged and put off before it ended."""

    name: str
    lasted_s: float
    acked_meanwhile: int
    refused_meanwhile: int
    recovered_s: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    outages: list[Outage]
    skipped: dict[str, str]
    sent: int
    acked: int
    unknown: int
    lost: int
    doubled: int
    invented: int
    changed: int
    refused: int
    broken: int
    failed: int
    load_average: float
    cores: int


class Proxy:
    """Stands on the way to a database. `open`: whether anybody gets through; `frozen`: whether what is said is passed on."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lines: set[socket.socket] = set()
        self._moving = threading.Event()
        self._moving.set()
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Ends every connection and takes no new one."""
        self._closed = True
        for line in list(self._lines):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def freeze(self) -> None:
        """Connections stay, and nothing comes through: neither data nor their end."""
        self._moving.clear()

    def mend(self) -> None:
        self._closed = False
        self._moving.set()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._closed:
                client.close()
                continue
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self._target)
            except OSError:
                client.close()
                continue
            self._lines |= {client, server}
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(_PIECE):
                self._moving.wait()
                sink.sendall(data)
        self._moving.wait()
        for line in (source, sink):
            self._lines.discard(line)
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        self._listener.close()
        self.mend()
        self.cut()


class Run(faults.Run):
    """Clients at 70 % of the peak, and one outage after the other."""

    def begin(self) -> None:
        self._acked_after(time.monotonic() + PATIENCE_S)
        time.sleep(faults.WARM_UP_S)
        self.peak = self._speed(faults.PEAK_S)
        self._board.tell(rate=max(1, int(self.peak * faults.LOAD / faults.CLIENTS)), phase=RUN)

    def through(
        self, name: str, begin: Callable[[], None], end: Callable[[], None], seconds: float, tend: Callable[[], object]
    ) -> Outage:
        """One outage. `tend` is what a supervisor would do all the while."""
        time.sleep(CALM_S)
        began = time.monotonic()
        begin()
        acked, refused = self._sum("acked"), self._sum("refused")
        while time.monotonic() < began + seconds:
            tend()
            time.sleep(0.1)
        acked, refused = self._sum("acked") - acked, self._sum("refused") - refused
        end()
        ended = time.monotonic()
        since = time.monotonic_ns()
        while max(self._board.all("heard")) <= since:
            tend()
            self._watch(ended + PATIENCE_S, name)
        outage = Outage(name, round(ended - began, 1), acked, refused, round(time.monotonic() - ended, 2))
        self._say(f"{name}: {outage.lasted_s} s, {outage.recovered_s} s")
        return outage

    def sum_up(self, found: Found, outages: list[Outage], skipped: dict[str, str]) -> Report:
        return Report(
            outages=outages,
            skipped=skipped,
            sent=found.sent,
            acked=found.acked,
            unknown=found.unknown,
            lost=found.lost,
            doubled=found.doubled,
            invented=found.invented,
            changed=found.changed,
            refused=self._sum("refused"),
            broken=self._sum("broken"),
            failed=self._sum("failed"),
            load_average=round(os.getloadavg()[0], 2),
            cores=os.cpu_count() or 1,
        )


def fill_up(ballast: Path) -> None:
    """Takes the rest of a file system."""
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * _PIECE)
