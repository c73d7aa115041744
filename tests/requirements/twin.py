"""What a door requires, as one would read it aloud: slow, obvious, and of its own."""

from datetime import datetime

from lianfang.requirements.model import Known, Requirements


def twin(required: Requirements, known: list[Known], at: datetime) -> set[str]:
    """The rules as one would read them aloud."""
    missing = set()
    if required.test_hours:
        tests = [row for row in known if (row.kind, row.subject) == ("test", "pcr") and row.at <= at]
        tests = [row for row in tests if row.result in ("negative", "positive", "inconclusive")]
        newest = [row for row in tests if row.at == max(each.at for each in tests)]
        hours = None if not newest else (at - newest[0].at).total_seconds() / 3600
        if hours is None or hours > required.test_hours or any(row.result != "negative" for row in newest):
            missing.add("test")
    if required.doses:
        numbers = [row.result for row in known if row.kind == "vaccination" and row.at <= at]
        if not any(number.isdecimal() and int(number) >= required.doses for number in numbers):
            missing.add("doses")
    if required.risk_days:
        for row in known:
            ended = row.at if row.until is None else row.until
            recent = row.at <= at and (at - ended).total_seconds() < required.risk_days * 86400
            if row.kind in ("arrival", "area_stay") and row.result in ("medium", "high") and recent:
                missing.add("risk")
    return missing
