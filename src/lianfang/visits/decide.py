"""The decision at the door: pure. Facts in, verdict and reason out."""

from typing import NamedTuple

from lianfang.codes.model import Hold
from lianfang.visits.model import Reason, Verdict


class Decision(NamedTuple):
    verdict: Verdict
    reason: Reason
    hold_id: int | None


def decide(hold: Hold | None) -> Decision:
    """`hold` is the person's worst active hold at the time of the scan (None: green)."""
    if hold is None:
        return Decision("pass", "ok", None)
    if hold.colour == "red":
        return Decision("refuse", "hold_red", hold.id)
    return Decision("observe", "hold_yellow", hold.id)
