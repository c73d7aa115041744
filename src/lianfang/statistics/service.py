"""Figures of a unit over a period."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.config import Settings
from lianfang.kit.clock import now as clock_now
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, invalid, wrong_field
from lianfang.organisations import store as organisations
from lianfang.organisations.model import Place, Step
from lianfang.statistics import store
from lianfang.statistics.model import (
    ROLLED_LEVELS,
    CategoryFigures,
    ChildFigures,
    DayFigures,
    Figures,
    HourFigures,
    Statistics,
)
from lianfang.statistics.problems import IN_PREPARATION
from lianfang.statistics.store import Cell, FeverCell, PeopleCell, Period
from lianfang.venues.model import CATEGORIES, Category

DEFAULT_DAYS = 7
LONGEST_DAYS = 366
"""The longest period where visits are kept for ever; elsewhere it is as long as they are kept."""


async def show(
    db: Database, settings: Settings, scope: Scope, *, unit_id: int | None, first: date | None, last: date | None
) -> Statistics:
    """The figures of a unit (default: the scope's own) over a period (default: seven days up to today)."""
    first, last = _period(settings, first, last)
    async with scoped(db, scope) as conn:
        place = await _place(scope, conn, unit_id)
        part = scope.narrowed(place.lo, place.hi)
        state = await store.state(scope, conn)
        summed = state.ready(settings.zone.key)
        if not summed and place.level in ("province", "city"):
            raise IN_PREPARATION(retry_after_s=60)
        as_of = state.recorded_until if summed and state.recorded_until else clock_now()
        period = Period(first, last, settings.zone, as_of)
        if summed and place.level in ROLLED_LEVELS:
            cells = await store.rolled(scope, conn, place, period)
            people = await store.rolled_people(scope, conn, place, period)
            if place.level == "town":
                people += await store.direct_people(part, conn, period)
        else:
            cells = await store.direct(part, conn, period)
            people = _people(cells)
        fevers = await store.fevers(part, conn, period)
        own = scope.narrowed(place.lo, place.lo)
        own_cells = await store.direct(own, conn, period)
        own_fevers = await store.fevers(own, conn, period)
        children = await store.children(part, conn, place.id, period, summed=summed)
    table = _Table(cells, people, fevers)
    own_table = _Table(own_cells, _people(own_cells), own_fevers)
    units = [ChildFigures(**msgspec.structs.asdict(row)) for row in children]
    return Statistics(
        unit=Step(place.id, place.name),
        level=place.level,
        first=first,
        last=last,
        as_of=as_of,
        total=Figures(**table.of()),
        own=Figures(**own_table.of()),
        days=[DayFigures(day=day, **table.of(day=day)) for day in _days(first, last)],
        hours=[HourFigures(hour=hour, **(table.of(hour=hour) | {"people": None})) for hour in range(24)],
        categories=sorted(
            (
                CategoryFigures(category=category, **table.of(category=category))
                for category in CATEGORIES
                if table.has(category)
            ),
            key=lambda row: -row.scans,
        ),
        units=sorted(units, key=lambda row: -row.scans),
    )


async def record_file(db: Database, scope: Scope, found: Statistics) -> None:
    """Writes down that the figures left as a file."""
    async with scoped(db, scope) as conn:
        await audit.record(
            scope,
            conn,
            "statistics.export",
            f"unit:{found.unit.id}",
            since=found.first.isoformat(),
            until=found.last.isoformat(),
        )


_Key = tuple[date | None, int | None, Category | None]


class _Table:
    """Counts by (day, hour, category), of which all but one are None."""

    def __init__(self, cells: Iterable[Cell], people: Iterable[PeopleCell], fevers: Iterable[FeverCell]) -> None:
        self._cells = {(cell.day, cell.hour, cell.category): cell for cell in cells}
        self._people: dict[_Key, int] = {(cell.day, None, cell.category): cell.people for cell in people}
        self._fevers = {(cell.day, cell.hour, cell.category): cell.fevers for cell in fevers}

    def of(
        self, *, day: date | None = None, hour: int | None = None, category: Category | None = None
    ) -> dict[str, Any]:
        key = (day, hour, category)
        cell = self._cells.get(key)
        return {
            "scans": cell.scans if cell else 0,
            "people": self._people.get(key, 0),
            "refused": cell.refused if cell else 0,
            "observed": cell.observed if cell else 0,
            "fevers": self._fevers.get(key, 0),
        }

    def has(self, category: Category) -> bool:
        return (None, None, category) in self._cells or (None, None, category) in self._fevers


def _people(cells: Iterable[Cell]) -> list[PeopleCell]:
    return [PeopleCell(cell.day, cell.category, cell.people or 0) for cell in cells if cell.hour is None]


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _period(settings: Settings, first: date | None, last: date | None) -> tuple[date, date]:
    today = clock_now().astimezone(settings.zone).date()
    last = last or today
    longest = settings.retention_days or LONGEST_DAYS
    # checked before any arithmetic with it: beyond the calendar's ends there is none
    if not date(1970, 1, 2) <= last <= today + timedelta(days=1):
        raise invalid(wrong_field("to", "range", "截止日期超出范围。", "The last day is out of range."))
    first = first or max(date(1970, 1, 1), last - timedelta(days=DEFAULT_DAYS - 1))
    if first > last:
        raise invalid(wrong_field("from", "order", "开始日期晚于截止日期。", "The first day is after the last."))
    if (last - first).days >= longest or first < date(1970, 1, 1):
        raise invalid(
            wrong_field(
                "from",
                "too_long",
                "时间段最长 {days} 天（登记记录的保存期限）。",
                "A period has {days} days at most (as long as records are kept).",
                days=longest,
            )
        )
    return first, last


async def _place(scope: Scope, conn: Connection, unit_id: int | None) -> Place:
    if unit_id is None:
        own = await organisations.own_unit(scope, conn)
        unit_id = own.id if own else 0
    place = await organisations.find_place(scope, conn, unit_id)
    if place is None:
        raise NOT_FOUND()
    return place
