"""The processes of an instance that `lianfang up` watches: which of them to kill, and whether there is a successor."""

import os
import random
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple

Kind = Literal["web", "worker", "postmaster", "backend"]
KINDS: tuple[Kind, ...] = ("web", "worker", "postmaster", "backend")
_OURS = "lianfang.entrypoints."
_WORKER = "lianfang.entrypoints.worker"
_LANE = "postgres: lianfang_lane "  # how PostgreSQL calls its processes
_CHECKPOINTER = "postgres: checkpointer"


class Killed(NamedTuple):
    """`mark`: the process that is another one when the fault is mended."""

    kind: Kind
    mark: int


class Instance:
    """A supervisor and what it started."""

    def __init__(self, home: Path, supervisor: "subprocess.Popen[bytes]") -> None:
        self.supervisor = supervisor
        self._pid_file = home / "postgres" / "data" / "postmaster.pid"

    def kill(self, kind: Kind) -> Killed | None:
        """SIGKILL for one process of that kind; None where there is none at the moment."""
        mark = self._mark(kind)
        victim = self._lane_backend() if kind == "backend" else mark
        if mark is None or victim is None:
            return None
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            return None
        return Killed(kind, mark)

    def mended(self, killed: Killed) -> bool:
        """Whether what was killed has a successor. When a backend dies, PostgreSQL starts all of its other processes anew."""
        mark = self._mark(killed.kind)
        return mark is not None and mark != killed.mark

    def _mark(self, kind: Kind) -> int | None:
        if kind == "postmaster":
            return self._postmaster()
        if kind == "backend":
            return next(self._server_processes(_CHECKPOINTER), None)
        for pid in _children(self.supervisor.pid):  # in the order of their start: the last is a web process in reserve
            line = _command_line(pid)
            if _OURS in line and (_WORKER in line) == (kind == "worker"):
                return pid
        return None

    def _postmaster(self) -> int | None:
        """Once it takes connections."""
        with suppress(OSError, IndexError):
            lines = self._pid_file.read_text().splitlines()
            if lines[7].strip() == "ready":
                return int(lines[0])
        return None

    def _lane_backend(self) -> int | None:
        found = list(self._server_processes(_LANE))
        return random.choice(found) if found else None  # noqa: S311 -- which one does not matter

    def _server_processes(self, name: str) -> Iterator[int]:
        postmaster = self._postmaster()
        return (pid for pid in _children(postmaster or 0) if _command_line(pid).startswith(name))


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _command_line(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""
