"""Which trip somebody boarded: a pure rule.

A trip takes those who scanned within [since, until). The driver's own word counts before the timetable: where a trip that the
driver began covers the instant, the timetable is not asked. A trip that nobody ended ends when the next begins, and after four
hours at the latest: a driver who forgot must not carry the evening's riders with the morning's.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from lianfang.vehicles.model import Boarding, Direction

LONGEST = timedelta(hours=4)


class Begun(NamedTuple):
    """A trip that the driver began."""

    id: int
    direction: Direction
    began_at: datetime
    ended_at: datetime | None


class Window(NamedTuple):
    """When a trip takes people."""

    key: str
    direction: Direction
    since: datetime
    until: datetime
    driver: bool
    open: bool = False


def windows(day: date, zone: ZoneInfo, begun: Sequence[Begun], timetable: Iterable[Boarding]) -> list[Window]:
    """A day's trips in the order of their beginning; the driver's before the timetable's at the same instant."""
    found = []
    ordered = sorted(begun, key=lambda trip: trip.began_at)
    for at, trip in enumerate(ordered):
        until = trip.ended_at or trip.began_at + LONGEST
        if at + 1 < len(ordered):
            until = min(until, ordered[at + 1].began_at)
        if trip.began_at.astimezone(zone).date() == day:
            found.append(Window(f"t{trip.id}", trip.direction, trip.began_at, until, True, trip.ended_at is None))
    for entry in timetable:
        since, until = (datetime.combine(day, moment, zone) for moment in (entry.boards, entry.departs))
        found.append(Window(f"p{entry.boards:%H%M}", entry.direction, since, until, False))
    return sorted(found, key=lambda window: (window.since, not window.driver))


def trip_of(at: datetime, trips: Iterable[Window]) -> str:
    """The key of the trip that somebody boarded at this instant; empty: none."""
    covering = [window for window in trips if window.since <= at < window.until]
    # of two that overlap, the one that began last: it is at the stop
    best = max(covering, key=lambda window: (window.driver, window.since), default=None)
    return best.key if best else ""
