"""How well co-presence tells who was really close: two schools of SocioPatterns, class or common rooms as places, the product's score
against fixed windows. Truth: face to face for 15 minutes or more, all records of a pair added up.

    python benchmarks/tracing_schools.py ../shared/data/contacts --json
"""

import argparse
import gzip
import json
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lianfang.plans.packs import pack
from lianfang.tracing.index import Index, by_day
from lianfang.tracing.model import Rules, Source
from lianfang.tracing.query import Places, contacts, exposures
from lianfang.tracing.segment import Rows

SCHOOLS = {"primary": "primaryschool_2009.tsv.gz", "high": "highschool_2013.txt.gz"}
RECORD_S = 20
CLOSE_S = 15 * 60
SLOT_S = 5 * 60
"""A room is where somebody is recorded most within five minutes: nobody scans at a door every twenty seconds."""
SEEN_EVERY_S = 20 * 60
"""Who is not recorded anywhere for so long has left the room."""
WINDOWS_MIN = (5, 15, 30, 60)
Pair = tuple[int, int]


class CheckIn(NamedTuple):
    person: int
    room: int
    at: int
    left: int


def read(path: Path) -> tuple[list[CheckIn], dict[Pair, int]]:
    """Check-ins (when somebody is first recorded in a room) and for how long each pair was face to face."""
    together: Counter[Pair] = Counter()
    seen: dict[int, list[tuple[int, str]]] = defaultdict(list)
    with gzip.open(path, "rt") as file:
        for line in file:
            time, i, j, class_i, class_j = line.split()
            together[min(int(i), int(j)), max(int(i), int(j))] += RECORD_S
            # two of one class are in its room; two of different classes are where classes mix: yard, canteen, corridor
            room = class_i if class_i == class_j else "common"
            for person in (int(i), int(j)):
                seen[person].append((int(time), room))
    rooms = {room: n for n, room in enumerate(sorted({room for times in seen.values() for _, room in times}), 1)}
    found = []
    for person, times in seen.items():
        slots: dict[int, Counter[str]] = defaultdict(Counter)
        for time, room in times:
            slots[time // SLOT_S][room] += 1
        begin, room, last = 0, "", -1
        for slot, where in [
            *sorted((slot, rooms_seen.most_common(1)[0][0]) for slot, rooms_seen in slots.items()),
            (1 << 40, ""),
        ]:
            if where != room or slot - last > SEEN_EVERY_S // SLOT_S:
                if room:
                    found.append(CheckIn(person, rooms[room], begin * SLOT_S, (last + 1) * SLOT_S))
                begin, room = slot, where
            last = slot
    return found, dict(together)


def by_window(check_ins: list[CheckIn], minutes: int) -> dict[Pair, float]:
    """What a fixed window says: how often two people checked in at one place within so many minutes."""
    found: Counter[Pair] = Counter()
    rooms = defaultdict(list)
    for one in check_ins:
        rooms[one.room].append((one.at, one.person))
    for times in rooms.values():
        times.sort()
        for n, (at, person) in enumerate(times):
            for later, other in times[n + 1 :]:
                if later - at > minutes * 60:
                    break
                if person != other:
                    found[min(person, other), max(person, other)] += 1
    return dict(found)


def by_score(check_ins: list[CheckIn], score_minutes: int, crowding: float) -> dict[Pair, float]:
    """What the product says of each pair: the score of one as a contact of the other."""
    columns = zip(*((c.person, c.room, c.at, c.left, 0) for c in check_ins), strict=True)
    index = Index([s for _, s in by_day(Rows(*(np.array(c, np.int64) for c in columns)))])
    rooms = {c.room: 8 * 3600 for c in check_ins}
    first, last = min(c.at for c in check_ins), max(c.left for c in check_ins)
    rules = Rules(least=60, tail=0, now=last, dwell=rooms, score_seconds=score_minutes * 60, crowding=crowding)
    sources = [Source(person, first, last) for person in sorted({c.person for c in check_ins})]
    evidence = exposures(index, sources, rules, Places.of(rules, max(rooms)))
    found: Counter[Pair] = Counter()
    for source in sources:
        for contact in contacts(evidence.only(evidence.source == source.person), [source], rules).rows():
            found[min(source.person, contact.person), max(source.person, contact.person)] += contact.score / 2
    return dict(found)


def curve(scores: dict[Pair, float], true: set[Pair], pairs: list[Pair]) -> tuple[float, list[tuple[float, float]]]:
    """Average precision, and precision at each tenth of recall. Pairs of one score count as drawn in any order."""
    values = np.array([scores.get(pair, 0.0) for pair in pairs])
    hits = np.array([pair in true for pair in pairs], float)
    order = np.argsort(-values, kind="stable")
    values, hits = values[order], hits[order]
    ends = np.append(np.flatnonzero(np.diff(values)), len(values) - 1)
    caught = np.cumsum(hits)[ends]
    precision, recall = caught / (ends + 1), caught / len(true)
    average = float(np.sum(np.diff(np.append(0.0, recall)) * precision))
    return average, [(tenth / 10, float(precision[np.argmax(recall >= tenth / 10 - 1e-9)])) for tenth in range(1, 11)]


def measure(directory: Path, school: str) -> dict[str, object]:
    check_ins, together = read(directory / SCHOOLS[school])
    pairs = list(combinations(sorted({c.person for c in check_ins}), 2))
    true = {pair for pair, seconds in together.items() if seconds >= CLOSE_S}
    plan = pack("v9").contacts.score
    ways = {f"window {minutes} min": by_window(check_ins, minutes) for minutes in WINDOWS_MIN}
    ways["minutes in the same room"] = by_score(check_ins, 100_000, 0.0)
    ways["the product's score"] = by_score(check_ins, plan.minutes, plan.crowding)
    report: dict[str, object] = {"check_ins": len(check_ins), "pairs": len(pairs), "close": len(true)}
    for name, scores in ways.items():
        average, points = curve(scores, true, pairs)
        report[name] = {
            "average_precision": round(average, 4),
            "precision_at_recall": {f"{r:.1f}": round(p, 3) for r, p in points},
        }
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    report = {school: measure(asked.directory, school) for school in SCHOOLS}
    if asked.json:
        print(json.dumps(report))
        return
    for school, figures in report.items():
        print(school, {k: v for k, v in figures.items() if not isinstance(v, dict)})
        for name, value in figures.items():
            if isinstance(value, dict):
                print(f"  {name:28} AP {value['average_precision']:.3f}  {value['precision_at_recall']}")


if __name__ == "__main__":
    main()
