"""Whatever is killed under load, every acknowledged scan is stored once; and the bench notices where that is not so."""

import json
import subprocess
from collections import Counter
from typing import Any

import pytest

from lianfang.bench.faults import plan
from lianfang.bench.victims import KINDS
from tests.support.instance import LIANFANG

SMALL = ["--people", "300", "--checkpoints", "30", "--connections", "16", "--acked", "0", "--rate", "300", "--json"]


def bench_faults(*arguments: str) -> tuple[int, dict[str, Any]]:
    command = [LIANFANG, "bench", "faults", *SMALL, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_nothing_is_lost_doubled_or_invented_whatever_is_killed() -> None:
    code, report = bench_faults("--kills", "4")
    assert report["kills"] == {"web": 1, "worker": 1, "postmaster": 1, "backend": 1}
    assert report["acked"] > 0
    assert report["sent"] == report["acked"] + report["unknown"]
    wrong = ("lost", "doubled", "invented", "changed", "failed", "rejected")
    assert {name: report[name] for name in wrong} == dict.fromkeys(wrong, 0)
    assert code == 0


@pytest.mark.parametrize("sabotage", ["commit", "ack"])
def test_acknowledgements_that_come_too_early_are_caught(sabotage: str) -> None:
    code, report = bench_faults("--kills", "1", "--sabotage", sabotage)
    assert report["lost"] > 0
    assert (report["doubled"], report["invented"]) == (0, 0)
    assert code == 1


def test_each_kind_of_process_is_killed_as_often_as_any_other() -> None:
    assert Counter(plan(100, KINDS)) == dict.fromkeys(KINDS, 25)
