"""Questions to the index: whom sources met, and whom those met. The same answers as `reference`, in milliseconds."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
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


class Stays(NamedTuple):
    """Where sources were: which source (by its number), and in which segment it is written (−1: it was told)."""

    source: Ints
    rank: Ints
    place: Ints
    usual: Ints
    begins: Ints
    ends: Ints
    zone: Ints
    give: Ints
    home: Ints


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

    @staticmethod
    def none() -> "Seconds":
        return Seconds(*(np.empty(0, np.int64) for _ in range(3)))

    def __len__(self) -> int:
        return len(self.person)

    def rows(self) -> Iterator[Second]:
        columns = (column.tolist() for column in msgspec.structs.astuple(self))
        return map(Second._make, zip(*columns, strict=True))


def exposures(index: Index, sources: Sequence[Source], rules: Rules, places: Places) -> Evidence:
    """All evidence of what the sources may have spread."""
    people = _ints(s.person for s in sources)
    since, until = _ints(s.since for s in sources), _ints(min(s.until, rules.now) for s in sources)
    recorded = _joined([*_recorded(index, people, since, until, rules, places)])
    stays = _joined([_without_struck(recorded, sources), _told(sources, rules, places)])
    found = _met(index, stays, people, rules, places)
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
    until = np.full(len(first), rules.now, np.int64)
    for person, at in rules.isolated.items():
        until[first.person == person] = min(at, rules.now)
    best = index.tables(THREADS)
    for people in (_ints(c.person for c in cases), first.person, _ints(rules.without)):
        best[:, people[people < best.shape[1]]] = kernel.KNOWN
    edges = [best.shape[1] * thread // THREADS for thread in range(THREADS + 1)]
    with ThreadPoolExecutor(THREADS) as threads:
        gathered = threads.map(
            lambda home: list(_recorded(index, first.person, first.since, until, rules, places, [home])),
            range(len(index.segments)),
        )
        stays = _joined([part for parts in gathered for part in parts])

        def follow(thread: int) -> None:
            for number in range(thread, len(index.segments), THREADS):
                segment = index.segments[number]
                kernel.spread(
                    first.person, stays.source, stays.rank, stays.place, stays.usual, stays.begins, stays.ends, stays.zone,
                    stays.home, number, rules.least, places.reach, *_arrays(segment), best[thread],
                )  # fmt: skip

        list(threads.map(follow, range(THREADS)))
        parts = list(threads.map(kernel.harvest, repeat(best), edges, edges[1:]))
    return Seconds(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def second_evidence(
    index: Index, first: Contacts, met: Seconds, rules: Rules, places: Places
) -> tuple[Evidence, Contacts]:
    """How each contact of a contact was met, and what that comes to, in the order of `met`. All pairs are looked at: for so many
    as can be called."""
    rows = zip(first.person.tolist(), first.since.tolist(), strict=True)
    sources = [Source(person, since, rules.isolated.get(person, rules.now)) for person, since in rows]
    found = exposures(index, sources, rules, places)
    found = found.only(np.isin(found.person, met.person))
    return found, contacts(found, (), rules)


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, np.int64)


def _joined(parts: Sequence[Stays]) -> Stays:
    if not parts:
        return Stays(*(np.empty(0, np.int64) for _ in Stays._fields))
    return Stays(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _recorded(
    index: Index,
    people: Ints,
    since: Ints,
    until: Ints,
    rules: Rules,
    places: Places,
    homes: Iterable[int] | None = None,
) -> Iterator[Stays]:
    """Recorded stays of the sources, of each segment that may have some."""
    if not len(people):
        return
    first, last = int(since.min()), int(until.max())
    for number in range(len(index.segments)) if homes is None else homes:
        home = index.segments[number]
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
        # in the order of places: stays of one place read the same lines of memory
        order = np.argsort(out[1][:count])
        source, rank, begins, ends, zone = (column[order] for column in out)
        place, nothing = home.venues[rank], np.zeros(count, np.int64)
        usual = places.dwell[place].astype(np.int64)
        yield Stays(source, rank, place, usual, begins, ends, zone, nothing, np.full(count, number))


def _without_struck(stays: Stays, sources: Sequence[Source]) -> Stays:
    """Stays that were struck are left out. One that began before the window stands there from the beginning of the window; where
    two in one place do, nobody can tell which it is, and both count."""
    struck = {(k, place, max(at, s.since)) for k, s in enumerate(sources) for place, at in s.struck}
    if not struck:
        return stays
    keys = list(zip(stays.source.tolist(), stays.place.tolist(), stays.begins.tolist(), strict=True))
    times = Counter(keys)
    keep = np.fromiter((key not in struck or times[key] > 1 for key in keys), np.bool_, len(keys))
    return Stays(*(column[keep] for column in stays))


def _told(sources: Sequence[Source], rules: Rules, places: Places) -> Stays:
    """Stays that the sources remember."""
    rows = []
    for k, source in enumerate(sources):
        for stay in source.told:
            begins, ends = max(stay.begins, source.since), min(stay.ends, source.until, rules.now)
            inside = 0 <= stay.venue < len(places.reach) and places.reach[stay.venue] != NOWHERE
            longer = ends + min(ends - begins, rules.tail)
            if begins < ends and inside and longer - begins >= rules.least:
                usual = int(places.dwell[stay.venue])
                rows.append((k, 0, stay.venue, usual, begins, longer, stay.zone, stay.give, -1))
    return Stays(*np.array(rows, np.int64).reshape(-1, len(Stays._fields)).T)


def _arrays(segment: Segment) -> tuple[Any, Any, Any, Any, Any, Any, Any, Any, Any, Any]:
    s = segment
    times = s.first_at, s.last_at, s.longest_all
    return *times, s.at, s.length, s.person, s.zone, s.venues, s.starts, s.longest


def _met(index: Index, stays: Stays, people: Ints, rules: Rules, places: Places) -> Evidence:
    crowd = np.zeros(len(stays.source), np.int64)
    parts: list[list[Any]] = []
    room = ROOM
    out = _room(room)
    for number, segment in enumerate(index.segments):
        while True:
            counted = crowd.copy()
            count = kernel.meet(
                people, stays.source, stays.rank, stays.place, stays.usual, stays.begins, stays.ends, stays.zone, stays.give,
                stays.home, number, rules.least, places.reach, *_arrays(segment), counted, *out,
            )  # fmt: skip
            if count <= room:
                break
            room = 2 * count
            out = _room(room)
        crowd = counted
        parts.append([column[:count].copy() for column in out])

    def evidence(stay: Ints, person: Ints, begins: Ints, ends: Ints, chance: NDArray[np.float64]) -> Evidence:
        return Evidence(people[stays.source[stay]], person, stays.place[stay], begins, ends, chance, crowd[stay])

    return Evidence.join([evidence(*part) for part in parts])


def _room(size: int) -> list[Any]:
    return [np.empty(size, kind) for kind in (np.int64, np.int64, np.int64, np.int64, np.float64)]
