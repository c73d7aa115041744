"""Staff scanning: the attendant scans a person's own code, or enters their document, for who does not scan the door's."""

import base64
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from lianfang.kit import ids
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.people.store import document_index
from lianfang.visits import own, staff_scan
from tests.support.gate import add_temperature, count, equip
from tests.support.house import Answer, Client, House, scan_id
from tests.support.people import Resident, somebody
from tests.support.story import CHICHENG_DOOR, DIAOE_DOOR, LONGGUAN_DOOR, YIJIE_DOOR, Door
from tests.support.visits import add_hold
from tests.visits.conftest import row_of, stored

MINUTE = timedelta(minutes=1)


async def token_of(resident: Client) -> str:
    code = (await resident.get("/residents/me/code")).json()
    assert code["qr"].startswith("<svg")
    return str(code["token"])


async def scans(gate: Client, door: Door = LONGGUAN_DOOR, **body: Any) -> Answer:
    return await gate.post(f"/gate/{door.id}/scans", {"scan_id": str(ids.uuid7())} | body)


def card(who: Resident) -> dict[str, Any]:
    return {"document_type": "resident_id", "document_number": who.document, "name": who.name, "phone": who.phone}


async def test_a_persons_code_registers_them(house: House, cast: psycopg.Connection) -> None:
    resident, gate = await house.resident(somebody("张三丰")), await house.staff("gate01")
    body = {"scan_id": str(ids.uuid7()), "token": await token_of(resident)}
    answer = await gate.post(f"/gate/{LONGGUAN_DOOR.id}/scans", body)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["person"], answer.json()["verdict"]) == ("张*丰", "pass")
    assert row_of(cast, body["scan_id"], "person_id, source::text, recorded_by, clock::text") == (
        resident.id,
        "gate",
        gate.id,
        "server",
    )
    again = await gate.post(f"/gate/{LONGGUAN_DOOR.id}/scans", body)
    assert (again.status_code, again.json()) == (200, answer.json() | {"replayed": True})
    [item] = (await gate.get(f"/gate/{LONGGUAN_DOOR.id}/recent")).json()["items"]
    assert (item["source"], item["name"]) == ("gate", "张*丰")
    # and the resident finds it among their own
    assert [visit["scan_id"] for visit in await resident.pages("/residents/me/visits")] == [body["scan_id"]]


async def test_a_code_tells_a_stranger_nothing(house: House) -> None:
    resident = await house.resident()
    one, two = await token_of(resident), await token_of(resident)
    assert one.startswith("LF1.")
    assert one != two
    raw = base64.urlsafe_b64decode(one[4:] + "==")
    assert str(resident.id).encode() not in raw
    # nobody but a gate resolves it
    for somebody_else in (resident, await house.staff("import"), await house.client()):
        refused = await somebody_else.get(f"/gate/{LONGGUAN_DOOR.id}/person", token=one)
        assert refused.status_code in (401, 403)


@pytest.mark.parametrize("change", ["", "x", "cut", "other prefix", "other key", "flipped"])
async def test_what_is_not_our_code_is_refused(house: House, change: str) -> None:
    resident, gate = await house.resident(), await house.staff("gate01")
    token = await token_of(resident)
    foreign = own.issue(Keys(bytes(range(1, 33))), resident.id, 0, now())
    flipped = token[:20] + ("A" if token[20] != "A" else "B") + token[21:]
    wrong = {
        "": "LF1.",
        "x": "13073219800101001X",
        "cut": token[:-6],
        "other prefix": "LF2" + token[3:],
        "other key": foreign,
        "flipped": flipped,
    }[change]
    answer = await scans(gate, token=wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "code_expired")


async def test_a_code_is_good_for_five_minutes_of_when_it_was_scanned(
    house: House, cast: psycopg.Connection, keys: Keys
) -> None:
    resident, gate = await house.resident(), await house.staff("gate01")
    old = own.issue(keys, resident.id, 0, now() - 6 * MINUTE)
    expired = await scans(gate, token=old)
    assert (expired.status_code, expired.json()["code"]) == (422, "code_expired")
    assert (await gate.get(f"/gate/{LONGGUAN_DOOR.id}/person", token=old)).status_code == 422
    at = now() - 3 * MINUTE
    offline = await scans(gate, token=old, at=at.isoformat(), scan_id=str(scan_id(at)))
    assert offline.status_code == 201, offline.text
    assert row_of(cast, offline.json()["scan_id"], "clock::text, at") == ("client", at)
    too_late = now() - 30 * timedelta(seconds=1)
    refused = await scans(gate, token=old, at=too_late.isoformat(), scan_id=str(scan_id(too_late)))
    assert refused.status_code == 422


async def test_a_scan_that_is_sent_again_after_its_code_ran_out_meets_its_first_outcome(
    house: House, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    resident, gate = await house.resident(), await house.staff("gate01")
    body = {"scan_id": str(ids.uuid7()), "token": await token_of(resident)}
    first = await gate.post(f"/gate/{LONGGUAN_DOOR.id}/scans", body)
    monkeypatch.setattr(own, "CODE_VALID", timedelta())  # it has run out by now
    assert (await gate.get(f"/gate/{LONGGUAN_DOOR.id}/person", token=body["token"])).status_code == 422
    monkeypatch.setattr(own, "CODE_VALID", timedelta(seconds=2))
    later = now() + timedelta(minutes=10)
    monkeypatch.setattr(staff_scan, "clock_now", lambda: later)
    again = await gate.post(f"/gate/{LONGGUAN_DOOR.id}/scans", body)
    assert (first.status_code, again.status_code) == (201, 200)
    fresh = await scans(gate, token=body["token"], scan_id=str(scan_id(later)))
    assert fresh.status_code == 422


async def test_a_code_ends_with_the_session_it_was_shown_from(house: House) -> None:
    resident, gate = await house.resident(), await house.staff("gate01")
    token = await token_of(resident)
    await resident.delete("/residents/session")
    answer = await scans(gate, token=token)
    assert (answer.status_code, answer.json()["code"]) == (422, "code_expired")


async def test_a_document_registers_who_has_no_phone(house: House, cast: psycopg.Connection, keys: Keys) -> None:
    gate, who = await house.staff("gate01"), somebody("王大娘")
    answer = await scans(gate, person=card(who) | {"phone": None})
    assert (answer.status_code, answer.json()["person"]) == (201, "王*娘")
    index = document_index(keys, "resident_id", who.document)
    row = cast.execute("SELECT id, consented_at, name FROM people WHERE document_index = %s", [index]).fetchone()
    assert row is not None
    assert (row[1], keys.decrypt(row[2], f"people.name:{row[0]}")) == (None, who.name)
    [entry] = cast.execute("SELECT actor, subject FROM audit_log WHERE action = 'people.enter'").fetchall()
    assert entry == (f"staff:{gate.id}", f"person:{row[0]}")
    # the second time they are known
    assert (await scans(gate, person=card(who))).status_code == 201
    assert (count(cast, "people"), stored(cast)) == (1, 2)


async def test_a_number_alone_makes_nobody_visible(house: House, cast: psycopg.Connection) -> None:
    who = somebody("张三丰")
    await house.resident(who)
    gate = await house.staff("gate01")
    answer = await scans(gate, person=card(who) | {"name": "李四"})
    assert (answer.status_code, answer.json()["code"]) == (409, "document_name_differs")
    assert stored(cast) == 0
    for _ in range(30):
        answer = await scans(gate, person=card(who) | {"name": "李四"})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_often")
    assert (await scans(gate, person=card(who))).status_code == 201


async def test_what_is_wrong_with_a_document_is_named(house: House) -> None:
    gate, who = await house.staff("gate01"), somebody()
    answer = await scans(gate, person=card(who) | {"document_number": "130799198001010000", "name": ""})
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"person.document_number", "person.name"}
    for neither_or_both in ({}, {"token": "LF1.x", "person": card(who)}):
        answer = await scans(gate, **neither_or_both)
        assert [error["field"] for error in answer.json()["errors"]] == ["token"]


async def test_the_attendants_measurement_comes_with_the_scan(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, LONGGUAN_DOOR, valid_min=60)
    resident, gate = await house.resident(), await house.staff("gate01")
    token = await token_of(resident)
    assert (await scans(gate, token=token)).status_code == 202
    implausible = await scans(gate, token=token, celsius=34.0)
    assert (implausible.status_code, implausible.json()["code"]) == (422, "temperature_implausible")
    stamp = (await scans(gate, token=token, celsius=36.6)).json()
    assert (stamp["verdict"], stamp["temperature"]["celsius"], stamp["temperature"]["reused"]) == ("pass", 36.6, False)
    row = cast.execute("SELECT celsius::float8, recorded_by, id::text, reusable FROM temperatures").fetchall()
    assert row == [(36.6, gate.id, stamp["scan_id"], True)]
    # measured before, so the next door reuses it
    equip(house, cast, CHICHENG_DOOR, valid_min=60)
    assert (await resident.scan(CHICHENG_DOOR)).json()["temperature"]["reused"] is True


async def test_a_fever_that_comes_with_the_scan_is_refused_and_told(house: House, cast: psycopg.Connection) -> None:
    resident, gate = await house.resident(), await house.staff("gate01")
    body = {"scan_id": str(ids.uuid7()), "token": await token_of(resident), "celsius": 38.4}
    for status in (201, 200):
        answer = await gate.post(f"/gate/{LONGGUAN_DOOR.id}/scans", body)
        assert (answer.status_code, answer.json()["reason"]) == (status, "fever")
    changed = await gate.post(f"/gate/{LONGGUAN_DOOR.id}/scans", body | {"celsius": 36.4})
    assert (changed.status_code, changed.json()["code"]) == (409, "scan_id_reused")
    assert (count(cast, "fever_alerts"), count(cast, "temperatures")) == (1, 1)


async def test_with_a_review_the_person_waits_like_everybody(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, LONGGUAN_DOOR, review=True)
    resident, gate = await house.resident(), await house.staff("gate01")
    answer = await scans(gate, token=await token_of(resident), seat="12F")
    assert (answer.status_code, answer.json()["needs"]) == (202, ["review"])
    [item] = (await gate.get(f"/gate/{LONGGUAN_DOOR.id}/waiting")).json()["items"]
    assert (item["person_id"], item["seat"]) == (resident.id, "12F")


async def test_who_waits_for_the_first_time_is_known_by_name(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, LONGGUAN_DOOR, review=True)
    gate = await house.staff("gate01")
    await scans(gate, person=card(somebody("王大娘")))
    [item] = (await gate.get(f"/gate/{LONGGUAN_DOOR.id}/waiting")).json()["items"]
    assert item["name"] == "王*娘"


async def test_the_form_may_be_left_open_but_not_filled_with_nonsense(house: House, cast: psycopg.Connection) -> None:
    resident, gate = await house.resident(), await house.staff("yijie")
    token = await token_of(resident)
    assert (await scans(gate, YIJIE_DOOR, token=token)).status_code == 201
    assert (await scans(gate, YIJIE_DOOR, token=token, answers={"reason": "home"})).status_code == 201
    wrong = await scans(gate, YIJIE_DOOR, token=token, answers={"reason": "holiday"})
    assert [error["field"] for error in wrong.json()["errors"]] == ["answers.reason"]


async def test_a_neighbours_door_is_not_found(house: House, cast: psycopg.Connection) -> None:
    resident, gate = await house.resident(), await house.staff("gate01")
    token = await token_of(resident)
    assert (await scans(gate, DIAOE_DOOR, token=token)).status_code == 404
    assert (await gate.get(f"/gate/{DIAOE_DOOR.id}/person", token=token)).status_code == 404
    assert stored(cast) == 0


async def test_the_gate_sees_who_shows_a_code_and_that_look_is_recorded(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, LONGGUAN_DOOR, valid_min=60)
    resident, gate = await house.resident(somebody("张三丰")), await house.staff("gate01")
    path = f"/gate/{LONGGUAN_DOOR.id}/person"
    shown = (await gate.get(path, token=await token_of(resident))).json()
    assert shown == {"person_id": resident.id, "name": "张*丰", "temperature": None, "hold": None, "lacking": ""}
    add_hold(cast, resident.id, "yellow", now() - MINUTE, now() + MINUTE)
    add_temperature(cast, resident.id, DIAOE_DOOR, 36.2, 50 * MINUTE)
    shown = (await gate.get(path, token=await token_of(resident))).json()
    assert shown["hold"] == {"colour": "yellow", "reason_text": "密接"}
    # measured at a neighbour's: how much and when, not where
    assert (shown["temperature"]["celsius"], shown["temperature"]["place"]) == (36.2, None)
    entries = cast.execute("SELECT actor, subject FROM audit_log WHERE action = 'gate.resolve'").fetchall()
    assert entries == [(f"staff:{gate.id}", f"person:{resident.id}")] * 2


async def test_a_closed_door_takes_nobody(house: House, cast: psycopg.Connection) -> None:
    resident, gate = await house.resident(), await house.staff("gate01")
    cast.execute("UPDATE checkpoints SET open = false WHERE id = %s", [LONGGUAN_DOOR.id])
    house.services.doors.forget_all()
    answer = await scans(gate, token=await token_of(resident))
    assert (answer.status_code, answer.json()["code"]) == (409, "door_closed")


async def test_seat_and_temperature_stand_in_the_records_and_in_their_export(
    house: House, cast: psycopg.Connection
) -> None:
    resident, gate, admin = await house.resident(), await house.staff("gate01"), await house.staff("chicheng")
    await scans(gate, token=await token_of(resident), celsius=36.6, seat=" 12F ")
    [record] = (await admin.post("/records/search", {})).json()["items"]
    assert (record["celsius"], record["seat"]) == (36.6, "12F")
    [item] = (await gate.get(f"/gate/{LONGGUAN_DOOR.id}/recent")).json()["items"]
    assert (item["celsius"], item["seat"]) == (36.6, "12F")
    text = (await admin.post("/records/export", {"format": "csv", "purpose": "核对体温"})).text
    header, row = (line.split(",") for line in text.lstrip("\ufeff").splitlines()[:2])
    shown = dict(zip(header, row, strict=True))
    assert (shown["体温"], shown["座位"]) == ("36.6", "12F")
