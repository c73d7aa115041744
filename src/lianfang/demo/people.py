"""The residents: 3,000 people in households, with homes, workplaces and documents that belong to nobody.

Resident IDs carry the area code 130799, which has never been assigned; phone numbers come from 130 0000 0000-9999;
permits and passports from the lowest serial numbers.
"""

from collections import defaultdict
from datetime import date, timedelta
from random import Random
from typing import Final

from lianfang.demo import names
from lianfang.demo.dice import dice
from lianfang.demo.model import Checkpoint, Person, Role
from lianfang.demo.places import COUNTY
from lianfang.kit.identifiers import check_character

PEOPLE: Final = 3_000
_AREA: Final = "130799"
_HOUSEHOLD_SIZES: Final = (1, 2, 3, 4, 5)
_HOUSEHOLD_WEIGHTS: Final = (15, 27, 28, 20, 10)
_SEAT_COMMUTERS: Final = 0.2  # of those who work outside the seat's town, the part that works in it
_WORK: Final = {"office": 5, "company": 6, "shop": 2, "school": 2, "vehicle": 1}  # weights, per door of the category

_ROLES: Final[dict[str, Role]] = {"shop": "clerk", "vehicle": "driver"}


class _Doors:
    """The doors people live and work behind, by town."""

    def __init__(self, checkpoints: tuple[Checkpoint, ...]) -> None:
        self.homes: list[int] = []
        self.estates: list[int] = []
        self.work: dict[str, list[int]] = defaultdict(list)
        self.schools: dict[str, list[int]] = defaultdict(list)
        self.town = [checkpoint.town for checkpoint in checkpoints]
        self.category = [checkpoint.category for checkpoint in checkpoints]
        for index, checkpoint in enumerate(checkpoints):
            if checkpoint.category in ("village", "estate"):
                self.homes.append(index)
            if checkpoint.category == "estate":
                self.estates.append(index)
            if checkpoint.category == "school":
                self.schools[checkpoint.town].append(index)
            self.work[checkpoint.town] += [index] * _WORK.get(checkpoint.category, 0)

    def seat(self, town: str) -> str:
        return town[:6] + "100"

    def workplace(self, town: str, random: Random) -> int:
        if random.random() < _SEAT_COMMUTERS or not self.work[town]:
            town = self.seat(town)
        return random.choice(self.work[town])

    def school(self, town: str, random: Random) -> int:
        return random.choice(self.schools[town] or self.schools[self.seat(town)])


class _Registry:
    """Hands out numbers: each once, none of them anybody's."""

    def __init__(self, random: Random, newest: date) -> None:
        self._random = random
        self._newest = newest
        self._serial = 0
        self._phones = 0

    def born(self, age: int) -> date:
        """A birthday of somebody who is `age` in the year of the story."""
        first = date(self._newest.year - age - 1, 1, 1)
        return first + timedelta(days=self._random.randrange(365))

    def document(self, document_type: str, born: date) -> str:
        self._serial += 1
        serial = self._serial
        if document_type == "passport":
            return f"P{serial:08d}"
        if document_type == "hk_macau_permit":
            return f"H{serial:08d}"
        if document_type == "taiwan_permit":
            return f"{serial:08d}"
        area = "999840" if document_type == "foreign_permanent_resident" else _AREA
        first17 = f"{area}{born:%Y%m%d}{serial % 1000:03d}"
        return first17 + check_character(first17)

    def phone(self) -> str:
        self._phones += 1
        return f"+861300000{self._phones - 1:04d}"


def residents(checkpoints: tuple[Checkpoint, ...], *, seed: int, year: int) -> tuple[Person, ...]:
    """3,000 people: a household in every village, the others in the estates; ages as of `year`."""
    random = dice(seed, "people", year)
    doors = _Doors(checkpoints)
    registry = _Registry(random, date(year, 1, 1))
    people: list[Person] = []
    household = 0
    guests = list(names.GUESTS)
    while len(people) < PEOPLE:
        home = doors.homes[household] if household < len(doors.homes) else random.choice(doors.estates)
        if guests and household % 17 == 16:
            people.append(_guest(*guests.pop(0), home, household, doors, registry, random))
        else:
            size = random.choices(_HOUSEHOLD_SIZES, _HOUSEHOLD_WEIGHTS)[0]
            people += _family(min(size, PEOPLE - len(people)), home, household, doors, registry, random)
        household += 1
    return tuple(people)


def _guest(
    name: str, document_type: str, home: int, household: int, doors: _Doors, registry: _Registry, random: Random
) -> Person:
    born = registry.born(random.randint(24, 50))
    return Person(
        name=name,
        document_type=document_type,
        document_number=registry.document(document_type, born),
        phone=registry.phone(),
        born=born,
        household=household,
        home=home,
        work=doors.workplace(doors.seat(doors.town[home]), random),
        role="worker",
    )


def _ages(size: int, random: Random) -> list[int]:
    """The ages of a household, the eldest of the first generation first: couples, their children, then a grandparent."""
    if size == 1:
        return [random.choice((random.randint(20, 35), random.randint(60, 84)))]
    adult = random.randint(25, 70)
    ages = [adult, max(20, adult + random.randint(-4, 3))]
    if adult < 50:
        ages += [max(3, adult - random.randint(22, 30)) for _ in range(min(size - 2, 2))]
    ages += [min(adult + random.randint(23, 30), 92) for _ in range(size - len(ages))]
    return ages


def _family(size: int, home: int, household: int, doors: _Doors, registry: _Registry, random: Random) -> list[Person]:
    surname = random.choice(names.SURNAMES)
    phone = registry.phone()
    members: list[Person] = []
    for place, age in enumerate(_ages(size, random)):
        own = random.choice(names.SURNAMES) if place == 1 else surname
        given = names.GIVEN_YOUNG if age < 22 else names.GIVEN_GROWN if age < 50 else names.GIVEN_OLDER
        born = registry.born(age)
        role, work = _occupation(age, doors.town[home], doors, random)
        members.append(
            Person(
                name=own + random.choice(given),
                document_type="resident_id",
                document_number=registry.document("resident_id", born),
                phone=phone if place == 0 or age < 12 else registry.phone(),
                born=born,
                household=household,
                home=home,
                work=work,
                role=role,
            )
        )
    return members


def _occupation(age: int, town: str, doors: _Doors, random: Random) -> tuple[Role, int | None]:
    if age <= 18:
        return "pupil", doors.school(town, random)
    in_county = town.startswith(COUNTY)
    if age > 60 or random.random() < (0.2 if in_county else 0.4):
        return "other", None
    work = doors.workplace(town, random)
    return _ROLES.get(doors.category[work], "worker"), work
