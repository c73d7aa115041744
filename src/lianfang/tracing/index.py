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
        """Visits that were recorded after the segments were written, and check-outs of visits that are in them. The tail is
        made anew of all of them; stays that had ended by then end in the segments too."""
        new = new.take(np.sort(_once(new)))
        there = np.fromiter((self._check_out(new, i) for i in range(len(new))), bool, len(new))
        new = new.take(~there)
        self.tail = None
        if not len(new):
            return
        for person, venue, at in zip(new.person.tolist(), new.venue.tolist(), new.at.tolist(), strict=True):
            for segment in self._about(at - DAY_S, at):
                segment.changed |= kernel.shorten(
                    person, venue, at, segment.buckets, segment.shift, segment.p_person, segment.p_pos, segment.p_rank,
                    segment.venues, segment.at, segment.length,
                ) > 0  # fmt: skip
        self.tail = with_lengths(new, self._rows_of(new))

    def erase(self, people: Iterable[int]) -> None:
        """Somebody is no longer there: their stays last for no time at all, and the next writing leaves them out."""
        for segment in self.segments:
            for person in people:
                positions = segment.positions(person)
                if len(positions):
                    segment.length[positions] = -1
                    segment.changed = True

    def _about(self, first: int, last: int) -> list[Segment]:
        return [s for s in self.base if s.first_at <= last and s.last_at >= first]

    def _check_out(self, new: Rows, i: int) -> bool:
        """Whether the visit is in a segment; if it is, it ends there when they checked out."""
        person, venue, at, left = (int(c[i]) for c in (new.person, new.venue, new.at, new.left))
        for segment in self._about(at, at):
            for pos in segment.positions(person):
                if segment.at[pos] == at and segment.place_of(pos) == venue:
                    if left >= 0 and segment.length[pos] >= 0:
                        stayed = min(max(left - at, 0), DAY_S)
                        segment.length[pos] = -1 - stayed
                        rank = np.searchsorted(segment.venues, venue)
                        segment.longest[rank] = max(segment.longest[rank], stayed)
                        segment.longest_all = max(segment.longest_all, stayed)
                        segment.changed = True
                    return True
        return False

    def _rows_of(self, new: Rows) -> Rows:
        """Where the same people are known to have been: their new stays may have ended there."""
        parts = []
        for person in np.unique(new.person).tolist():
            times = new.at[new.person == person]
            for segment in self._about(int(times.min()), int(times.max()) + DAY_S):
                at = segment.positions(person)
                if len(at):
                    place = np.array([segment.place_of(pos) for pos in at], np.int64)
                    who, nothing = np.full(len(at), person, np.int64), np.zeros(len(at), np.int64)
                    parts.append(Rows(who, place, segment.at[at].astype(np.int64), nothing, nothing))
        return Rows.join(parts)


def with_lengths(rows: Rows, seen: Rows | None = None) -> Segment:
    """A segment of rows. `seen`: where their people were, too; those rows are not in it."""
    known = Rows.join([rows, seen]) if seen is not None and len(seen) else rows
    order = sorted_by(known.person, known.at)
    ordered = known.take(order)
    length = np.empty(len(known), np.int32)
    length[order] = kernel.closing_times(ordered.person, ordered.venue, ordered.at, ordered.left)
    return Segment.build(rows, length[: len(rows)])


def _once(rows: Rows) -> NDArray[np.int64]:
    """One of the rows that say the same of somebody, a place and a second: one with a check-out, where there is one."""
    order = np.lexsort((-rows.left, rows.at, rows.venue, rows.person))
    p, v, t = rows.person[order], rows.venue[order], rows.at[order]
    first = np.ones(len(rows), bool)
    first[1:] = (p[1:] != p[:-1]) | (v[1:] != v[:-1]) | (t[1:] != t[:-1])
    return order[first]


def by_day(rows: Rows) -> list[tuple[int, Segment]]:
    """Segments of everything there is, by the day of the visits since 1970 (UTC)."""
    rows = rows.take(np.sort(_once(rows)))
    found = []
    days = rows.at // DAY_S
    for day in np.unique(days).tolist():
        today = rows.take(days == day)
        next_day = rows.take((days == day + 1) | (days == day + 2))
        found.append((day, with_lengths(today, next_day)))
    return found
