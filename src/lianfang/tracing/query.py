"""Questions to the index: whom sources met, and whom those met. The same answers as `reference`, in milliseconds."""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from lianfang.tracing import kernel
from lianfang.tracing.index import Index
from lianfang.tracing.model import DAY_S, NOWHERE, Contact, Exposure, Rules, Second, Source
from lianfang.tracing.segment import Segment

Ints = NDArray[np.int64]
ROOM = 1 << 16
THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Places(NamedTuple):
    """What the rules say of each place, by its id: nothing of an id is a place left out."""

    dwell: NDArray[np.int32]
    reach: NDArray[np.int32]

    @classmethod
    def of(cls, rules: Rules, last: int) -> "Places":
        dwell, reach = np.zeros(last + 1, np.int32), np.full(last + 1, NOWHERE, np.int32)
        known = np.fromiter((v for v in rules.dwell if 0 <= v <= last), np.int64)
        dwell[known] = np.fromiter((rules.dwell[int(v)] for v in known), np.int64)
        reach[known] = 0
        for venue, rows in rules.reach.items():
            if 0 <= venue <= last:
                reach[venue] = rows
        return cls(dwell, reach)


class Group(NamedTuple):
    """Stays of sources that one segment has (or none: they were told)."""

    home: Segment | None
    source: Ints
    rank: Ints
    place: Ints
    begins: Ints
    ends: Ints
    zone: Ints
    give: Ints


class Evidence(msgspec.Struct, frozen=True):
    """Exposures as columns."""

    source: Ints
    person: Ints
    place: Ints
    begins: Ints
    ends: Ints
    chance: NDArray[np.float64]
    crowd: Ints

    def __len__(self) -> int:
        return len(self.person)

    def rows(self) -> Iterator[Exposure]:
        columns = (column.tolist() for column in msgspec.structs.astuple(self))
        return map(Exposure._make, zip(*columns, strict=True))

    @staticmethod
    def join(parts: "list[Evidence]") -> "Evidence":
        columns = zip(_NOTHING, *map(msgspec.structs.astuple, parts), strict=True)
        return Evidence(*(np.concatenate(column) for column in columns))

    def only(self, which: NDArray[np.bool_]) -> "Evidence":
        return Evidence(*(column[which] for column in msgspec.structs.astuple(self)))


_NOTHING = (*(np.empty(0, np.int64) for _ in range(5)), np.empty(0, np.float64), np.empty(0, np.int64))


class Contacts(msgspec.Struct, frozen=True):
    """Contacts as columns, by their ids."""

    person: Ints
    since: Ints
    last: Ints
    seconds: Ints
    exposures: Ints
    score: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.person)

    def rows(self) -> Iterator[Contact]:
        columns = (column.tolist() for column in msgspec.structs.astuple(self))
        return map(Contact._make, zip(*columns, strict=True))


class Seconds(msgspec.Struct, frozen=True):
    """Contacts of contacts as columns, by their ids."""

    person: Ints
    since: Ints
    via: Ints

    def __len__(self) -> int:
        return len(self.person)

    def rows(self) -> Iterator[Second]:
        columns = (column.tolist() for column in msgspec.structs.astuple(self))
        return map(Second._make, zip(*columns, strict=True))


def exposures(index: Index, sources: Sequence[Source], rules: Rules, places: Places) -> Evidence:
    """All evidence of what the sources may have spread."""
    people = _ints(s.person for s in sources)
    since, until = _ints(s.since for s in sources), _ints(min(s.until, rules.now) for s in sources)
    groups = [*_gathered(index, people, since, until, rules, places), *_told(sources, rules, places)]
    found = Evidence.join([_met(index, group, people, rules, places) for group in groups])
    if not rules.without:
        return found
    return found.only(~np.isin(found.person, _ints(rules.without)))


def contacts(found: Evidence, cases: Iterable[Source], rules: Rules) -> Contacts:
    """What the evidence comes to, for everybody who is no case."""
    others = found.only(~np.isin(found.person, _ints(c.person for c in cases)))
    keys = others.person << kernel.VIA_BITS | others.source
    order = np.argsort(keys)
    columns = (others.begins, others.ends, others.place, others.chance, others.crowd)
    return Contacts(*kernel.sum_up(order, keys, *columns, float(rules.score_seconds), rules.crowding))


def second_degree(index: Index, first: Contacts, cases: Iterable[Source], rules: Rules, places: Places) -> Seconds:
    """Whom the contacts met after their own first exposure and before they were isolated."""
    known = np.zeros(index.last_person + 1, np.uint8)
    for people in (_ints(c.person for c in cases), first.person, _ints(rules.without)):
        known[people[people < len(known)]] = 1
    until = np.full(len(first), rules.now, np.int64)
    for person, at in rules.isolated.items():
        until[first.person == person] = min(at, rules.now)
    tables = index.tables(THREADS)

    def follow(number: int) -> int:
        best, touched = tables[number]
        found = 0
        for home in index.segments[number::THREADS]:
            for group in _gathered(index, first.person, first.since, until, rules, places, [home]):
                for other in index.segments:
                    if _apart(group, other):
                        continue
                    found = kernel.spread(
                        first.person, group.source, group.rank, group.place, group.begins, group.ends, group.zone,
                        other is home, rules.least, places.dwell, places.reach, other.last_at, other.longest_all,
                        *_arrays(other), known, best, touched, found,
                    )  # fmt: skip
        return found

    with ThreadPoolExecutor(THREADS) as threads:
        counts = list(threads.map(follow, range(THREADS)))
    found = counts[0]
    for (best, touched), count in zip(tables[1:], counts[1:], strict=True):
        found = kernel.merge(*tables[0], found, best, touched, count)
    people, keys = kernel.harvest(*tables[0], found)
    order = np.argsort(people)
    people, keys = people[order], keys[order]
    return Seconds(people, keys >> kernel.VIA_BITS, keys & ((1 << kernel.VIA_BITS) - 1))


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, np.int64)


def _gathered(
    index: Index,
    people: Ints,
    since: Ints,
    until: Ints,
    rules: Rules,
    places: Places,
    homes: Iterable[Segment] | None = None,
) -> Iterator[Group]:
    """Recorded stays of the sources, of each segment that may have some."""
    if not len(people):
        return
    first, last = int(since.min()), int(until.max())
    for home in index.segments if homes is None else homes:
        if home.first_at >= last or home.last_at + DAY_S <= first:
            continue
        room = max(4 * len(people), ROOM)
        while True:
            out = [np.empty(room, np.int64) for _ in range(5)]
            count = kernel.gather(
                people, since, until, rules.least, rules.tail, places.dwell, places.reach,
                home.buckets, home.shift, home.p_person, home.p_pos, home.p_rank,
                home.at, home.length, home.zone, home.venues, *out,
            )  # fmt: skip
            if count <= room:
                break
            room = count
        if count:
            source, rank, begins, ends, zone = (column[:count] for column in out)
            yield Group(home, source, rank, home.venues[rank], begins, ends, zone, np.zeros(count, np.int64))


def _told(sources: Sequence[Source], rules: Rules, places: Places) -> Iterator[Group]:
    """Stays that the sources remember."""
    rows = []
    for k, source in enumerate(sources):
        for stay in source.told:
            begins, ends = max(stay.begins, source.since), min(stay.ends, source.until, rules.now)
            inside = 0 <= stay.venue < len(places.reach) and places.reach[stay.venue] != NOWHERE
            if begins < ends and inside:
                longer = ends + min(ends - begins, rules.tail)
                rows.append((k, 0, stay.venue, begins, longer, stay.zone, stay.give))
    rows = [row for row in rows if row[4] - row[3] >= rules.least]
    if rows:
        yield Group(None, *(np.array(column, np.int64) for column in zip(*rows, strict=True)))


def _apart(group: Group, other: Segment) -> bool:
    """Whether nobody in a segment can have met these stays. The longest stay there decides how far back it reaches."""
    give = int(group.give.max())
    return other.first_at >= int(group.ends.max()) + give or other.last_at + DAY_S <= int(group.begins.min()) - give


def _arrays(segment: Segment) -> tuple[Any, Any, Any, Any, Any, Any, Any]:
    s = segment
    return s.at, s.length, s.person, s.zone, s.venues, s.starts, s.longest


def _met(index: Index, group: Group, people: Ints, rules: Rules, places: Places) -> Evidence:
    crowd = np.zeros(len(group.source), np.int64)
    parts = []
    for other in index.segments:
        if _apart(group, other):
            continue
        room = ROOM
        while True:
            counted = crowd.copy()
            out: list[Any] = [np.empty(room, kind) for kind in (np.int64, np.int64, np.int64, np.int64, np.float64)]
            count = kernel.meet(
                people, group.source, group.rank, group.place, group.begins, group.ends, group.zone, group.give,
                other is group.home, rules.least, places.dwell, places.reach, other.last_at, other.longest_all,
                *_arrays(other), counted, *out,
            )  # fmt: skip
            if count <= room:
                break
            room = count
        crowd = counted
        parts.append([column[:count] for column in out])

    def evidence(stay: Ints, person: Ints, begins: Ints, ends: Ints, chance: NDArray[np.float64]) -> Evidence:
        return Evidence(people[group.source[stay]], person, group.place[stay], begins, ends, chance, crowd[stay])

    return Evidence.join([evidence(*part) for part in parts])
