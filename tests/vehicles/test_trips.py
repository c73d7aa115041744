"""Which trip somebody boarded, at every boundary; who rode it, through HTTP; and the steel works: 28 buses, 2,000 riders twice a
day for a week."""

import io
import random
import time as clock
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import psycopg
import pytest

from lianfang.kit import ids
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.vehicles.decide import LONGEST, Begun, Window, trip_of, windows
from lianfang.vehicles.model import Boarding
from tests.support.house import Client, House
from tests.support.people import somebody
from tests.support.story import BARE_FORM, LONGGUAN, XIWANZI, Door
from tests.support.visits import Visit, add_people, add_visits

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2022, 11, 22)
SECOND = timedelta(seconds=1)
MORNING = Boarding("outbound", time(6, 30), time(7, 20))
EVENING = Boarding("inbound", time(17), time(18))


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime.combine(DAY, time(hour, minute, second), ZONE)


@pytest.mark.parametrize(
    ("moment", "trip"),
    [
        (at(6, 29, 59), ""),
        (at(6, 30), "p0630"),
        (at(7, 19, 59), "p0630"),
        (at(7, 20), ""),
        (at(17), "p1700"),
        (at(17, 59, 59), "p1700"),
        (at(18), ""),
    ],
)
def test_the_timetable_takes_people_from_boarding_until_departure(moment: datetime, trip: str) -> None:
    assert trip_of(moment, windows(DAY, ZONE, [], [EVENING, MORNING])) == trip


def test_the_drivers_word_counts_before_the_timetable() -> None:
    late = Begun(7, "outbound", at(7, 0), at(7, 45))
    trips = windows(DAY, ZONE, [late], [MORNING])
    assert [trip_of(moment, trips) for moment in (at(6, 59, 59), at(7), at(7, 30), at(7, 44, 59), at(7, 45))] == [
        "p0630",
        "t7",
        "t7",
        "t7",
        "",
    ]


def test_a_trip_that_nobody_ended_ends_with_the_next_and_after_four_hours() -> None:
    first, second = Begun(1, "outbound", at(6), None), Begun(2, "inbound", at(8), None)
    trips = windows(DAY, ZONE, [second, first], [])
    assert [trip.key for trip in trips] == ["t1", "t2"]
    moments = (at(6), at(8) - SECOND, at(8), at(8) + LONGEST - SECOND, at(8) + LONGEST)
    assert [trip_of(moment, trips) for moment in moments] == ["t1", "t1", "t2", "t2", ""]


def test_a_trip_belongs_to_the_day_on_which_it_began() -> None:
    night = Begun(3, "inbound", at(23, 50), None)
    [trip] = windows(DAY, ZONE, [night], [])
    assert (trip.key, trip.until) == ("t3", at(23, 50) + LONGEST)
    assert windows(DAY + timedelta(days=1), ZONE, [night], []) == []


def test_of_two_of_a_kind_that_overlap_the_later_takes_people() -> None:
    both = [Window("a", "outbound", at(6), at(8), False), Window("b", "outbound", at(7), at(9), False)]
    assert [trip_of(moment, both) for moment in (at(6, 59), at(7), at(8, 30))] == ["a", "b", "b"]


@pytest.fixture
def bus(cast: psycopg.Connection) -> Any:
    """Makes a vehicle's door."""
    made = 0

    def make(unit: Any = LONGGUAN) -> Door:
        nonlocal made
        made += 1
        door = Door(500 + made, unit, f"{made} 号车", "vehicle", BARE_FORM, f"BVS{made:013d}")
        cast.execute(
            "INSERT INTO checkpoints (id, unit_id, ord, name, category, template_id) VALUES (%s, %s, %s, %s, 'vehicle', 2)",
            [door.id, unit.id, unit.lo, door.name],
        )
        cast.execute(
            "INSERT INTO checkpoint_codes (code, checkpoint_id, ord) VALUES (%s, %s, %s)", [door.code, door.id, unit.lo]
        )
        return door

    return make


TIMETABLE = [
    {"direction": "outbound", "boards": "06:30:00", "departs": "07:20:00"},
    {"direction": "inbound", "boards": "17:00:00", "departs": "18:00:00"},
]
DESCRIBED = {"line": "7 号线 东区—厂区", "plate": "冀B12345", "seats": 49, "timetable": TIMETABLE}


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def tap(did: str, moment: datetime | None = None) -> dict[str, str]:
    return {"tap_id": str(ids.uuid7()), "did": did} | ({"at": iso(moment)} if moment else {})


async def asked(client: Client, door: Door, day: date, **which: Any) -> dict[str, Any]:
    body = {"checkpoint_id": door.id, "day": str(day), "purpose": "核实同车人员"} | which
    answer = await client.post("/vehicles/riders", body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_vehicle_is_described_and_listed(house: House, bus: Any) -> None:
    door, foreign = bus(), bus(XIWANZI)
    admin = await house.staff("chicheng")
    answer = await admin.send("PUT", f"/vehicles/{door.id}", DESCRIBED)
    assert answer.status_code == 200, answer.text
    [listed] = (await admin.get("/vehicles")).json()["items"]
    assert listed == answer.json() | {"unit_name": "龙关镇"}
    assert (listed["line"], listed["plate"], listed["seats"], listed["timetable"]) == tuple(DESCRIBED.values())
    again = DESCRIBED | {"timetable": TIMETABLE[:1], "plate": ""}
    assert (await admin.send("PUT", f"/vehicles/{door.id}", again)).json()["timetable"] == TIMETABLE[:1]
    for path, method in ((f"/vehicles/{foreign.id}", "PUT"), ("/vehicles/2", "PUT")):
        assert (await admin.send(method, path, DESCRIBED)).status_code == 404
    wrong = DESCRIBED | {"timetable": [TIMETABLE[0] | {"departs": "06:30:00"}]}
    answer = await admin.send("PUT", f"/vehicles/{door.id}", wrong)
    assert answer.json()["errors"][0]["field"] == "timetable[0].departs"
    wrong = DESCRIBED | {"timetable": [TIMETABLE[0], TIMETABLE[0]]}
    assert (await admin.send("PUT", f"/vehicles/{door.id}", wrong)).json()["errors"][0]["code"] == "twice"


async def test_the_driver_begins_and_ends_trips_and_riders_are_theirs(house: House, bus: Any) -> None:
    door = bus()
    driver, resident, admin = await house.staff("gate01"), await house.resident(), await house.staff("chicheng")
    path = f"/vehicles/{door.id}/trips"
    today = now().astimezone(ZONE).date()
    assert (await admin.send("PUT", f"/vehicles/{door.id}", DESCRIBED)).status_code == 200
    seen = {"checkpoint_id": door.id, "line": DESCRIBED["line"], "plate": "冀B12345", "seats": 49, "trip": None}
    assert (await driver.get(f"/vehicles/{door.id}/now")).json() == seen
    assert (await driver.post(path, tap("end"))).json()["code"] == "no_trip_under_way"
    first = (await driver.post(path, tap("outbound"))).json()
    second = (await driver.post(path, tap("inbound"))).json()
    assert (await resident.scan(door, seat="3A")).status_code in (200, 201)
    trip = (await driver.get(f"/vehicles/{door.id}/now")).json()["trip"]
    assert (trip["id"], trip["direction"], trip["began_at"], trip["riders"]) == (
        second["id"],
        "inbound",
        second["began_at"],
        1,
    )
    day = (await admin.get(path, day=str(today))).json()
    driven = [trip for trip in day["trips"] if trip["driver"]]
    assert [(trip["key"], trip["riders"], trip["until"] is None) for trip in driven] == [
        (f"t{first['id']}", 0, False),
        (f"t{second['id']}", 1, True),
    ]
    found = await asked(admin, door, today, trip=f"t{second['id']}")
    assert [(rider["seat"], rider["name"][1]) for rider in found["riders"]] == [("3A", "*")]
    ended = await driver.post(path, tap("end"))
    assert ended.json()["ended_at"] is not None
    assert (await driver.get(f"/vehicles/{door.id}/now")).json() == seen
    assert (
        await admin.post(
            "/vehicles/riders", {"checkpoint_id": door.id, "day": str(today), "trip": "t1", "purpose": "核实"}
        )
    ).status_code == 422
    answer = await admin.post(
        "/vehicles/riders", {"checkpoint_id": door.id, "day": str(today), "trip": "p0101", "purpose": "核实同车"}
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "trip_unknown")


async def test_taps_that_were_made_in_a_dead_spot_count_for_when_they_were_made(house: House, bus: Any) -> None:
    door = bus()
    driver, admin = await house.staff("gate01"), await house.staff("chicheng")
    path = f"/vehicles/{door.id}/trips"
    began = now() - timedelta(minutes=50)
    out = tap("outbound", began)
    first = (await driver.post(path, out)).json()
    again = await driver.post(path, out)
    assert (again.status_code, again.json()["id"]) == (201, first["id"])  # its answer was lost, so it was sent again
    home = (await driver.post(path, tap("inbound", began + timedelta(minutes=30)))).json()
    # another attendant's phone was without a network for longer: what it did lies between
    between = (await driver.post(path, tap("outbound", began + timedelta(minutes=20)))).json()
    assert between["ended_at"] == home["began_at"]
    end = tap("end", began + timedelta(minutes=40))
    ended = (await driver.post(path, end)).json()
    assert (ended["id"], ended["ended_at"]) == (home["id"], iso(began + timedelta(minutes=40)))
    assert (await driver.post(path, end)).json() == ended
    days = sorted(
        {(began + timedelta(minutes=late)).astimezone(ZONE).date() for late in (0, 20, 30)}
    )  # at midnight: two
    trips = [trip for day in days for trip in (await admin.get(path, day=str(day))).json()["trips"] if trip["driver"]]
    told = [(datetime.fromisoformat(trip["since"]), datetime.fromisoformat(trip["until"])) for trip in trips]
    minutes = [((since - began).seconds // 60, (until - began).seconds // 60) for since, until in told]
    assert minutes == [(0, 20), (20, 30), (30, 40)]
    for wrong in (now() - timedelta(hours=25), now() + timedelta(minutes=10)):
        answer = await driver.post(path, tap("outbound", wrong))
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "at")


async def test_a_foreign_vehicle_is_not_found(house: House, bus: Any) -> None:
    door = bus(XIWANZI)
    admin, driver = await house.staff("chicheng"), await house.staff("gate01")
    body = {"checkpoint_id": door.id, "day": str(DAY), "purpose": "核实同车人员"}
    assert (await admin.get(f"/vehicles/{door.id}/trips", day=str(DAY))).status_code == 404
    assert (await admin.post("/vehicles/riders", body)).status_code == 404
    assert (await admin.post("/vehicles/riders/file", body)).status_code == 404
    assert (await driver.post(f"/vehicles/{door.id}/trips", tap("outbound"))).status_code == 404
    assert (await driver.get(f"/vehicles/{door.id}/now")).status_code == 404


async def test_the_steel_works_week(house: House, cast: psycopg.Connection, keys: Keys, bus: Any) -> None:
    """28 buses, 2,000 riders out and home on seven days, 28,000 visits: every answer equals the truth they were made from."""
    dice = random.Random(28)
    buses = [bus() for _ in range(28)]
    riders = add_people(cast, keys, [somebody() for _ in range(2000)])
    last = now().astimezone(ZONE).date() - timedelta(days=1)
    week = [last - timedelta(days=n) for n in range(7)]
    admin = await house.staff("longguan")
    for door in buses:
        assert (await admin.send("PUT", f"/vehicles/{door.id}", DESCRIBED)).status_code == 200
    truth: dict[tuple[int, date, str], set[str]] = {}
    seats: dict[str, str] = {}
    visits = []
    for day in week:
        for part, begin in (("morning", time(6, 30)), ("evening", time(17))):
            for number, person in enumerate(riders):
                door = buses[number % 28] if dice.random() < 0.9 else dice.choice(buses)
                boarded = datetime.combine(day, begin, ZONE) + timedelta(seconds=dice.randrange(50 * 60))
                visit = Visit(person, door, boarded)
                visits.append(visit)
                truth.setdefault((door.id, day, part), set()).add(str(visit.scan_id))
                seats[str(visit.scan_id)] = f"{1 + number % 13}{'ABCD'[number % 4]}"
    add_visits(cast, keys, visits)
    assert len(visits) == 28_000
    with cast.cursor() as cursor:
        cursor.executemany(
            "UPDATE visits SET seat = %s WHERE scan_id = %s",
            [(seat, scan) for scan, seat in list(seats.items())[:2000]],
        )
    cast.execute("ANALYZE visits")
    spent = []
    tuesday = next(day for day in week if day.weekday() == 1)
    for door in (buses[6], buses[0], buses[27]):
        for part, key in (("morning", "p0630"), ("evening", "p1700")):
            begun = clock.perf_counter()
            found = await asked(admin, door, tuesday, part=part)
            spent.append(clock.perf_counter() - begun)
            assert {rider["scan_id"] for rider in found["riders"]} == truth[door.id, tuesday, part]
            assert found["people"] == len(truth[door.id, tuesday, part])
            assert {rider["trip"] for rider in found["riders"]} == {key}
            assert [rider["at"] for rider in found["riders"]] == sorted(rider["at"] for rider in found["riders"])
            assert (await asked(admin, door, tuesday, trip=key))["riders"] == found["riders"]
        day = (await admin.get(f"/vehicles/{door.id}/trips", day=str(tuesday))).json()
        assert [trip["riders"] for trip in day["trips"]] == [
            len(truth[door.id, tuesday, part]) for part in ("morning", "evening")
        ]
        assert day["elsewhere"] == 0
    print(
        f"who rode bus 7 on Tuesday morning: {len(truth[buses[6].id, tuesday, 'morning'])} riders in {spent[0] * 1000:.0f} ms"
    )
    assert sorted(spent)[len(spent) // 2] < 2
    body = {"checkpoint_id": buses[6].id, "day": str(tuesday), "part": "morning", "purpose": "核实同车人员"}
    book = openpyxl.load_workbook(io.BytesIO((await admin.post("/vehicles/riders/file", body)).content))
    header, *rows = book.worksheets[0].values
    assert header[0] == "上车时间"
    assert len(rows) == len(truth[buses[6].id, tuesday, "morning"])
    entries = [e for e in (await admin.get("/audit")).json()["items"] if e["action"] == "vehicles.export"]
    assert entries[0]["detail"] == {
        "day": str(tuesday),
        "part": "morning",
        "found": len(rows),
        "purpose": "核实同车人员",
    }
