"""The definition of `reference`, walked over segments as machine code. Imported late: compiling takes time that a web process
does not have. Every function lets go of the interpreter's lock, so that threads run on all cores."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit

from lianfang.tracing.model import ANYWHERE, DAY_S, NOWHERE
from lianfang.tracing.zones import ROW_BITS, ROWS

F = TypeVar("F", bound=Callable[..., Any])
Array = Any  # of numpy; numba takes the element type from what it is given
i64: Any = np.int64
FREE = np.int64((1 << 63) - 1)
"""Nobody has met this person yet."""
KNOWN = np.int64(-1)
"""Nobody need meet them any more."""
VIA_BITS = 31


def compiled(function: F) -> F:
    return cast(F, njit(nogil=True, cache=True)(function))


@compiled
def closing_times(person: Array, venue: Array, at: Array, left: Array) -> Array:
    """Of rows in the order of (person, at): seconds until the person was seen elsewhere, a day at most; or −1 − seconds until
    they checked out."""
    n = len(person)
    length = np.empty(n, np.int32)
    for i in range(n):
        if left[i] >= 0:
            length[i] = -1 - min(max(left[i] - at[i], 0), DAY_S)
            continue
        length[i] = DAY_S
        j = i + 1
        while j < n and person[j] == person[i] and at[j] - at[i] < DAY_S:
            if venue[j] != venue[i] and at[j] > at[i]:
                length[i] = at[j] - at[i]
                break
            j += 1
    return length


@compiled
def leave(at: int, length: int, dwell: int) -> int:
    return at - 1 - length if length < 0 else at + min(length, dwell)


@compiled
def near(a: int, b: int, reach: int) -> bool:
    if reach == ANYWHERE or a == 0 or b == 0:
        return True
    part_a, part_b = a >> ROW_BITS, b >> ROW_BITS
    if part_a and part_b and part_a != part_b:
        return False
    row_a, row_b = a & ROWS, b & ROWS
    return row_a == 0 or row_b == 0 or abs(row_a - row_b) <= reach


@compiled
def search(values: Array, lo: int, hi: int, wanted: int) -> int:
    """The first place in [lo, hi) whose value is not less."""
    while lo < hi:
        mid = (lo + hi) >> 1
        if values[mid] < wanted:
            lo = mid + 1
        else:
            hi = mid
    return lo


@compiled
def gather(
    people: Array, since: Array, until: Array, least: int, tail: int, dwell: Array, reach: Array,
    buckets: Array, shift: int, p_person: Array, p_pos: Array, p_rank: Array,
    at: Array, length: Array, zone: Array, venues: Array,
    out_source: Array, out_rank: Array, out_begins: Array, out_ends: Array, out_zone: Array,
) -> int:  # fmt: skip
    """Where the sources were while they could infect; how many stays that is. Those that do not fit in are counted only."""
    count, room = 0, len(out_source)
    for k in range(len(people)):
        person = people[k]
        bucket = person >> shift
        if bucket + 1 >= len(buckets):
            continue
        for i in range(buckets[bucket], buckets[bucket + 1]):
            if p_person[i] != person:
                continue
            pos, rank = p_pos[i], p_rank[i]
            place = venues[rank]
            begin = i64(at[pos])
            ends = min(leave(begin, length[pos], dwell[place]), until[k])
            begins = max(begin, since[k])
            if begins >= ends or reach[place] == NOWHERE:
                continue
            ends += min(ends - begins, tail)
            if ends - begins < least:
                continue
            if count < room:
                out_source[count] = k
                out_rank[count] = rank
                out_begins[count] = begins
                out_ends[count] = ends
                out_zone[count] = zone[pos] if len(zone) else 0
            count += 1
    return count


@compiled
def span(
    begins: int, ends: int, give: int, rank: int, least: int, dwell: int,
    at: Array, starts: Array, longest: Array,
) -> tuple[int, int]:  # fmt: skip
    """The first row of a place that may overlap, and the time after which none does."""
    back = max(dwell, i64(longest[rank]))
    first = search(at, i64(starts[rank]), i64(starts[rank + 1]), begins - give + least - back)
    return first, ends + give - least


@compiled
def rank_of(venues: Array, place: int) -> int:
    rank = search(venues, 0, len(venues), place)
    return rank if rank < len(venues) and venues[rank] == place else -1


@compiled
def meet(
    people: Array, source: Array, ranks: Array, place: Array, usual: Array, begins: Array, ends: Array, stay_zone: Array, give: Array,
    home: Array, number: int, least: int, reach: Array, first_at: int, last_at: int, longest_all: int,
    at: Array, length: Array, person: Array, zone: Array, venues: Array, starts: Array, longest: Array,
    crowd: Array, out_stay: Array, out_person: Array, out_begins: Array, out_ends: Array, out_chance: Array,
) -> int:  # fmt: skip
    """Whom these stays met in a segment; how many rows that is. `crowd` of each stay is added to."""
    count, room = 0, len(out_stay)
    for s in range(len(source)):
        if begins[s] - give[s] + least > last_at + max(usual[s], longest_all) or ends[s] + give[s] - least < first_at:
            continue
        rank = ranks[s] if home[s] == number else rank_of(venues, place[s])
        if rank < 0:
            continue
        me = people[source[s]]
        j, last = span(begins[s], ends[s], give[s], rank, least, usual[s], at, starts, longest)
        while j < starts[rank + 1] and i64(at[j]) <= last:
            begin = i64(at[j])
            end = leave(begin, length[j], usual[s])
            low = max(-give[s], begin + least - ends[s])
            high = min(give[s], end - least - begins[s])
            if (
                end - begin >= least
                and low <= high
                and (low < high or give[s] == 0)
                and person[j] != me
                and (len(zone) == 0 or near(stay_zone[s], zone[j], reach[place[s]]))
            ):
                crowd[s] += 1
                if count < room:
                    moved = min(max(0, low), high)
                    out_stay[count] = s
                    out_person[count] = person[j]
                    out_begins[count] = max(begins[s] + moved, begin)
                    out_ends[count] = min(ends[s] + moved, end)
                    out_chance[count] = (high - low) / (2.0 * give[s]) if give[s] else 1.0
                count += 1
            j += 1
    return count


@compiled
def spread(
    people: Array, source: Array, ranks: Array, place: Array, usual: Array, begins: Array, ends: Array, stay_zone: Array,
    home: Array, number: int, least: int, reach: Array, first_at: int, last_at: int, longest_all: int,
    at: Array, length: Array, person: Array, zone: Array, venues: Array, starts: Array, longest: Array,
    best: Array,
) -> None:  # fmt: skip
    """The same for contacts of contacts: of each person met only the earliest time and through whom, as one number in `best`."""
    for s in range(len(source)):
        if begins[s] + least > last_at + max(usual[s], longest_all) or ends[s] - least < first_at:
            continue
        rank = ranks[s] if home[s] == number else rank_of(venues, place[s])
        if rank < 0:
            continue
        me = i64(people[source[s]])
        j, last = span(begins[s], ends[s], 0, rank, least, usual[s], at, starts, longest)
        stop = i64(starts[rank + 1])
        while j < stop and i64(at[j]) <= last:
            begin = i64(at[j])
            end = leave(begin, length[j], usual[s])
            first = max(begins[s], begin)
            if min(ends[s], end) - first >= least:
                them = person[j]
                key = first << VIA_BITS | me
                if key < best[them] and (len(zone) == 0 or near(stay_zone[s], zone[j], reach[place[s]])):
                    best[them] = key
            j += 1


@compiled
def harvest(best: Array, first: int, last: int) -> tuple[Array, Array, Array]:
    """Who was met, of the people with an id in [first, last), when first and through whom, over what the threads found; the
    tables are left empty. Plain loops without branches, which the processor does several at a time."""
    found, met = best[0, first:last], 0
    for thread in range(1, len(best)):
        other = best[thread, first:last]
        for i in range(len(found)):
            found[i] = min(found[i], other[i])
        other[:] = FREE
    for i in range(len(found)):
        met += (found[i] > KNOWN) & (found[i] < FREE)
    people, since, via = np.empty(met + 1, np.int64), np.empty(met + 1, np.int64), np.empty(met + 1, np.int64)
    n = 0
    for i in range(len(found)):
        key = found[i]
        people[n], since[n], via[n] = first + i, key >> VIA_BITS, key & ((1 << VIA_BITS) - 1)
        n += (key > KNOWN) & (key < FREE)
    found[:] = FREE
    return people[:met], since[:met], via[:met]


@compiled
def _before(i: int, j: int, begins: Array, ends: Array, place: Array, chance: Array, crowd: Array) -> bool:
    if begins[i] != begins[j]:
        return bool(begins[i] < begins[j])
    if ends[i] != ends[j]:
        return bool(ends[i] < ends[j])
    if place[i] != place[j]:
        return bool(place[i] < place[j])
    if chance[i] != chance[j]:
        return bool(chance[i] < chance[j])
    return bool(crowd[i] < crowd[j])


@compiled
def sum_up(
    order: Array, keys: Array, begins: Array, ends: Array, place: Array, chance: Array, crowd: Array,
    score_seconds: float, crowding: float,
) -> tuple[Array, Array, Array, Array, Array, Array]:  # fmt: skip
    """Contacts of rows that `order` sorts by `keys` (person << 31 | source): person, since, last, seconds, rows, score."""
    n = len(order)
    for i in range(1, n):  # within one pair the few rows are put in order of time
        row, j = order[i], i - 1
        while j >= 0 and keys[order[j]] == keys[row] and _before(row, order[j], begins, ends, place, chance, crowd):
            order[j + 1] = order[j]
            j -= 1
        order[j + 1] = row
    people, since, last = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    seconds, rows, score = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.float64)
    c = -1
    covered = i64(0)
    for i in range(n):
        row = order[i]
        them = keys[row] >> VIA_BITS
        if c < 0 or people[c] != them:
            c += 1
            people[c], since[c], last[c] = them, begins[row], ends[row]
        if i == 0 or keys[row] != keys[order[i - 1]]:
            covered = 0
        new = max(0, ends[row] - max(begins[row], covered))
        covered = max(ends[row], covered)
        since[c], last[c] = min(since[c], begins[row]), max(last[c], ends[row])
        seconds[c] += new
        rows[c] += 1
        score[c] += new * chance[row] / crowd[row] ** crowding
    m = c + 1
    return people[:m], since[:m], last[:m], seconds[:m], rows[:m], 1 - np.exp(-score[:m] / score_seconds)


@compiled
def shorten(
    person: Array, place: Array, seen_at: Array,
    buckets: Array, shift: int, p_person: Array, p_pos: Array, p_rank: Array, venues: Array, at: Array, length: Array,
) -> int:  # fmt: skip
    """People were seen in places: their earlier stays elsewhere had ended by then. How many were shortened."""
    count = 0
    for k in range(len(person)):
        bucket = person[k] >> shift
        if bucket + 1 >= len(buckets):
            continue
        for i in range(buckets[bucket], buckets[bucket + 1]):
            if p_person[i] == person[k] and venues[p_rank[i]] != place[k]:
                pos = p_pos[i]
                gap = seen_at[k] - i64(at[pos])
                if 0 < gap < length[pos]:
                    length[pos] = gap
                    count += 1
    return count


@compiled
def locate(
    person: Array, place: Array, seen_at: Array,
    buckets: Array, shift: int, p_person: Array, p_pos: Array, p_rank: Array, venues: Array, at: Array,
) -> Array:  # fmt: skip
    """Where in a segment these visits are; −1: nowhere."""
    found = np.full(len(person), -1, np.int64)
    for k in range(len(person)):
        bucket = person[k] >> shift
        if bucket + 1 >= len(buckets):
            continue
        for i in range(buckets[bucket], buckets[bucket + 1]):
            if p_person[i] == person[k] and venues[p_rank[i]] == place[k] and at[p_pos[i]] == seen_at[k]:
                found[k] = p_pos[i]
    return found


@compiled
def visits_of(
    people: Array, buckets: Array, shift: int, p_person: Array, p_pos: Array, p_rank: Array, out_pos: Array, out_rank: Array
) -> int:  # fmt: skip
    """All visits of these people; how many that is."""
    count, room = 0, len(out_pos)
    for k in range(len(people)):
        bucket = people[k] >> shift
        if bucket + 1 >= len(buckets):
            continue
        for i in range(buckets[bucket], buckets[bucket + 1]):
            if p_person[i] == people[k]:
                if count < room:
                    out_pos[count], out_rank[count] = p_pos[i], p_rank[i]
                count += 1
    return count
