"""Whether a count is more than the past lets expect. Pure.

As EARS C2 does (Hutwagner et al., J Urban Health 80:i89, 2003): a day is compared with the last weeks, the two days before it left out, so
that an outbreak that has begun does not hide itself. Counts are small, so instead of the mean and three deviations the threshold is a
quantile of the negative binomial, as in the improved Farrington method (Noufaily et al., Stat Med 32:1206, 2013): what the past says of
the mean (gamma, Jeffreys' prior) and how much more it varied than Poisson. Working days are compared with working days.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from math import exp, lgamma, log, log1p

from lianfang.warnings.model import Count, Door, Node, Raised, Signal

LAG_DAYS, BASE_DAYS = 2, 26
"""From 28 to 3 days before: as long as visits are kept."""
DAYS_MIN = 6
"""With less of a past nothing is said."""
ALPHA = 1e-4
COUNT_MIN = 3
SATURDAY = 5


def baseline(day: date, begun: date) -> list[date]:
    """The days that it is compared with: of the same kind, none before there were any figures."""
    past = [day - timedelta(days=LAG_DAYS + n) for n in range(1, BASE_DAYS + 1)]
    return [d for d in past if (d.weekday() >= SATURDAY) == (day.weekday() >= SATURDAY) and d >= begun]


def judged(count: int, past: Sequence[int]) -> tuple[float, float]:
    """Expected, and the chance of so many or more."""
    n, total = len(past), sum(past)
    mean = (total + 0.5) / n
    middle = total / n
    spread = sum((x - middle) ** 2 for x in past) / (n - 1) / middle if total else 1.0
    variance = mean * max(1.0, spread) + mean * mean / (total + 0.5)
    return mean, at_least(count, mean, variance)


def at_least(count: int, mean: float, variance: float) -> float:
    """The chance of so many or more, negative binomial (`variance` > `mean`)."""
    size = mean * mean / (variance - mean)
    total = 0.0
    for k in range(count, count + 10_000):
        term = exp(
            lgamma(k + size) - lgamma(size) - lgamma(k + 1) - size * log1p(mean / size) + k * log(mean / (mean + size))
        )
        total += term
        if term < total * 1e-9:
            break
    return min(1.0, total)


def scan(day: date, begun: date, counts: Iterable[Count], doors: Sequence[Door], tree: Sequence[Node]) -> list[Raised]:
    """What is more than expected on a day, at doors and in units with all below them."""
    days = baseline(day, begun)
    if len(days) < DAYS_MIN:
        return []
    by_subject = _by_subject(
        counts, {door.id: door.unit_id for door in doors}, {node.id: node.parent_id for node in tree}
    )
    found = []
    for (unit, door, signal), figures in by_subject.items():
        count = figures.get(day, 0)
        if count < COUNT_MIN:
            continue
        expected, p = judged(count, [figures.get(d, 0) for d in days])
        if p < ALPHA and count > expected:
            found.append(Raised(unit, door, signal, count, round(expected, 3), p, len(days)))
    return found


Subject = tuple[int, int | None, Signal]


def _by_subject(
    counts: Iterable[Count], unit_of: Mapping[int, int], above: Mapping[int, int | None]
) -> dict[Subject, dict[date, int]]:
    """Each door's own figures, and those of each unit above it."""
    found: dict[Subject, dict[date, int]] = {}
    for count in counts:
        unit: int | None = unit_of.get(count.checkpoint_id)
        if unit is None:
            continue
        subjects: list[Subject] = [(unit, count.checkpoint_id, count.signal)]
        while unit is not None:
            subjects.append((unit, None, count.signal))
            unit = above.get(unit)
        for subject in subjects:
            days = found.setdefault(subject, {})
            days[count.day] = days.get(count.day, 0) + count.count
    return found
