"""Review: the person waits, the attendant decides, once, and whoever decides decides for everybody."""

import asyncio
from datetime import datetime, timedelta

import psycopg
import pytest

from lianfang.kit import ids
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from tests.support.gate import count, decide, decision, equip, waits
from tests.support.house import House, scan
from tests.support.people import somebody
from tests.support.story import CHICHENG_DOOR, DIAOE_DOOR, LONGGUAN_DOOR, VILLAGE_FORM, YIJIE_DOOR
from tests.support.visits import add_hold, add_visit
from tests.visits.conftest import row_of, stored

MINUTE = timedelta(minutes=1)


@pytest.fixture
def reviewed(house: House, cast: psycopg.Connection) -> House:
    equip(house, cast, LONGGUAN_DOOR, review=True)
    return house


async def test_the_gate_sees_who_waits_and_what_they_answered(
    house: House, cast: psycopg.Connection, keys: Keys
) -> None:
    equip(house, cast, YIJIE_DOOR, review=True)
    resident, gate = await house.resident(somebody("张三丰")), await house.staff("gate01")
    earlier = add_visit(cast, keys, resident.id, LONGGUAN_DOOR, at=now() - timedelta(days=2))
    add_hold(cast, resident.id, "yellow", now() - MINUTE, now() + MINUTE)
    waiting = await waits(resident, YIJIE_DOOR)
    [item] = (await gate.get(f"/gate/{YIJIE_DOOR.id}/waiting")).json()["items"]
    assert datetime.fromisoformat(item.pop("last_visit_at")) == earlier.at
    assert item == {
        "scan_id": waiting["scan_id"],
        "person_id": resident.id,
        "serial": waiting["serial"],
        "name": "张*丰",
        "at": waiting["at"],
        "needs": ["review"],
        "hold": {"colour": "yellow", "reason_text": "密接"},
        "answers": item["answers"],
        "temperature": None,
        "seat": None,
        "floor": None,
        "tenant": None,
    }
    assert [(given["label"], given["value"], given["choice"]) for given in item["answers"]] == [
        ("体温", 36.5, ""),
        ("事由", "home", "回家"),
    ]
    assert len(item["answers"]) <= len(VILLAGE_FORM.fields)


async def test_a_reused_temperature_is_shown_with_its_place_only_where_the_attendant_may_know_it(
    house: House, cast: psycopg.Connection
) -> None:
    equip(house, cast, LONGGUAN_DOOR, review=True, valid_min=120)
    gate = await house.staff("gate01")
    for door, place in ((YIJIE_DOOR, "一街村东口"), (DIAOE_DOOR, None)):
        resident = await house.resident()
        cast.execute(
            "INSERT INTO temperatures (person_id, id, celsius, at, ord, checkpoint_id, reusable)"
            " VALUES (%s, %s, 36.4, %s, %s, %s, true)",
            [resident.id, ids.uuid7(), now() - 40 * MINUTE, door.unit.lo, door.id],
        )
        waiting = await waits(resident, LONGGUAN_DOOR)
        items = (await gate.get(f"/gate/{LONGGUAN_DOOR.id}/waiting")).json()["items"]
        [shown] = [item["temperature"] for item in items if item["scan_id"] == waiting["scan_id"]]
        assert (shown["celsius"], shown["place"], shown["reused"]) == (36.4, place, True)


async def test_approved(reviewed: House, cast: psycopg.Connection) -> None:
    resident, gate = await reviewed.resident(), await reviewed.staff("gate01")
    body = scan(LONGGUAN_DOOR)
    first = await resident.post("/scans", body)
    assert (first.status_code, first.json()["needs"]) == (202, ["review"])
    assert stored(cast) == 0
    answer = (await decide(gate, LONGGUAN_DOOR, resident, body["scan_id"], "approve")).json()
    assert (answer["state"], answer["stamp"]["verdict"]) == ("decided", "pass")
    assert (await gate.get(f"/gate/{LONGGUAN_DOOR.id}/waiting")).json()["items"] == []
    # the phone sends it once more, and asks where it stands
    again = await resident.post("/scans", body)
    asked = await resident.get(f"/scans/{body['scan_id']}")
    assert (again.status_code, asked.status_code) == (200, 200)
    assert again.json() == asked.json() == answer["stamp"]
    assert row_of(cast, body["scan_id"], "verdict::text, decided_by, recorded_by") == ("pass", gate.id, None)


async def test_refused_with_a_reason_that_the_resident_reads_and_the_database_does_not(
    reviewed: House, cast: psycopg.Connection
) -> None:
    resident, gate, clerk = await reviewed.resident(), await reviewed.staff("gate01"), await reviewed.staff("clerk")
    waiting = await waits(resident, LONGGUAN_DOOR)
    answer = await decide(gate, LONGGUAN_DOOR, resident, waiting["scan_id"], "refuse", note=" 没有带证件 ")
    assert answer.json()["stamp"]["reason"] == "review"
    stamp = (await resident.get(f"/scans/{waiting['scan_id']}")).json()
    assert (stamp["verdict"], stamp["reason_text"]) == ("refuse", "工作人员未予放行：没有带证件")
    [record] = (await clerk.post("/records/search", {})).json()["items"]
    assert record["reason_text"] == "工作人员未予放行：没有带证件"
    note = row_of(cast, waiting["scan_id"], "note")[0]
    assert "没有带证件".encode() not in note


async def test_a_refusal_needs_a_reason(reviewed: House, cast: psycopg.Connection) -> None:
    resident, gate = await reviewed.resident(), await reviewed.staff("gate01")
    waiting = await waits(resident, LONGGUAN_DOOR)
    for note in ("", "   "):
        answer = await decide(gate, LONGGUAN_DOOR, resident, waiting["scan_id"], "refuse", note=note)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "note")
    assert (
        await decide(gate, LONGGUAN_DOOR, resident, waiting["scan_id"], "refuse", note="长" * 101)
    ).status_code == 422
    assert stored(cast) == 0


async def test_a_decision_that_is_sent_again_is_done_once(reviewed: House, cast: psycopg.Connection) -> None:
    resident, gate = await reviewed.resident(), await reviewed.staff("gate01")
    waiting = await waits(resident, LONGGUAN_DOOR)
    body = decision(resident, waiting["scan_id"], "approve")
    path = f"/gate/{LONGGUAN_DOOR.id}/decisions"
    answers = await asyncio.gather(*(gate.post(path, body) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.text for answer in answers}) == 1
    assert (count(cast, "visits"), count(cast, "decisions")) == (1, 1)
    changed = await gate.post(path, body | {"action": "refuse", "note": "反悔"})
    assert (changed.status_code, changed.json()["code"]) == (409, "decision_id_reused")


async def test_of_two_attendants_who_decide_at_once_one_is_first_and_the_other_is_told(
    reviewed: House, cast: psycopg.Connection
) -> None:
    resident, gate, admin = await reviewed.resident(), await reviewed.staff("gate01"), await reviewed.staff("chicheng")
    waiting = await waits(resident, LONGGUAN_DOOR)
    answers = await asyncio.gather(
        decide(gate, LONGGUAN_DOOR, resident, waiting["scan_id"], "approve"),
        decide(admin, LONGGUAN_DOOR, resident, waiting["scan_id"], "refuse", note="人数已满"),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [refused] = [answer.json() for answer in answers if answer.status_code == 409]
    assert refused["code"] == "already_decided"
    assert stored(cast) == 1
    verdict, by = row_of(cast, waiting["scan_id"], "verdict::text, decided_by")
    assert by == (gate.id if answers[0].status_code == 200 else admin.id)
    assert {"pass": "通行", "refuse": "拒绝"}[verdict] in refused["detail"]
    late = await decide(admin, LONGGUAN_DOOR, resident, waiting["scan_id"], "approve")
    assert late.status_code == 409
    if by == gate.id:
        assert "龙关镇 attendant" in late.json()["detail"]


async def test_a_door_that_measures_and_reviews_needs_both(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, LONGGUAN_DOOR, review=True, valid_min=60)
    resident, gate = await house.resident(), await house.staff("gate01")
    waiting = await waits(resident, LONGGUAN_DOOR)
    assert waiting["needs"] == ["temperature", "review"]
    early = await decide(gate, LONGGUAN_DOOR, resident, waiting["scan_id"], "approve")
    assert (early.status_code, early.json()["code"]) == (422, "temperature_needed")
    measured = (await decide(gate, LONGGUAN_DOOR, resident, waiting["scan_id"], "measure", celsius=36.4)).json()
    assert (measured["state"], measured["needs"], measured["stamp"]) == ("waiting", ["review"], None)
    [item] = (await gate.get(f"/gate/{LONGGUAN_DOOR.id}/waiting")).json()["items"]
    assert (item["needs"], item["temperature"]["celsius"], item["temperature"]["reused"]) == (["review"], 36.4, False)
    approved = (await decide(gate, LONGGUAN_DOOR, resident, waiting["scan_id"], "approve")).json()
    assert (approved["stamp"]["verdict"], approved["stamp"]["temperature"]["celsius"]) == ("pass", 36.4)
    # the measurement is reusable elsewhere from now on
    equip(house, cast, CHICHENG_DOOR, valid_min=60)
    assert (await resident.scan(CHICHENG_DOOR)).json()["temperature"]["reused"] is True


async def test_measuring_and_approving_may_be_one_tap(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, LONGGUAN_DOOR, review=True, valid_min=60)
    resident, gate = await house.resident(), await house.staff("gate01")
    waiting = await waits(resident, LONGGUAN_DOOR)
    stamp = (await decide(gate, LONGGUAN_DOOR, resident, waiting["scan_id"], "approve", celsius=36.7)).json()["stamp"]
    assert (stamp["verdict"], stamp["temperature"]["celsius"]) == ("pass", 36.7)


@pytest.mark.parametrize("action", ["measure", "approve"])
async def test_nobody_approves_a_fever(house: House, cast: psycopg.Connection, action: str) -> None:
    equip(house, cast, LONGGUAN_DOOR, review=True, valid_min=60)
    resident, gate = await house.resident(), await house.staff("gate01")
    waiting = await waits(resident, LONGGUAN_DOOR)
    stamp = (await decide(gate, LONGGUAN_DOOR, resident, waiting["scan_id"], action, celsius=37.3)).json()["stamp"]
    assert (stamp["verdict"], stamp["reason"]) == ("refuse", "fever")
    assert count(cast, "fever_alerts") == 1


async def test_a_hold_that_comes_while_somebody_waits_counts(reviewed: House, cast: psycopg.Connection) -> None:
    resident, gate = await reviewed.resident(), await reviewed.staff("gate01")
    waiting = await waits(resident, LONGGUAN_DOOR)
    hold = add_hold(cast, resident.id, "red", now() - timedelta(seconds=1), now() + timedelta(days=1))
    stamp = (await decide(gate, LONGGUAN_DOOR, resident, waiting["scan_id"], "approve")).json()["stamp"]
    assert (stamp["verdict"], stamp["reason"]) == ("refuse", "hold_red")
    assert row_of(cast, waiting["scan_id"], "hold_id") == (hold,)


@pytest.mark.parametrize(
    ("celsius", "status", "code"),
    [
        (29.9, 422, "invalid_request"),
        (45.1, 422, "invalid_request"),
        (98.6, 422, "invalid_request"),
        (34.9, 422, "temperature_implausible"),
        (41.0, 422, "temperature_implausible"),
        (35.0, 200, None),
        (40.9, 200, None),
    ],
)
async def test_an_implausible_temperature_is_asked_about(
    house: House, cast: psycopg.Connection, celsius: float, status: int, code: str | None
) -> None:
    equip(house, cast, LONGGUAN_DOOR, valid_min=60)
    resident, gate = await house.resident(), await house.staff("gate01")
    waiting = await waits(resident, LONGGUAN_DOOR)
    answer = await decide(gate, LONGGUAN_DOOR, resident, waiting["scan_id"], "measure", celsius=celsius)
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    if status == 422:
        assert (count(cast, "temperatures"), count(cast, "waiting")) == (0, 1)


async def test_a_confirmed_cold_forehead_lets_in_and_is_never_reused(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, LONGGUAN_DOOR, valid_min=60)
    resident, gate = await house.resident(), await house.staff("gate01")
    waiting = await waits(resident, LONGGUAN_DOOR)
    answer = await decide(gate, LONGGUAN_DOOR, resident, waiting["scan_id"], "measure", celsius=34.2, confirmed=True)
    assert answer.json()["stamp"]["verdict"] == "pass"
    assert cast.execute("SELECT celsius::float8, reusable FROM temperatures").fetchall() == [(34.2, False)]
    assert (await resident.scan(LONGGUAN_DOOR)).status_code == 202


async def test_a_confirmed_high_fever_is_a_fever(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, LONGGUAN_DOOR, valid_min=60)
    resident, gate = await house.resident(), await house.staff("gate01")
    waiting = await waits(resident, LONGGUAN_DOOR)
    answer = await decide(gate, LONGGUAN_DOOR, resident, waiting["scan_id"], "measure", celsius=41.5, confirmed=True)
    assert answer.json()["stamp"]["reason"] == "fever"


async def test_a_scan_that_waits_for_half_an_hour_lapses(reviewed: House, cast: psycopg.Connection) -> None:
    resident, gate = await reviewed.resident(), await reviewed.staff("gate01")
    body = scan(LONGGUAN_DOOR)
    assert (await resident.post("/scans", body)).status_code == 202
    cast.execute("UPDATE waiting SET at = at - interval '31 minutes'")
    for answer in (await resident.post("/scans", body), await resident.get(f"/scans/{body['scan_id']}")):
        assert (answer.status_code, answer.json()["code"]) == (410, "scan_lapsed")
    assert (await gate.get(f"/gate/{LONGGUAN_DOOR.id}/waiting")).json()["items"] == []
    late = await decide(gate, LONGGUAN_DOOR, resident, body["scan_id"], "approve")
    assert (late.status_code, late.json()["code"]) == (410, "scan_lapsed")
    # what the attendant did in time, without a network, counts
    in_time = (now() - 5 * MINUTE).isoformat()
    stamp = (await decide(gate, LONGGUAN_DOOR, resident, body["scan_id"], "approve", at=in_time)).json()["stamp"]
    assert stamp["verdict"] == "pass"
    assert (await resident.get(f"/scans/{body['scan_id']}")).status_code == 200


async def test_an_offline_scan_waits_if_it_is_young_and_is_kept_as_unreviewed_if_it_is_not(
    reviewed: House, cast: psycopg.Connection
) -> None:
    resident = await reviewed.resident()
    assert (await resident.scan(LONGGUAN_DOOR, at=now() - 29 * MINUTE)).status_code == 202
    answer = await resident.scan(LONGGUAN_DOOR, at=now() - 31 * MINUTE)
    assert answer.status_code == 201
    assert (answer.json()["verdict"], answer.json()["reason"]) == ("observe", "unreviewed")
    assert answer.json()["reason_text"] == "已补登记；当时未经工作人员查验。"


async def test_other_content_under_the_id_of_a_waiting_scan_is_refused(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, YIJIE_DOOR, review=True)
    resident = await house.resident()
    body = scan(YIJIE_DOOR)
    assert (await resident.post("/scans", body)).status_code == 202
    changed = await resident.post("/scans", body | {"answers": body["answers"] | {"reason": "visit"}})
    assert (changed.status_code, changed.json()["code"]) == (409, "scan_id_reused")
    other_seat = await resident.post("/scans", body | {"seat": "3A"})
    assert other_seat.status_code == 409
    assert count(cast, "waiting") == 1


async def test_the_same_waiting_scan_many_times_at_once_waits_once(reviewed: House, cast: psycopg.Connection) -> None:
    resident = await reviewed.resident()
    body = scan(LONGGUAN_DOOR)
    answers = await asyncio.gather(*(resident.post("/scans", body) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    assert count(cast, "waiting") == 1


async def test_retries_while_it_is_decided_end_in_one_visit(reviewed: House, cast: psycopg.Connection) -> None:
    resident, gate = await reviewed.resident(), await reviewed.staff("gate01")
    for _ in range(5):
        body = scan(LONGGUAN_DOOR)
        assert (await resident.post("/scans", body)).status_code == 202
        retries = [resident.post("/scans", body) for _ in range(6)]
        *answers, decided = await asyncio.gather(
            *retries, decide(gate, LONGGUAN_DOOR, resident, body["scan_id"], "approve")
        )
        assert decided.status_code == 200
        assert {answer.status_code for answer in answers} <= {200, 202}
        assert (await resident.post("/scans", body)).status_code == 200
    assert (stored(cast), count(cast, "waiting")) == (5, 0)


async def test_a_neighbours_attendant_sees_nobody_and_decides_nothing(house: House, cast: psycopg.Connection) -> None:
    equip(house, cast, DIAOE_DOOR, review=True)
    resident, gate = await house.resident(), await house.staff("gate01")
    waiting = await waits(resident, DIAOE_DOOR)
    assert (await gate.get(f"/gate/{DIAOE_DOOR.id}/waiting")).status_code == 404
    assert (await decide(gate, DIAOE_DOOR, resident, waiting["scan_id"], "approve")).status_code == 404
    # nor through a door of their own
    assert (await decide(gate, LONGGUAN_DOOR, resident, waiting["scan_id"], "approve")).status_code == 404
    assert (stored(cast), count(cast, "waiting")) == (0, 1)
    assert (await gate.get(f"/gate/{LONGGUAN_DOOR.id}/waiting")).json()["items"] == []


async def test_what_is_sent_must_make_sense(reviewed: House, cast: psycopg.Connection) -> None:
    resident, gate = await reviewed.resident(), await reviewed.staff("gate01")
    waiting = await waits(resident, LONGGUAN_DOOR)
    for wrong, field in (
        ({"decision_id": "4b7a1f4e-3c44-4b0e-9df1-3f9f1f0f4f00"}, "decision_id"),
        ({"at": (now() + timedelta(hours=1)).isoformat()}, "at"),
        ({"action": "measure"}, "celsius"),
        ({"note": "a\0b"}, "note"),
    ):
        body = decision(resident, waiting["scan_id"], "approve") | wrong
        answer = await gate.post(f"/gate/{LONGGUAN_DOOR.id}/decisions", body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert (await decide(gate, LONGGUAN_DOOR, resident, str(ids.uuid7()), "approve")).status_code == 404


async def test_a_slow_clock_at_the_gate_makes_nobody_come_before_they_came(
    house: House, cast: psycopg.Connection
) -> None:
    equip(house, cast, LONGGUAN_DOOR, valid_min=60)
    resident, gate = await house.resident(), await house.staff("gate01")
    waiting = await waits(resident, LONGGUAN_DOOR)
    slow = (now() - timedelta(hours=3)).isoformat()
    answer = await decide(gate, LONGGUAN_DOOR, resident, waiting["scan_id"], "measure", celsius=36.5, at=slow)
    temperature = answer.json()["stamp"]["temperature"]
    assert (temperature["at"], temperature["reused"]) == (waiting["at"], False)
