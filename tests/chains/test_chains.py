"""Who infected whom, by onset and encounters; the chart of a trace, and its files."""

import csv
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree as xml

import psycopg
import pytest

from lianfang.chains.decide import Clusters, Link, forest, serial, transmissions
from lianfang.chains.model import Case, Meeting
from lianfang.chains.service import drawn
from lianfang.chains.store import PersonRow, PlaceRow
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.tracing import work
from lianfang.tracing.shelf import Shelf
from tests.support.house import House
from tests.support.runs import finished, work_off
from tests.support.story import LONGGUAN_DOOR, YIJIE_DOOR
from tests.support.visits import Visit, add_person, add_visits

PURPOSE = "疫情流调"
DAY = 86_400


def meeting(source: int, person: int, day: int, hours: float = 1) -> Meeting:
    return Meeting(source, person, 1, day * DAY, day * DAY + int(hours * 3600), 1.0)


def test_the_infector_is_whose_onset_and_encounter_fit() -> None:
    """1 fell ill five days before 3 and met them; 2 the day after; 4 met them after they had fallen ill."""
    cases = [Case(1, 100), Case(2, 106), Case(3, 105), Case(4, 101)]
    meetings = [meeting(1, 3, 101), meeting(2, 3, 101), meeting(4, 3, 107)]
    found = transmissions(cases, meetings)
    assert [link.infector for link in found[3]] == [1, 2]
    assert found[3][0].days == 5
    assert sum(link.probability for link in found[3]) < 1
    assert forest(found)[3].infector == 1
    # longer together weighs more, all else equal
    equal = transmissions([Case(1, 100), Case(2, 100), Case(3, 104)], [meeting(1, 3, 101, 0.5), meeting(2, 3, 101, 4)])
    assert [link.infector for link in equal[3]] == [2, 1]


def test_the_forest_has_no_circle() -> None:
    """Two who fell ill on one day and name each other: only one of them infected the other."""
    links = {1: [Link(2, 1, 0.8, 0)], 2: [Link(1, 2, 0.7, 0), Link(3, 2, 0.2, 4)], 3: [Link(1, 3, 0.3, 1)]}
    chosen = forest(links)
    assert chosen[1].infector == 2
    assert chosen[2].infector == 3
    assert 3 not in chosen  # more likely somebody unknown
    assert sum(serial(days) for days in range(-60, 70)) == pytest.approx(1)
    clusters = Clusters()
    assert [clusters.join(a, b) for a, b in ((1, 2), (3, 4), (2, 4), (1, 3))] == [True, True, True, False]


def test_a_chart_has_room_for_twenty_thousand() -> None:
    """Columns that fit: every position names somebody."""
    many = 20_000
    rows = [PersonRow(n + 1, int(n >= 100), n * 60, 0.5) for n in range(many)]
    meetings = [Meeting(n % 100 + 1, n + 1, 1 + n % 7, n * 60, n * 60 + 900, 1.0) for n in range(100, many)]
    places = [PlaceRow(n, f"点{n}", "shop") for n in range(1, 7)]  # the seventh is no longer in sight
    chart = drawn(1, rows, {n + 1: n % 20 for n in range(100)}, [], meetings, places, 0)
    assert len(chart.people.id) == many
    assert max(chart.links.target) == many - 1
    assert set(chart.links.place) == set(range(6))
    assert len(set(chart.people.cluster[:100])) == 100


async def test_the_chart_of_a_trace_and_its_files(
    house: House, cast: psycopg.Connection, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "shelf", lambda settings, lane: Shelf(tmp_path, lane))
    noon = (now() - timedelta(days=6)).replace(hour=4, minute=0, second=0, microsecond=0)
    first, then, contact = (add_person(cast, keys) for _ in range(3))
    add_visits(cast, keys, [
        *(Visit(person, LONGGUAN_DOOR, noon) for person in (first, then)),
        *(Visit(person, YIJIE_DOOR, noon + timedelta(hours=5)) for person in (then, contact)),
    ])  # fmt: skip
    admin, other = await house.staff("longguan"), await house.staff("xiwanzi")
    onset = noon.date()
    cases = [
        {"person_id": first, "onset": f"{onset}"},
        {
            "person_id": then,
            "onset": f"{onset + timedelta(days=4)}",
            "since": (noon - timedelta(days=1)).isoformat(),
        },
    ]
    asked = await admin.post("/traces", {"purpose": PURPOSE, "plan": "v9", "cases": cases})
    assert asked.status_code == 202, asked.text
    started = asked.json()
    await work_off(house, cast)
    await finished(admin, started["run_id"])
    at = f"/charts/{started['trace_id']}"
    answer = await admin.post(at, {"purpose": PURPOSE})
    assert answer.status_code == 200, answer.text
    chart = answer.json()
    people, links = chart["people"], chart["links"]
    number = {person: n for n, person in enumerate(people["id"])}
    assert people["degree"] == [0, 0, 1]
    assert all("*" in name for name in chart["names"])
    assert people["infector"][number[then]] == number[first]
    assert people["infector"][number[first]] is None
    assert set(people["cluster"]) == {0}
    assert date(1970, 1, 1) + timedelta(days=people["onset"][number[first]]) == onset
    met = {frozenset(pair) for pair in zip(links["source"], links["target"], strict=True)}
    assert met == {frozenset({number[first], number[then]}), frozenset({number[then], number[contact]})}

    async def file(kind: str) -> bytes:
        sent: bytes = (await admin.post(f"{at}/export", {"purpose": PURPOSE, "format": kind})).content
        return sent

    listed = list(csv.DictReader((await file("linelist")).decode("utf-8-sig").splitlines()))
    met_rows = list(csv.DictReader((await file("contacts")).decode("utf-8-sig").splitlines()))
    assert {row["id"] for row in listed} >= {row["from"] for row in met_rows} | {row["to"] for row in met_rows}
    assert [(row["from"], row["to"]) for row in met_rows if row["transmission"] == "TRUE"] == [(str(first), str(then))]
    space = {"g": "http://gexf.net/1.3"}
    graph = xml.fromstring(await file("gexf"))
    ids = {node.get("id") for node in graph.iterfind(".//g:node", space)}
    edges = [(edge.get("source"), edge.get("target")) for edge in graph.iterfind(".//g:edge", space)]
    assert ids == {f"p{person}" for person in (first, then, contact)}
    assert {end for edge in edges for end in edge} <= ids
    assert (await other.post(at, {"purpose": PURPOSE})).status_code == 404
    assert (await admin.post(at, {"purpose": ""})).json()["code"] == "purpose_missing"
