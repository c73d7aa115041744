"""A plan's figures as tracing counts. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from lianfang.plans.model import Mode, Pack
from lianfang.tracing.model import ANYWHERE, NOWHERE, WHOLE_ZONE, Rules

MINUTE_S = 60


def rules(
    pack: Pack,
    now: datetime,
    categories: Mapping[int, str],
    *,
    modes: Mapping[int, Mode] | None = None,
    widened: Iterable[int] = (),
    without_places: Iterable[int] = (),
    without_people: Iterable[int] = (),
    isolated: Mapping[int, int] | None = None,
) -> Rules:
    """`categories`: place → category; `modes`: vehicle → how it is built; `widened`: places where, for a stated reason, seats do
    not count."""
    rows = {t.mode: WHOLE_ZONE if t.rows is None else t.rows for t in pack.transport}
    reach = {place: rows.get(mode, WHOLE_ZONE) for place, mode in (modes or {}).items()}
    reach |= dict.fromkeys(widened, ANYWHERE) | dict.fromkeys(without_places, NOWHERE)
    return Rules(
        least=pack.contacts.overlap_minutes * MINUTE_S,
        tail=pack.contacts.tail_minutes * MINUTE_S,
        now=int(now.timestamp()),
        dwell={place: pack.dwell[category] * MINUTE_S for place, category in categories.items()},
        reach=reach,
        score_seconds=pack.contacts.score.minutes * MINUTE_S,
        crowding=pack.contacts.score.crowding,
        without=frozenset(without_people),
        isolated=isolated or {},
    )


def window(pack: Pack, zone: ZoneInfo, onset: date, isolated: datetime | None, now: datetime) -> tuple[int, int]:
    """While somebody could infect: from the beginning of the day so many days before onset (or the first positive sample), until
    they were isolated. A plan may end it so many days after onset. The days are those of the calendar there."""
    since = datetime.combine(onset - timedelta(days=pack.contacts.window_days), time(), zone)
    until = min(isolated or now, now)
    if pack.contacts.after_onset_days:
        last = onset + timedelta(days=pack.contacts.after_onset_days + 1)
        until = min(until, datetime.combine(last, time(), zone))
    return int(since.timestamp()), int(until.timestamp())
