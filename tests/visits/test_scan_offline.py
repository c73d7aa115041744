"""Scans that were made without a network, or just before midnight: kept with their own time, found again by their retries."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from lianfang.config import Settings
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.visits import batch as lane_room
from lianfang.visits import door as door_room
from tests.conftest import OpenHouse
from tests.support.house import House, scan, scan_id
from tests.support.story import CHICHENG_DOOR
from tests.support.visits import add_person
from tests.visits.conftest import row_of, stored


def code_of(answer: object) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]  # type: ignore[attr-defined]


async def test_an_offline_scan_keeps_its_own_time_and_says_whose_clock_it_is(
    house: House, cast: psycopg.Connection
) -> None:
    resident = await house.resident()
    at = now() - timedelta(hours=30)
    answer = await resident.scan(at=at)
    assert answer.status_code == 201
    assert datetime.fromisoformat(answer.json()["at"]) == at
    [clock, stored_at, recorded_at] = row_of(cast, answer.json()["scan_id"], "clock, at, recorded_at")
    assert (clock, stored_at) == ("client", at)
    assert now() - recorded_at < timedelta(minutes=1)


async def test_an_offline_scan_again_gets_the_same_stamp(house: House, cast: psycopg.Connection) -> None:
    resident = await house.resident()
    body = scan(at=now() - timedelta(days=3))
    assert (await resident.post("/scans", body)).status_code == 201
    again = await resident.post("/scans", body)
    assert (again.status_code, again.json()["replayed"]) == (200, True)
    assert stored(cast) == 1


async def test_a_time_in_any_zone_is_the_same_instant(house: House, cast: psycopg.Connection) -> None:
    resident = await house.resident()
    at = (now() - timedelta(hours=2)).replace(microsecond=0)
    body = scan(scan_id=str(scan_id(at)))
    local = at.astimezone(house.services.settings.zone).isoformat()
    stamp = (await resident.post("/scans", body | {"at": local})).json()
    assert stamp["at"] == at.strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_a_clock_that_runs_a_little_ahead_is_borne_and_a_future_is_not(house: House) -> None:
    resident = await house.resident()
    assert (await resident.scan(at=now() + timedelta(minutes=4))).status_code == 201
    refused = await resident.scan(at=now() + timedelta(minutes=6))
    assert (refused.status_code, code_of(refused)) == (422, [("at", "future")])


async def test_what_is_no_longer_kept_is_not_taken_either(house: House, cast: psycopg.Connection) -> None:
    resident = await house.resident()
    kept = timedelta(days=house.services.settings.retention_days)
    assert (await resident.scan(at=now() - kept + timedelta(minutes=5))).status_code == 201
    refused = await resident.scan(at=now() - kept - timedelta(minutes=5))
    assert (refused.status_code, code_of(refused)) == (422, [("at", "too_old")])
    assert stored(cast) == 1


async def test_a_time_without_a_zone_is_refused(house: House) -> None:
    resident = await house.resident()
    refused = await resident.scan(at="2026-11-20T08:00:00")
    assert (refused.status_code, code_of(refused)) == (422, [("at", "zone")])


@pytest.mark.parametrize("away", [timedelta(hours=25), -timedelta(hours=25)], ids=["ahead", "behind"])
async def test_an_id_whose_clock_is_a_day_off_is_refused(
    house: House, cast: psycopg.Connection, away: timedelta
) -> None:
    resident = await house.resident()
    for changed in ({}, {"at": now() - timedelta(days=5)}):
        at = changed.get("at", now())
        refused = await resident.scan(**changed, scan_id=str(scan_id(at + away)))
        assert (refused.status_code, code_of(refused)) == (422, [("scan_id", "clock")])
    assert stored(cast) == 0


@pytest.mark.parametrize("away", [timedelta(hours=23), -timedelta(hours=23)], ids=["ahead", "behind"])
async def test_a_phone_whose_clock_is_hours_off_still_scans_by_the_servers(
    house: House, cast: psycopg.Connection, away: timedelta
) -> None:
    resident = await house.resident()
    stamp = await resident.scan(scan_id=str(scan_id(now() + away)))
    assert stamp.status_code == 201
    assert now() - datetime.fromisoformat(stamp.json()["at"]) < timedelta(minutes=1)


async def test_a_retry_after_midnight_meets_its_first_attempt(
    house: House, cast: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The day in the id decides where a visit lies, so both look at the same day's partition."""
    resident = await house.resident()
    midnight = datetime.combine(now().date(), datetime.min.time(), UTC)
    just_before, just_after = midnight - timedelta(seconds=1), midnight + timedelta(seconds=5)
    body = scan(scan_id=str(scan_id(just_before)))
    answers = []
    for moment in (just_before, just_after):
        for room in (door_room, lane_room):
            monkeypatch.setattr(room, "clock_now", lambda moment=moment: moment)
        answers.append(await resident.post("/scans", body))
    first, retry = answers
    assert (first.status_code, retry.status_code) == (201, 200)
    assert datetime.fromisoformat(retry.json()["at"]) == just_before
    assert row_of(cast, body["scan_id"], "tableoid::regclass::text") == (f"visits_{just_before:%Y%m%d}",)


async def test_the_partition_of_a_day_is_made_when_its_first_scan_comes(house: House, cast: psycopg.Connection) -> None:
    at = now() - timedelta(days=20)
    part = f"visits_{at:%Y%m%d}"
    cast.execute(f"DROP TABLE IF EXISTS {part}".encode())
    resident = await house.resident()
    assert (await resident.scan(at=at)).status_code == 201
    assert cast.execute(f"SELECT count(*) FROM {part}".encode()).fetchone() == (1,)


async def test_where_everything_is_kept_old_streams_are_taken_back_to_1971(
    house_with: OpenHouse, cast: psycopg.Connection, keys: Keys
) -> None:
    house = await house_with(Settings(demo=True, secret_key="00" * 32, retention_days=0))
    importer, person = await house.staff("import"), add_person(cast, keys)
    old = datetime(2012, 4, 3, 18, 0, tzinfo=UTC)
    assert (await importer.scan(CHICHENG_DOOR, at=old, person=person)).status_code == 201
    for year in (1970, 1960, 1, 9999):
        refused = await importer.scan(CHICHENG_DOOR, at=old.replace(year=year), person=person)
        assert refused.status_code == 422, year
    assert (await importer.scan(CHICHENG_DOOR, at=old.replace(year=1971), person=person)).status_code == 201
    assert stored(cast) == 2
    for year in (1971, 2012):
        cast.execute(f"DROP TABLE visits_{year}0403".encode())
