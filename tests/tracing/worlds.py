"""Small worlds of visits, generated, and what each way of counting says of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
import psycopg
from hypothesis import strategies as st

from lianfang.bench.trace_sql import EXPOSURES, STAYS
from lianfang.tracing import reference
from lianfang.tracing.index import Index, by_day
from lianfang.tracing.model import ANYWHERE, DAY_S, NOWHERE, WHOLE_ZONE, Rules, Source, Stay, Visit
from lianfang.tracing.query import (
    Contacts,
    Evidence,
    Places,
    Seconds,
    contacts,
    exposures,
    second_degree,
    second_evidence,
)
from lianfang.tracing.segment import Rows

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

    @cached_property
    def stays(self) -> list[Stay]:
        return reference.stays([v for v in self.visits if v.person not in self.erased], self.rules)


Choose = Callable[[Sequence[Any]], Any]


def world(choose: Choose) -> World:
    """`choose` takes one of several: hypothesis, which looks for the smallest world that fails, or dice, which are quicker."""
    base = choose([MIDNIGHT, SUMMER_TIME, MIDNIGHT + 16 * 3600])
    # coarse steps make ties, midnights and gaps frequent; the single seconds make edges
    step = choose([5 * MINUTE, 30 * MINUTE, 3 * 3600, 6 * 3600, 1])
    people, places = PEOPLE[: choose([4, 6, 2])], PLACES[: choose([2, 1, 3])]
    zones = [0, 0, 0, 3, 4, 9, (7 << 10) | 3, (8 << 10) | 3, 7 << 10]

    def instant() -> int:
        return int(base + choose(range(-5, 9)) * step)

    def some(what: Sequence[int], upto: int) -> list[int]:
        return [choose(what) for _ in range(choose(range(upto + 1)))]

    visits: dict[tuple[int, int, int], Visit] = {}
    for _ in range(choose(range(4, 18))):
        person, venue, at, refused = choose(people), choose(places), instant(), choose(range(12)) == 11
        left = (
            at
            if refused
            else choose([None, None, None, at - 1, at + step, at + 3 * step, at + 6 * step, at + 2 * DAY_S])
        )
        visits[person, venue, at] = Visit(person, venue, at, choose(zones), left, refused)
    sources = []
    for person in sorted({choose(people), *some(people, 1)}):
        told = [
            Stay(person, choose(places), instant(), instant(), choose(zones), choose([0, 60, 3600, 5400]))
            for _ in some([0], 1)
        ]
        since = instant() - choose([0, DAY_S])
        sources.append(Source(person, since, since + choose([2 * DAY_S, 10 * step, 0]), tuple(told)))
    rules = Rules(
        least=choose([600, 1, 900, 7200]),
        tail=choose([0, 0, 1800]),
        now=base + choose([30 * DAY_S, 0]),
        dwell={venue: choose([3600, 28_800, DAY_S, 600]) for venue in PLACES},
        reach={venue: choose([0, 1, WHOLE_ZONE, ANYWHERE, NOWHERE]) for venue in some(places, 2)},
        score_seconds=3600,
        crowding=0.5,
        without=frozenset(some(people, 1)) if choose(range(4)) == 3 else frozenset(),
        isolated={person: instant() for person in some(people, 1)},
    )
    late = [choose([False, False, True]) for _ in visits]
    return World(
        list(visits.values()),
        late,
        sources,
        rules,
        frozenset(some(people, 1)) if choose(range(4)) == 3 else frozenset(),
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    return world(lambda options: draw(st.sampled_from(options)))


def moved(world: World, by: int, rules: Rules) -> World:
    """The same world with other ids and the figures of `rules`, so that many can be asked at once."""
    visits = [v._replace(person=v.person + by, venue=v.venue + by) for v in world.visits]
    sources = [
        Source(
            s.person + by, s.since, s.until, tuple(t._replace(person=t.person + by, venue=t.venue + by) for t in s.told)
        )
        for s in world.sources
    ]
    own = msgspec.structs.replace(
        world.rules,
        least=rules.least,
        tail=rules.tail,
        now=rules.now,
        dwell={venue + by: dwell for venue, dwell in world.rules.dwell.items()},
        reach={venue + by: rows for venue, rows in world.rules.reach.items()},
        without=frozenset(person + by for person in world.rules.without),
        isolated={person + by: at for person, at in world.rules.isolated.items()},
    )
    return World(visits, world.late, sources, own, frozenset(person + by for person in world.erased))


def joined(parts: list[World]) -> World:
    """Worlds of different ids and the same figures as one."""
    rules = msgspec.structs.replace(
        parts[0].rules,
        dwell={k: v for part in parts for k, v in part.rules.dwell.items()},
        reach={k: v for part in parts for k, v in part.rules.reach.items()},
        without=frozenset(person for part in parts for person in part.rules.without),
        isolated={k: v for part in parts for k, v in part.rules.isolated.items()},
    )
    return World(
        [v for part in parts for v in part.visits],
        [late for part in parts for late in part.late],
        [s for part in parts for s in part.sources],
        rules,
        frozenset(person for part in parts for person in part.erased),
    )


def rows(visits: list[Visit]) -> Rows:
    columns = [(v.person, v.venue, v.at, -1 if v.left_at is None else v.left_at, v.zone) for v in visits]
    return Rows(*(np.array(c, np.int64) for c in zip(*columns, strict=True))) if columns else Rows.none()


def index_of(world: World) -> Index:
    """Written without what came late, which is then absorbed; a late check-out comes after its visit was written."""
    early = [v for v, late in zip(world.visits, world.late, strict=True) if not late]
    late = [v for v, late in zip(world.visits, world.late, strict=True) if late]
    reopened = [
        v._replace(left_at=None) if v.left_at is not None and v.at % 2 == 0 and not v.refused else v for v in early
    ]
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
    places = Places.of(world.rules, max(world.rules.dwell))
    found: Evidence = exposures(index, world.sources, world.rules, places)
    first: Contacts = contacts(found, world.sources, world.rules)
    second: Seconds = second_degree(index, first, world.sources, world.rules, places)
    return sorted(found.rows()), list(first.rows()), list(second.rows())


def by_reference_further(world: World) -> tuple[list[Any], list[Any]]:
    """How contacts of contacts were met, and since when each."""
    rules = world.rules
    _, first, second = by_reference(world)
    sources = [Source(c.person, c.since, rules.isolated.get(c.person, rules.now)) for c in first]
    known = {s.person for s in second}
    found = [e for e in reference.exposures(sources, world.stays, rules) if e.person in known]
    return sorted(found), [(c.person, c.since, c.last, c.seconds) for c in reference.contacts(found, (), rules)]


def by_kernel_further(world: World, index: Index) -> tuple[list[Any], list[Any]]:
    places = Places.of(world.rules, max(world.rules.dwell))
    first = contacts(exposures(index, world.sources, world.rules, places), world.sources, world.rules)
    met = second_degree(index, first, world.sources, world.rules, places)
    found, sums = second_evidence(index, first, met, world.rules, places)
    assert [(c.person, c.since) for c in sums.rows()] == [(s.person, s.since) for s in met.rows()]
    return sorted(found.rows()), [(c.person, c.since, c.last, c.seconds) for c in sums.rows()]


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
        cursor.execute(STAYS)
        params = {"tail": rules.tail, "least": rules.least, "now": rules.now}
        found = [r for r in cursor.execute(EXPOSURES, params).fetchall() if r[1] not in rules.without]
        first = reference.contacts([reference.Exposure(*r) for r in found], world.sources, rules)
        cursor.execute("TRUNCATE trace_sources; TRUNCATE trace_told")
        fill("sources", [(c.person, c.since, rules.isolated.get(c.person, rules.now)) for c in first])
        known = {c.person for c in first} | {s.person for s in world.sources} | rules.without
        earliest: dict[int, tuple[int, int, int]] = {}
        for source, person, _, begins, *_ in cursor.execute(EXPOSURES, params).fetchall():
            if person not in known:
                earliest[person] = min(earliest.get(person, (person, begins, source)), (person, begins, source))
    return sorted(found), list(first), sorted(earliest.values())
