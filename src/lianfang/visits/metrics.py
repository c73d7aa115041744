"""The scan lane's figures. Counted once a batch: what is done for each scan is paid ten thousand times a second."""

from collections import Counter as Numbers
from collections.abc import Iterable

from prometheus_client import Counter, Histogram

from lianfang.kit.errors import Problem
from lianfang.kit.metrics import gauge
from lianfang.visits.stamps import Outcome, Wait

SCANS = Counter(
    "lianfang_scans",
    "Scans by what came of them: pass, observe, refuse, waiting (for an attendant), again (had been registered before), "
    "rejected (wrong in itself), busy (nothing promised; sent again), failed.",
    ["outcome"],
)
QUEUE = gauge("lianfang_lane_queue", "Scans that wait for a batch.")
BATCH = Histogram(
    "lianfang_lane_batch_scans", "Scans in a batch.", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
)
COMMIT = Histogram(
    "lianfang_lane_commit_seconds",
    "From taking a batch to the end of its COMMIT.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)


def committed(answers: Iterable[Outcome | Wait | Problem], scans: int, seconds: float) -> None:
    """A batch was committed."""
    BATCH.observe(scans)
    COMMIT.observe(seconds)
    for outcome, many in Numbers(map(_outcome, answers)).items():
        SCANS.labels(outcome).inc(many)


def lost(outcome: str, scans: int) -> None:
    """Scans that came to nothing: busy, failed or rejected."""
    SCANS.labels(outcome).inc(scans)


def _outcome(answer: Outcome | Wait | Problem) -> str:
    if isinstance(answer, Outcome):
        return "again" if answer.replayed else answer.verdict
    return "waiting" if isinstance(answer, Wait) else "rejected"
