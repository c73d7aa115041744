"""A trajectory put together: what the doors saw, as tracing counts it, with what the person says. Pure."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from lianfang.interviews.model import Gap, Told, TrajectoryStay
from lianfang.interviews.store import SeenRow, VersionRow
from lianfang.tracing.model import Rules, Visit
from lianfang.tracing.reference import stays as stays_of

GAP = timedelta(hours=2)
"""Shorter ones are ways from place to place."""


def recorded(
    person_id: int,
    seen: Sequence[SeenRow],
    rules: Rules,
    said: Iterable[VersionRow],
    open_: Callable[[VersionRow], Told],
) -> list[TrajectoryStay]:
    """Recorded stays, with what the person said of each. Who was refused did not stay."""
    marks = {(row.checkpoint_id, _seconds(row.seen_at)): row for row in said if row.seen_at}
    visits = [
        Visit(
            person_id,
            row.checkpoint_id,
            _seconds(row.at),
            left_at=_seconds(row.left_at) if row.left_at else None,
            refused=row.refused,
        )
        for row in seen
    ]
    rows = {(visit.venue, visit.at): row for visit, row in zip(visits, seen, strict=True)}
    found = []
    for stay in stays_of(visits, rules):
        row, mark = rows[stay.venue, stay.begins], marks.get((stay.venue, stay.begins))
        usual = stay.ends == stay.begins + rules.dwell[stay.venue]
        found.append(
            TrajectoryStay(
                state=mark.state if mark else "recorded",
                checkpoint_id=row.checkpoint_id,
                place=row.checkpoint,
                category=row.category,
                unit=row.unit,
                begins=_instant(stay.begins),
                ends=_instant(stay.ends),
                ended="checkout" if row.left_at else "usual" if usual else "next",
                seat=row.seat,
                lat=row.lat,
                lon=row.lon,
                stay_id=mark.stay_id if mark else None,
                version=mark.version if mark else 0,
                told=open_(mark) if mark else Told(),
            )
        )
    return found


def told(
    said: Iterable[VersionRow], since: datetime, until: datetime, open_: Callable[[VersionRow], Told]
) -> list[TrajectoryStay]:
    """Stays that only the person tells of."""
    found = []
    for row in said:
        if row.begins and row.ends and row.begins < until and row.ends > since:
            words = open_(row)
            found.append(
                TrajectoryStay(
                    state="told",
                    checkpoint_id=row.checkpoint_id,
                    place=row.checkpoint or words.place,
                    category=row.category,
                    unit=row.unit,
                    begins=row.begins,
                    ends=row.ends,
                    ended="told",
                    give_minutes=row.give_minutes,
                    lat=row.lat,
                    lon=row.lon,
                    stay_id=row.stay_id,
                    version=row.version,
                    told=words,
                )
            )
    return found


def gaps(stays: Iterable[TrajectoryStay], since: datetime, until: datetime) -> list[Gap]:
    """Times of two hours or more of which nothing is known."""
    found, known = [], since
    for stay in sorted((s for s in stays if s.state != "struck"), key=lambda s: s.begins):
        if stay.begins - known >= GAP:
            found.append(Gap(known, stay.begins))
        known = max(known, stay.ends)
    return [*found, Gap(known, until)] if until - known >= GAP else found


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
