"""Whether a thermometer has drifted against its neighbours: pure.

People at neighbouring doors on the same day are alike, so the medians of what is normal should be alike too. A median is not
moved by a few fevers or cold foreheads, and only normal readings count at all.
"""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

LOWEST, FEVER = 35.0, 37.3
NEEDED = 30
"""Readings on either side; fewer say more about the people than about the thermometer."""
TOLERATED = 0.4


class Series(NamedTuple):
    """What one thermometer read in a day. `unit_id` and `parent_id`: where it stands."""

    device_id: int
    unit_id: int
    parent_id: int | None
    celsius: Sequence[float]


class Drift(NamedTuple):
    """`own` and `neighbours` are medians of `own_n` and `neighbours_n` normal readings; None: too few of them."""

    own: float | None
    own_n: int
    neighbours: float | None
    neighbours_n: int
    devices: int
    delta: float | None
    flagged: bool


def normal(celsius: Sequence[float]) -> list[float]:
    return [value for value in celsius if LOWEST <= value < FEVER]


def drift(own: Series, others: Sequence[Series]) -> Drift:
    """Against the other thermometers of the same unit, or, where they have read too little, of the same parent unit."""
    mine = normal(own.celsius)
    near: list[list[float]] = []
    for together in (
        [other for other in others if other.unit_id == own.unit_id],
        [other for other in others if own.parent_id is not None and other.parent_id == own.parent_id],
    ):
        near = [
            readings for other in together if other.device_id != own.device_id and (readings := normal(other.celsius))
        ]
        if sum(map(len, near)) >= NEEDED:
            break
    pooled = [value for readings in near for value in readings]
    own_median = median(mine) if len(mine) >= NEEDED else None
    near_median = median(pooled) if len(pooled) >= NEEDED else None
    # to a hundredth: 36.9 − 36.5 is 0.3999… in binary
    delta = round(own_median - near_median, 2) if own_median is not None and near_median is not None else None
    flagged = delta is not None and abs(delta) >= TOLERATED
    return Drift(own_median, len(mine), near_median, len(pooled), len(near), delta, flagged)
