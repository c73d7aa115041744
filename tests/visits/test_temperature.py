"""Temperature at the door: measured here or reused from anywhere, for as long as this door says; a fever is refused and told."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.codes.model import Hold
from lianfang.kit.clock import now
from lianfang.visits.decide import Decision, Reading, Undecided, Wants, decide, still_valid
from tests.support.gate import add_temperature, count, equip, waits
from tests.support.gate import decide as decides
from tests.support.house import House, scan, until
from tests.support.story import CHICHENG_DOOR, DIAOE_DOOR, LONGGUAN, LONGGUAN_DOOR, XIWANZI_DOOR
from tests.support.visits import add_hold
from tests.visits.conftest import row_of, stored

MINUTE = timedelta(minutes=1)
AT = datetime(2026, 1, 1, 8, tzinfo=UTC)
YELLOW = Hold(1, 5, "yellow", "因", "because", AT - MINUTE, AT + MINUTE)
RED = Hold(1, 6, "red", "因", "because", AT - MINUTE, AT + MINUTE)
BOTH = Wants(temperature=True, review=True)


@pytest.mark.parametrize(
    ("hold", "wants", "celsius", "refused", "can_wait", "expected"),
    [
        (None, Wants(), None, False, True, Decision("pass", "ok", None)),
        (YELLOW, Wants(), None, False, True, Decision("observe", "hold_yellow", 5)),
        (None, Wants(temperature=True), None, False, True, Undecided(("temperature",))),
        (None, Wants(temperature=True), 36.5, False, True, Decision("pass", "ok", None)),
        (None, Wants(temperature=True), 37.2, False, True, Decision("pass", "ok", None)),
        (None, Wants(temperature=True), 37.3, False, True, Decision("refuse", "fever", None)),
        (YELLOW, Wants(temperature=True), 38.0, False, True, Decision("refuse", "fever", 5)),
        (None, Wants(review=True), None, False, True, Undecided(("review",))),
        (None, BOTH, None, False, True, Undecided(("temperature", "review"))),
        (None, BOTH, 36.5, False, True, Undecided(("review",))),
        (None, BOTH, 38.5, False, True, Decision("refuse", "fever", None)),
        (None, BOTH, None, True, True, Decision("refuse", "review", None)),
        (RED, BOTH, 38.5, True, True, Decision("refuse", "hold_red", 6)),
        (RED, Wants(review=True), None, False, True, Decision("refuse", "hold_red", 6)),
        (None, BOTH, None, False, False, Decision("observe", "unreviewed", None)),
        (YELLOW, BOTH, None, False, False, Decision("observe", "hold_yellow", 5)),
        (None, BOTH, 38.5, False, False, Decision("refuse", "fever", None)),
        (RED, BOTH, None, False, False, Decision("refuse", "hold_red", 6)),
    ],
)
def test_the_gravest_comes_first_and_what_is_missing_is_waited_for(
    hold: Hold | None,
    wants: Wants,
    celsius: float | None,
    refused: bool,
    can_wait: bool,
    expected: Decision | Undecided,
) -> None:
    assert decide(hold, wants, celsius=celsius, refused=refused, can_wait=can_wait) == expected


@pytest.mark.parametrize(
    ("age", "valid"),
    [(0, True), (29 * 60 + 59, True), (30 * 60, False), (31 * 60, False), (-1, False)],
    ids=["now", "just valid", "the last instant does not count", "too old", "of the future"],
)
def test_a_temperature_is_valid_for_the_doors_own_interval(age: int, valid: bool) -> None:
    reading = Reading(36.5, AT - timedelta(seconds=age), 1, "")
    assert still_valid([reading], AT, 30) == (reading if valid else None)


def test_a_door_with_an_interval_of_nought_reuses_nothing() -> None:
    assert still_valid([Reading(36.5, AT, 1, "")], AT, 0) is None


@given(st.lists(st.integers(-200, 200), max_size=8), st.integers(0, 120))
def test_of_several_the_last_valid_one_counts(ages: list[int], valid_min: int) -> None:
    readings = [Reading(36.0, AT - age * MINUTE, index, "") for index, age in enumerate(ages)]
    valid = [age for age in ages if 0 <= age < valid_min]
    found = still_valid(readings, AT, valid_min)
    assert (found and found.at) == (AT - min(valid) * MINUTE if valid else None)


async def test_a_door_that_measures_lets_nobody_in_before(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, LONGGUAN_DOOR, valid_min=120)
    resident, gate = await house.resident(), await house.staff("gate01")
    waiting = await waits(resident, LONGGUAN_DOOR)
    assert (waiting["state"], waiting["needs"], waiting["checkpoint"]["id"]) == (
        "waiting",
        ["temperature"],
        LONGGUAN_DOOR.id,
    )
    assert stored(cast) == 0
    answer = await decides(gate, LONGGUAN_DOOR, resident, waiting["scan_id"], "measure", celsius=36.54)
    assert answer.status_code == 200, answer.text
    decided = answer.json()
    stamp = decided["stamp"]
    assert (decided["state"], stamp["verdict"], stamp["reason"]) == ("decided", "pass", "ok")
    assert stamp["temperature"] == {
        "celsius": 36.5,
        "at": stamp["temperature"]["at"],
        "checkpoint": "龙关集市",
        "reused": False,
    }
    assert count(cast, "waiting") == 0
    row = row_of(cast, waiting["scan_id"], "celsius::float8, celsius_checkpoint_id, decided_by, source, at")
    assert row[:4] == (36.5, LONGGUAN_DOOR.id, gate.id, "resident")
    assert row[4] == datetime.fromisoformat(waiting["at"])


async def test_it_is_reused_at_any_other_door_and_shown_with_age_and_place(
    house: House, cast: psycopg.Connection
) -> None:
    equip(house, cast, XIWANZI_DOOR, valid_min=60)
    resident = await house.resident()
    measured = add_temperature(cast, resident.id, CHICHENG_DOOR, 36.8, 40 * MINUTE)
    answer = await resident.scan(XIWANZI_DOOR)
    assert answer.status_code == 201
    temperature = answer.json()["temperature"]
    assert datetime.fromisoformat(temperature.pop("at")) == measured
    assert temperature == {"celsius": 36.8, "checkpoint": "县政务大厅", "reused": True}
    scan_id = answer.json()["scan_id"]
    assert row_of(cast, scan_id, "celsius::float8, celsius_checkpoint_id") == (36.8, CHICHENG_DOOR.id)
    assert count(cast, "temperatures") == 1  # reused, not measured again


async def test_each_door_has_its_own_interval(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, XIWANZI_DOOR, valid_min=30)
    equip(house, cast, DIAOE_DOOR, valid_min=60)
    equip(house, cast, LONGGUAN_DOOR, valid_min=0)
    resident = await house.resident()
    add_temperature(cast, resident.id, CHICHENG_DOOR, 36.8, 40 * MINUTE)
    assert [(await resident.scan(door)).status_code for door in (XIWANZI_DOOR, DIAOE_DOOR, LONGGUAN_DOOR)] == [
        202,
        201,
        202,
    ]


async def test_a_measurement_that_may_not_be_reused_is_not(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, LONGGUAN_DOOR, valid_min=120)
    resident = await house.resident()
    add_temperature(cast, resident.id, CHICHENG_DOOR, 34.0, MINUTE, reusable=False)
    assert (await resident.scan(LONGGUAN_DOOR)).status_code == 202
    add_temperature(cast, resident.id, CHICHENG_DOOR, 36.0, 2 * MINUTE)
    assert (await resident.scan(LONGGUAN_DOOR)).json()["temperature"]["celsius"] == 36.0


async def test_a_door_that_takes_no_temperature_shows_none(house: House, cast: psycopg.Connection) -> None:
    resident = await house.resident()
    add_temperature(cast, resident.id, CHICHENG_DOOR, 39.5, MINUTE)
    stamp = (await resident.scan(LONGGUAN_DOOR)).json()
    assert (stamp["verdict"], stamp["temperature"]) == ("pass", None)


async def test_somebody_elses_temperature_in_the_same_batch_is_theirs_alone(
    house: House, cast: psycopg.Connection
) -> None:
    equip(house, cast, LONGGUAN_DOOR, valid_min=120)
    measured, other = await house.resident(), await house.resident()
    add_temperature(cast, measured.id, CHICHENG_DOOR, 36.6, MINUTE)
    assert (await measured.scan(LONGGUAN_DOOR)).status_code == 201
    assert (await other.scan(LONGGUAN_DOOR)).status_code == 202


async def test_a_fever_at_one_door_is_refused_there_and_reused_at_the_next(
    house: House, cast: psycopg.Connection
) -> None:
    equip(house, cast, LONGGUAN_DOOR, valid_min=120)
    equip(house, cast, XIWANZI_DOOR, valid_min=240)
    resident, gate = await house.resident(), await house.staff("gate01")
    waiting = await waits(resident, LONGGUAN_DOOR)
    stamp = (await decides(gate, LONGGUAN_DOOR, resident, waiting["scan_id"], "measure", celsius=38.2)).json()["stamp"]
    assert (stamp["verdict"], stamp["reason"]) == ("refuse", "fever")
    there = (await resident.scan(XIWANZI_DOOR)).json()
    assert (there["verdict"], there["reason"], there["reason_text"]) == (
        "refuse",
        "fever",
        "体温偏高，请不要进入，到发热门诊就诊。",
    )
    assert (there["temperature"]["checkpoint"], there["temperature"]["reused"]) == ("龙关集市", True)
    alerts = cast.execute(
        "SELECT checkpoint_id, ord, person_id, scan_id::text, celsius::float8, celsius_checkpoint_id FROM fever_alerts"
        " ORDER BY id"
    ).fetchall()
    assert alerts == [
        (LONGGUAN_DOOR.id, LONGGUAN.lo, resident.id, waiting["scan_id"], 38.2, LONGGUAN_DOOR.id),
        (XIWANZI_DOOR.id, XIWANZI_DOOR.unit.lo, resident.id, there["scan_id"], 38.2, LONGGUAN_DOOR.id),
    ]
    # the same measurement at the same door is one alert, however often the person tries
    await resident.scan(XIWANZI_DOOR)
    assert count(cast, "fever_alerts") == 2


async def test_an_alert_is_told_after_its_commit(house: House, cast: psycopg.Connection, migrated: str) -> None:
    equip(house, cast, LONGGUAN_DOOR, valid_min=120)
    resident = await house.resident()
    add_temperature(cast, resident.id, CHICHENG_DOOR, 38.0, MINUTE)
    heard: list[int] = []
    async with await psycopg.AsyncConnection.connect(migrated, autocommit=True) as conn:
        await conn.execute("LISTEN lianfang_alerts")
        assert (await resident.scan(LONGGUAN_DOOR)).json()["reason"] == "fever"
        async for notify in conn.notifies(timeout=10, stop_after=1):
            heard.append(int(notify.payload))
    assert heard == [row[0] for row in cast.execute("SELECT id FROM fever_alerts").fetchall()]


async def test_a_retry_meets_its_first_outcome_though_the_temperature_ran_out(
    house: House, cast: psycopg.Connection
) -> None:
    equip(house, cast, LONGGUAN_DOOR, valid_min=120)
    resident = await house.resident()
    add_temperature(cast, resident.id, CHICHENG_DOOR, 36.6, MINUTE)
    body = scan(LONGGUAN_DOOR)
    first = await resident.post("/scans", body)
    cast.execute("DELETE FROM temperatures")
    again = await resident.post("/scans", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json() | {"replayed": True}
    assert count(cast, "waiting") == 0


async def test_a_retry_keeps_waiting_though_the_person_was_measured_elsewhere(
    house: House, cast: psycopg.Connection
) -> None:
    equip(house, cast, LONGGUAN_DOOR, valid_min=120)
    resident = await house.resident()
    body = scan(LONGGUAN_DOOR)
    first = await resident.post("/scans", body)
    add_temperature(cast, resident.id, CHICHENG_DOOR, 36.6, timedelta())
    again = await resident.post("/scans", body)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert (stored(cast), count(cast, "waiting")) == (0, 1)


async def test_an_offline_scan_uses_the_temperature_of_its_own_time(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, LONGGUAN_DOOR, valid_min=60)
    resident = await house.resident()
    add_temperature(cast, resident.id, CHICHENG_DOOR, 36.1, 200 * MINUTE)
    add_temperature(cast, resident.id, CHICHENG_DOOR, 36.9, 5 * MINUTE)
    past = await resident.scan(LONGGUAN_DOOR, at=now() - 180 * MINUTE)
    assert (past.status_code, past.json()["temperature"]["celsius"]) == (201, 36.1)
    between = (await resident.scan(LONGGUAN_DOOR, at=now() - 60 * MINUTE)).json()
    assert (between["verdict"], between["reason"], between["temperature"]) == ("observe", "unreviewed", None)


async def test_what_another_system_recorded_does_not_wait(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, CHICHENG_DOOR, valid_min=60, review=True)
    resident, importer = await house.resident(), await house.staff("import")
    answer = await importer.scan(CHICHENG_DOOR, person=resident.id)
    assert (answer.status_code, answer.json()["verdict"]) == (201, "pass")


async def test_a_red_hold_is_refused_before_anybody_measures(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, LONGGUAN_DOOR, valid_min=60, review=True)
    resident = await house.resident()
    add_hold(cast, resident.id, "red", now() - MINUTE, now() + MINUTE)
    answer = await resident.scan(LONGGUAN_DOOR)
    assert (answer.status_code, answer.json()["reason"]) == (201, "hold_red")


async def test_a_setting_that_changes_counts_from_the_next_scan_on(house: House, cast: psycopg.Connection) -> None:
    clerk, resident = await house.staff("clerk"), await house.resident()
    assert (await resident.scan(LONGGUAN_DOOR)).status_code == 201
    changed = await clerk.patch(f"/checkpoints/{LONGGUAN_DOOR.id}", {"temperature_valid_min": 30})
    assert changed.json()["temperature_valid_min"] == 30
    await until(lambda: house.services.doors.known(LONGGUAN_DOOR.code) is None)
    assert (await resident.scan(LONGGUAN_DOOR)).status_code == 202
