"""One outbreak: an index case, the contacts found in the visits themselves, the holds, and what they change.

Found the way tracing finds them, only simpler: the same household, or the same bus, shop or workplace close in time.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import msgspec

from lianfang.demo.dice import dice
from lianfang.demo.model import Checkpoint, Colour, Hold, Person, Reason, Verdict, Visit
from lianfang.demo.visits import ZONE

PLAN: Final = "v20.1"
"""The twenty measures (2022-11-11): contacts from two days before the first positive sample."""

_CONTACTS: Final = 40
_FALL_ILL: Final = 5  # of the contacts
_NEAR: Final = timedelta(minutes=30)  # between two scans at such a door: how long people usually stay
_SHARED_AIR: Final = frozenset({"vehicle", "shop", "office", "company", "school"})
_STILL_OUT: Final[dict[Colour, float]] = {
    "yellow": 0.45,
    "red": 0.12,
}  # the part of their visits that people on hold try nevertheless

_OUTCOME: Final[dict[Colour, tuple[Verdict, Reason]]] = {
    "yellow": ("observe", "hold_yellow"),
    "red": ("refuse", "hold_red"),
}


class _Contact(msgspec.Struct, frozen=True):
    """Who met the case: `gap` between the two scans, zero for the household; where and when, if at a door."""

    person: int
    gap: timedelta
    visit: Visit | None


class _Meetings:
    """The visits of the days that count, by person and by door."""

    def __init__(self, checkpoints: tuple[Checkpoint, ...], people: tuple[Person, ...], visits: list[Visit]) -> None:
        self._checkpoints = checkpoints
        self._people = people
        self._by_person: dict[int, list[Visit]] = defaultdict(list)
        self._by_door: dict[int, list[Visit]] = defaultdict(list)
        for visit in visits:
            self._by_person[visit.person].append(visit)
            self._by_door[visit.checkpoint].append(visit)

    def contacts(self, case: int) -> list[_Contact]:
        """The contacts of a case, the closest first."""
        household = self._people[case].household
        best = {
            index: _Contact(index, timedelta(0), None)
            for index, person in enumerate(self._people)
            if person.household == household
        }
        for stop in self._by_person[case]:
            if self._checkpoints[stop.checkpoint].category not in _SHARED_AIR:
                continue
            there = self._by_door[stop.checkpoint]
            first = bisect_left(there, stop.at - _NEAR, key=lambda visit: visit.at)
            last = bisect_right(there, stop.at + _NEAR, key=lambda visit: visit.at)
            for visit in there[first:last]:
                gap = abs(visit.at - stop.at)
                if visit.person not in best or gap < best[visit.person].gap:
                    best[visit.person] = _Contact(visit.person, gap, visit)
        del best[case]
        return sorted(best.values(), key=lambda contact: (contact.gap, contact.person))


def outbreak(
    checkpoints: tuple[Checkpoint, ...], people: tuple[Person, ...], visits: list[Visit], *, today: date
) -> tuple[Hold, ...]:
    """The holds of the story: one index case, 40 contacts, 5 of whom fall ill two days before `today`.

    The case is the worker who rides a bus and has met most people in the two days before the positive sample.
    """
    positive = _local(today, 5, time(21, 30))
    window = [visit for visit in visits if positive - timedelta(days=2) <= visit.at <= positive]
    meetings = _Meetings(checkpoints, people, window)
    riders = {visit.person for visit in window if checkpoints[visit.checkpoint].category == "vehicle"}
    candidates = [index for index in sorted(riders) if people[index].role == "worker"][:100]
    case = max(candidates, key=lambda index: len(meetings.contacts(index)))
    contacts = meetings.contacts(case)[:_CONTACTS]
    found = _local(today, 4, time(8))
    ill = _local(today, 2, time(9, 10))
    return (
        _confirmed(case, positive),
        *(
            _companion(contact, checkpoints, found + place * timedelta(minutes=17))
            for place, contact in enumerate(contacts)
        ),
        *(_confirmed(contact.person, ill) for contact in contacts[:_FALL_ILL]),
    )


def _local(today: date, days_ago: int, at: time) -> datetime:
    return datetime.combine(today - timedelta(days=days_ago), at, ZONE).astimezone(UTC)


def _confirmed(person: int, starts: datetime) -> Hold:
    return Hold(
        person=person,
        colour="red",
        rule="confirmed_case",
        plan=PLAN,
        reason_zh="核酸检测阳性，已确诊，请在隔离点等候转运。",
        reason_en="Your test was positive. Please stay where you are; you will be taken to hospital.",
        starts=starts,
        ends=starts + timedelta(days=14),
    )


def _companion(contact: _Contact, checkpoints: tuple[Checkpoint, ...], starts: datetime) -> Hold:
    if contact.visit is None:
        zh, en = "您与确诊病例同住", "You share a household with a confirmed case"
    else:
        place = checkpoints[contact.visit.checkpoint].name
        at = contact.visit.at.astimezone(ZONE)
        zh = f"您{at.month}月{at.day}日{at:%H:%M}在{place}与确诊病例同时停留"
        en = f"You were at {place} at {at:%H:%M} on {at:%Y-%m-%d}, together with a confirmed case"
    return Hold(
        person=contact.person,
        colour="yellow",
        rule="companion",
        plan=PLAN,
        reason_zh=f"{zh}，请居家并按时检测。",
        reason_en=f"{en}. Please stay at home and take the tests in time.",
        starts=starts,
        ends=starts + timedelta(days=7),
    )


def under_holds(visits: list[Visit], holds: tuple[Hold, ...], *, seed: int) -> list[Visit]:
    """The visits as they went once holds begin: fewer of them, observed or refused, each with the hold that decided."""
    random = dice(seed, "under holds")
    by_person: dict[int, list[int]] = defaultdict(list)
    for index, hold in enumerate(holds):
        by_person[hold.person].append(index)
    outcome: list[Visit] = []
    for visit in visits:
        active = [i for i in by_person.get(visit.person, ()) if holds[i].starts <= visit.at < holds[i].ends]
        if not active:
            outcome.append(visit)
            continue
        decides = min(active, key=lambda i: (holds[i].colour != "red", i))
        colour = holds[decides].colour
        if random.random() >= _STILL_OUT[colour]:
            continue
        verdict, reason = _OUTCOME[colour]
        outcome.append(Visit(visit.person, visit.checkpoint, visit.at, visit.answers, verdict, reason, decides))
    return outcome
