"""The attendant's page: the last visits at a door, and each new one as it is committed."""

import json
import time
from datetime import timedelta

import psycopg
import pytest

from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.visits import feed
from tests.support.asgi import Stream
from tests.support.gate import decide, equip, waits
from tests.support.house import House
from tests.support.people import somebody
from tests.support.story import ACCOUNT, DIAOE_DOOR, LONGGUAN_DOOR, YIJIE_DOOR
from tests.support.visits import Visit, add_people, add_person, add_visit, add_visits

EVENTS = f"/gate/{LONGGUAN_DOOR.id}/events"


async def visits_of(stream: Stream, count: int) -> list[str]:
    """The scan ids of the next so many visits."""
    ids = []
    while len(ids) < count:
        event = await stream.event()
        if event["event"] == "visit":
            ids.append(event["data"].split('"scan_id":"')[1][:36])
    return ids


async def test_the_list_begins_with_the_last_visits_of_the_past_day(
    house: House, cast: psycopg.Connection, keys: Keys
) -> None:
    person = add_person(cast, keys, somebody("张三丰"))
    recent = [Visit(person, LONGGUAN_DOOR, now() - timedelta(minutes=minutes)) for minutes in (3, 2, 1)]
    elsewhere = Visit(person, YIJIE_DOOR, now())
    yesterday = Visit(person, LONGGUAN_DOOR, now() - timedelta(hours=25))
    add_visits(cast, keys, [*recent, elsewhere, yesterday])
    gate = await house.staff("gate01")
    items = (await gate.get(f"/gate/{LONGGUAN_DOOR.id}/recent")).json()["items"]
    assert [item["scan_id"] for item in items] == [str(visit.scan_id) for visit in reversed(recent)]
    assert items[0]["name"] == "张*丰"
    assert items[0].keys() == {
        "scan_id",
        "serial",
        "at",
        "name",
        "verdict",
        "reason",
        "reason_text",
        "source",
        "celsius",
        "seat",
    }


async def test_a_committed_scan_arrives_without_a_reload(house: House) -> None:
    gate, resident = await house.staff("gate01"), await house.resident(somebody("欧阳修"))
    async with gate.stream(EVENTS) as stream:
        assert (await stream.event())["event"] == "hello"
        stamp = (await resident.scan(LONGGUAN_DOOR)).json()
        event = await stream.event()
        assert event["event"] == "visit"
        for shown in (stamp["scan_id"], stamp["serial"], "欧*修", '"verdict":"pass"', '"source":"resident"'):
            assert shown in event["data"]
        assert event["id"]


async def test_a_scan_at_another_door_does_not_arrive(house: House) -> None:
    gate, resident = await house.staff("gate01"), await house.resident()
    async with gate.stream(EVENTS) as stream:
        assert (await stream.event())["event"] == "hello"
        await resident.scan(YIJIE_DOOR)
        stamp = (await resident.scan(LONGGUAN_DOOR)).json()
        assert stamp["scan_id"] in (await stream.event())["data"]


async def test_after_a_lost_connection_nothing_is_missing(house: House, cast: psycopg.Connection, keys: Keys) -> None:
    gate, resident = await house.staff("gate01"), await house.resident()
    async with gate.stream(EVENTS) as stream:
        await stream.event()
        first = (await resident.scan(LONGGUAN_DOOR)).json()["scan_id"]
        last_id = (await stream.event())["id"]
    missed = [(await resident.scan(LONGGUAN_DOOR)).json()["scan_id"] for _ in range(3)]
    async with gate.stream(EVENTS, last_event_id=last_id) as stream:
        seen = await visits_of(stream, 4)
    # the last seconds are sent again, the page drops what it has
    assert seen == [first, *missed]


async def test_hours_without_a_connection_are_caught_up(house: House, cast: psycopg.Connection, keys: Keys) -> None:
    person = add_person(cast, keys)
    missed = [Visit(person, LONGGUAN_DOOR, now() - timedelta(hours=hours)) for hours in (3, 2, 1)]
    add_visits(cast, keys, missed)
    gate = await house.staff("gate01")
    async with gate.stream(EVENTS, last_event_id=(now() - timedelta(hours=4)).isoformat()) as stream:
        assert await visits_of(stream, 3) == [str(visit.scan_id) for visit in missed]


@pytest.mark.parametrize(
    "cursor", ["", "yesterday", "2026-01-01T00:00:00", "0001-01-01T00:00:00+00:00", "9999-12-31T00:00:00+00:00"]
)
async def test_a_marker_that_makes_no_sense_is_as_good_as_none(house: House, cursor: str) -> None:
    gate, resident = await house.staff("gate01"), await house.resident()
    async with gate.stream(EVENTS, last_event_id=cursor) as stream:
        assert (await stream.event())["event"] == "hello"
        stamp = (await resident.scan(LONGGUAN_DOOR)).json()
        assert await visits_of(stream, 1) == [stamp["scan_id"]]


async def test_a_rush_of_more_visits_than_one_page_arrives_whole(
    house: House, cast: psycopg.Connection, keys: Keys
) -> None:
    count = 3 * feed.PAGE + 7
    gate = await house.staff("gate01")
    people = add_people(cast, keys, [somebody() for _ in range(count)])
    async with gate.stream(EVENTS) as stream:
        await stream.event()
        at = now()  # one batch: all recorded at the same instant
        rush = [Visit(person, LONGGUAN_DOOR, at) for person in people]
        add_visits(cast, keys, rush)
        house.services.bell.ring(str(LONGGUAN_DOOR.id))
        assert set(await visits_of(stream, count)) == {str(visit.scan_id) for visit in rush}


async def test_an_offline_scan_of_this_morning_arrives_when_it_is_heard_of(house: House) -> None:
    gate, resident = await house.staff("gate01"), await house.resident()
    async with gate.stream(EVENTS) as stream:
        await stream.event()
        stamp = (await resident.scan(LONGGUAN_DOOR, at=now() - timedelta(hours=5))).json()
        assert await visits_of(stream, 1) == [stamp["scan_id"]]


async def test_a_neighbours_door_is_not_found(house: House) -> None:
    gate = await house.staff("gate01")
    assert (await gate.get(f"/gate/{DIAOE_DOOR.id}/recent")).status_code == 404
    async with gate.stream(f"/gate/{DIAOE_DOOR.id}/events") as stream:
        assert stream.status == 404


async def test_the_stream_ends_with_the_session(house: House) -> None:
    gate, admin, resident = await house.staff("gate01"), await house.staff("longguan"), await house.resident()
    async with gate.stream(EVENTS) as stream:
        await stream.event()
        assert (await admin.patch(f"/staff/{ACCOUNT['gate01'].id}", {"disabled": True})).status_code == 200
        await resident.scan(LONGGUAN_DOOR)
        assert await stream.ended()


async def test_a_silent_door_gives_signs_of_life(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "PING_S", 0.05)
    gate = await house.staff("gate01")
    async with gate.stream(EVENTS) as stream:
        await stream.event()
        assert "ping" in await stream.comment()


async def test_gates_list_the_doors_of_the_account_by_name(house: House) -> None:
    gate = await house.staff("gate01")
    doors = await gate.pages("/gate/checkpoints")
    assert [door["name"] for door in doors] == [LONGGUAN_DOOR.name, YIJIE_DOOR.name]
    found = await gate.pages("/gate/checkpoints", q="东口")
    assert [door["id"] for door in found] == [YIJIE_DOOR.id]


async def test_the_number_of_today_counts_the_local_day(house: House, cast: psycopg.Connection, keys: Keys) -> None:
    person = add_person(cast, keys)
    zone = house.services.settings.zone
    midnight = now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    for at in (midnight - timedelta(seconds=1), midnight, now()):
        add_visit(cast, keys, person, LONGGUAN_DOOR, at=at)
    gate = await house.staff("gate01")
    assert (await gate.get(f"/gate/{LONGGUAN_DOOR.id}/recent")).json()["today"] == 2


async def test_who_waits_is_told_until_they_are_decided(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, LONGGUAN_DOOR, review=True)
    gate, resident = await house.staff("gate01"), await house.resident(somebody("欧阳修"))
    async with gate.stream(EVENTS) as stream:
        assert (await stream.event())["event"] == "hello"
        waiting = await waits(resident, LONGGUAN_DOOR)
        event = await stream.event()
        shown = json.loads(event["data"])
        assert (event["event"], shown["scan_id"], shown["name"], shown["needs"]) == (
            "waiting",
            waiting["scan_id"],
            "欧*修",
            ["review"],
        )
        assert "id" not in event  # only visits move the marker
        await decide(gate, LONGGUAN_DOOR, resident, waiting["scan_id"], "approve")
        events = {(event := await stream.event())["event"]: json.loads(event["data"]) for _ in range(2)}
        assert events["visit"]["scan_id"] == waiting["scan_id"]
        assert events["decided"] == {"scan_id": waiting["scan_id"]}


async def test_a_stream_begins_with_everybody_who_waits(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, LONGGUAN_DOOR, review=True)
    gate = await house.staff("gate01")
    scans = [(await waits(await house.resident(), LONGGUAN_DOOR))["scan_id"] for _ in range(3)]
    async with gate.stream(EVENTS) as stream:
        assert (await stream.event())["event"] == "hello"
        events = [await stream.event() for _ in range(3)]
        assert [event["event"] for event in events] == ["waiting"] * 3
        assert [json.loads(event["data"])["scan_id"] for event in events] == scans


async def test_a_measurement_is_told_to_the_other_attendant(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, LONGGUAN_DOOR, review=True, valid_min=60)
    gate, resident = await house.staff("gate01"), await house.resident()
    waiting = await waits(resident, LONGGUAN_DOOR)
    async with gate.stream(EVENTS) as stream:
        assert (await stream.event())["event"] == "hello"
        assert json.loads((await stream.event())["data"])["needs"] == ["temperature", "review"]
        await decide(gate, LONGGUAN_DOOR, resident, waiting["scan_id"], "measure", celsius=36.4)
        changed = json.loads((await stream.event())["data"])
        assert (changed["needs"], changed["temperature"]["celsius"]) == (["review"], 36.4)


async def test_a_fever_is_told_within_two_seconds(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, LONGGUAN_DOOR, valid_min=60)
    gate, resident = await house.staff("gate01"), await house.resident(somebody("欧阳修"))
    waiting = await waits(resident, LONGGUAN_DOOR)
    async with gate.stream(EVENTS) as stream:
        assert [(await stream.event())["event"] for _ in range(2)] == ["hello", "waiting"]
        await decide(gate, LONGGUAN_DOOR, resident, waiting["scan_id"], "measure", celsius=38.6)
        began = time.monotonic()
        events = {(event := await stream.event())["event"]: json.loads(event["data"]) for _ in range(3)}
        assert time.monotonic() - began < 2
        assert events.keys() == {"visit", "fever", "decided"}
        assert (events["visit"]["reason"], events["visit"]["celsius"]) == ("fever", 38.6)
        fever = events["fever"]
        assert (fever["name"], fever["celsius"], fever["scan_id"]) == ("欧*修", 38.6, waiting["scan_id"])


async def test_who_has_waited_too_long_is_taken_from_the_list(
    house: House, cast: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "PING_S", 0.1)
    equip(house, cast, LONGGUAN_DOOR, review=True)
    gate, resident = await house.staff("gate01"), await house.resident()
    waiting = await waits(resident, LONGGUAN_DOOR)
    async with gate.stream(EVENTS) as stream:
        assert [(await stream.event())["event"] for _ in range(2)] == ["hello", "waiting"]
        cast.execute("UPDATE waiting SET at = at - interval '31 minutes'")
        while "event" not in (event := await stream.event()):
            pass  # signs of life
        assert (event["event"], json.loads(event["data"])) == ("decided", {"scan_id": waiting["scan_id"]})
