"""The processes of an instance: who stands where, who stands ready, and the sockets that they are given."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

from lianfang.config import Settings
from lianfang.entrypoints.process import BEGIN, orders

PR_SET_PDEATHSIG = 1
STOP_S = 15
RESTART_PAUSE_S = 0.5
MOST = 8  # of web processes that nobody asked for: the embedded database has 300 connections
BACKLOG = 4096  # connections that wait for a web process that starts again

Process = subprocess.Popen[bytes]


class StartError(RuntimeError):
    """The port is taken, or a process ended before it answered for the first time."""


class Post:
    """A process that is always there: another takes its place when it dies. A web process works on a listening socket that
    outlives it, so that whoever comes meanwhile waits instead of being turned away."""

    def __init__(self, module: str, listeners: Sequence[socket.socket] = (), own: socket.socket | None = None) -> None:
        self.module = module
        self._turn = BEGIN % (own.fileno() if own else -1)
        self._listeners = listeners
        self.process = _start(module, listeners)

    def begin(self, settings: Settings, dsn: str) -> None:
        _tell(self.process, orders(settings, dsn) + self._turn)

    def fill(self, settings: Settings, dsn: str, reserve: "Reserve") -> None:
        """Puts somebody else there: who stands ready, or a new one."""
        if ready_one := reserve.take(self.module):
            self.process = ready_one
            _tell(ready_one, self._turn)
        else:
            time.sleep(RESTART_PAUSE_S)
            self.process = _start(self.module, self._listeners)
            self.begin(settings, dsn)


class Reserve:
    """A web process that is ready to begin: it takes the place of one that dies within a fraction of the seconds that a start
    takes, when every gate is waiting."""

    def __init__(self, module: str, listeners: Sequence[socket.socket]) -> None:
        self._module = module
        self._listeners = listeners
        self._child: Process | None = None

    def fill(self, settings: Settings, dsn: str) -> None:
        if self._child is None:
            self._child = _start(self._module, self._listeners)
            _tell(self._child, orders(settings, dsn))

    def take(self, module: str) -> Process | None:
        """The process, where there is one of that module and it lives."""
        if module != self._module:
            return None
        child, self._child = self._child, None
        return child if child and child.poll() is None else None

    def stop(self) -> None:
        if self._child:
            _stop([self._child])


def listen(settings: Settings) -> list[socket.socket]:
    """A listening socket for each web process, all on the same port: the kernel spreads the connections."""
    many = settings.web_processes or min(MOST, os.cpu_count() or 1)
    place = (settings.host, settings.port)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        _bound(family, place).close()  # alone: with SO_REUSEPORT we would be let in beside a stranger
        listeners = [_bound(family, place, shared=many > 1) for _ in range(many)]
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        raise StartError(f"{where} 无法使用 · cannot be used: {error.strerror}") from error
    for listener in listeners:
        listener.listen(BACKLOG)
    return listeners


def _bound(family: int, place: tuple[str, int], *, shared: bool = False) -> socket.socket:
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, shared)
    try:
        found.bind(place)
    except OSError:
        found.close()
        raise
    return found


def _start(module: str, listeners: Sequence[socket.socket]) -> Process:
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", f"from {module} import main; main()"],
        env={key: value for key, value in os.environ.items() if not key.startswith("LIANFANG_")},
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C reaches us alone, and we stop them in order
        preexec_fn=die_with_parent,
        pass_fds=[listener.fileno() for listener in listeners],
    )


def _tell(process: Process, text: bytes) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError):  # whoever is gone already is noticed by the watch
        process.stdin.write(text)
        process.stdin.flush()


def die_with_parent() -> None:
    """A killed supervisor takes its children along, so that the next one finds the port free (Linux)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def stop_all(posts: Sequence[Post]) -> None:
    """Tells all to stop, and kills who does not within STOP_S."""
    _stop([post.process for post in posts])


def _stop(processes: Sequence[Process]) -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + STOP_S
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
