"""`lianfang up --demo` as an operator runs it, in a home of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

LIANFANG = Path(sys.executable).with_name("lianfang")


class Instance:
    """Started, killed and stopped from outside."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {**os.environ, "LIANFANG_HOME": str(home), "LIANFANG_PORT": str(self.port)}

    def start(self) -> None:
        self.process = subprocess.Popen([LIANFANG, "up", "--demo"], env=self.environment, stdout=subprocess.DEVNULL)
        for _ in range(1200):
            try:
                urllib.request.urlopen(f"{self.url}/api/v1/health/ready", timeout=1).read()
                return
            except OSError:
                assert self.process.poll() is None, "the instance ended before it answered"
                time.sleep(0.1)
        raise AssertionError("the instance does not answer")

    def kill(self) -> None:
        """kill -9 for the supervisor, the web process, the worker and PostgreSQL, all at once."""
        for each in [self.process.pid, *self.children, self.postmaster]:
            os.kill(each, signal.SIGKILL)
        self.process.wait()

    @property
    def postmaster(self) -> int:
        return int((self.home / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])

    @property
    def children(self) -> list[int]:
        """The web and the worker process, and the web process in reserve."""
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def stop(self) -> None:
        """Ctrl-C."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            assert self.process.wait(60) == 0
