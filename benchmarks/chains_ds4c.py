"""Korea 2020 (DS4C): of all patients who shared a place and a day with somebody, is the one who infected them ranked first?

python benchmarks/chains_ds4c.py ../shared/data/ds4c
"""

import argparse
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

from benchmarks.tracing_ds4c import Korea, load
from lianfang.chains.decide import serial, transmissions
from lianfang.chains.model import Case, Meeting
from lianfang.tracing.model import Source
from lianfang.tracing.query import Places, exposures

EPOCH = date(1970, 1, 1)
TO_CONFIRMATION = 4
"""Days from onset to confirmation, where only the latter is known: the median of those where both are."""


def onsets(korea: Korea) -> dict[int, Case]:
    found = {}
    for patient in korea.patients:
        person = korea.people.get(patient["patient_id"])
        onset, confirmed = patient["symptom_onset_date"].strip(), patient["confirmed_date"].strip()
        if person and (onset or confirmed):
            day = (date.fromisoformat(onset or confirmed) - EPOCH).days
            found[person] = Case(person, day if onset else day - TO_CONFIRMATION)
    return found


def measure(directory: Path) -> dict[str, object]:
    korea = load(directory)
    index, rules = korea.asked()
    cases = onsets(korea)
    everybody = [Source(person, 0, rules.now) for person in sorted(cases)]
    found = exposures(index, everybody, rules, Places.of(rules, len(korea.places)))
    meetings = [Meeting(e.source, e.person, e.venue, e.begins, e.ends, e.chance) for e in found.rows()]
    possible = transmissions(list(cases.values()), meetings)
    pairs = [(a, b) for a, b in korea.sharing if a in cases and b in cases]
    met = {person: {m.source for m in meetings if m.person == person} for _, person in pairs}
    days = {(a, b): sum(m.source == a and m.person == b for m in meetings) for _, b in pairs for a in met[b]}
    ways: dict[str, Callable[[int, int], float]] = {
        "the product": lambda a, b: next((k.probability for k in possible.get(b, ()) if k.infector == a), 0.0),
        "serial interval alone": lambda a, b: serial(cases[b].onset - cases[a].onset),
        "days together alone": lambda a, b: float(days[a, b]),
    }
    return {
        "pairs_that_share_a_place_and_day": len(korea.sharing),
        "with_dates": len(pairs),
        "with_more_than_one_possible_infector": sum(len(met[b]) > 1 for _, b in pairs),
        "possible_infectors_mean": round(sum(len(met[b]) for _, b in pairs) / len(pairs), 1),
        "first_by_chance": round(sum(1 / len(met[b]) for _, b in pairs), 1),
        **{name: ranked(pairs, met, way) for name, way in ways.items()},
    }


def ranked(
    pairs: list[tuple[int, int]], met: dict[int, set[int]], way: Callable[[int, int], float]
) -> dict[str, float]:
    """How often the true one is first, or among the first three; who is as likely shares the place."""
    first = top3 = 0.0
    for infector, person in pairs:
        mine = way(infector, person)
        above = sum(way(other, person) > mine for other in met[person])
        level = sum(way(other, person) == mine for other in met[person])
        first += 1 / level if not above else 0
        top3 += min(1.0, max(0, 3 - above) / level)
    return {"first": round(first, 1), "top_3": round(top3, 1), "first_share": round(first / len(pairs), 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    print(json.dumps(measure(parser.parse_args().directory), indent=1))


if __name__ == "__main__":
    main()
