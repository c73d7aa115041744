"""The definition of a contact, to be read aloud. The kernel and the SQL are compared with this; nothing here is quick. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import exp

from lianfang.tracing.model import DAY_S, NOWHERE, Contact, Exposure, Rules, Second, Source, Stay, Visit
from lianfang.tracing.zones import together


def stays(visits: Sequence[Visit], rules: Rules) -> list[Stay]:
    """Until the check-out; else until the next check-in elsewhere, but no longer than people usually stay there."""
    found = []
    for visit in visits:
        if visit.left_at is not None:
            ends = min(visit.left_at, visit.at + DAY_S)
        else:
            usual = visit.at + rules.dwell[visit.venue]
            ends = min([usual, *(n.at for n in visits if _elsewhere(visit, n))])
        if not visit.refused:
            found.append(Stay(visit.person, visit.venue, visit.at, max(ends, visit.at), visit.zone))
    return found


def _elsewhere(visit: Visit, later: Visit) -> bool:
    return later.person == visit.person and later.venue != visit.venue and later.at > visit.at


def source_stays(source: Source, everyone: Iterable[Stay], rules: Rules) -> Iterator[Stay]:
    """Where the source was while they could infect. Afterwards the air counts for as long as they were there, up to the tail."""
    own = [s for s in everyone if s.person == source.person and (s.venue, s.begins) not in source.struck]
    for stay in [*own, *source.told]:
        begins, ends = max(stay.begins, source.since), min(stay.ends, source.until, rules.now)
        if begins < ends and rules.reach.get(stay.venue, 0) != NOWHERE:
            yield stay._replace(begins=begins, ends=ends + min(ends - begins, rules.tail))


def meet(source: Stay, other: Stay, rules: Rules) -> Exposure | None:
    """Whether two stays make a contact: in one place, near enough, for long enough.

    A remembered stay may be shifted by up to `give`. The shifts that make a contact are one interval, and the chance is how much
    of all shifts it is.
    """
    shortest = min(source.ends - source.begins, other.ends - other.begins)
    if source.venue != other.venue or source.person == other.person or shortest < rules.least:
        return None
    if not together(source.zone, other.zone, rules.reach.get(source.venue, 0)):
        return None
    earliest = max(-source.give, other.begins + rules.least - source.ends)
    latest = min(source.give, other.ends - rules.least - source.begins)
    if earliest > latest or (source.give and earliest == latest):
        return None
    shift = min(max(0, earliest), latest)
    begins, ends = max(source.begins + shift, other.begins), min(source.ends + shift, other.ends)
    chance = (latest - earliest) / (2 * source.give) if source.give else 1.0
    return Exposure(source.person, other.person, other.venue, begins, ends, chance, 0)


def exposures(sources: Iterable[Source], everyone: Sequence[Stay], rules: Rules) -> list[Exposure]:
    """All evidence."""
    found = []
    for source in sources:
        for stay in source_stays(source, everyone, rules):
            met = [e for e in (meet(stay, other, rules) for other in everyone) if e]
            found += [e._replace(crowd=len(met)) for e in met if e.person not in rules.without]
    return found


def contacts(found: Iterable[Exposure], cases: Iterable[Source], rules: Rules) -> list[Contact]:
    """Whoever was exposed and is no case. Minutes that two stays share are counted once; the score grows with them, less where
    many were there, and less where it is not certain."""
    known = {case.person for case in cases}
    by_person = defaultdict(list)
    for exposure in found:
        if exposure.person not in known:
            by_person[exposure.person].append(exposure)
    return [_contact(person, rows, rules) for person, rows in sorted(by_person.items())]


def _contact(person: int, rows: list[Exposure], rules: Rules) -> Contact:
    seconds, weight, covered = 0, 0.0, dict[int, int]()
    for row in sorted(rows, key=lambda e: (e.source, e.begins, e.ends, e.venue, e.chance, e.crowd)):
        new = max(0, row.ends - max(row.begins, covered.get(row.source, 0)))
        covered[row.source] = max(row.ends, covered.get(row.source, 0))
        seconds += new
        weight += new * row.chance / row.crowd**rules.crowding
    first, last = min(e.begins for e in rows), max(e.ends for e in rows)
    return Contact(person, first, last, seconds, len(rows), 1 - exp(-weight / rules.score_seconds))


def second_degree(
    first: Sequence[Contact], cases: Iterable[Source], everyone: Sequence[Stay], rules: Rules
) -> list[Second]:
    """Whom the contacts met after their own first exposure and before they were isolated."""
    sources = [Source(c.person, c.since, rules.isolated.get(c.person, rules.now)) for c in first]
    known = {case.person for case in cases} | {c.person for c in first}
    earliest: dict[int, Second] = {}
    for e in exposures(sources, everyone, rules):
        met = Second(e.person, e.begins, e.source)
        if e.person not in known and (e.person not in earliest or met < earliest[e.person]):
            earliest[e.person] = met
    return sorted(earliest.values())
