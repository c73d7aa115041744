"""Early warning: what is more than expected is raised, once, to whom it concerns; a quiet year raises next to nothing."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from math import exp

import psycopg

from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.warnings.decide import at_least, baseline, judged, scan
from lianfang.warnings.model import Count, Door, Node
from lianfang.warnings.service import scan_day
from tests.alerts.fevers import add_fever
from tests.support.house import House
from tests.support.story import LONGGUAN, LONGGUAN_DOOR
from tests.support.visits import Visit, add_person, add_visits

BEGUN = date(2022, 1, 1)
TOWNS, PER_TOWN = 10, 12
TREE = [Node(1, None, 0), *(Node(town, 1, town) for town in range(2, TOWNS + 2))]
DOORS = [Door(n, 2 + n % TOWNS) for n in range(TOWNS * PER_TOWN)]


def drawn(dice: random.Random, mean: float) -> int:
    """Poisson."""
    count, chance = 0, dice.random()
    while chance > exp(-mean):
        count, chance = count + 1, chance * dice.random()
    return count


def quiet(days: int) -> Iterator[Count]:
    """Fevers of doors between one a month and one a day, half as many at weekends, more or less from day to day."""
    dice = random.Random(5)
    for n in range(days):
        day = BEGUN + timedelta(days=n)
        weather = dice.uniform(0.8, 1.2) * (0.5 if day.weekday() >= 5 else 1)
        for door in DOORS:
            usual = 0.03 + (door.id % 12) / 12
            if count := drawn(dice, usual * weather):
                yield Count(door.id, "fever", day, count)


def test_a_quiet_year_and_an_outbreak_in_it() -> None:
    """120 doors and 11 units for a year: at most three false alarms. Six fevers at a door of one a month are seen on the day."""
    by_day: dict[date, list[Count]] = {}
    for count in quiet(365):
        by_day.setdefault(count.day, []).append(count)
    false = 0
    for n in range(30, 365):
        day = BEGUN + timedelta(days=n)
        window = [count for m in range(29) for count in by_day.get(day - timedelta(days=m), [])]
        false += len(scan(day, BEGUN, window, DOORS, TREE))
    assert false <= 3
    begun = BEGUN + timedelta(days=200)
    window = [count for m in range(29) for count in by_day.get(begun - timedelta(days=m), [])]
    [raised] = scan(begun, BEGUN, [*window, Count(0, "fever", begun, 6)], DOORS, TREE)
    assert (raised.unit_id, raised.checkpoint_id, raised.signal) == (2, 0, "fever")
    assert raised.count >= 6 > 10 * raised.expected


def test_what_a_day_is_compared_with() -> None:
    """Working days with working days, never the two days before, nothing before there were figures."""
    monday = date(2022, 3, 28)
    days = baseline(monday, BEGUN)
    assert all(d.weekday() < 5 for d in days)
    assert max(days) == monday - timedelta(days=3)
    assert baseline(monday, monday - timedelta(days=5)) == [date(2022, 3, 25), date(2022, 3, 24), date(2022, 3, 23)]
    assert scan(monday, monday - timedelta(days=5), [Count(0, "red", monday, 50)], DOORS, TREE) == []
    # pnbinom(4, mu = 1, size = 2, lower.tail = FALSE)
    assert abs(at_least(5, 1, 1.5) - 0.01783265) < 1e-7
    assert judged(8, [2, 0, 9, 0, 1, 8] * 2)[1] > judged(8, [3, 3, 4, 3, 3, 4] * 2)[1]


async def test_fevers_and_red_codes_are_raised_once_to_whom_they_concern(
    house: House, cast: psycopg.Connection, keys: Keys
) -> None:
    services = house.services
    zone = services.settings.zone
    day = now().astimezone(zone).date() - timedelta(days=1)
    noon = datetime.combine(day, time(12), zone).astimezone(UTC)
    visitor = add_person(cast, keys)
    add_visits(cast, keys, [Visit(visitor, LONGGUAN_DOOR, noon - timedelta(days=n)) for n in range(27)])
    for n in range(5):
        add_fever(cast, keys, LONGGUAN_DOOR, recorded_at=noon + timedelta(minutes=n))
    red = [Visit(add_person(cast, keys), LONGGUAN_DOOR, noon, verdict="refuse", reason="hold_red") for _ in range(6)]
    add_visits(cast, keys, red)
    cast.execute(
        "WITH b AS (INSERT INTO evidence_batches (applied_at) VALUES (now()) RETURNING id)"
        " INSERT INTO evidence (person_id, id, batch_id, kind, at, result, source, provenance)"
        " SELECT %s, gen_random_uuid(), id, 'test', %s, 'positive', '县医院', 'feed:1' FROM b",
        [visitor, noon + timedelta(hours=1)],
    )
    assert await scan_day(services.db.lane, services.db.worker, zone, day) > 0
    assert await scan_day(services.db.lane, services.db.worker, zone, day) == 0
    town, county, other = [await house.staff(name) for name in ("longguan", "chicheng", "xiwanzi")]
    raised = (await town.get("/warnings")).json()["items"]
    assert {(w["checkpoint"], w["signal"], w["count"]) for w in raised} == {
        (LONGGUAN_DOOR.name, "fever", 5), (None, "fever", 5), (LONGGUAN_DOOR.name, "red", 6), (None, "red", 6),
    }  # fmt: skip
    assert {w["unit_id"] for w in raised} == {LONGGUAN.id}
    above = (await county.get("/warnings", signal="red")).json()["items"]
    assert len(above) == 3
    assert (await other.get("/warnings")).json()["items"] == []
