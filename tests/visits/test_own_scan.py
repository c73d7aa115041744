"""The resident's phone: it waits for the decision without asking again and again, and says when the person leaves."""

import asyncio
import time
from datetime import datetime, timedelta

import psycopg
import pytest

from lianfang.kit import ids
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.visits import own
from tests.support.gate import count, decide, equip, waits
from tests.support.house import House
from tests.support.story import LONGGUAN_DOOR, XIWANZI_DOOR, YIJIE_DOOR
from tests.support.visits import add_hold, add_person, add_visit

MINUTE = timedelta(minutes=1)


async def test_the_page_changes_by_itself_when_the_attendant_decides(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, LONGGUAN_DOOR, review=True)
    resident, gate = await house.resident(), await house.staff("gate01")
    waiting = await waits(resident, LONGGUAN_DOOR)
    asking = asyncio.create_task(resident.get(f"/scans/{waiting['scan_id']}", wait=20))
    done, _ = await asyncio.wait([asking], timeout=0.5)
    assert not done
    decided = (await decide(gate, LONGGUAN_DOOR, resident, waiting["scan_id"], "approve")).json()
    began = time.monotonic()
    answer = await asyncio.wait_for(asking, 10)
    assert time.monotonic() - began < 3
    assert (answer.status_code, answer.json()) == (200, decided["stamp"])


async def test_whoever_waits_reads_once_however_busy_the_door_is(
    house: House, cast: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    equip(house, cast, LONGGUAN_DOOR, review=True)
    resident, other = await house.resident(), await house.resident()
    waiting = await waits(resident, LONGGUAN_DOOR)
    reads = 0
    read = own.read

    async def counted(*args: object) -> object:
        nonlocal reads
        reads += 1
        return await read(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(own, "read", counted)
    asking = asyncio.create_task(resident.get(f"/scans/{waiting['scan_id']}", wait=1.5))
    for _ in range(5):
        await other.scan(LONGGUAN_DOOR)
        await asyncio.sleep(0.15)
    answer = await asyncio.wait_for(asking, 10)
    assert (answer.status_code, answer.json()["needs"]) == (202, ["review"])
    assert reads <= 2  # at the beginning, and at the end of the time


async def test_a_scan_is_its_persons_own(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, LONGGUAN_DOOR, review=True)
    resident, other = await house.resident(), await house.resident()
    waiting = await waits(resident, LONGGUAN_DOOR)
    assert (await other.get(f"/scans/{waiting['scan_id']}")).status_code == 404
    assert (await resident.get(f"/scans/{ids.uuid7()}", wait=20)).status_code == 404
    assert (await (await house.client()).get(f"/scans/{waiting['scan_id']}")).status_code == 401
    assert (await other.post(f"/scans/{waiting['scan_id']}/checkout")).status_code == 404


async def test_the_first_check_out_counts(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, LONGGUAN_DOOR, checkout=True)
    resident = await house.resident()
    stamp = (await resident.scan(LONGGUAN_DOOR)).json()
    assert stamp["checkout"] is True
    path = f"/scans/{stamp['scan_id']}/checkout"
    first = await resident.post(path)
    assert first.status_code == 200
    assert datetime.fromisoformat(stamp["at"]) <= datetime.fromisoformat(first.json()["left_at"]) <= now()
    assert (await resident.post(path, {"at": now().isoformat()})).json() == first.json()
    assert count(cast, "checkouts") == 1


async def test_an_offline_check_out_brings_its_own_time(house: House, cast: psycopg.Connection) -> None:
    resident = await house.resident()
    scan_id = (await resident.scan(LONGGUAN_DOOR, at=now() - 60 * MINUTE)).json()["scan_id"]
    late = await resident.post(f"/scans/{scan_id}/checkout", {"at": (now() + timedelta(hours=1)).isoformat()})
    assert (late.status_code, late.json()["errors"][0]["code"]) == (422, "future")
    left = now() - 20 * MINUTE
    answer = await resident.post(f"/scans/{scan_id}/checkout", {"at": left.isoformat()})
    assert datetime.fromisoformat(answer.json()["left_at"]) == left


async def test_nobody_leaves_before_they_came_or_without_having_been_let_in(
    house: House, cast: psycopg.Connection
) -> None:
    resident = await house.resident()
    stamp = (await resident.scan(LONGGUAN_DOOR)).json()
    answer = await resident.post(f"/scans/{stamp['scan_id']}/checkout", {"at": (now() - timedelta(days=1)).isoformat()})
    assert answer.json()["left_at"] == stamp["at"]
    add_hold(cast, resident.id, "red", now() - MINUTE, now() + MINUTE)
    refused = (await resident.scan(LONGGUAN_DOOR)).json()
    assert refused["verdict"] == "refuse"
    assert (await resident.post(f"/scans/{refused['scan_id']}/checkout")).status_code == 404


async def stay(house: House, person: int, scan_id: object) -> tuple[datetime | None, str | None]:
    """When the person left, and how that is known, as a clerk of the county reads it."""
    clerk = await house.staff("clerk")
    key = {"person_id": person, "scan_id": str(scan_id), "purpose": "核对行程"}
    detail = (await clerk.post("/records/detail", key)).json()
    left = detail["left_at"]
    return (datetime.fromisoformat(left) if left else None), detail["left_how"]


async def test_a_stay_ends_with_the_check_out_the_next_check_in_or_the_usual_dwell(
    house: House, cast: psycopg.Connection, keys: Keys
) -> None:
    person = add_person(cast, keys)
    begin = now() - timedelta(hours=5)
    alone = add_visit(cast, keys, person, LONGGUAN_DOOR, at=begin)  # a public place: an hour
    closed = add_visit(cast, keys, person, LONGGUAN_DOOR, at=begin + 120 * MINUTE)
    again = add_visit(cast, keys, person, LONGGUAN_DOOR, at=begin + 130 * MINUTE)
    nxt = add_visit(cast, keys, person, YIJIE_DOOR, at=begin + 150 * MINUTE)  # a village: ten minutes
    out = add_visit(cast, keys, person, LONGGUAN_DOOR, at=begin + 180 * MINUTE)
    cast.execute(
        "INSERT INTO checkouts VALUES (%s, %s, %s, now(), %s, %s)",
        [person, out.scan_id, begin + 181 * MINUTE, LONGGUAN_DOOR.unit.lo, LONGGUAN_DOOR.id],
    )
    add_visit(cast, keys, person, XIWANZI_DOOR, at=nxt.at + 5 * MINUTE)  # in another county: not the clerk's to know
    refused = add_visit(cast, keys, person, LONGGUAN_DOOR, at=begin + 240 * MINUTE, verdict="refuse", reason="review")
    assert await stay(house, person, alone.scan_id) == (alone.at + 60 * MINUTE, "dwell")
    # scanning the same door once more is not leaving it
    assert await stay(house, person, closed.scan_id) == (nxt.at, "next")
    assert await stay(house, person, again.scan_id) == (nxt.at, "next")
    assert await stay(house, person, nxt.scan_id) == (nxt.at + 10 * MINUTE, "dwell")
    assert await stay(house, person, out.scan_id) == (begin + 181 * MINUTE, "checkout")
    assert await stay(house, person, refused.scan_id) == (None, None)
    everything = cast.execute("SELECT left_how FROM stays WHERE scan_id = %s", [nxt.scan_id]).fetchall()
    assert everything == [("next",)]


def test_every_category_has_a_usual_dwell(owner: psycopg.Connection) -> None:
    missing = owner.execute(
        "SELECT c FROM unnest(enum_range(NULL::category)) c WHERE c NOT IN (SELECT category FROM usual_dwells)"
    ).fetchall()
    assert missing == []
