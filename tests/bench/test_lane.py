"""The benchmark of the lane runs, counts what is stored, and notices what is not. Its speed is not judged here."""

import json
import runpy
import subprocess
from pathlib import Path

import pytest

from lianfang.bench import generator, lane
from lianfang.bench.lane import Cpu, Round, medians
from tests.support.instance import LIANFANG

SMALL = ["--people", "300", "--checkpoints", "30", "--seconds", "1", "--rounds", "1", "--connections", "8", "--json"]


@pytest.mark.parametrize("client", ["wrk", "lianfang"])
def test_every_answered_scan_is_stored(client: str) -> None:
    if client == "wrk" and generator.best() != "wrk":
        pytest.skip("wrk is not installed")
    done = subprocess.run(
        [LIANFANG, "bench", "lane", "--client", client, *SMALL], capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["generator"] == client
    [only] = report["rounds"]
    assert only["stored"] > 0
    assert only["errors"] == report["errors"] == 0
    assert report["scans_per_s"] == only["scans_per_s"]
    assert report["pgbench_single_row_tps"] > 0
    assert report["ratio_to_pgbench"] == pytest.approx(
        report["scans_per_s"] / report["pgbench_single_row_tps"], abs=0.01
    )


def test_an_acknowledged_scan_that_is_not_stored_fails_the_run(
    migrated: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = generator.Load(requests=10, seconds=1, refused=3, broken=1, p50_ms=1, p99_ms=2, max_ms=3)
    monkeypatch.setattr(
        generator, "start", lambda *_, **__: subprocess.Popen(["true"], stdout=subprocess.PIPE, text=True)
    )
    monkeypatch.setattr(generator, "collect", lambda _: seen)
    with pytest.raises(RuntimeError, match="7 scans were acknowledged and 0 are stored"):
        lane.one_round("wrk", "http://nowhere", migrated, tmp_path, [1], seconds=1, connections=1)


def test_the_report_shows_medians() -> None:
    rounds = [Round(speed, 1, speed / 100, 9, 0, 5, Cpu(1, 1, 1)) for speed in (100, 900, 200)]
    report = medians(
        rounds, [50, 400, 100], generator="wrk", connections=1, pause_ms=0, people=1, checkpoints=1, web_processes=1
    )
    assert (report.scans_per_s, report.p99_ms, report.pgbench_single_row_tps, report.ratio_to_pgbench) == (
        200,
        2,
        100,
        2,
    )


def test_every_step_of_a_scan_can_be_timed_by_itself() -> None:
    steps = runpy.run_path("benchmarks/lane_steps.py", run_name="steps")["STEPS"]
    for step, _ in steps.values():
        step()
