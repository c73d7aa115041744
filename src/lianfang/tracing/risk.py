"""From minutes together to a chance of infection: one published figure, used to compare, never to decide about somebody. Pure.

Seven million contacts with a known duration and outcome (Ferretti et al., Nature 626:145–150, 2024): 1.1 % for each hour, growing
with the hours. Those were near each other; visits to one place say less, so that what follows from them is rather too much.
"""

from bisect import bisect_right
from math import exp

MODEL = "ferretti-2024/kucirka-2020"
"""Named in every result: another figure is another name."""
HOURLY = 0.011
# Days since the exposure → the part of the infected whose PCR test is negative (Kucirka et al., Ann Intern Med 173:262–267, 2020)
_DAYS = (1, 4, 5, 8, 9, 21)
_MISSED = (1.0, 0.67, 0.38, 0.20, 0.21, 0.66)


def infected(seconds: float) -> float:
    """The chance that somebody who was with a case for so long is infected."""
    return 1 - exp(-HOURLY * seconds / 3600)


def missed(days: float) -> float:
    """The chance that a PCR test does not find an infection, so many days after the exposure."""
    if days <= _DAYS[0]:
        return 1.0
    if days >= _DAYS[-1]:
        return _MISSED[-1]
    i = bisect_right(_DAYS, days)
    part = (days - _DAYS[i - 1]) / (_DAYS[i] - _DAYS[i - 1])
    return _MISSED[i - 1] + part * (_MISSED[i] - _MISSED[i - 1])
