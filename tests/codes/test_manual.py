"""Nobody is turned red by a list that somebody typed, nor by an official alone (Zhengzhou, June 2022)."""

from datetime import timedelta
from typing import Any

import psycopg

from lianfang.codes.derive import recolour, recolour_everybody
from lianfang.codes.replay import replay
from lianfang.kit.clock import now
from lianfang.kit.db import Database
from tests.codes.cases import DAY, holds, tell, told
from tests.support.database import KEYS
from tests.support.house import House
from tests.support.people import somebody
from tests.support.runs import work_off
from tests.support.story import CHONGLI, LONGGUAN, LONGGUAN_DOOR, XIWANZI, YIJIE
from tests.support.visits import add_visit


def request(person_id: int, grounds: list[str], second: int = XIWANZI.id, **changed: Any) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "second_unit_id": second,
        "grounds": grounds,
        "reason": "阳性结果待上报，先行管控",
        "colour": "red",
        "until": (now() + 2 * DAY).isoformat(),
    } | changed


async def test_a_forged_list_an_official_alone_and_stale_evidence_change_no_colour(
    house: House, worker: Database, cast: psycopg.Connection
) -> None:
    depositors = [await house.resident() for _ in range(3)]
    await tell(
        worker,
        *(told(one.id, "contact_order", "close", now() - DAY, provenance="run:80") for one in depositors),
        *(told(one.id, "diagnosis", "confirmed", now() - DAY, provenance="account:4") for one in depositors),
        *(told(one.id, "contact_order", "close", now() - 40 * DAY) for one in depositors),
    )
    await recolour(worker)
    await recolour_everybody(worker)
    target = depositors[0]
    old, typed = [
        str(row[0])
        for row in cast.execute(
            "SELECT id FROM evidence WHERE person_id = %s AND kind = 'contact_order' ORDER BY at", [target.id]
        ).fetchall()
    ]
    longguan, xiwanzi = await house.staff("longguan"), await house.staff("xiwanzi")
    # stale or strange evidence, no evidence, no reason, no end, too long, an own or subordinate unit: nobody is even asked
    for wrong, code in (
        (request(target.id, [old]), "grounds_stale"),
        (request(target.id, []), "grounds_stale"),
        (request(depositors[1].id, [typed]), "grounds_stale"),
        (request(target.id, [typed], reason=""), "purpose_missing"),
        (request(target.id, [typed], until=None), "request_incomplete"),
        (request(target.id, [typed], until=(now() + 60 * DAY).isoformat()), "request_incomplete"),
        (request(target.id, [typed], second=LONGGUAN.id), "same_unit"),
        (request(target.id, [typed], second=YIJIE.id), "same_unit"),
        (request(target.id, [typed], second=4711), "second_unit_unknown"),
    ):
        answer = await longguan.post("/holds/requests", wrong)
        assert (answer.status_code // 100, answer.json()["code"]) == (4, code)
    asked = await longguan.post("/holds/requests", request(target.id, [typed]))
    assert (asked.status_code, asked.json()["state"]) == (201, "asked")
    path = f"/holds/requests/{asked.json()['id']}/decision"
    # who asked, their own superior, whoever stands above both, a unit that was not asked
    for username in ("longguan", "chicheng", "hebei", "diaoe", "yijie"):
        refused = await (await house.staff(username)).post(path, {"signed": True})
        assert refused.status_code in (403, 404, 422), username
    # and what is written as if it had been signed is not
    await tell(worker, told(target.id, "decision", "hold", now(), subject=str(asked.json()["id"])))
    await recolour(worker)
    # nor is a risk area that their own county declares, where one of them was
    add_visit(cast, KEYS, target.id, LONGGUAN_DOOR)
    text = "高风险地区：\n张家口市：赤城县龙关镇"
    area = {"text": text, "published_on": now().date().isoformat(), "source": "赤城县"}
    county = await house.staff("chicheng")
    assert (await county.post("/areas/bulletins", area)).json()["matched"] == 1
    await work_off(house, cast)
    await recolour(worker)
    for one in depositors:
        assert (await one.scan()).json()["verdict"] == "pass"
        assert (await one.get("/residents/me/colour")).json()["colour"] == "green"
    assert holds(cast) == set()
    declined = await xiwanzi.post(path, {"signed": False})
    assert declined.json()["state"] == "declined"
    assert (await xiwanzi.post(path, {"signed": True})).status_code == 409
    assert holds(cast) == set()
    assert (await replay(worker, now())).different == 0


async def test_two_units_together_hold_and_release_and_the_log_names_both(
    house: House, worker: Database, cast: psycopg.Connection
) -> None:
    who = somebody()
    resident = await house.resident(who)
    await tell(worker, told(resident.id, "test", "positive", now() - DAY, provenance="run:80"))
    await recolour(worker)
    longguan, xiwanzi = await house.staff("longguan"), await house.staff("xiwanzi")
    case = (
        await longguan.post(
            "/holds/cases",
            {"document_type": "resident_id", "document_number": who.document, "purpose": "核实阳性报告"},
        )
    ).json()
    assert case["person_id"] == resident.id
    [ground] = case["evidence"]
    assert (ground["result"], ground["provenance"], ground["fresh"]) == ("positive", "run:80", True)
    asked = (await longguan.post("/holds/requests", request(resident.id, [ground["id"]]))).json()
    assert [one["mine"] for one in (await longguan.get("/holds/requests")).json()["items"]] == [False]
    assert (await longguan.get("/holds/requests", waiting=True)).json()["items"] == []
    [seen] = (await xiwanzi.get("/holds/requests", waiting=True)).json()["items"]
    assert (seen["mine"], seen["unit"], seen["reason"]) == (True, "龙关镇", "阳性结果待上报，先行管控")
    file = (await xiwanzi.get(f"/holds/requests/{asked['id']}")).json()
    assert ([one["id"] for one in file["grounds"]], file["gone"], file["holds"]) == ([ground["id"]], 0, [])
    assert who.name not in str(file)
    assert (await (await house.staff("diaoe")).get(f"/holds/requests/{asked['id']}")).status_code == 404
    signed = await xiwanzi.post(f"/holds/requests/{asked['id']}/decision", {"signed": True})
    assert signed.json()["state"] == "signed"
    assert (await resident.scan()).json()["verdict"] == "refuse"
    mine = (await resident.get("/residents/me/colour")).json()
    assert (mine["colour"], mine["reasons"][0]["ground"]["source"]) == ("red", "龙关镇、西湾子镇")
    decision = cast.execute("SELECT id FROM evidence WHERE kind = 'decision'").fetchone()
    assert decision is not None
    # each of the two is named to the other, who stands in another part of the tree
    for side in (longguan, xiwanzi):
        [one] = (await side.get("/holds/requests")).json()["items"]
        assert (one["asked_by"], one["decided_by"]) == ("龙关镇 admin", "西湾子镇 admin")
    [hold] = (await longguan.get(f"/holds/requests/{asked['id']}")).json()["holds"]
    assert (hold["target"], hold["reason"]["colour"]) == (str(decision[0]), "red")
    release = request(resident.id, [ground["id"]], colour=None, until=None, target=str(decision[0]))
    asked = (await longguan.post("/holds/requests", release)).json()
    await xiwanzi.post(f"/holds/requests/{asked['id']}/decision", {"signed": True})
    assert (await resident.get("/residents/me/colour")).json()["colour"] == "green"
    assert cast.execute("SELECT cause FROM hold_releases").fetchall() == [("decision",)]
    named = cast.execute(
        "SELECT actor, detail->>'asked_by', detail->>'signed_by' FROM audit_log WHERE action = 'holds.sign'"
    ).fetchall()
    assert named == [("staff:8", "staff:4", "staff:8")] * 2
    for at in (now(), now() + timedelta(hours=1)):
        assert (await replay(worker, at)).different == 0


async def test_a_request_lies_open_for_three_days(house: House, worker: Database, cast: psycopg.Connection) -> None:
    resident = await house.resident()
    row = told(resident.id, "test", "positive", now() - DAY, provenance="run:80")
    await tell(worker, row)
    await recolour(worker)
    longguan, chongli = await house.staff("longguan"), await house.staff("chongli")
    asked = (await longguan.post("/holds/requests", request(resident.id, [str(row.id)], second=CHONGLI.id))).json()
    cast.execute(
        "UPDATE hold_requests SET asked_at = asked_at - interval '73 hours', until = now() + interval '1 hour'"
    )
    late = await chongli.post(f"/holds/requests/{asked['id']}/decision", {"signed": True})
    assert (late.status_code, late.json()["code"]) == (409, "request_closed")
    assert [one["state"] for one in (await chongli.get("/holds/requests")).json()["items"]] == ["lapsed"]
