"""The chart of a trace, as columns: 20,000 people in one answer. And what is likely of who infected whom."""

from typing import Annotated, Literal

import msgspec

PEOPLE_MAX = 20_000


class ChartQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Reads the chart of a finished trace: its cases and the contacts with the highest score, `people_max` in all. Why is recorded."""

    purpose: str
    people_max: Annotated[int, msgspec.Meta(ge=1, le=PEOPLE_MAX)] = PEOPLE_MAX


class ChartExport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The chart as a file. `gexf`: for Gephi; `linelist` and `contacts`: the two tables of R's epicontacts. Why is recorded."""

    purpose: str
    format: Literal["gexf", "linelist", "contacts"]


class People(msgspec.Struct, frozen=True):
    """Columns of equal length, the cases first. `onset`: of cases, as days since 1970, else null; `since`: the first exposure, in
    seconds; `infector`: of cases, the most likely one, as a position in these columns, else null; `probability`: of that one
    among all possible ones, someone unknown included; `cluster`: cases and contacts that hang together have the same number."""

    id: list[int]
    degree: list[int]
    onset: list[int | None]
    since: list[int]
    score: list[float]
    infector: list[int | None]
    probability: list[float]
    cluster: list[int]


class Places(msgspec.Struct, frozen=True):
    """Columns of equal length: places where somebody met."""

    id: list[int]
    name: list[str]
    category: list[str]


class Links(msgspec.Struct, frozen=True):
    """Columns of equal length: two people (positions in `People`) who were together in a place (a position in `Places`); from when
    to when in seconds, for how many minutes."""

    source: list[int]
    target: list[int]
    place: list[int]
    begins: list[int]
    ends: list[int]
    minutes: list[float]


class Transmission(msgspec.Struct, frozen=True):
    """Somebody who may have infected somebody: positions in `People`. `days`: from onset to onset."""

    infector: int
    infected: int
    probability: float
    days: int


class Chart(msgspec.Struct, frozen=True):
    """All of it. `left_out`: people for whom there was no room; `names`: of the cases, masked, in their order; `transmissions`: for
    each case all possible infectors, the likeliest first; `model`: by which figures."""

    trace_id: int
    left_out: int
    names: list[str]
    people: People
    places: Places
    links: Links
    transmissions: list[Transmission]
    model: str


class Case(msgspec.Struct, frozen=True):
    """`onset`: days since 1970."""

    person_id: int
    onset: int


class Meeting(msgspec.Struct, frozen=True):
    """Two people were together. Times in seconds."""

    source: int
    person: int
    place: int
    begins: int
    ends: int
    chance: float
