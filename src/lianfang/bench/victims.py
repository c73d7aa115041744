"""The processes of an instance that `lianfang up` watches: which of them to kill, and whether there is a successor."""

import os
import random
import signal
import subprocess
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
    """`gone`: the process in whose place there will be another when the fault is mended; `many`: how many of them there were."""

    kind: Kind
    gone: int
    many: int


class Instance:
    """A supervisor and what it started."""

    def __init__(self, home: Path, supervisor: "subprocess.Popen[bytes]") -> None:
        self.supervisor = supervisor
        self._pid_file = home / "postgres" / "data" / "postmaster.pid"

    def kill(self, kind: Kind) -> Killed | None:
        """SIGKILL for one process of that kind; None where there is none at the moment."""
        processes = self._processes(kind)
        victim = self._lane_backend() if kind == "backend" else next(iter(processes), None)
        if not processes or victim is None:
            return None
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            return None
        return Killed(kind, processes[0], len(processes))

    def mended(self, killed: Killed) -> bool:
        """Whether what was killed has a successor."""
        processes = self._processes(killed.kind)
        return killed.gone not in processes and len(processes) >= killed.many

    def _processes(self, kind: Kind) -> list[int]:
        """In the order of their start."""
        match kind:
            case "postmaster":
                return self._postmaster()
            case "backend":  # when one dies, PostgreSQL starts all of its other processes anew
                return self._server_processes(_CHECKPOINTER)
            case "worker":
                return [pid for pid in _children(self.supervisor.pid) if _WORKER in _command_line(pid)]
            case "web":  # the last of them stands in reserve
                lines = {pid: _command_line(pid) for pid in _children(self.supervisor.pid)}
                return [pid for pid, line in lines.items() if _OURS in line and _WORKER not in line]

    def _postmaster(self) -> list[int]:
        """Once it takes connections."""
        with suppress(OSError, IndexError):
            lines = self._pid_file.read_text().splitlines()
            if lines[7].strip() == "ready":
                return [int(lines[0])]
        return []

    def _lane_backend(self) -> int | None:
        found = self._server_processes(_LANE)
        return random.choice(found) if found else None  # noqa: S311 -- which one does not matter

    def _server_processes(self, name: str) -> list[int]:
        return [
            pid
            for postmaster in self._postmaster()
            for pid in _children(postmaster)
            if _command_line(pid).startswith(name)
        ]


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _command_line(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""
