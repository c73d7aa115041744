"""Who meets what a door requires: pure. Evidence and an instant in, what is lacking out."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from lianfang.requirements.model import NOTHING, Former, Known, Lack, Requirements

LOOKED_BACK = timedelta(days=28)
"""Tests, arrivals and stays from before are not read: no door asks for them. Doses do not lapse."""
_HOUR = timedelta(hours=1)
_WORST_LAST = {"negative": 0, "inconclusive": 1, "positive": 2}
_RISKS = {"medium": 1, "high": 2}


def in_force(now: Requirements, former: Iterable[Former], at: datetime) -> Requirements:
    """What was required at an instant: a scan counts by what stood at the door when it was made."""
    past = [version for version in former if at < version.until]
    return min(past, key=lambda version: version.until) if past else now


def lacks(required: Requirements, known: Iterable[Known], at: datetime) -> tuple[Lack, ...]:
    """What is lacking at an instant; nothing that happened later counts."""
    if required is NOTHING:
        return ()
    before = [row for row in known if row.at <= at]
    found = (
        required.test_hours and _test(required.test_hours, last_test(before), at),
        required.doses and _doses(required.doses, doses(before)),
        required.risk_days and _risk(required.risk_days, before, at),
    )
    return tuple(lack for lack in found if lack)


def last_test(known: Iterable[Known]) -> Known | None:
    """The last nucleic-acid test; of two at the same time the one that is not negative."""
    tests = [row for row in known if row.kind == "test" and row.subject == "pcr" and row.result in _WORST_LAST]
    return max(tests, key=lambda row: (row.at, _WORST_LAST[row.result]), default=None)


def doses(known: Iterable[Known]) -> int:
    """How many doses, by the number of the highest: who brings the third one's certificate had two before."""
    numbers = (row.result for row in known if row.kind == "vaccination")
    return max((int(number) for number in numbers if number.isdecimal()), default=0)


def last_risk(known: Iterable[Known], since: datetime) -> Known | None:
    """The gravest stay in, or arrival from, an area with risk that had not ended by then; of equals the last."""
    stays = [
        row
        for row in known
        if row.kind in ("arrival", "area_stay") and row.result in _RISKS and (row.until or row.at) > since
    ]
    return max(stays, key=lambda row: (_RISKS[row.result], row.until or row.at), default=None)


def hours_old(test: Known, at: datetime) -> int:
    """Hours begun: a test is 48 hours old until its 48th hour has passed, and then 49."""
    return max(0, -((test.at - at) // _HOUR))


def _test(hours: int, test: Known | None, at: datetime) -> Lack | None:
    if test is None:
        return Lack("test", hours)
    if test.result != "negative":
        return Lack("test", hours, test.result)
    return Lack("test", hours, str(hours_old(test, at))) if at - test.at > hours * _HOUR else None


def _doses(wanted: int, had: int) -> Lack | None:
    return Lack("doses", wanted, str(had)) if had < wanted else None


def _risk(days: int, known: Iterable[Known], at: datetime) -> Lack | None:
    stay = last_risk(known, at - timedelta(days=days))
    return Lack("risk", days, stay.result) if stay else None
