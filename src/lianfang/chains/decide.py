"""How likely it is that one case infected another, and the likeliest forest. Pure.

For each pair of cases who met: the chance that so many days lie between their onsets (serial interval), times the chance of infection
(`tracing.risk`) in all encounters before the later one fell ill. What that comes to is compared with an infector whom nobody knows
(`UNKNOWN`). The serial interval is normal and may be negative, for people infect before they fall ill: mean 3.96, deviation 4.75 days
(Du et al., Emerg Infect Dis 26:1341, 2020).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import erf, sqrt
from typing import NamedTuple

from lianfang.chains.model import Case, Meeting
from lianfang.tracing.risk import infected

MODEL = "du-2020/ferretti-2024"
DAY_S = 86_400
SERIAL_MEAN, SERIAL_DEVIATION = 3.96, 4.75
UNKNOWN = 1e-5
"""An infector who is not among the cases: as likely as one who was there for ten minutes and fell ill two weeks before."""


class Link(NamedTuple):
    """A possible transmission."""

    infector: int
    infected: int
    probability: float
    days: int


def serial(days: float) -> float:
    """The chance that so many whole days lie between two onsets."""
    high, low = ((days + half - SERIAL_MEAN) / SERIAL_DEVIATION / sqrt(2) for half in (0.5, -0.5))
    return (erf(high) - erf(low)) / 2


def likelihood(infector: Case, fallen_ill: Case, meetings: Iterable[Meeting]) -> float:
    """Of one pair."""
    evening = (fallen_ill.onset + 1) * DAY_S
    met = infected(sum((m.ends - m.begins) * m.chance for m in meetings if m.begins < evening))
    return serial(fallen_ill.onset - infector.onset) * met


def transmissions(cases: Sequence[Case], meetings: Iterable[Meeting]) -> dict[int, list[Link]]:
    """For each case who could have infected them, the likeliest first. What is left to 1 is the unknown."""
    known = {case.person_id: case for case in cases}
    pairs = defaultdict(list)
    for m in meetings:
        if m.source in known and m.person in known:
            pairs[m.source, m.person].append(m)
    found = defaultdict(list)
    for (source, person), together in pairs.items():
        # an encounter counts both ways; what one's window does not hold is in the other's
        found[person].append((likelihood(known[source], known[person], together), source))
        if (person, source) not in pairs:
            found[source].append((likelihood(known[person], known[source], together), person))
    return {person: list(_shares(known, person, weights)) for person, weights in found.items()}


def _shares(known: Mapping[int, Case], person: int, weights: list[tuple[float, int]]) -> Iterable[Link]:
    total = UNKNOWN + sum(weight for weight, _ in weights)
    for weight, source in sorted(weights, key=lambda w: (-w[0], w[1])):
        if weight > 0:
            yield Link(source, person, weight / total, known[person].onset - known[source].onset)


def forest(possible: Mapping[int, Sequence[Link]]) -> dict[int, Link]:
    """One infector at most for everybody, and nobody their own ancestor: the likeliest links first, none that closes a circle.
    Where everybody's likeliest infectors close no circle, this is the likeliest forest."""
    links = sorted(
        (link for each in possible.values() for link in each), key=lambda k: (-k.probability, k.infected, k.infector)
    )
    chosen: dict[int, Link] = {}
    tree = Clusters()
    for link in links:
        unknown = 1 - sum(other.probability for other in possible[link.infected])
        if link.infected not in chosen and link.probability > unknown and tree.join(link.infector, link.infected):
            chosen[link.infected] = link
    return chosen


class Clusters:
    """Who hangs together."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def root(self, one: int) -> int:
        while (above := self._above.get(one, one)) != one:
            self._above[one] = self._above.get(above, above)
            one = above
        return one

    def join(self, a: int, b: int) -> bool:
        """False where they were together already."""
        a, b = sorted((self.root(a), self.root(b)))
        self._above[b] = a
        return a != b
