"""`lianfang bench overload`: what is left of the scan lane when ten times as many come as it can take, or somebody means harm."""

import os
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from lianfang.bench.crowd import Phase, Plan, Seen

PEAK_S = 6
WARM_S = 3
STEP_S = 2
STEPS = range(1, 11)
AFTER_S = 35
ATTACK_BEGINS_S = 12
AFTER = 0.5  # of the peak, when the surge is over
CALM = 0.01  # turned away or waiting, at most this share of a second's peak: it is over
_EXPECTED = """
SELECT count(*) FROM visits v LEFT JOIN holds h USING (person_id)
WHERE v.verdict::text <> CASE h.colour::text WHEN 'red' THEN 'refuse' WHEN 'yellow' THEN 'observe' ELSE 'pass' END
"""


class Looks(msgspec.Struct):
    """Other requests meanwhile: milliseconds, and those that were not answered 200."""

    p50_ms: float
    p99_ms: float
    many: int
    failed: int


class Report(msgspec.Struct, kw_only=True):
    peak_scans_per_s: float
    surge_scans_per_s: float
    goodput_ratio: float
    lowest_second_ratio: float
    recovery_s: int | None
    offered: int
    stored: int
    turned_away: int
    given_up: int
    broken: int
    unheard: int
    unexpected: int
    lost: int
    wrong_verdicts: int
    wrong_rows: int
    connections: int
    rss_before_mib: int
    rss_max_mib: int
    quiet: dict[str, Looks]
    surge: dict[str, Looks]
    load_average: float
    cores: int


def split_cores() -> tuple[set[int], set[int]]:
    """Half of the processors for the instance, half for the crowd: it must not take away what it measures."""
    cores = sorted(os.sched_getaffinity(0))
    half = len(cores) // 2
    return (set(cores[:half]), set(cores[half:])) if half else (set(cores), set(cores))


def expect(scans: Path, target: Path, dsn: str, person_of: Callable[[str], int]) -> None:
    """The load generators' file, each line with the verdict that its person is to be given."""
    with psycopg.connect(dsn) as conn:
        colours: dict[int, str] = dict(conn.execute("SELECT person_id, colour::text FROM holds").fetchall())
    verdicts = {"red": "refuse", "yellow": "observe"}
    with scans.open() as lines, target.open("w") as file:
        for line in map(str.rstrip, lines):
            person = person_of(line.split("\t")[0])
            file.write(f"{line}\t{verdicts.get(colours.get(person, ''), 'pass')}\n")


def crowd(plan: Plan, cores: set[int]) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [sys.executable, "-m", "lianfang.bench.crowd"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    assert process.stdin
    process.stdin.write(msgspec.json.encode(plan))
    process.stdin.close()
    return process


def seen_by(process: "subprocess.Popen[bytes]") -> Seen:
    assert process.stdout
    text = process.stdout.read()
    if process.wait():
        raise RuntimeError(f"the crowd ended with {process.returncode}")
    return msgspec.json.decode(text, type=Seen)


class Onlooker(threading.Thread):
    """Asks for pages and codes all the while, and looks at the memory of the web processes."""

    def __init__(self, url: str, paths: dict[str, str], cookie: str, pids: Sequence[int]) -> None:
        super().__init__(daemon=True)
        self._url, self._paths, self._cookie, self._pids = url, paths, cookie, pids
        self._done = threading.Event()
        self.looks: list[tuple[float, str, float, bool]] = []
        self.rss: list[int] = []

    def run(self) -> None:
        while not self._done.wait(0.05):
            for name, path in self._paths.items():
                begin = time.time()
                request = urllib.request.Request(self._url + path, headers={"Cookie": self._cookie})  # noqa: S310
                try:
                    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                        answer.read()
                    ok = True
                except OSError:
                    ok = False
                self.looks.append((begin, name, (time.time() - begin) * 1000, ok))
            self.rss.append(sum(_rss_kib(pid) for pid in self._pids) >> 10)

    def stop(self) -> None:
        self._done.set()
        self.join()

    def between(self, begin: float, end: float) -> dict[str, Looks]:
        found = {}
        for name in self._paths:
            mine = [look for look in self.looks if look[1] == name and begin <= look[0] < end]
            took = sorted(look[2] for look in mine) or [0.0]
            found[name] = Looks(
                round(statistics.median(took), 1),
                round(took[min(len(took) - 1, int(len(took) * 0.99))], 1),
                len(mine),
                sum(not look[3] for look in mine),
            )
        return found


def _rss_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def per_second(seen: Seen, phase: str) -> list[int]:
    """Stored in each whole second of a phase."""
    return [second.stored for second in seen.seconds if second.phase == phase][1:-1]


def recovery(seen: Seen, peak: float) -> int | None:
    """Seconds from the end of the surge until nobody is turned away or waits for long any more; None: not within the run."""
    after = [second for second in seen.seconds if second.phase == "after"]
    calm_since: int | None = None
    for number, second in enumerate(after):
        calm = second.turned_away <= CALM * peak and second.waiting <= peak  # a second's work
        calm_since = None if not calm else number if calm_since is None else calm_since
    return calm_since


def check(dsn: str, acked: Sequence[Path]) -> tuple[int, int]:
    """Acknowledged scans that are not stored, and rows with another verdict than the population says."""
    with psycopg.connect(dsn) as conn:
        conn.execute("CREATE TEMP TABLE acked (scan_id uuid)")
        for path in acked:
            with conn.cursor().copy("COPY acked FROM STDIN") as copy:
                copy.write(path.read_bytes())
        lost = conn.execute(
            "SELECT count(*) FROM acked a WHERE NOT EXISTS (SELECT FROM visits v WHERE v.scan_id = a.scan_id)"
        )
        wrong = conn.execute(_EXPECTED.encode())
        return _number(lost), _number(wrong)


def _number(cursor: "psycopg.Cursor[Any]") -> int:
    row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def surge(
    url: str,
    dsn: str,
    pids: Sequence[int],
    scans: Path,
    directory: Path,
    cores: set[int],
    *,
    connections: int,
    tries: int,
) -> Report:
    """The peak first, then from it to its tenfold, then half of it."""
    with scans.open() as file:
        cookie, code = file.readline().split("\t")[:2]
    paths = {"code": "/api/v1/residents/me/code", "door": f"/api/v1/doors/{code}", "gate": "/gate/"}
    onlooker = Onlooker(url, paths, cookie, pids)

    def plan(name: str, *phases: Phase) -> Plan:
        return Plan(url, str(scans), str(directory / name), list(phases), connections, 256, tries)

    calm = seen_by(crowd(plan("acked-peak", Phase("warm", 0, WARM_S), Phase("peak", 0, PEAK_S)), cores))
    peak = statistics.median(per_second(calm, "peak"))
    onlooker.start()
    quiet_from = time.time()
    half = seen_by(crowd(plan("acked-half", Phase("half", peak * AFTER, PEAK_S)), cores))
    quiet_to = time.time()
    rss_before = onlooker.rss[-1]
    phases = [*(Phase("surge", peak * times, STEP_S) for times in STEPS), Phase("after", peak * AFTER, AFTER_S)]
    seen = seen_by(crowd(plan("acked-surge", *phases), cores))
    onlooker.stop()
    rising = [second for second in seen.seconds if second.phase == "surge"]
    # the first two seconds bring no more than the peak
    stored = [second.stored for second in rising][2:-1]
    lost, wrong_rows = check(dsn, [directory / name for name in ("acked-peak", "acked-half", "acked-surge")])
    return Report(
        peak_scans_per_s=peak,
        surge_scans_per_s=round(statistics.mean(stored), 1),
        goodput_ratio=round(statistics.mean(stored) / peak, 3),
        lowest_second_ratio=round(min(stored) / peak, 3),
        recovery_s=recovery(seen, peak),
        offered=sum(second.new for second in seen.seconds),
        stored=sum(second.stored for second in seen.seconds),
        turned_away=sum(second.turned_away for second in seen.seconds),
        given_up=sum(second.given_up for second in seen.seconds),
        broken=sum(second.broken for second in seen.seconds),
        unheard=sum(second.unheard for second in seen.seconds),
        unexpected=seen.unexpected + calm.unexpected + half.unexpected,
        lost=lost,
        wrong_verdicts=seen.wrong + calm.wrong + half.wrong,
        wrong_rows=wrong_rows,
        connections=seen.connections,
        rss_before_mib=rss_before,
        rss_max_mib=max(onlooker.rss),
        quiet=onlooker.between(quiet_from, quiet_to),
        surge=onlooker.between(rising[0].at, rising[-1].at + 1),
        load_average=round(os.getloadavg()[0], 2),
        cores=os.cpu_count() or 1,
    )


class Hostile(msgspec.Struct, kw_only=True):
    """Scans that were stored in a second, in turn without and with somebody who means harm; medians."""

    calm_scans_per_s: float
    hostile_scans_per_s: float
    goodput_ratio: float
    turns: list[list[float]]
    turned_away: int
    broken: int
    lost: int
    wrong_verdicts: int
    connections_held: int
    rss_max_mib: int
    load_average: float
    cores: int


def under_attack(
    url: str, dsn: str, pids: Sequence[int], scans: Path, directory: Path, cores: set[int], *, turns: int
) -> Hostile:
    """In turns, so that a noisy minute hits both."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    speeds: list[list[float]] = []
    seen: list[Seen] = []
    held = rss = 0
    files = []

    def measure(name: str) -> float:
        files.append(directory / name)
        plan = Plan(url, str(scans), str(files[-1]), [Phase("warm", 0, WARM_S), Phase("peak", 0, PEAK_S)], 256, 256, 3)
        seen.append(seen_by(crowd(plan, cores)))
        return statistics.median(per_second(seen[-1], "peak"))

    for turn in range(turns):
        calm = measure(f"acked-calm-{turn}")
        attacker = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "lianfang.bench.hostile", host, port],
            stdin=subprocess.PIPE,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
        time.sleep(ATTACK_BEGINS_S)
        speeds.append([calm, measure(f"acked-hostile-{turn}")])
        held = max(held, sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids))
        rss = max(rss, sum(_rss_kib(pid) for pid in pids) >> 10)
        assert attacker.stdin
        attacker.stdin.close()
        attacker.wait()
    lost, _ = check(dsn, files)
    calm, hostile = (statistics.median(speed[side] for speed in speeds) for side in (0, 1))
    return Hostile(
        calm_scans_per_s=calm,
        hostile_scans_per_s=hostile,
        goodput_ratio=round(hostile / calm, 3),
        turns=speeds,
        turned_away=sum(second.turned_away for each in seen for second in each.seconds),
        broken=sum(second.broken for each in seen for second in each.seconds),
        lost=lost,
        wrong_verdicts=sum(each.wrong for each in seen),
        connections_held=held,
        rss_max_mib=rss,
        load_average=round(os.getloadavg()[0], 2),
        cores=os.cpu_count() or 1,
    )
