"""The whole instance is killed in the middle of a replay: every acknowledged scan is there, exactly once."""

import csv
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from lianfang.kit.cluster import Cluster
from tests.support.instance import LIANFANG, Instance

ROWS = 12_000


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    instance = Instance(tmp_path / "home")
    instance.start()
    yield instance
    instance.stop()


def _stream(path: Path) -> int:
    """A check-in stream of some days; how many different rows it has."""
    dice = random.Random(7)
    begin = datetime(2022, 11, 1, tzinfo=UTC)
    rows = set()
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["user_id", "venue_id", "category", "lat", "lon", "utc_time"])
        for number in range(ROWS):
            at = begin + timedelta(minutes=number // 3)
            row = (dice.randrange(300), dice.randrange(80), at.isoformat())
            rows.add(row)
            writer.writerow([row[0], row[1], "Coffee Shop", 40.9, 115.8, row[2]])
    return len(rows)


def _replay(instance: Instance, file: Path, ledger: Path) -> "subprocess.Popen[str]":
    command = [LIANFANG, "replay", file, "--against", instance.url, "--ledger", ledger, "--json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def _acknowledged(ledger: Path) -> list[str]:
    """Scan ids; each line is `scan_id,user`."""
    return [line.split(",")[0] for line in ledger.read_text().splitlines()] if ledger.exists() else []


def _after(acknowledged: int, ledger: Path, running: "subprocess.Popen[str]") -> None:
    """Waits until so many scans of a running replay are acknowledged."""
    while len(_acknowledged(ledger)) < acknowledged:
        assert running.poll() is None, "the replay ended too early"
        time.sleep(0.02)


def test_every_acknowledged_scan_survives_a_kill_exactly_once(instance: Instance, tmp_path: Path) -> None:
    file, ledger = tmp_path / "stream.csv", tmp_path / "ledger"
    different = _stream(file)

    running = _replay(instance, file, ledger)
    _after(ROWS // 4, ledger, running)
    instance.kill()
    before = _acknowledged(ledger)
    assert len(before) < ROWS, "killed too late"

    instance.start()
    first = json.loads(running.communicate(timeout=240)[0])
    assert first["sent"] == ROWS == first["stored"] + first["duplicates"]
    assert first["unknown"] == first["rejected"] == first["not_sent"] == 0

    again = json.loads(_replay(instance, file, tmp_path / "again").communicate(timeout=240)[0])
    assert (again["stored"], again["duplicates"]) == (0, ROWS)

    with Cluster(instance.home).join() as cluster, psycopg.connect(cluster.superuser_dsn("lianfang")) as conn:
        stored = conn.execute("SELECT scan_id::text FROM visits WHERE source = 'import'").fetchall()
    keys = [key for (key,) in stored]
    assert len(keys) == len(set(keys)) == different
    assert set(before) <= set(keys)
    assert set(_acknowledged(ledger)) == set(keys)


def test_a_part_that_dies_alone_is_started_again_and_nothing_is_lost(instance: Instance, tmp_path: Path) -> None:
    """The postmaster, then the web and the worker process: the supervisor stays and nobody steps in."""
    file, ledger = tmp_path / "stream.csv", tmp_path / "ledger"
    different = _stream(file)
    started = instance.children[:2]
    running = _replay(instance, file, ledger)
    for step, victims in enumerate((["postmaster"], ["web", "worker"], ["postmaster"]), 1):
        _after(step * ROWS // 5, ledger, running)
        if step == 2:
            assert instance.children[:2] == started, "a process ended because the database did"
        for pid in [instance.postmaster] if victims == ["postmaster"] else instance.children:
            os.kill(pid, signal.SIGKILL)
    first = json.loads(running.communicate(timeout=240)[0])
    assert first["sent"] == ROWS == first["stored"] + first["duplicates"]
    assert first["unknown"] == first["rejected"] == first["not_sent"] == 0
    with Cluster(instance.home).join() as cluster, psycopg.connect(cluster.superuser_dsn("lianfang")) as conn:
        stored = conn.execute("SELECT count(*), count(DISTINCT scan_id) FROM visits WHERE source = 'import'").fetchone()
    assert stored == (different, different)
    assert instance.process.poll() is None
