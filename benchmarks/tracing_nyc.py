"""New York's check-ins: the contacts of 50 people by the index, half of it written and half in the tail, and by the reference on the
raw file.

    python benchmarks/tracing_nyc.py ../shared/data/checkins/nyc_checkins.csv.gz
"""

import argparse
import csv
import gzip
import json
import random
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import numpy as np

from lianfang.plans.packs import pack
from lianfang.replay.categories import category
from lianfang.tracing import reference
from lianfang.tracing.index import Index, by_day
from lianfang.tracing.model import DAY_S, Rules, Source, Visit
from lianfang.tracing.query import Places, contacts, exposures, second_degree
from lianfang.tracing.segment import Rows

PEOPLE, DAYS = 50, 60


def read(path: Path) -> tuple[list[Visit], dict[int, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    kinds = {int(row["venue_id"]): category(row["category"]) for row in lines}
    visits = {
        Visit(int(row["user_id"]), int(row["venue_id"]), int(datetime.fromisoformat(row["utc_time"]).timestamp()))
        for row in lines
    }
    return sorted(visits), kinds


def index_of(visits: list[Visit]) -> Index:
    def rows(part: list[Visit]) -> Rows:
        return Rows(*np.array([(v.person, v.venue, v.at, -1, 0) for v in part], np.int64).T)

    late = [v for n, v in enumerate(visits) if n % 2]
    index = Index([s for _, s in by_day(rows([v for n, v in enumerate(visits) if not n % 2]))])
    index.absorb(rows(late))
    return index


def measure(path: Path) -> dict[str, object]:
    visits, kinds = read(path)
    plan = pack("v9")
    dwell = {venue: plan.dwell[kind] * 60 for venue, kind in kinds.items()}
    last = max(v.at for v in visits) + DAY_S
    rules = Rules(
        least=plan.contacts.overlap_minutes * 60, tail=0, now=last, dwell=dwell, score_seconds=3600, crowding=1.0
    )
    index, places = index_of(visits), Places.of(rules, max(dwell))

    own = defaultdict(list)
    for visit in visits:
        own[visit.person].append(visit)
    at_place = defaultdict(list)
    for person_visits in own.values():  # when somebody left depends on their own visits alone
        for stay in reference.stays(person_visits, rules):
            at_place[stay.venue].append(stay)
    dice = random.Random(2012)  # noqa: S311
    differing, evidence, found_people, second_people = 0, 0, 0, 0
    for person in dice.sample(sorted(own), PEOPLE):
        since = dice.choice(own[person]).at
        source = Source(person, since, since + DAYS * DAY_S)
        nearby = [stay for venue in sorted({v.venue for v in own[person]}) for stay in at_place[venue]]
        wanted = reference.exposures([source], nearby, rules)
        quick = exposures(index, [source], rules, places)
        first = contacts(quick, [source], rules)
        in_words = reference.contacts(wanted, [source], rules)
        same = sorted(wanted) == sorted(quick.rows()) and [c[:5] for c in in_words] == [c[:5] for c in first.rows()]
        differing += not same
        evidence += len(wanted)
        found_people += len(in_words)
        second_people += len(second_degree(index, first, [source], rules, places))
    return {
        "visits": len(visits), "people": PEOPLE, "exposures": evidence, "contacts": found_people,
        "contacts_of_contacts": second_people, "people_whose_contacts_differ": differing,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    report = measure(parser.parse_args().file)
    print(json.dumps(report))
    if report["people_whose_contacts_differ"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
