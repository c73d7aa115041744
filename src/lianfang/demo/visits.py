"""Two weeks of visits with the rhythm of a county: queues at 7-9 and 17-19, shops all day, quiet weekends."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from lianfang.demo.answers import answers
from lianfang.demo.dice import dice
from lianfang.demo.model import Answers, Checkpoint, Person, Role, Visit

ZONE: Final = ZoneInfo("Asia/Shanghai")
DAYS: Final = 14
"""Whole days before today; today comes on top, up to now."""

_HOUR: Final = 3600.0
Stop = tuple[int, float]  # checkpoint index, seconds since local midnight


class _Town:
    """What somebody who lives in a town uses every day."""

    def __init__(self, shops: list[int], buses: list[int], offices: list[int], motorways: list[int]) -> None:
        self.shops = shops
        self.buses = buses
        self.offices = offices
        self.motorways = motorways


def _towns(checkpoints: tuple[Checkpoint, ...]) -> dict[str, _Town]:
    near: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, checkpoint in enumerate(checkpoints):
        near[checkpoint.town, checkpoint.category].append(index)
        near[checkpoint.county, checkpoint.category].append(index)
    towns = {}
    for town in {checkpoint.town for checkpoint in checkpoints}:
        seat = town[:6] + "100"
        own = near[town, "shop"]
        # Few shops have most of the customers, and some go to the big ones of the county seat.
        shops = own[:1] * 3 + own[:6] * 2 + own + near[seat, "shop"][:3]
        offices = near[town, "office"][-2:] + near[seat, "office"][:20]
        towns[town] = _Town(shops, near[town, "vehicle"], offices, near[town[:6], "motorway"])
    return towns


class Rhythm:
    """Where each resident goes on a given day."""

    def __init__(self, checkpoints: tuple[Checkpoint, ...], people: tuple[Person, ...], seed: int) -> None:
        self._checkpoints = checkpoints
        self._people = people
        self._seed = seed
        towns = _towns(checkpoints)
        self._town = [towns[checkpoints[person.home].town] for person in people]
        habits = dice(seed, "habits")
        self._shop = [habits.choice(town.shops) if town.shops else None for town in self._town]
        self._bus = [habits.choice(town.buses) if town.buses else None for town in self._town]
        # those who work in another town take the bus, and some of the others
        self._rides = [
            habits.random() < 0.25
            or (person.work is not None and checkpoints[person.work].town != checkpoints[person.home].town)
            for person in people
        ]
        self._answers: dict[tuple[int, int], Answers] = {}

    def day(self, day: date) -> list[Visit]:
        """All visits of a local day, in the order of time; the same for every `now`."""
        random = dice(self._seed, "day", day)
        midnight = datetime.combine(day, time(), ZONE).timestamp()
        weekday = day.weekday() < 5
        visits = [
            Visit(index, door, datetime.fromtimestamp(midnight + round(second, 3), UTC), self._answer(index, door))
            for index, person in enumerate(self._people)
            for door, second in self._stops(index, person, weekday, random)
        ]
        visits.sort(key=lambda visit: visit.at)
        return visits

    def _stops(self, index: int, person: Person, weekday: bool, random: Random) -> Iterator[Stop]:
        works = person.work is not None and random.random() < _attendance(person.role, weekday)
        if works and person.work is not None:
            yield from self._working_day(index, person, person.work, random)
        else:
            yield from self._free_day(index, person, weekday, random)

    def _working_day(self, index: int, person: Person, work: int, random: Random) -> Iterator[Stop]:
        begin, end = _hours(person.role, random)
        bus = self._bus[index] if self._rides[index] and person.role != "driver" else None
        if bus is not None:
            yield bus, begin - random.uniform(0.3, 0.7) * _HOUR
        yield work, begin
        if person.role == "worker" and random.random() < 0.25:  # back from lunch
            yield work, random.triangular(12.6, 14.2, 13.4) * _HOUR
        if bus is not None:
            yield bus, end + random.uniform(0.05, 0.2) * _HOUR
            end += random.uniform(0.3, 0.7) * _HOUR
        shop = self._shop[index]
        if shop is not None and random.random() < (0.08 if person.role == "pupil" else 0.3):
            end += random.uniform(0.1, 0.3) * _HOUR
            yield shop, end
        yield person.home, end + random.uniform(0.15, 0.5) * _HOUR

    def _free_day(self, index: int, person: Person, weekday: bool, random: Random) -> Iterator[Stop]:
        town = self._town[index]
        if random.random() > (0.8 if weekday else 0.6):
            return  # stays at home
        at = random.triangular(7.5, 17.0, 9.5) * _HOUR
        bus = self._bus[index] if random.random() < 0.25 else None
        if bus is not None:
            yield bus, at
            at += random.uniform(0.4, 0.9) * _HOUR
        chance = random.random()
        if town.shops and chance < 0.75:
            yield random.choice(town.shops), at
        elif town.offices and weekday and chance < 0.9 and at < 17 * _HOUR:
            yield random.choice(town.offices), at
        at += random.uniform(0.3, 1.2) * _HOUR
        if town.motorways and person.role != "pupil" and random.random() < 0.06:
            yield random.choice(town.motorways), at
            at += random.uniform(0.4, 1.0) * _HOUR
        if bus is not None:
            yield bus, at
            at += random.uniform(0.3, 0.7) * _HOUR
        yield person.home, at + random.uniform(0.1, 0.4) * _HOUR

    def _answer(self, index: int, door: int) -> Answers:
        known = self._answers.get((index, door))
        if known is None:
            person = self._people[index]
            known = answers(index, person, self._checkpoints[door], works_here=door == person.work)
            self._answers[index, door] = known
        return known


def _attendance(role: Role, weekday: bool) -> float:
    """How likely somebody of this role works that day."""
    match role:
        case "clerk":
            return 0.75
        case "driver":
            return 0.85 if weekday else 0.6
        case "pupil":
            return 0.95 if weekday else 0.0
        case _:
            return 0.93 if weekday else 0.04


def _hours(role: Role, random: Random) -> tuple[float, float]:
    """When somebody of this role begins and ends work, in seconds since local midnight."""
    match role:
        case "clerk" if random.random() < 0.35:
            begin, end = random.triangular(12.3, 13.8, 13.0), random.triangular(20.3, 21.5, 20.7)
        case "clerk":
            begin, end = random.triangular(7.0, 8.8, 7.8), random.triangular(17.0, 18.3, 17.5)
        case "driver":
            begin, end = random.triangular(5.5, 6.8, 6.1), random.triangular(18.0, 19.5, 18.6)
        case "pupil":
            begin, end = random.triangular(7.0, 8.1, 7.6), random.triangular(16.2, 17.3, 16.6)
        case _:
            begin, end = random.triangular(7.0, 9.0, 8.1), random.triangular(17.0, 18.5, 17.3)
    return begin * _HOUR, end * _HOUR
