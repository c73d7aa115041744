"""A made-up city for `bench trace`: households, gates, works, buses, and public places of which few are visited by many."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lianfang.tracing.model import DAY_S
from lianfang.tracing.query import Places
from lianfang.tracing.segment import Rows

DAYS = 14
BEGIN = 1_640_995_200  # 2022-01-01
VISITS_A_DAY = 1.8
# kind: share of the visits, people to a place, usual stay in minutes, from which hour, for how many hours
KINDS = {
    "household": (0.25, 3, 480, 17, 5),
    "gate": (0.25, 150, 480, 6, 14),
    "work": (0.2, 60, 240, 0, 3),
    "bus": (0.1, 600, 30, 0, 2),
    "public": (0.2, 60, 60, 2, 11),
}
CHECKED_OUT = 0.1


class City:
    """So many visits, the same for the same number."""

    def __init__(self, visits: int) -> None:
        self.visits = visits
        self.people = max(1000, int(visits / DAYS / VISITS_A_DAY))
        sizes = {kind: max(10, self.people // per) for kind, (_, per, *_) in KINDS.items()}
        self.first = dict(zip(KINDS, np.cumsum([1, *sizes.values()]).tolist(), strict=False))
        self.sizes = sizes
        self._scatter = np.random.default_rng(1).permutation(self.people)  # colleagues are no neighbours

    def places(self) -> Places:
        dwell = [np.full(self.sizes[kind], minutes * 60, np.int32) for kind, (_, _, minutes, *_) in KINDS.items()]
        found = np.concatenate([np.zeros(1, np.int32), *dwell])
        return Places(found, np.zeros(len(found), np.int32))

    def days(self) -> Iterator[Rows]:
        for day in range(DAYS):
            yield self._day(day, self.visits // DAYS + (day < self.visits % DAYS))

    def _day(self, day: int, count: int) -> Rows:
        dice = np.random.default_rng([7, day])
        parts = [self._kind(dice, day, kind, round(count * KINDS[kind][0])) for kind in KINDS]
        return Rows.join(parts)

    def _kind(self, dice: np.random.Generator, day: int, kind: str, count: int) -> Rows:
        _, per, minutes, hour, hours = KINDS[kind]
        person = dice.integers(0, self.people, count)
        if kind == "public":
            # a power law: the n-th place has visitors as 1/√n
            place = (self.sizes[kind] * dice.random(count) ** 2).astype(np.int64)
        else:
            place = (self._scatter[person] if kind in ("work", "bus") else person) // per % self.sizes[kind]
        at = BEGIN + day * DAY_S + (3600 * (hour + hours * dice.random(count))).astype(np.int64)
        left = np.where(dice.random(count) < CHECKED_OUT, at + dice.integers(60, minutes * 60, count), -1)
        return Rows(person + 1, place + self.first[kind], at, left, np.zeros(count, np.int64))

    def cases(self, many: int) -> NDArray[np.int64]:
        return np.sort(np.random.default_rng(3).choice(self.people, many, replace=False) + 1)
