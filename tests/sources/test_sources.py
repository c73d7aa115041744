"""Where cases were infected: hours that they share beyond chance, ranked with a significance that many tests survive."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import psycopg
import pytest

from lianfang.bench.source_outbreaks import measure
from lianfang.bench.trace_people import BEGIN, City
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.sources.decide import adjusted, at_least
from lianfang.sources.find import find
from lianfang.tracing import work
from lianfang.tracing.index import Index, by_day
from lianfang.tracing.model import DAY_S, Source
from lianfang.tracing.segment import Rows
from lianfang.tracing.shelf import Shelf
from tests.support.house import House
from tests.support.runs import finished, work_off
from tests.support.story import LONGGUAN_DOOR, YIJIE_DOOR
from tests.support.visits import Visit, add_person, add_visits

PURPOSE = "疫情流调"


def test_the_chance_of_so_many_and_its_adjustment() -> None:
    """Against figures of R: ppois(2, 0.1, lower.tail = FALSE), ppois(4, 10, …), p.adjust(method = "BH")."""
    assert at_least(3, 0.1) == pytest.approx(1.546531e-04, rel=1e-6)
    assert at_least(5, 10) == pytest.approx(0.9707473, rel=1e-6)
    assert at_least(0, 3) == 1.0
    assert 0 < at_least(60, 1e-3) < 1e-200
    assert adjusted([0.01, 0.04, 0.03], 5) == pytest.approx([0.05, 0.2 / 3, 0.2 / 3])
    many = np.random.default_rng(1).random(500).tolist()
    spread = sorted(zip(many, adjusted(many, 500), strict=True))
    assert all(a[1] <= b[1] for a, b in pairwise(spread))
    assert spread[0][1] > 0.05  # nothing is found where nothing is


def test_simulated_outbreaks_lead_to_the_place() -> None:
    """Ten outbreaks among the visits of a small city, half of the cases strangers: the true place is among the first five."""
    found = measure(10, 120_000)
    assert found["top_5"] >= 0.9


def test_people_who_share_nothing_find_nothing() -> None:
    """Strangers meet at busy places by chance: that is expected, and no finding."""
    city = City(120_000)
    index = Index([segment for _, segment in by_day(Rows.join(list(city.days())))])
    strangers = [Source(int(person), BEGIN, BEGIN + 14 * DAY_S) for person in city.cases(15)]
    assert all(f.adjusted > 0.05 for f in find(index, strangers, city.places()).findings)


async def test_a_search_from_the_trace_to_the_place(
    house: House, cast: psycopg.Connection, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "shelf", lambda settings, lane: Shelf(tmp_path, lane))
    day = (now() - timedelta(days=8)).replace(hour=4, minute=0, second=0, microsecond=0)
    people = [add_person(cast, keys) for _ in range(8)]
    cases = people[:3]
    add_visits(cast, keys, [
        *(Visit(person, LONGGUAN_DOOR, day) for person in cases),  # a market, five days before they fall ill
        *(Visit(person, YIJIE_DOOR, day + timedelta(days=n % 3, hours=n)) for n, person in enumerate(people * 3)),
    ])  # fmt: skip
    admin, other = await house.staff("longguan"), await house.staff("xiwanzi")
    asked = [{"person_id": person, "onset": f"{day + timedelta(days=5):%Y-%m-%d}"} for person in cases]
    trace = (await admin.post("/traces", {"purpose": PURPOSE, "plan": "v9", "cases": asked})).json()
    await work_off(house, cast)
    answer = await admin.post("/sources", {"trace_id": trace["trace_id"], "purpose": PURPOSE})
    assert answer.status_code == 202, answer.text
    await work_off(house, cast)
    await finished(admin, answer.json()["run_id"])
    at = f"/sources/{answer.json()['search_id']}"
    assert (await admin.get(at)).json()["cases"] == 3
    best = (await admin.post(f"{at}/findings", {"purpose": PURPOSE})).json()[0]
    assert (best["rank"], best["checkpoint"], best["cases"]) == (1, LONGGUAN_DOOR.name, sorted(cases))
    assert best["begins"] == day.isoformat().replace("+00:00", "Z")
    assert [s["id"] for s in (await admin.get("/sources", trace_id=trace["trace_id"])).json()["items"]]
    assert (await other.get(at)).status_code == 404
    assert (await other.post(f"{at}/findings", {"purpose": PURPOSE})).status_code == 404
