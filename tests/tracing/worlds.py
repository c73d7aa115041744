"""Small worlds of visits, generated, and what each way of counting says of them."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psycopg
from hypothesis import strategies as st

from lianfang.tracing import reference
from lianfang.tracing.index import Index, by_day
from lianfang.tracing.model import ANYWHERE, DAY_S, NOWHERE, WHOLE_ZONE, Rules, Source, Stay, Visit
from lianfang.tracing.query import Contacts, Evidence, Places, Seconds, contacts, exposures, second_degree
from lianfang.tracing.segment import Rows
from lianfang.tracing.store import Q

MIDNIGHT = 1_640_995_200  # 2022-01-01 UTC; worlds lie around one
SUMMER_TIME = 1_648_342_800  # 2022-03-27 01:00 UTC, when clocks in Europe went from 2 to 3
MINUTE = 60
PEOPLE, PLACES = range(1, 7), range(1, 4)


@dataclass
class World:
    """Visits, of which those in `late` came after the index was written; sources; rules."""

    visits: list[Visit]
    late: list[bool]
    sources: list[Source]
    rules: Rules
    erased: frozenset[int] = frozenset()
    stays: list[Stay] = field(init=False)

    def __post_init__(self) -> None:
        there = [v for v in self.visits if v.person not in self.erased]
        self.stays = reference.stays(there, self.rules)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    base = draw(st.sampled_from([MIDNIGHT, SUMMER_TIME, MIDNIGHT + 16 * 3600]))
    # coarse steps make ties, midnights and gaps frequent; the single seconds make edges
    step = draw(st.sampled_from([1, 5 * MINUTE, 30 * MINUTE, 6 * 3600]))
    instant = st.integers(-12, 12).map(lambda n: base + n * step)
    zones = st.sampled_from([0, 0, 3, 4, 9, (7 << 10) | 3, (8 << 10) | 3, 7 << 10])
    visits: dict[tuple[int, int, int], Visit] = {}
    for _ in range(draw(st.integers(2, 16))):
        person, venue, at = draw(st.sampled_from(PEOPLE)), draw(st.sampled_from(PLACES)), draw(instant)
        left = draw(st.one_of(st.none(), st.none(), st.integers(-1, 6).map(lambda n, at=at: at + n * step), st.just(at + 2 * DAY_S)))
        refused = draw(st.integers(0, 9)) == 0
        visits[person, venue, at] = Visit(person, venue, at, draw(zones), at if refused else left, refused)
    told = st.builds(
        Stay, person=st.just(0), venue=st.sampled_from(PLACES), begins=instant,
        ends=instant, zone=zones, give=st.sampled_from([0, 60, 3600, 5400]),
    )  # fmt: skip
    sources = []
    for person in draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True)):
        since, until = sorted((draw(instant), draw(instant)))
        remembered = tuple(s._replace(person=person) for s in draw(st.lists(told, max_size=2)))
        sources.append(Source(person, since, until + draw(st.sampled_from([0, DAY_S])), remembered))
    rules = Rules(
        least=draw(st.sampled_from([1, 600, 900, 7200])),
        tail=draw(st.sampled_from([0, 0, 1800])),
        now=draw(st.sampled_from([base + 30 * DAY_S, base])),
        dwell={venue: draw(st.sampled_from([600, 3600, 28_800, DAY_S])) for venue in PLACES},
        reach={v: draw(st.sampled_from([0, 1, WHOLE_ZONE, ANYWHERE, NOWHERE])) for v in draw(st.sets(st.sampled_from(PLACES)))},
        score_seconds=3600,
        crowding=0.5,
        without=frozenset(draw(st.sets(st.sampled_from(PEOPLE), max_size=1))),
        isolated=dict.fromkeys(draw(st.sets(st.sampled_from(PEOPLE), max_size=1)), draw(instant)),
    )  # fmt: skip
    late = draw(st.lists(st.booleans(), min_size=len(visits), max_size=len(visits)))
    gone = draw(st.sets(st.sampled_from(PEOPLE), max_size=1)) if draw(st.integers(0, 3)) == 0 else set()
    return World(list(visits.values()), late, sources, rules, frozenset(gone))


def rows(visits: list[Visit]) -> Rows:
    columns = [(v.person, v.venue, v.at, -1 if v.left_at is None else v.left_at, v.zone) for v in visits]
    return Rows(*(np.array(c, np.int64) for c in zip(*columns, strict=True))) if columns else Rows.none()


def index_of(world: World) -> Index:
    """Written without what came late, which is then absorbed; a late check-out comes after its visit was written."""
    early = [v for v, late in zip(world.visits, world.late, strict=True) if not late]
    late = [v for v, late in zip(world.visits, world.late, strict=True) if late]
    reopened = [v._replace(left_at=None) if v.left_at is not None and v.at % 2 == 0 and not v.refused else v for v in early]
    late += [v for v, before in zip(early, reopened, strict=True) if v != before]
    index = Index([segment for _, segment in by_day(rows(reopened))])
    index.absorb(rows(late))
    index.erase(world.erased)
    return index


Told = tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], list[tuple[Any, ...]]]


def by_reference(world: World) -> Told:
    found = reference.exposures(world.sources, world.stays, world.rules)
    first = reference.contacts(found, world.sources, world.rules)
    return sorted(found), list(first), list(reference.second_degree(first, world.sources, world.stays, world.rules))


def by_kernel(world: World, index: Index) -> Told:
    places = Places.of(world.rules, max(*PLACES, index.last_venue))
    found: Evidence = exposures(index, world.sources, world.rules, places)
    first: Contacts = contacts(found, world.sources, world.rules)
    second: Seconds = second_degree(index, first, world.sources, world.rules, places)
    return sorted(found.rows()), list(first.rows()), list(second.rows())


def by_sql(world: World, conn: psycopg.Connection) -> Told:
    """Evidence and contacts of contacts; what the evidence comes to is left to the reference."""
    rules, tables = world.rules, ("visits", "places", "sources", "told", "stays")
    there = [v for v in world.visits if v.person not in world.erased]
    conn.execute("; ".join(f"TRUNCATE trace_{table}" for table in tables).encode())
    with conn.cursor() as cursor:
        def fill(table: str, lines: list[tuple[Any, ...]]) -> None:
            with cursor.copy(f"COPY trace_{table} FROM STDIN".encode()) as copy:
                for line in lines:
                    copy.write_row(line)

        fill("visits", [(v.person, v.venue, v.at, v.left_at, v.zone) for v in there])
        fill("places", [(v, dwell, rules.reach.get(v, 0)) for v, dwell in rules.dwell.items()])
        fill("sources", [(s.person, s.since, s.until) for s in world.sources])
        fill("told", [tuple(stay) for s in world.sources for stay in s.told])
        cursor.execute(Q.compare_stays)
        params = {"tail": rules.tail, "least": rules.least, "now": rules.now}
        found = [r for r in cursor.execute(Q.compare_exposures, params).fetchall() if r[1] not in rules.without]
        first = reference.contacts([reference.Exposure(*r) for r in found], world.sources, rules)
        cursor.execute("TRUNCATE trace_sources; TRUNCATE trace_told")
        fill("sources", [(c.person, c.since, rules.isolated.get(c.person, rules.now)) for c in first])
        known = {c.person for c in first} | {s.person for s in world.sources} | rules.without
        earliest: dict[int, tuple[int, int, int]] = {}
        for source, person, _, begins, *_ in cursor.execute(Q.compare_exposures, params).fetchall():
            if person not in known:
                earliest[person] = min(earliest.get(person, (person, begins, source)), (person, begins, source))
    return sorted(found), list(first), sorted(earliest.values())
