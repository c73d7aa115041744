"""The colour at the door: the worst hold at the time of the scan decides, and nothing else."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.codes.model import Hold, worst_active
from lianfang.kit.clock import now
from lianfang.visits.decide import decide
from tests.support.house import House, scan
from tests.support.visits import add_hold
from tests.visits.conftest import row_of

HOUR = timedelta(hours=1)


async def decided(
    house: House, cast: psycopg.Connection, *holds: tuple[str, timedelta, timedelta]
) -> tuple[str, int | None]:
    """Verdict and hold of a scan by somebody with these holds, [from, until) relative to now."""
    resident = await house.resident()
    for colour, starts, ends in holds:
        add_hold(cast, resident.id, colour, now() + starts, now() + ends)
    stamp = (await resident.scan()).json()
    verdict, reason, hold_id = row_of(cast, stamp["scan_id"], "verdict, reason, hold_id")
    assert (stamp["verdict"], stamp["reason"]) == (verdict, reason)
    return reason, hold_id


async def test_nobody_holds_a_green_person(house: House, cast: psycopg.Connection) -> None:
    assert await decided(house, cast) == ("ok", None)


async def test_yellow_is_observed(house: House, cast: psycopg.Connection) -> None:
    reason, hold_id = await decided(house, cast, ("yellow", -HOUR, HOUR))
    assert reason == "hold_yellow"
    assert hold_id is not None


async def test_red_is_refused_and_the_refusal_is_a_visit_too(house: House, cast: psycopg.Connection) -> None:
    resident = await house.resident()
    hold_id = add_hold(cast, resident.id, "red", now() - HOUR, now() + HOUR)
    answer = await resident.scan()
    assert answer.status_code == 201
    assert answer.json()["verdict"] == "refuse"
    assert answer.json()["reason_text"] == "需要隔离，请不要进入，联系社区。"
    assert row_of(cast, answer.json()["scan_id"], "verdict, hold_id") == ("refuse", hold_id)


async def test_red_outweighs_yellow_whichever_lasts_longer(house: House, cast: psycopg.Connection) -> None:
    reason, _ = await decided(house, cast, ("yellow", -HOUR, 9 * HOUR), ("red", -HOUR, HOUR), ("yellow", -HOUR, HOUR))
    assert reason == "hold_red"


async def test_an_expired_hold_and_one_to_come_hold_nobody(house: House, cast: psycopg.Connection) -> None:
    assert await decided(house, cast, ("red", -2 * HOUR, -HOUR), ("red", HOUR, 2 * HOUR)) == ("ok", None)


async def test_an_offline_scan_is_decided_as_of_its_own_time(house: House, cast: psycopg.Connection) -> None:
    resident = await house.resident()
    add_hold(cast, resident.id, "red", now() - 3 * HOUR, now() - HOUR)
    add_hold(cast, resident.id, "yellow", now() - HOUR, now() + HOUR)
    reasons = [(await resident.scan(at=now() - hours * HOUR)).json()["reason"] for hours in (4, 2, 0.5)]
    assert reasons == ["ok", "hold_red", "hold_yellow"]


async def test_a_hold_of_somebody_else_in_the_same_batch_is_theirs_alone(
    house: House, cast: psycopg.Connection
) -> None:
    sick, healthy = await house.resident(), await house.resident()
    add_hold(cast, sick.id, "red", now() - HOUR, now() + HOUR)
    assert (await sick.scan()).json()["verdict"] == "refuse"
    assert (await healthy.scan()).json()["verdict"] == "pass"


async def test_a_later_hold_does_not_change_the_first_outcome(house: House, cast: psycopg.Connection) -> None:
    resident = await house.resident()
    body = scan()
    assert (await resident.post("/scans", body)).json()["verdict"] == "pass"
    add_hold(cast, resident.id, "red", now() - HOUR, now() + HOUR)
    assert (await resident.post("/scans", body)).json()["verdict"] == "pass"
    assert (await resident.scan()).json()["verdict"] == "refuse"


BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
hours = st.integers(0, 12)
holds = st.builds(
    lambda id, colour, start, length: Hold(
        1, id, colour, "因", "because", BEGIN + start * HOUR, BEGIN + (start + length) * HOUR
    ),
    st.integers(1, 99),
    st.sampled_from(["yellow", "red"]),
    hours,
    st.integers(1, 6),
)


def plain_colour(found: list[Hold], at: datetime) -> str:
    """The rule as one says it: red if any red hold is active, else yellow if any is, else green."""
    active = [hold.colour for hold in found if hold.starts_at <= at and at < hold.ends_at]
    return "red" if "red" in active else "yellow" if "yellow" in active else "green"


@given(st.lists(holds, max_size=6, unique_by=lambda hold: hold.id), hours)
def test_the_decision_is_the_rule_as_one_says_it(found: list[Hold], hour: int) -> None:
    at = BEGIN + hour * HOUR
    worst = worst_active(found, at)
    decision = decide(worst)
    expected = {"red": ("refuse", "hold_red"), "yellow": ("observe", "hold_yellow"), "green": ("pass", "ok")}
    assert (decision.verdict, decision.reason) == expected[plain_colour(found, at)]
    assert decision.hold_id == (worst.id if worst else None)
    if worst:
        assert worst in found
        assert worst.starts_at <= at < worst.ends_at
        equals = [h for h in found if h.colour == worst.colour and h.starts_at <= at < h.ends_at]
        assert worst.ends_at == max(hold.ends_at for hold in equals)


@given(st.lists(holds, max_size=6), hours)
def test_the_order_of_holds_does_not_matter(found: list[Hold], hour: int) -> None:
    at = BEGIN + hour * HOUR
    forward, backward = worst_active(found, at), worst_active(found[::-1], at)
    assert (forward and (forward.colour, forward.ends_at)) == (backward and (backward.colour, backward.ends_at))


@pytest.mark.parametrize(
    ("moment", "colour"), [(0, "red"), (1, None)], ids=["the first instant counts", "the last does not"]
)
def test_a_hold_begins_at_its_first_instant_and_ends_before_its_last(moment: int, colour: str | None) -> None:
    hold = Hold(1, 1, "red", "因", "because", BEGIN, BEGIN + HOUR)
    worst = worst_active([hold], BEGIN + moment * HOUR)
    assert (worst and worst.colour) == colour
