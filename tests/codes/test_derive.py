"""Evidence in, holds out: as the rules say in plain steps, however the evidence came and however often it is done."""

from datetime import timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from lianfang.codes.derive import Recoloured, recolour, recolour_everybody
from lianfang.codes.store import lane_holds
from lianfang.evidence.model import WITHDRAWN, NewEvidence
from lianfang.kit.clock import now
from lianfang.kit.db import Database
from lianfang.plans.check import stricter
from lianfang.plans.evaluate import held
from lianfang.plans.packs import pack, packs
from tests.codes.cases import DAY, adopt, facts, holds, tell, told
from tests.support import story

V9, V20 = pack("v9"), pack("v20")


async def test_a_contact_is_red_then_yellow_then_green_by_itself(worker: Database, owner: psycopg.Connection) -> None:
    await adopt(worker, V9)
    await recolour_everybody(worker)
    at = now() - DAY
    await tell(worker, told(7, "contact_order", "close", at))
    assert await recolour(worker) == Recoloured(people=1, opened=2, released=0)
    seen = sorted((h.colour, (h.starts - at).days, (h.ends - at).days) for _, h in holds(owner))
    assert seen == [("red", 0, 7), ("yellow", 7, 10)]


async def test_done_again_it_does_nothing(worker: Database, owner: psycopg.Connection) -> None:
    await tell(worker, told(7, "contact_order", "close", now() - DAY))
    await recolour(worker)
    before = holds(owner)
    assert await recolour(worker) == Recoloured()
    again = await recolour_everybody(worker)
    assert (again.opened, again.released, holds(owner)) == (0, 0, before)


async def test_two_negative_tests_a_day_apart_end_a_hold_and_the_lane_sees_it(
    worker: Database, lane_db: Database, owner: psycopg.Connection
) -> None:
    at = now()
    await tell(worker, told(7, "contact_order", "companion", at - 3 * DAY))
    await recolour(worker)
    await tell(worker, told(7, "test", "negative", at - 2 * DAY))
    assert (await recolour(worker)).released == 0
    async with lane_db.transaction() as conn:
        assert [h.colour for h in (await lane_holds(conn, [7], at))[7]] == ["yellow"]
    await tell(worker, told(7, "test", "negative", at - DAY))
    assert (await recolour(worker)).released == 1
    async with lane_db.transaction() as conn:
        assert await lane_holds(conn, [7], at) == {}
    assert owner.execute("SELECT cause FROM hold_releases").fetchall() == [("evidence",)]


async def test_a_correction_ends_what_was_wrong(worker: Database, owner: psycopg.Connection) -> None:
    wrong = told(7, "test", "positive", now() - DAY)
    await tell(worker, wrong)
    await recolour(worker)
    assert {h.colour for _, h in holds(owner)} == {"red"}
    await tell(worker, told(7, "test", WITHDRAWN, wrong.at, supersedes=wrong.id))
    await recolour(worker)
    assert holds(owner) == set()
    assert owner.execute("SELECT cause FROM hold_releases").fetchall() == [("corrected",)]


async def test_another_plan_colours_everybody_anew(worker: Database, owner: psycopg.Connection) -> None:
    await adopt(worker, V9)
    await recolour_everybody(worker)
    await tell(worker, told(7, "contact_order", "second", now() - DAY), told(8, "contact_order", "close", now() - DAY))
    await recolour(worker)
    assert {who for who, _ in holds(owner)} == {7, 8}
    await adopt(worker, V20, starts_at=now() + DAY)
    await recolour_everybody(worker)
    assert {h.plan for _, h in holds(owner)} == {"v9.1"}, "its time has not come"
    await recolour_everybody(worker, at=now() + 2 * DAY)
    assert {(who, h.plan) for who, h in holds(owner)} == {(8, "v20.1")}, "contacts of contacts are held no more"


async def test_a_provinces_stricter_figures_are_for_its_own_orders(worker: Database, owner: psycopg.Connection) -> None:
    await adopt(worker, V9)
    await adopt(worker, stricter(V9, {"management.close.home_days": 7}), province="13")
    await recolour_everybody(worker)
    at = now() - DAY
    await tell(
        worker, *(told(who, "contact_order", "close", at, province=p) for who, p in ((7, "13"), (8, "31"), (9, "")))
    )
    await recolour(worker)
    ends = {who: (h.ends - at).days for who, h in holds(owner) if h.colour == "yellow"}
    assert ends == {7: 14, 8: 10, 9: 10}


async def test_what_somebody_typed_or_heard_too_late_colours_nobody(
    worker: Database, owner: psycopg.Connection
) -> None:
    at = now() - DAY
    await tell(
        worker,
        *(told(who, "contact_order", "close", at, provenance="run:80") for who in range(1, 101)),
        *(told(who, "test", "positive", at, provenance="account:3") for who in range(1, 101)),
        told(101, "contact_order", "close", at, confidence=79),
        told(102, "contact_order", "close", now() - 31 * DAY),
        told(103, "contact_order", "close", at, provenance="gate:5"),
        told(104, "decision", "hold", at, subject="1"),
        told(105, "decision", "hold", at, subject="999"),
    )
    assert await recolour(worker) == Recoloured(people=105)
    assert holds(owner) == set()


async def test_a_hold_without_evidence_does_not_outlive_a_recolouring(
    worker: Database, owner: psycopg.Connection
) -> None:
    owner.execute(
        "INSERT INTO holds (person_id, colour, rule, plan, reason_zh, reason_en, starts_at, ends_at)"
        " VALUES (7, 'red', 'x', 'x', '因', 'x', now(), now() + interval '1 day')"
    )
    await recolour_everybody(worker)
    assert holds(owner) == set()
    assert owner.execute("SELECT cause FROM hold_releases").fetchall() == [("unfounded",)]


async def test_a_rule_that_the_news_do_not_concern_leaves_its_holds_alone(
    worker: Database, owner: psycopg.Connection
) -> None:
    at = now() - DAY
    await tell(worker, told(7, "contact_order", "close", at), told(8, "contact_order", "close", at))
    await recolour(worker)
    before = holds(owner)
    wrong = told(7, "area_stay", "high", at)
    await tell(worker, wrong, told(8, "vaccination", "2", at))
    assert (await recolour(worker)).released == 0
    assert holds(owner) > before
    await tell(worker, told(7, "area_stay", WITHDRAWN, at, supersedes=wrong.id))
    await recolour(worker)
    assert holds(owner) == before


HOURS = st.integers(1, 24 * 4)
# what puts holds and what may end them, close together: cases in which nothing meets show nothing
THEMES = st.sampled_from(
    [
        [("contact_order", "close"), ("contact_order", "second"), ("contact_order", "released")],
        [("contact_order", "companion"), ("test", "negative"), ("test", "negative"), ("contact_order", "released")],
        [("test", "positive"), ("test", "negative"), ("test", "negative"), ("diagnosis", "recovered")],
        [("area_stay", "high"), ("area_stay", "low"), ("test", "negative"), ("arrival", "medium")],
        [("temperature", "fever"), ("test", "negative"), ("border_crossing", "entry"), ("diagnosis", "confirmed")],
    ]
)
WAYS = st.sampled_from(["feed:1", "feed:1", "feed:2", "area:1", "gate:1", "run:1"])
ROWS = THEMES.flatmap(
    lambda said: st.lists(
        st.tuples(st.integers(1, 2), st.sampled_from(said), HOURS, st.integers(0, 30), WAYS), min_size=2, max_size=14
    )
)


def rows_of(drawn: list[tuple[int, tuple[str, str], int, int, str]], corrects: set[int]) -> list[NewEvidence]:
    at = now().replace(minute=0, second=0, microsecond=0)
    rows: list[NewEvidence] = []
    for number, (who, (kind, result), ago, stayed, provenance) in enumerate(drawn):
        begun = at - timedelta(hours=ago + stayed)
        until = begun + timedelta(hours=stayed) if kind == "area_stay" and stayed else None
        wrong = [r for r in rows if r.person_id == who and r.id not in {x.supersedes for x in rows}]
        supersedes = wrong[-1].id if number in corrects and wrong else None
        province = "13" if ago % 3 == 0 else ""
        rows.append(
            told(who, kind, result, begun, until=until, provenance=provenance, supersedes=supersedes, province=province)  # type: ignore[arg-type]
        )
    return rows


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ROWS,
    st.sets(st.integers(0, 13), max_size=3),
    st.lists(st.integers(1, 5), min_size=1, max_size=4),
    st.sampled_from(sorted(packs())),
)
async def test_piece_by_piece_all_at_once_and_in_plain_steps_it_is_the_same(
    worker: Database,
    owner: psycopg.Connection,
    drawn: list[tuple[int, tuple[str, str], int, int, str]],
    corrects: set[int],
    pieces: list[int],
    key: str,
) -> None:
    story.clear(owner)
    country, local = packs()[key], stricter(packs()[key], {"management.close.home_days": 20})
    await adopt(worker, country)
    await adopt(worker, local, province="13")
    await recolour_everybody(worker)
    rows = rows_of(drawn, corrects)
    start = 0
    while start < len(rows):
        size = pieces[start % len(pieces)]
        await tell(worker, *rows[start : start + size])
        await recolour(worker)
        start += size
    bit_by_bit = holds(owner)
    await recolour_everybody(worker)
    assert holds(owner) == bit_by_bit
    at = now()
    plain = {
        (who, hold._replace(plan=f"{country.id}-13") if found.province == "13" else hold)
        for who, known in facts(rows, at).items()
        for hold in held(lambda province: local if province == "13" else country, known)
        for found in [next(f for f in known if f.id == hold.evidence)]
        if hold.ends > at
    }
    event(f"holds: {min(len(plain), 4)}")
    assert bit_by_bit == plain


@pytest.mark.parametrize("size", [1, 3])
async def test_batches_that_come_together_are_taken_together(
    worker: Database, owner: psycopg.Connection, size: int
) -> None:
    for who in range(size):
        await tell(worker, told(who + 1, "contact_order", "close", now() - DAY))
    assert (await recolour(worker)).people == size
    assert owner.execute("SELECT count(*) FROM evidence_batches WHERE applied_at IS NULL").fetchone() == (0,)
    assert owner.execute("SELECT count(*) FROM recolourings").fetchone() == (1,)
