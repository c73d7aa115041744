"""`lianfang up`: owns the database, prepares it, runs the web and the worker process, starts again what dies, stops in order."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from lianfang.bootstrap import open_databases, prepared_database
from lianfang.config import Settings
from lianfang.demo.load import load as load_demo
from lianfang.entrypoints.process import BEGIN, orders
from lianfang.kit.cluster import Cluster, ClusterError
from lianfang.kit.crypto import Keys

PR_SET_PDEATHSIG = 1
STOP_S = 15
RESTART_PAUSE_S = 0.5
DATABASE_PAUSE_S = 2.0
WEB, WORKER = ("lianfang.entrypoints.serve", "lianfang.entrypoints.worker")


class StartError(RuntimeError):
    """A process ended before it answered for the first time."""


class _Reserve:
    """A web process that is ready to begin: it takes the place of one that dies within a fraction of the seconds that a start
    takes, when every gate is waiting."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._child: subprocess.Popen[bytes] | None = None

    def fill(self, settings: Settings, dsn: str) -> None:
        if self._child is None:
            self._child = _start(self._module)
            _tell(self._child, orders(settings, dsn))

    def take(self, module: str) -> "subprocess.Popen[bytes] | None":
        """The process, where there is one of that module and it lives."""
        if module != self._module:
            return None
        child, self._child = self._child, None
        return child if child and child.poll() is None else None

    def stop(self) -> None:
        if self._child:
            _stop({self._module: self._child})


def up(
    settings: Settings,
    *,
    say: Callable[[str], None],
    ready: Callable[[bool], None],
    web: str = WEB,
) -> None:
    """Runs until Ctrl-C or SIGTERM. `ready` is called once pages are served; True: the demo was loaded just now."""
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: stopping.append(number))
    say("正在准备数据库… · Preparing the database…")
    # they load their programs while the database starts, and begin when they are told where it is
    children = {module: _start(module) for module in (web, WORKER)}
    reserve = _Reserve(web)
    cluster = Cluster(settings.home_path)
    try:
        with prepared_database(settings, cluster) as (dsn, keys):
            loaded = settings.demo and asyncio.run(_load_demo(dsn, keys, say))
            for child in children.values():
                _begin(child, settings, dsn)
            _watch(children, reserve, cluster, settings, dsn, stopping, say, lambda: ready(bool(loaded)))
            say("正在停止… · Stopping…")
            _stop(children)  # before the database
    finally:
        reserve.stop()
        _stop(children)


def _watch(
    children: "dict[str, subprocess.Popen[bytes]]",
    reserve: _Reserve,
    cluster: Cluster,
    settings: Settings,
    dsn: str,
    stopping: list[int],
    say: Callable[[str], None],
    ready: Callable[[], None],
) -> None:
    """Starts again what dies, until we are told to stop."""
    announced = False
    while not stopping:
        _watch_database(cluster, say)
        for module, child in children.items():
            if child.poll() is not None:
                if not announced:
                    raise StartError(f"{module} 无法启动，见上面的错误 · could not start; see the error above")
                say(f"{module} 已退出（{child.returncode}），正在重启 · ended, starting it again")
                if ready_one := reserve.take(module):
                    children[module] = ready_one
                    _tell(ready_one, BEGIN)
                else:
                    time.sleep(RESTART_PAUSE_S)
                    children[module] = _start(module)
                    _begin(children[module], settings, dsn)
        if announced:
            reserve.fill(settings, dsn)
        elif _answers(settings):
            ready()
            announced = True
        time.sleep(0.1)


def _watch_database(cluster: Cluster, say: Callable[[str], None]) -> None:
    """The web and the worker process stay: their pools find the database again where it was."""
    try:
        if cluster.revive():
            say("数据库曾意外退出，已重新启动 · the database had ended and runs again")
    except ClusterError as error:  # a full disk, for example: somebody may be making room
        say(f"数据库无法启动，稍后再试 · the database does not start; trying again\n{error}")
        time.sleep(DATABASE_PAUSE_S)


@contextmanager
def serving(settings: Settings, dsn: str) -> Iterator[tuple[str, int]]:
    """A web process on a prepared database, for as long as the block lasts; its base URL and process id."""
    children = {WEB: _start(WEB)}
    _begin(children[WEB], settings, dsn)
    try:
        while not _answers(settings):
            if children[WEB].poll() is not None:
                raise StartError(
                    "网页进程无法启动，见上面的错误 · the web process could not start; see the error above"
                )
            time.sleep(0.1)
        yield settings.base_url, children[WEB].pid
    finally:
        _stop(children)


async def _load_demo(dsn: str, keys: Keys, say: Callable[[str], None]) -> bool:
    async with open_databases(dsn, keys) as db:
        return await load_demo(db, keys, lambda: say("正在载入演示数据… · Loading the demo…"))


def _start(module: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", f"from {module} import main; main()"],
        env={key: value for key, value in os.environ.items() if not key.startswith("LIANFANG_")},
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C reaches us alone, and we stop them in order
        preexec_fn=_die_with_parent,
    )


def _begin(child: "subprocess.Popen[bytes]", settings: Settings, dsn: str) -> None:
    _tell(child, orders(settings, dsn) + BEGIN)


def _tell(child: "subprocess.Popen[bytes]", text: bytes) -> None:
    assert child.stdin is not None
    with suppress(BrokenPipeError):  # whoever is gone already is noticed by the watch
        child.stdin.write(text)
        child.stdin.flush()


def _die_with_parent() -> None:
    """A killed supervisor takes its children along, so that the next one finds the port free (Linux)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _stop(children: "dict[str, subprocess.Popen[bytes]]") -> None:
    for child in children.values():
        child.terminate()
    deadline = time.monotonic() + STOP_S
    for child in children.values():
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _answers(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    try:
        with urllib.request.urlopen(f"http://{host}:{settings.port}/api/v1/health/ready", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
