"""How surprising it is that cases share an hour of a place. Pure.

Each visit of a case might have been any visit that anybody made in those days. So an hour of a place where `people` were is met by
`visits of the cases` × `people` / `all visits` cases by chance, and the chance of at least so many is Poisson's. Whole crowds and busy
places expect many; a rare place with three cases is a finding. All hours of all places are tested, hence the adjustment (Benjamini and
Hochberg, J R Stat Soc B 57:289, 1995).
"""

from collections.abc import Sequence
from math import exp, lgamma, log


def at_least(count: int, expected: float) -> float:
    """The chance of so many or more where so many are expected (Poisson)."""
    if count <= 0:
        return 1.0
    if expected <= 0:
        return 0.0
    if count <= expected:  # the lower part is the shorter sum
        return max(0.0, 1 - sum(_exactly(k, expected) for k in range(count)))
    total, k = 0.0, count
    while (term := _exactly(k, expected)) > total * 1e-15 and term > 0:
        total += term
        k += 1
    return min(1.0, total)


def _exactly(count: int, expected: float) -> float:
    return exp(count * log(expected) - expected - lgamma(count + 1))


def adjusted(p: Sequence[float], tests: int) -> list[float]:
    """Benjamini–Hochberg, where `tests` were made and only these few p are below 1."""
    order = sorted(range(len(p)), key=lambda i: p[i])
    found, least = [1.0] * len(p), 1.0
    for place in range(len(order), 0, -1):
        least = min(least, p[order[place - 1]] * tests / place)
        found[order[place - 1]] = least
    return found
