"""`bench sources`: made-up outbreaks in a made-up city; how often the place where they began is among the first five."""

from typing import Any

import numpy as np

from lianfang.bench.trace_people import BEGIN, DAYS, KINDS, City
from lianfang.sources.find import HOUR_S, find
from lianfang.tracing.index import Index, by_day
from lianfang.tracing.model import DAY_S, Source
from lianfang.tracing.segment import Rows

WINDOW_DAYS = 14
KINDS_TRIED = ("public", "work", "bus")
AT_HOME = 0.6
"""Of those infected at the place so many infect one of their household."""


def measure(outbreaks: int, visits: int, infected_there: int = 5, elsewhere: int = 5) -> dict[str, Any]:
    """Each outbreak: an hour of a place where so many may have met; cases among those present, strangers, and their households."""
    city = City(visits)
    rows = Rows.join(list(city.days()))
    index, places = Index([segment for _, segment in by_day(rows)]), city.places()
    ranks: dict[str, list[int]] = {kind: [] for kind in KINDS_TRIED}
    significant = 0
    for number in range(outbreaks):
        dice = np.random.default_rng([11, number])
        kind = KINDS_TRIED[number % len(KINDS_TRIED)]
        place, infected = begun(city, rows, kind, infected_there, dice)
        found = find(index, cases_of(city, infected, elsewhere, dice), places)
        mine = [f for f in found.findings if f.checkpoint_id == place]
        ranks[kind].append(mine[0].rank if mine else 10**6)
        significant += bool(mine) and mine[0].adjusted < 0.05
    everything = [rank for each in ranks.values() for rank in each]
    return {
        "visits": visits,
        "people": city.people,
        "outbreaks": outbreaks,
        "infected_there": infected_there,
        "infected_elsewhere": elsewhere,
        "first": share(everything, 1),
        "top_5": share(everything, 5),
        "adjusted_below_0_05": round(significant / outbreaks, 3),
        **{f"top_5_{kind}": share(each, 5) for kind, each in ranks.items()},
    }


def share(ranks: list[int], within: int) -> float:
    return round(sum(rank <= within for rank in ranks) / max(1, len(ranks)), 3)


def begun(city: City, rows: Rows, kind: str, many: int, dice: np.random.Generator) -> tuple[int, list[int]]:
    """A place and an hour at which enough people came, and who of them was infected."""
    low = city.first[kind]
    there = (rows.venue >= low) & (rows.venue < low + city.sizes[kind])
    hour = (rows.at[there] - BEGIN) // HOUR_S
    blocks, counts = np.unique(rows.venue[there] << 20 | hour, return_counts=True)
    fit = blocks[(counts >= many) & ((blocks & (1 << 20) - 1) // 24 < DAYS - 3)]
    block = int(dice.choice(fit))
    place, begin = block >> 20, BEGIN + (block & (1 << 20) - 1) * HOUR_S
    present = np.unique(rows.person[(rows.venue == place) & (rows.at >= begin) & (rows.at < begin + HOUR_S)])
    return place, dice.choice(present, min(many, len(present)), replace=False).tolist()


def cases_of(city: City, infected: list[int], elsewhere: int, dice: np.random.Generator) -> list[Source]:
    """With those infected at home and elsewhere; all that was asked of them is two weeks."""
    strangers = dice.integers(1, city.people + 1, elsewhere).tolist()
    per = KINDS["household"][1]
    home = [(person - 1) // per * per + int(dice.integers(per)) + 1 for person in infected]
    people = {*infected, *strangers, *home[: round(AT_HOME * len(home))]}
    return [Source(person, BEGIN, BEGIN + WINDOW_DAYS * DAY_S) for person in sorted(people)]
