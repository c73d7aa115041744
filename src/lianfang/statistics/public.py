"""Figures for everybody: a county's or a town's whole days, without anything that stands for few people."""

import time
from datetime import timedelta

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.config import Settings
from lianfang.kit.clock import now as clock_now
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND
from lianfang.organisations import store as organisations
from lianfang.statistics import store
from lianfang.statistics.disclosure import SMALLEST, Cell, disclose
from lianfang.statistics.model import Publication, PublicationChange, PublicDay, PublicStatistics
from lianfang.statistics.problems import LEVEL_NOT_PUBLIC, NOT_PUBLISHED
from lianfang.statistics.store import Period, Published

DAYS = 14
"""Whole days, up to yesterday: figures that are still growing would let one watch single people arrive."""
KEPT_S = 600
LEVELS = ("county", "town")

_kept: dict[tuple[int, str], tuple[float, PublicStatistics]] = {}


async def show(lane: Database, settings: Settings, unit_id: int) -> PublicStatistics:
    """The public figures; counted once in ten minutes for however many readers. Problem `statistics_not_published`."""
    async with lane.transaction() as conn:
        unit = await store.lane_published(conn, unit_id)
        if unit is None:
            raise NOT_PUBLISHED()
        key = unit_id, settings.zone.key
        made, kept = _kept.get(key, (0.0, None))
        if kept is not None and time.monotonic() - made < KEPT_S:
            return kept
        found = await _count(conn, settings, unit)
    _kept[key] = time.monotonic(), found
    return found


def forget() -> None:
    """Drops what is kept."""
    _kept.clear()


async def _count(conn: Connection, settings: Settings, unit: Published) -> PublicStatistics:
    state = await store.lane_state(conn)
    if not state.ready(settings.zone.key) or state.recorded_until is None:
        raise NOT_PUBLISHED()  # the sums are being made anew: nothing can be said for sure
    yesterday = clock_now().astimezone(settings.zone).date() - timedelta(days=1)
    period = Period(yesterday - timedelta(days=DAYS - 1), yesterday, settings.zone, state.recorded_until)
    towns = await store.lane_parts(conn, unit.county_id)
    counts = {
        (row.ord, row.day): Cell(row.scans, row.people)
        for row in await store.lane_days_of(conn, [unit.county_lo, *(town.lo for town in towns)], period)
    }
    elsewhere = {row.day: Cell(row.scans, row.people) for row in await store.lane_days_elsewhere(conn, unit, period)}
    nothing = Cell(0, 0)
    days = []
    own = next((at for at, town in enumerate(towns) if town.lo == unit.lo), None)
    for ago in range(DAYS):
        day = period.first + timedelta(days=ago)
        cells = [*(counts.get((town.lo, day), nothing) for town in towns), elsewhere.get(day, nothing)]
        shown = disclose(counts.get((unit.county_lo, day), nothing), cells)
        if own is None:
            days.append(PublicDay(day, shown.total, list(shown.cells)))
        else:
            days.append(PublicDay(day, shown.cells[own], []))
    return PublicStatistics(
        name=unit.name,
        level=unit.level,
        as_of=state.recorded_until,
        smallest=SMALLEST,
        parts=[*(town.name for town in towns), None] if own is None else [],
        days=days,
    )


async def show_publication(db: Database, scope: Scope, unit_id: int) -> Publication:
    """Whether a unit publishes."""
    async with scoped(db, scope) as conn:
        place = await organisations.find_place(scope, conn, unit_id)
        if place is None:
            raise NOT_FOUND()
        published = await store.is_published(scope, conn, unit_id)
    return Publication(published, place.level in LEVELS, f"/h5/statistics/{unit_id}")


async def change_publication(db: Database, scope: Scope, account_id: int, change: PublicationChange) -> Publication:
    """Publishes or withdraws. Problem `level_not_public`."""
    async with scoped(db, scope) as conn:
        place = await organisations.find_place(scope, conn, change.unit_id)
        if place is None:
            raise NOT_FOUND()
        if place.level not in LEVELS:
            raise LEVEL_NOT_PUBLIC()
        if change.published:
            await store.publish(scope, conn, place, account_id)
        else:
            await store.withdraw(scope, conn, place)
        await audit.record(scope, conn, "statistics.publish", f"unit:{place.id}", published=change.published)
    return await show_publication(db, scope, change.unit_id)
