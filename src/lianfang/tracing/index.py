"""All segments, the oldest first, and after them the tail: what has been recorded since they were written."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from lianfang.tracing import kernel
from lianfang.tracing.model import DAY_S
from lianfang.tracing.segment import Rows, Segment, sorted_by


class Index:
    """What can be asked. `absorb` and `erase` change it in memory only; `days` says what is to be written."""

    def __init__(self, base: Sequence[Segment]) -> None:
        self.base = list(base)
        self.tail: Segment | None = None
        self._late = Rows.none()
        self._tables: NDArray[np.int64] | None = None

    @property
    def segments(self) -> list[Segment]:
        return [*self.base, self.tail] if self.tail else self.base

    @property
    def last_person(self) -> int:
        return max((s.last_person for s in self.segments), default=0)

    @property
    def last_venue(self) -> int:
        return max((s.last_venue for s in self.segments), default=0)

    def __len__(self) -> int:
        return sum(len(s) for s in self.segments)

    def tables(self, many: int) -> NDArray[np.int64]:
        """For each thread a number for everybody. Left empty by whoever used them."""
        if self._tables is None or self._tables.shape != (many, self.last_person + 1):
            self._tables = np.full((many, self.last_person + 1), kernel.FREE)
        return self._tables

    def absorb(self, new: Rows) -> None:
        """Visits that were recorded after the segments were written, and check-outs of visits that are in them; the same ones
        again change nothing. Stays that had ended by then end in the segments too."""
        there = np.zeros(len(new), bool)
        for segment in self.base:
            some = np.flatnonzero((new.at >= segment.first_at) & (new.at < segment.last_at + DAY_S))
            if len(some):
                there[some] |= self._meet(segment, new.take(some))
        if there.all() and self.tail:
            return
        late = Rows.join([self._late, new.take(~there)])
        self._late = late.take(np.sort(once(late)))
        self.tail = with_lengths(self._late, self._seen_of(self._late)) if len(self._late) else None

    def erase(self, people: Iterable[int]) -> None:
        """Somebody is no longer there: their stays last for no time at all, and the next writing leaves them out."""
        who = np.unique(np.fromiter(people, np.int64))
        for segment in self.segments:
            positions, _ = visits_of(segment, who)
            if len(positions) and (segment.length[positions] != -1).any():
                segment.length[positions] = -1
                segment.changed = True

    def _meet(self, segment: Segment, new: Rows) -> NDArray[np.bool_]:
        """Which of the visits are in a segment; those end there when they checked out."""
        s = segment
        people = s.buckets, s.shift, s.p_person, s.p_pos, s.p_rank, s.venues
        found = kernel.locate(new.person, new.venue, new.at, *people, s.at)
        late: NDArray[np.bool_] = found < 0
        s.changed |= kernel.shorten(new.person[late], new.venue[late], new.at[late], *people, s.at, s.length) > 0
        out = np.flatnonzero((found >= 0) & (new.left >= 0))
        positions = found[out]
        stayed = np.clip(new.left[out] - new.at[out], 0, DAY_S).astype(np.int32)
        fresh = s.length[positions] >= 0
        if fresh.any():
            s.length[positions[fresh]] = -1 - stayed[fresh]
            np.maximum.at(s.longest, np.searchsorted(s.venues, new.venue[out][fresh]), stayed[fresh])
            s.longest_all = max(s.longest_all, int(stayed[fresh].max()))
            s.changed = True
        return ~late

    def _seen_of(self, new: Rows) -> Rows:
        """Where the same people are known to have been: their new stays may have ended there."""
        first, last = int(new.at.min()), int(new.at.max()) + DAY_S
        parts, people = [], np.unique(new.person)
        for segment in self.base:
            if segment.first_at <= last and segment.last_at >= first:
                positions, ranks = visits_of(segment, people)
                who, nothing = segment.person[positions].astype(np.int64), np.zeros(len(positions), np.int64)
                parts.append(Rows(who, segment.venues[ranks], segment.at[positions].astype(np.int64), nothing, nothing))
        return Rows.join(parts)


def visits_of(segment: Segment, people: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of all visits of these people, and which of the segment's places each is at."""
    room = 1024
    while True:
        out = np.empty(room, np.int64), np.empty(room, np.int64)
        s = segment
        count = kernel.visits_of(people, s.buckets, s.shift, s.p_person, s.p_pos, s.p_rank, *out)
        if count <= room:
            return out[0][:count], out[1][:count]
        room = count


def with_lengths(rows: Rows, seen: Rows | None = None) -> Segment:
    """A segment of rows. `seen`: where their people were, too; those rows are not in it."""
    known = Rows.join([rows, seen]) if seen is not None and len(seen) else rows
    order = sorted_by(known.person, known.at)
    ordered = known.take(order)
    length = np.empty(len(known), np.int32)
    length[order] = kernel.closing_times(ordered.person, ordered.venue, ordered.at, ordered.left)
    return Segment.build(rows, length[: len(rows)])


def once(rows: Rows) -> NDArray[np.int64]:
    """One of the rows that say the same of somebody, a place and a second: one with a check-out, where there is one."""
    order = np.lexsort((-rows.left, rows.at, rows.venue, rows.person))
    p, v, t = rows.person[order], rows.venue[order], rows.at[order]
    first = np.ones(len(rows), bool)
    first[1:] = (p[1:] != p[:-1]) | (v[1:] != v[:-1]) | (t[1:] != t[:-1])
    return order[first]


def by_day(rows: Rows) -> list[tuple[int, Segment]]:
    """Segments of everything there is, by the day of the visits since 1970 (UTC)."""
    rows = rows.take(np.sort(once(rows)))
    found = []
    days = rows.at // DAY_S
    for day in np.unique(days).tolist():
        today = rows.take(days == day)
        next_day = rows.take((days == day + 1) | (days == day + 2))
        found.append((day, with_lengths(today, next_day)))
    return found
