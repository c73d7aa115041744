"""Walks the index for the hours that cases share, and counts who else was there. Imported late, as the kernel is."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lianfang.sources.decide import adjusted, at_least
from lianfang.sources.model import SHOWN_MAX, Finding
from lianfang.tracing.index import Index, visits_of
from lianfang.tracing.model import DAY_S, NOWHERE, Source
from lianfang.tracing.query import Places
from lianfang.tracing.segment import Segment

HOUR_S = 3600
HOURS = 24
Ints = NDArray[np.int64]
Shared = dict[tuple[int, int], set[int]]
"""(place, hour since 1970) → who was there"""


class Result(NamedTuple):
    """The likeliest first. `found`: how many there are in all."""

    findings: list[Finding]
    found: int
    tested: int


def find(index: Index, cases: Sequence[Source], places: Places) -> Result:
    """`cases`: with the time in which each may have been infected."""
    if not cases:
        return Result([], 0, 0)
    first, last = min(c.since for c in cases), max(c.until for c in cases)
    segments = [s for s in index.segments if s.first_at < last and s.last_at + DAY_S > first and len(s)]
    shared, visits = _of_cases(segments, cases, places)
    wanted = {key: people for key, people in shared.items() if len(people) > 1}
    crowd = _crowds(segments, {key[0] for key in wanted}, places)
    everything = max(1, sum(len(s) for s in segments))
    expected = {key: visits * max(len(people), crowd.get(key, 0)) / everything for key, people in wanted.items()}
    keys = sorted(wanted)
    p = [at_least(len(wanted[key]), expected[key]) for key in keys]
    tests = HOURS * sum(len(s.venues) for s in segments)
    rows = sorted(zip(p, adjusted(p, max(tests, len(p))), keys, strict=True), key=lambda r: (r[0], r[2]))
    ranks: dict[int, int] = {}
    findings = [
        Finding(
            ranks.setdefault(place, len(ranks) + 1),
            place,
            datetime.fromtimestamp(hour * HOUR_S, UTC),
            sorted(wanted[place, hour]),
            max(len(wanted[place, hour]), crowd.get((place, hour), 0)),
            round(expected[place, hour], 6),
            chance,
            share,
        )
        for chance, share, (place, hour) in rows[:SHOWN_MAX]
    ]
    return Result(findings, len(rows), tests)


def _of_cases(segments: Sequence[Segment], cases: Sequence[Source], places: Places) -> tuple[Shared, int]:
    """Where the cases were, hour by hour, and how many visits that is."""
    shared: Shared = defaultdict(set)
    window = {case.person: (case.since, case.until) for case in cases}
    visits, who = 0, np.array(sorted(window), np.int64)
    stays = [
        (stay.person, stay.venue, stay.begins, stay.ends)
        for case in cases
        for stay in case.told
        if 0 <= stay.venue < len(places.reach)
    ]
    for segment in segments:
        positions, ranks = visits_of(segment, who)
        begins, ends = _stays(segment, positions, segment.venues[ranks], places)
        columns = segment.person[positions].tolist(), segment.venues[ranks].tolist(), begins.tolist(), ends.tolist()
        stays += zip(*columns, strict=True)
    for person, place, begins_at, ends_at in stays:
        since, until = window[person]
        begin, end = max(begins_at, since), min(ends_at, until)
        if begin < end and places.reach[place] != NOWHERE:
            visits += 1
            for hour in range(begin // HOUR_S, (end - 1) // HOUR_S + 1):
                shared[place, hour].add(person)
    return shared, visits


def _stays(segment: Segment, positions: Ints, place: Ints, places: Places) -> tuple[Ints, Ints]:
    begins, length = segment.at[positions].astype(np.int64), segment.length[positions].astype(np.int64)
    dwell = places.dwell[np.minimum(place, len(places.dwell) - 1)]
    return begins, np.where(length < 0, begins - 1 - length, begins + np.minimum(length, dwell))


def _crowds(segments: Sequence[Segment], wanted: set[int], places: Places) -> dict[tuple[int, int], int]:
    """How many different people were in these places, by the hour."""
    rows: dict[int, list[Ints]] = defaultdict(list)
    for segment in segments:
        for rank in np.flatnonzero(np.isin(segment.venues, list(wanted))).tolist():
            place = int(segment.venues[rank])
            positions = np.arange(int(segment.starts[rank]), int(segment.starts[rank + 1]), dtype=np.int64)
            begins, ends = _stays(segment, positions, np.full(len(positions), place), places)
            first, many = begins // HOUR_S, np.maximum(0, (ends - 1) // HOUR_S - begins // HOUR_S + 1)
            many[ends <= begins] = 0
            person = segment.person[positions].astype(np.int64)
            offset = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
            rows[place].append((np.repeat(first, many) + offset) << 31 | np.repeat(person, many))
    found: dict[tuple[int, int], int] = {}
    for place, parts in rows.items():
        hours, counts = np.unique(np.unique(np.concatenate(parts)) >> 31, return_counts=True)
        found |= {(place, hour): count for hour, count in zip(hours.tolist(), counts.tolist(), strict=True)}
    return found
