"""What an operator sees: figures, readiness, and the limits that keep one kind of request from starving another."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from lianfang.config import Settings, SettingsError, load
from lianfang.entrypoints.watch import QUIET_AFTER_S, Surge
from lianfang.kit import metrics
from tests.conftest import OpenHouse
from tests.support.database import MASTER
from tests.support.house import Client, House, scan, until
from tests.support.story import LONGGUAN_DOOR
from tests.visits.conftest import HeldLane, trigger

TOKEN = "figures-for-the-operator"


@pytest.fixture
async def watched(house_with: OpenHouse) -> House:
    return await house_with(Settings(demo=True, secret_key=MASTER.hex(), metrics_token=TOKEN))


async def figures(client: Client) -> dict[str, float]:
    answer = await client.http.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200, answer.text
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = ",".join(sample.labels.values())
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def look(house: House) -> None:
    """What the server does once a second."""
    house.app.look(connections=7, late=2)


async def test_figures_are_for_whoever_has_the_token(watched: House, house_with: OpenHouse) -> None:
    client = await watched.client()
    for headers in ({}, {"authorization": "Bearer "}, {"authorization": f"Bearer {TOKEN}x"}):
        assert (await client.http.get("/metrics", headers=headers)).status_code == 401
    without = await (await house_with(Settings(demo=True, secret_key=MASTER.hex()))).client()
    for headers in ({}, {"authorization": "Bearer "}, {"authorization": f"Bearer {TOKEN}"}):
        assert (await without.http.get("/metrics", headers=headers)).status_code == 401
    with pytest.raises(SettingsError, match="LIANFANG_METRICS_TOKEN"):
        load({"LIANFANG_METRICS_TOKEN": "short"})


async def test_scans_are_counted_by_what_came_of_them(watched: House, cast: psycopg.Connection) -> None:
    resident = await watched.resident()
    before = await figures(resident)
    body = scan(LONGGUAN_DOOR)
    assert (await resident.post("/scans", body)).status_code == 201
    assert (await resident.post("/scans", body)).status_code == 200
    assert (await resident.post("/scans", body | {"seat": "other"})).status_code == 409
    assert (await resident.post("/scans", body | {"code": "NOSUCHCODE000000"})).status_code == 404
    with trigger(cast, "TRIGGER BEFORE INSERT", "RAISE 'made up';"):
        assert (await resident.scan(LONGGUAN_DOOR)).status_code == 500
    watched.services.lane._limit = 0
    assert (await resident.scan(LONGGUAN_DOOR)).status_code == 503
    look(watched)
    after = await figures(resident)
    came = {
        outcome: after[f"lianfang_scans_total{{{outcome}}}"] - before.get(f"lianfang_scans_total{{{outcome}}}", 0)
        for outcome in ("pass", "again", "rejected", "failed", "busy")
    }
    assert came == {"pass": 1, "again": 1, "rejected": 2, "failed": 1, "busy": 1}
    assert after["lianfang_lane_batch_scans_count"] - before["lianfang_lane_batch_scans_count"] == 3
    assert after["lianfang_lane_commit_seconds_sum"] > before["lianfang_lane_commit_seconds_sum"]
    assert after["lianfang_connections"] == 7
    assert after["lianfang_late_connections_total"] - before["lianfang_late_connections_total"] == 2
    assert after["lianfang_pool_connections{lane,idle}"] + after["lianfang_pool_connections{lane,busy}"] >= 1
    assert after["lianfang_requests_in_progress"] == 0
    assert "lianfang_pool_waiting{app}" in after


def test_figures_of_several_processes_are_added_up_and_the_state_of_the_dead_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = (
        "from lianfang.visits import metrics; metrics.lost('busy', 3); metrics.QUEUE.set(5);"
        "print('ready', flush=True); input()"
    )
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    with metrics.shared():
        children = [
            subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        for child in children:
            assert child.stdout
            assert child.stdout.readline() == "ready\n"
        both = metrics.render().decode()
        assert 'lianfang_scans_total{outcome="busy"} 6.0' in both
        assert "lianfang_lane_queue 10.0" in both
        children[0].communicate("\n")
        one = metrics.render().decode()
        assert 'lianfang_scans_total{outcome="busy"} 6.0' in one
        assert "lianfang_lane_queue 5.0" in one
        children[1].communicate("\n")


@pytest.fixture
def restored(cast: psycopg.Connection) -> Iterator[psycopg.Connection]:
    yield cast
    cast.execute("ALTER ROLE lianfang_lane RESET default_transaction_read_only")


async def reason(house: House) -> str | None:
    house.app.router.state.services.watch._asked_at = float("-inf")
    answer = await (await house.client()).get("/health/ready")
    health = answer.json()
    assert (answer.status_code, health["status"]) == ((503, "unready") if "reason" in health else (200, "ready"))
    found: str | None = health.get("reason")
    return found


@pytest.fixture
def held(house: House) -> Iterator[HeldLane]:
    lane = HeldLane(house.services.lane)
    yield lane
    lane.release()


async def renew(house: House) -> None:
    """Every connection of the lane made anew. One that is being opened would stay as it is: first let it come."""
    pool = house.services.db.lane.pool
    while (figures := pool.get_stats())["pool_size"] != figures["pool_available"]:  # noqa: ASYNC110 - the pool tells nobody
        await asyncio.sleep(0.01)
    await pool.drain()


async def test_a_process_that_cannot_work_says_why_it_is_not_ready(
    house: House, held: HeldLane, restored: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await reason(house) is None
    restored.execute("ALTER ROLE lianfang_lane SET default_transaction_read_only = on")
    await renew(house)
    resident = await house.resident()
    assert await reason(house) == "database_read_only"
    restored.execute("ALTER ROLE lianfang_lane RESET default_transaction_read_only")
    await renew(house)
    monkeypatch.setattr("lianfang.entrypoints.watch._LAST_MIGRATION", "9999.later")
    assert await reason(house) == "schema_outdated"
    monkeypatch.undo()
    look(house)
    occupying = await held.occupied_by(resident)
    waiting = asyncio.create_task(resident.scan(LONGGUAN_DOOR))
    await held.waiting(1)
    assert await reason(house) is None
    monkeypatch.setattr("lianfang.visits.lane.STUCK_AFTER_S", -1)
    assert await reason(house) == "lane_stuck"
    held.release()
    await asyncio.gather(waiting, *occupying)
    assert await reason(house) is None
    house.app.end_streams()
    assert await reason(house) == "stopping"


async def test_a_flood_of_other_requests_leaves_room_for_scans_and_health(
    house: House, cast: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    resident = await house.resident()
    monkeypatch.setattr(house.app._slots, "_limit", 0)
    refused = await resident.get("/residents/me/code")
    assert (refused.status_code, refused.json()["code"]) == (503, "busy")
    assert int(refused.headers["retry-after"]) in (2, 3, 4)
    assert "x-content-type-options" in refused.headers
    assert (await resident.scan(LONGGUAN_DOOR)).status_code == 201
    assert (await resident.get("/health/live")).status_code == 200
    assert await reason(house) is None
    assert house.app._slots.take_refused() == 1


async def test_who_waits_all_day_takes_no_room(house: House) -> None:
    guard = await house.staff("gate01")
    checkpoint = (await guard.get("/gate/checkpoints")).json()["items"][0]["id"]
    async with guard.stream(f"/gate/{checkpoint}/events") as stream:
        assert (await stream.event())["event"] == "hello"
        assert house.app._slots.taken == 0
    await until(lambda: house.app._slots.taken == 0)


def test_a_surge_is_two_lines_in_the_log() -> None:
    surge = Surge()
    with capture_logs() as lines:
        for turned_away in [0, 5, 7, 0, 3, *[0] * (QUIET_AFTER_S + 3), 1]:
            surge.look(turned_away)
    told: list[dict[str, Any]] = [{k: v for k, v in line.items() if k != "log_level"} for line in lines]
    assert told == [{"event": "surge_began"}, {"event": "surge_ended", "turned_away": 15}, {"event": "surge_began"}]
