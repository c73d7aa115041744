"""Time: stored in UTC, shown where the people are."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def local_day(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants at which a local day begins and ends ([from, to), 23 to 25 hours)."""
    return datetime.combine(day, time(), zone).astimezone(UTC), datetime.combine(
        day + timedelta(1), time(), zone
    ).astimezone(UTC)
