"""Korea 2020 (DS4C): whoever infected whom and shared a place and a day with them must be among the contacts.

python benchmarks/tracing_ds4c.py ../shared/data/ds4c
"""

import argparse
import csv
import gzip
import json
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from lianfang.tracing.index import Index, by_day
from lianfang.tracing.model import DAY_S, Rules, Source
from lianfang.tracing.query import Places, contacts, exposures
from lianfang.tracing.segment import Rows

SEOUL = ZoneInfo("Asia/Seoul")
LEAST_S = 600


def rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Korea(NamedTuple):
    """The file, read: who was where on which day, who is said to have infected whom, and what cannot be read."""

    patients: list[dict[str, str]]
    people: dict[str, int]
    places: dict[tuple[float, float], int]
    visits: set[tuple[int, int, datetime]]
    pairs: list[tuple[int, int]]
    sharing: list[tuple[int, int]]
    malformed: list[str]
    repeated: int

    def asked(self) -> tuple[Index, Rules]:
        """Only the day is known: everybody was there for all of it."""
        columns = [(p, v, int(day.timestamp()), int(day.timestamp()) + DAY_S, 0) for p, v, day in self.visits]
        index = Index([s for _, s in by_day(Rows(*np.array(columns, np.int64).T))])
        dwell = dict.fromkeys(self.places.values(), DAY_S)
        now = max(c[3] for c in columns)
        return index, Rules(least=LEAST_S, tail=0, now=now, dwell=dwell, score_seconds=3600, crowding=1.0)


def load(directory: Path) -> Korea:
    patients, routes = rows(directory / "PatientInfo.csv.gz"), rows(directory / "PatientRoute.csv.gz")
    people, places, visits, malformed, repeated = {}, {}, set(), [], 0
    known = {p["patient_id"] for p in patients}
    for line, route in enumerate(routes, 2):
        try:
            day = datetime.strptime(route["date"], "%Y-%m-%d").replace(tzinfo=SEOUL)
            where = (float(route["latitude"]), float(route["longitude"]))
        except ValueError as error:
            malformed.append(f"PatientRoute line {line}: {error}")
            continue
        person = people.setdefault(route["patient_id"], len(people) + 1)
        place = places.setdefault(where, len(places) + 1)
        repeated += (person, place, day) in visits
        visits.add((person, place, day))
    pairs = set()
    for line, patient in enumerate(patients, 2):
        by = patient["infected_by"].strip()
        if by and not (by.isdigit() and by in known):
            malformed.append(f"PatientInfo line {line}: infected_by {by!r} is not one patient of the file")
        elif by == patient["patient_id"]:
            malformed.append(f"PatientInfo line {line}: infected by themselves")
        elif by:
            pairs.add((by, patient["patient_id"]))
    routed = [(people[a], people[b]) for a, b in pairs if a in people and b in people]
    shared = defaultdict(set)
    for person, place, day in visits:
        shared[person].add((place, day))
    sharing = [(a, b) for a, b in routed if shared[a] & shared[b]]
    return Korea(patients, people, places, visits, routed, sharing, malformed, repeated)


def measure(directory: Path) -> dict[str, object]:
    korea = load(directory)
    index, rules = korea.asked()
    infectors = [Source(person, 0, rules.now) for person in sorted({a for a, _ in korea.sharing})]
    found = exposures(index, infectors, rules, Places.of(rules, len(korea.places)))
    met = set(zip(found.source.tolist(), found.person.tolist(), strict=True))
    everybody = contacts(found, [], rules)
    return {
        "patients": len(korea.patients),
        "visits": len(korea.visits),
        "repeated_rows": korea.repeated,
        "malformed_rows": len(korea.malformed),
        "infector_pairs_with_routes": len(korea.pairs),
        "pairs_that_share_a_place_and_day": len(korea.sharing),
        "found": len(set(korea.sharing) & met),
        "infectors_traced": len(infectors),
        "contacts_returned": len(everybody),
        "source_contact_pairs_returned": len(met),
        "other_pairs_returned": len(met - set(korea.sharing)),
        "malformed": korea.malformed,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    report = measure(parser.parse_args().directory)
    print(json.dumps(report, ensure_ascii=False, indent=1))
    if report["found"] != report["pairs_that_share_a_place_and_day"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
