"""Figures for whoever runs the instance, in the format of Prometheus.

Several processes answer at one port, and a scraper meets any of them: where the supervisor names a directory
(PROMETHEUS_MULTIPROC_DIR) each process keeps its figures in files there, and whoever is asked adds them all up. Counters of
processes that have ended still count; what was a state of theirs (a queue, connections) does not.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client import Gauge as _Gauge
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
_PREFIX = "lianfang-metrics-"


def gauge(name: str, about: str, *labels: str) -> _Gauge:
    """A state of a process; that of all living processes is the sum."""
    return _Gauge(name, about, labels, multiprocess_mode="livesum")


def render() -> bytes:
    """The figures of all processes."""
    directory = os.environ.get(_DIRECTORY)
    if not directory:
        return generate_latest(REGISTRY)
    for file in Path(directory).glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if not Path(f"/proc/{pid}").exists():
            mark_process_dead(int(pid), directory)  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    MultiProcessCollector(registry, directory)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


@contextmanager
def shared() -> Iterator[None]:
    """For the parent: the processes that it starts inside this block share their figures."""
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as directory:
        os.environ[_DIRECTORY] = directory
        try:
            yield
        finally:
            del os.environ[_DIRECTORY]
