"""A trace narrowed step by step: who goes, what it costs, and that the same funnel says the same."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lianfang.funnels.decide import narrow, together
from lianfang.funnels.model import Candidate, Exposed, Fact, Place, Step
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.tracing import work
from lianfang.tracing.risk import infected, missed
from lianfang.tracing.shelf import Shelf
from tests.support.house import House
from tests.support.runs import finished, work_off
from tests.support.story import CHICHENG, CHICHENG_DOOR, LONGGUAN, LONGGUAN_DOOR
from tests.support.visits import Visit, add_person, add_visits

PURPOSE = "疫情流调"
HOUR, DAY = 3600, 86_400
PLACES = {1: Place(1, 100, "shop"), 2: Place(2, 200, "school")}
SPANS = {7: (100, 150)}


def somebody(
    person: int, *exposures: tuple[int, int, int], facts: tuple[Fact, ...] = (), score: float = 0.5
) -> Candidate:
    return Candidate(
        person, score, tuple(Exposed(9, place, at, at + length, 1.0) for place, at, length in exposures), facts
    )


@pytest.mark.parametrize(
    ("step", "dropped"),
    [
        (Step("area", ids=[7]), {2}),
        (Step("place", ids=[2]), {1, 4, 5}),
        (Step("category", categories=["school"]), {1, 4, 5}),
        (Step("minutes", at_least=60), {4}),
        (Step("score", at_least=0.4), {5}),
        (Step("test", at_least=3), {3}),
        (Step("vaccination", at_least=2), {4}),
    ],
    ids=lambda value: value.kind if isinstance(value, Step) else "",
)
def test_each_step_drops_whom_it_says(step: Step, dropped: set[int]) -> None:
    positive_since = (Fact("test", "negative", 6 * DAY), Fact("test", "positive", 7 * DAY))
    too_late_a_dose = (Fact("vaccination", "2", 0),)
    everybody = [
        somebody(1, (1, DAY, HOUR), facts=positive_since + too_late_a_dose),
        somebody(2, (2, DAY, HOUR)),
        somebody(3, (1, DAY, HOUR), (2, DAY, HOUR), facts=(Fact("test", "negative", DAY + HOUR + 4 * DAY),)),
        somebody(4, (1, 40 * DAY, HOUR - 1), facts=(Fact("vaccination", "2", 0), Fact("test", "negative", 42 * DAY))),
        somebody(5, (1, DAY, HOUR), score=0.3),
    ]
    found = narrow(everybody, [step], PLACES, SPANS)
    assert {person for person, at in found.step.items() if at == 0} == dropped
    assert (found.results[0].kept, found.results[0].dropped) == (5 - len(dropped), len(dropped))
    assert found.results[0].lost > 0


def test_what_a_step_costs_is_what_the_model_says() -> None:
    """Two hours in one stay are two hours, however many visits they were; a negative test leaves what it may have missed."""
    twice = somebody(
        1, (1, DAY, 2 * HOUR), (1, DAY + HOUR, HOUR), facts=(Fact("test", "negative", DAY + 2 * HOUR + 4 * DAY),)
    )
    short = somebody(2, (1, DAY, 600))
    assert together(twice.exposures) == 2 * HOUR
    found = narrow([twice, short], [Step("test", at_least=4), Step("minutes", at_least=30)], PLACES, {})
    assert [r.dropped for r in found.results] == [1, 1]
    assert found.results[0].lost == pytest.approx(infected(2 * HOUR) * 0.67, abs=1e-4)
    assert found.results[1].lost == pytest.approx(infected(600), abs=1e-4)
    assert found.expected == pytest.approx(infected(2 * HOUR) + infected(600), abs=1e-4)
    assert infected(HOUR) == pytest.approx(0.011, rel=0.01)
    assert [missed(day) for day in (0, 1, 2.5, 8, 30)] == pytest.approx([1, 1, 0.835, 0.2, 0.66])


def test_steps_narrow_what_later_ones_look_at() -> None:
    """Minutes elsewhere do not count once only one place does."""
    split = somebody(1, (1, DAY, 20 * 60), (2, 2 * DAY, 50 * 60))
    steps = [Step("category", categories=["shop"]), Step("minutes", at_least=30)]
    assert narrow([split], steps[1:], PLACES, {}).step == {1: -1}
    assert narrow([split], steps, PLACES, {}).step == {1: 1}


Traced = Callable[..., Awaitable[int]]


async def test_a_funnel_is_saved_reproducible_versioned_and_taken_along(
    house: House, cast: psycopg.Connection, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "shelf", lambda settings, lane: Shelf(tmp_path, lane))
    noon = (now() - timedelta(days=6)).replace(hour=4, minute=0, second=0, microsecond=0)
    case, long, short, away, tested = (add_person(cast, keys) for _ in range(5))
    later = timedelta(hours=5)
    add_visits(cast, keys, [
        *(Visit(person, LONGGUAN_DOOR, noon) for person in (case, long, tested)),
        Visit(short, LONGGUAN_DOOR, noon + timedelta(minutes=45)),
        Visit(case, CHICHENG_DOOR, noon + later), Visit(away, CHICHENG_DOOR, noon + later),
    ])  # fmt: skip
    negative_test(cast, tested, noon + timedelta(days=5), "feed:1")
    negative_test(cast, long, noon + timedelta(days=5), "run:1")  # a list that somebody typed clears nobody
    county, town, other = [await house.staff(name) for name in ("chicheng", "longguan", "xiwanzi")]
    started = await county.post(
        "/traces", {"purpose": PURPOSE, "plan": "v9", "cases": [{"person_id": case, "onset": f"{noon:%Y-%m-%d}"}]}
    )
    await work_off(house, cast)
    await finished(county, started.json()["run_id"])
    steps: list[dict[str, Any]] = [
        {"kind": "area", "ids": [LONGGUAN.id]}, {"kind": "minutes", "at_least": 20}, {"kind": "test", "at_least": 3},
    ]  # fmt: skip
    asked = {"trace_id": started.json()["trace_id"], "name": "第一轮", "purpose": PURPOSE, "steps": steps}
    answer = await county.post("/funnels", asked)
    assert answer.status_code == 201, answer.text
    funnel = answer.json()
    assert (funnel["candidates"], funnel["kept"], funnel["version"]) == (4, 1, 1)
    assert [(r["kept"], r["dropped"]) for r in funnel["results"]] == [(3, 1), (2, 1), (1, 1)]

    async def people(step: int | None) -> list[int]:
        rows = await county.post(f"/funnels/{funnel['id']}/people", {"purpose": PURPOSE, "step": step, "limit": 1})
        assert all("*" in row["name"] and row["risk"] > 0 for row in rows.json()["items"])
        return [row["person_id"] for row in rows.json()["items"]]

    assert [await people(step) for step in (None, 0, 1, 2)] == [[long], [away], [short], [tested]]
    # evidence that comes later changes the next version, and not what was asked as of then
    negative_test(cast, long, noon + timedelta(days=5), "feed:1")
    again = (await county.post("/funnels", asked | {"as_of": funnel["as_of"]})).json()
    assert (again["version"], again["results"], again["expected"]) == (2, funnel["results"], funnel["expected"])
    assert (await county.post("/funnels", asked)).json()["kept"] == 0
    listed = (await county.get("/funnels", trace_id=asked["trace_id"])).json()["items"]
    assert [f["version"] for f in listed] == [3, 2, 1]

    file = await county.post(f"/funnels/{funnel['id']}/export", {"purpose": PURPOSE, "format": "csv"})
    lines = file.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 5
    assert [line.split(",")[-2] for line in lines[1:]] == ["保留", "排除", "排除", "排除"]
    for client in (town, other):
        assert (await client.get(f"/funnels/{funnel['id']}")).status_code == 404
        assert (await client.post("/funnels", asked)).status_code == 404
    wrong = [{"kind": "area", "ids": [CHICHENG.id, 99]}, {"kind": "score"}, {"kind": "category"}]
    refused = (await county.post("/funnels", asked | {"steps": wrong})).json()
    assert [e["field"] for e in refused["errors"]] == ["steps.0.ids", "steps.1.at_least", "steps.2.categories"]
    said = cast.execute(
        "SELECT count(*) FROM audit_log WHERE action LIKE 'funnels.%%' AND detail ->> 'purpose' = %s", [PURPOSE]
    )
    assert said.fetchone() == (8,)


def negative_test(owner: psycopg.Connection, person: int, at: datetime, provenance: str) -> None:
    owner.execute(
        "WITH b AS (INSERT INTO evidence_batches (applied_at) VALUES (now()) RETURNING id)"
        " INSERT INTO evidence (person_id, id, batch_id, kind, at, result, subject, source, provenance)"
        " SELECT %s, gen_random_uuid(), id, 'test', %s, 'negative', 'pcr', '县医院', %s FROM b",
        [person, at, provenance],
    )
