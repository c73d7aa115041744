"""Which step drops whom, and what that is expected to cost. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from lianfang.funnels.model import Candidate, Exposed, Place, Step, StepResult
from lianfang.tracing.risk import infected, missed

DAY_S = 86_400
IMMUNE_AFTER_S = 14 * DAY_S
Spans = Mapping[int, tuple[int, int]]
"""unit → the interval of its subtree"""


class Outcome(NamedTuple):
    """All of a funnel. `step`: candidate → the step that dropped them, −1: none; `risk`: their chance of infection."""

    results: list[StepResult]
    step: dict[int, int]
    risk: dict[int, float]
    expected: float


def together(exposures: Iterable[Exposed], *, weighed: bool = False) -> float:
    """Seconds with each source, added up; what two stays share counts once, as in a trace. `weighed`: by the chance of each."""
    seconds, covered = 0.0, dict[int, int]()
    for e in sorted(exposures, key=lambda e: (e.source, e.begins, e.ends, e.place)):
        new = max(0, e.ends - max(e.begins, covered.get(e.source, 0)))
        covered[e.source] = max(e.ends, covered.get(e.source, 0))
        seconds += new * e.chance if weighed else new
    return seconds


def narrow(
    candidates: Sequence[Candidate], steps: Sequence[Step], places: Mapping[int, Place], spans: Spans
) -> Outcome:
    """Everybody's way through the steps."""
    risk = {c.person_id: infected(together(c.exposures, weighed=True)) for c in candidates}
    expected = sum(risk.values())
    left, dropped, results = list(candidates), dict[int, int](), list[StepResult]()
    for number, step in enumerate(steps):
        kept, lost, gone = [], 0.0, 0
        here = counted_places(step, places, spans)
        for candidate in left:
            now = _without(candidate, here) if here is not None else candidate
            if now.exposures and _goes_on(now, step):
                kept.append(now)
                continue
            gone += 1
            dropped[candidate.person_id] = number
            lost += risk[candidate.person_id] * _still_infected(candidate, step)
        results.append(StepResult(len(kept), gone, round(lost, 4), round(lost / expected, 4) if expected else 0.0))
        left = kept
    step_of = {c.person_id: dropped.get(c.person_id, -1) for c in candidates}
    return Outcome(results, step_of, risk, round(expected, 4))


def counted_places(step: Step, places: Mapping[int, Place], spans: Spans) -> frozenset[int] | None:
    """Where evidence counts after this step; None: wherever it did before."""
    if step.kind == "place":
        return frozenset(step.ids)
    inside: Callable[[Place], bool]
    if step.kind == "area":
        areas = [spans[unit] for unit in step.ids]
        inside = lambda place: any(lo <= place.ord <= hi for lo, hi in areas)  # noqa: E731
    elif step.kind == "category":
        inside = lambda place: place.category in step.categories  # noqa: E731
    else:
        return None
    return frozenset(place.id for place in places.values() if inside(place))


def _without(candidate: Candidate, here: frozenset[int]) -> Candidate:
    return msgspec.structs.replace(candidate, exposures=tuple(e for e in candidate.exposures if e.place in here))


def _goes_on(candidate: Candidate, step: Step) -> bool:
    least = step.at_least or 0.0
    if step.kind == "minutes":
        return together(candidate.exposures) >= least * 60
    if step.kind == "score":
        return candidate.score >= least
    if step.kind == "test":
        return _clearing_test(candidate, least) is None
    if step.kind == "vaccination":
        first = min(e.begins for e in candidate.exposures)
        doses = [f.result for f in candidate.facts if f.kind == "vaccination" and f.at + IMMUNE_AFTER_S <= first]
        return max((int(dose) for dose in doses if dose.isdigit()), default=0) < least
    return True


def _clearing_test(candidate: Candidate, days: float) -> float | None:
    """How many days after the last exposure the latest negative test was taken; None: none late enough, or a positive one since."""
    last = max(e.ends for e in candidate.exposures)
    tests = [f for f in candidate.facts if f.kind == "test" and f.at > last]
    negative = [(f.at - last) / DAY_S for f in tests if f.result == "negative" and f.at - last >= days * DAY_S]
    if not negative or any(f.result == "positive" for f in tests):
        return None
    return max(negative)


def _still_infected(candidate: Candidate, step: Step) -> float:
    """How likely an infection still is, given what dropped them: a negative test makes it less so."""
    days = _clearing_test(candidate, step.at_least or 0.0) if step.kind == "test" else None
    return 1.0 if days is None else missed(days)
