"""`lianfang bench lane`: durable scans per second through HTTP, beside pgbench's single-row inserts in the same run."""

import os
import re
import subprocess
import time
from pathlib import Path
from statistics import median

import msgspec
import psycopg

from lianfang.bench import generator
from lianfang.kit import compiled
from lianfang.kit.cluster import binary

TICKS = os.sysconf("SC_CLK_TCK")
PGBENCH_CLIENTS = 32
PGBENCH_LEAST_S = 3  # its clients sign in first
# what the lane stores of a scan, a row and a transaction at a time: the same table, partitions, indexes and policies
ROW = r"""
\set person random(1, {people})
\set door random(1, {checkpoints})
INSERT INTO visits (person_id, scan_id, at, recorded_at, ord, checkpoint_id, template_id, verdict, source, clock, reason, content, answers)
VALUES (:person, uuidv7(), now(), now(), 1, :door, 1, 'pass', 'resident', 'server', 'ok',
        '\x00112233445566778899aabbccddeeff', '\x{answers}') ON CONFLICT DO NOTHING;
"""


class Cpu(msgspec.Struct, frozen=True):
    """Processor seconds per second (2.0: two whole cores)."""

    server: float
    database: float
    generator: float


class Round(msgspec.Struct, frozen=True):
    """One measurement of the lane."""

    scans_per_s: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    errors: int
    stored: int
    cpu: Cpu


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Medians over the rounds. `ratio_to_pgbench`: scans_per_s ÷ pgbench_single_row_tps."""

    generator: str
    connections: int
    pause_ms: int
    people: int
    checkpoints: int
    web_processes: int
    scans_per_s: float
    p50_ms: float
    p99_ms: float
    errors: int
    pgbench_single_row_tps: float
    ratio_to_pgbench: float
    cpu: Cpu
    rounds: list[Round]
    load_average: float
    cores: int
    compiled: bool
    """Whether the lane ran compiled (`lianfang.kit.compiled`)."""


def one_round(
    client: generator.Name,
    url: str,
    dsn: str,
    scans: Path,
    servers: list[int],
    *,
    seconds: float,
    connections: int,
    pause_ms: int = 0,
) -> Round:
    """Drives the lane; counts what was stored by asking the database."""
    before, clock = _stored(dsn), time.monotonic()
    load = generator.start(client, url, scans, seconds=seconds, connections=connections, pause_ms=pause_ms)
    postmaster = _postmaster(dsn)
    begin = (sum(map(_ticks, servers)), _ticks(postmaster))
    spent = 0.0
    while load.poll() is None:
        time.sleep(0.05)
        spent = _ticks(load.pid) or spent
    took = time.monotonic() - clock
    end = (sum(map(_ticks, servers)), _ticks(postmaster))
    seen = generator.collect(load)
    cpu = Cpu(*(round(ticks / TICKS / took, 2) for ticks in (end[0] - begin[0], end[1] - begin[1], spent)))
    stored = _stored(dsn) - before
    answered = seen.requests - seen.refused
    if stored < answered:
        raise RuntimeError(f"{answered} scans were acknowledged and {stored} are stored")
    return Round(
        round(answered / seen.seconds, 1),
        seen.p50_ms,
        seen.p99_ms,
        seen.max_ms,
        seen.refused + seen.broken,
        stored,
        cpu,
    )


def pgbench(dsn: str, directory: Path, *, seconds: float, people: int, checkpoints: int) -> float:
    """Transactions per second of pgbench: 32 clients, prepared, one row each, synchronous commit as everywhere."""
    script = directory / "row.sql"
    script.write_text(ROW.format(people=people, checkpoints=checkpoints, answers="00" * 72))
    command: list[str | Path] = [
        binary("pgbench"),
        "-n",
        "-M",
        "prepared",
        "-c",
        str(PGBENCH_CLIENTS),
        "-j",
        "2",
        "-T",
        f"{max(seconds, PGBENCH_LEAST_S):g}",
        "-f",
        script,
        dsn,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])


def medians(rounds: list[Round], tps: list[float], **about: object) -> Report:
    scans_per_s, peer = median(r.scans_per_s for r in rounds), median(tps)
    middle = sorted(rounds, key=lambda r: r.scans_per_s)[len(rounds) // 2]
    return msgspec.convert(
        about
        | {
            "scans_per_s": scans_per_s,
            "p50_ms": median(r.p50_ms for r in rounds),
            "p99_ms": median(r.p99_ms for r in rounds),
            "errors": sum(r.errors for r in rounds),
            "pgbench_single_row_tps": round(peer, 1),
            "ratio_to_pgbench": round(scans_per_s / peer, 3),
            "cpu": msgspec.to_builtins(middle.cpu),
            "rounds": msgspec.to_builtins(rounds),
            "load_average": round(os.getloadavg()[0], 2),
            "cores": os.cpu_count(),
            "compiled": compiled.in_use(),
        },
        Report,
    )


def _stored(dsn: str) -> int:
    with psycopg.connect(dsn) as conn:
        row = conn.execute("SELECT count(*) FROM visits").fetchone()
    assert row is not None
    return int(row[0])


def _postmaster(dsn: str) -> int:
    with psycopg.connect(dsn) as conn:
        row = conn.execute("SELECT (regexp_match(pg_read_file('postmaster.pid'), '^\\d+'))[1]::int").fetchone()
    assert row is not None
    return int(row[0])


def _ticks(pid: int) -> int:
    """Processor time of a process and of those it started, now and before (children that ended are in its own account)."""
    total = 0
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total = sum(int(fields[i]) for i in (11, 12, 13, 14))
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            total += _ticks(int(child))
    except (FileNotFoundError, ProcessLookupError):
        pass
    return total
