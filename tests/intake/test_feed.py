"""An authority's signed batches: each row stored once, corrected by its number, kept for whoever registers later."""

import json
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from lianfang.intake import taking
from lianfang.kit.clock import now
from tests.intake.sending import Laboratory, adopt, pcr, standing
from tests.support.house import House
from tests.support.people import somebody
from tests.support.story import LONGGUAN


@pytest.fixture
async def laboratory(house: House) -> Laboratory:
    return await Laboratory(house).open()


def counted(answer: Any) -> dict[str, int]:
    assert answer.status_code == 200, answer.text
    counts: dict[str, int] = answer.json()["counts"]
    return counts


async def test_a_result_reaches_its_person_by_their_document(
    house: House, laboratory: Laboratory, owner: psycopg.Connection
) -> None:
    who = somebody()
    resident = await house.resident(who)
    answer = await laboratory.send([pcr(who.document, source="移动采样车"), pcr(somebody().document, ref="T2")])
    assert counted(answer) == {"stored": 1, "kept": 1}
    assert standing(owner) == [(resident.id, "test", "negative", "龙关检验所 · 移动采样车")]
    [batches] = owner.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'codes.recolour'").fetchall()
    assert batches[0] >= 1


async def test_what_was_kept_becomes_theirs_who_register(
    house: House, laboratory: Laboratory, owner: psycopg.Connection
) -> None:
    who = somebody()
    row = pcr(who.document, "positive", detail={"tube": "A-17"})
    assert counted(await laboratory.send([row])) == {"kept": 1}
    assert counted(await laboratory.send([row | {"result": "negative"}])) == {"corrected": 1}
    resident = await house.resident(who)
    assert standing(owner) == []
    assert await adopt(house, owner) == 2
    assert standing(owner) == [(resident.id, "test", "negative", "龙关检验所")]
    assert owner.execute("SELECT count(*) FROM evidence_unmatched").fetchone() == (0,)
    assert counted(await laboratory.send([row | {"result": "inconclusive"}])) == {"corrected": 1}
    assert [row[2] for row in standing(owner)] == ["inconclusive"]


async def test_a_registration_that_missed_its_evidence_is_found_by_the_sweep(
    house: House, laboratory: Laboratory, owner: psycopg.Connection
) -> None:
    who = somebody()
    await laboratory.send([pcr(who.document), pcr(somebody().document, ref="T2")])
    resident = await house.resident(who)
    services = house.services
    assert await taking.sweep(services.db.worker, services.db.identity, services.keys) == 1
    assert [row[0] for row in standing(owner)] == [resident.id]
    assert await taking.sweep(services.db.worker, services.db.identity, services.keys) == 0
    assert await adopt(house, owner) == 0


async def test_the_same_batch_again_gets_the_same_answer_and_another_under_its_number_none(
    house: House, laboratory: Laboratory, owner: psycopg.Connection
) -> None:
    who = somebody()
    await house.resident(who)
    body = {
        "batch_id": "0192c0de-0000-7000-8000-000000000001",
        "sent_at": now().isoformat(),
        "rows": [pcr(who.document), {}],
    }
    first = await laboratory.send_body(json.dumps(body).encode())
    again = await laboratory.send_body(json.dumps(body).encode())
    assert first.json() == again.json()
    assert first.json()["states"] == ["stored", "rejected"]
    assert len(standing(owner)) == 1
    body["rows"] = [pcr(who.document, "positive")]
    other = await laboratory.send_body(json.dumps(body).encode())
    assert (other.status_code, other.json()["code"]) == (409, "batch_id_reused")
    assert counted(await laboratory.send([pcr(who.document)])) == {"unchanged": 1}
    old = await laboratory.send([pcr(who.document, ref="T9")], sent_at=(now() - timedelta(hours=25)).isoformat())
    assert (old.status_code, old.json()["code"]) == (422, "batch_stale")
    assert len(standing(owner)) == 1


async def test_corrections_supersede_and_move_with_the_document(
    house: House, laboratory: Laboratory, owner: psycopg.Connection
) -> None:
    wrong, right = somebody(), somebody()
    first, second = await house.resident(wrong), await house.resident(right)
    await laboratory.send([pcr(wrong.document, "positive")])
    assert counted(await laboratory.send([pcr(right.document, "positive")])) == {"corrected": 1}
    assert [(row[0], row[2]) for row in standing(owner)] == [(first.id, "withdrawn"), (second.id, "positive")]
    gone = pcr(right.document, "positive", withdrawn=True)
    assert counted(await laboratory.send([gone])) == {"withdrawn": 1}
    assert counted(await laboratory.send([gone])) == {"unchanged": 1}
    assert [row[2] for row in standing(owner)] == ["withdrawn", "withdrawn"]
    assert owner.execute("SELECT count(*) FROM evidence").fetchone() == (4,)
    back = await laboratory.send([pcr(wrong.document, "positive", withdrawn=True)])
    assert counted(back) == {"withdrawn": 1}
    assert counted(await laboratory.send([pcr(wrong.document, "positive", withdrawn=True)])) == {"unchanged": 1}


async def test_a_wrong_row_is_named_and_harms_no_other(laboratory: Laboratory, owner: psycopg.Connection) -> None:
    who = somebody()
    rows = [
        pcr(who.document),
        pcr(who.document[:-1] + ("0" if who.document[-1] != "0" else "1"), ref="T2"),
        pcr(who.document, "maybe", ref="T3"),
        pcr(who.document, ref="T4", at=(now() + timedelta(days=1)).isoformat()),
        pcr(who.document, ref="T5", at="2022-11-19T08:00:00"),
        pcr(who.document, ref="T6", kind="diagnosis", result="confirmed"),
        pcr(who.document, ref="T1"),
        pcr(who.document, ref="T7", withdrawn=True),
        pcr(who.document, ref="T8", kind="decision", result="release"),
        {"ref": 7},
        pcr(who.document, ref="V1", kind="vaccination", result="2", subject="克尔来福"),
    ]
    answer = await laboratory.send(rows)
    assert counted(answer) == {"kept": 2, "rejected": 9}
    found = {error["index"]: (error["field"], error["code"]) for error in answer.json()["errors"]}
    assert found == {
        1: ("document_number", "check_digit"),
        2: ("result", "unknown"),
        3: ("at", "date"),
        4: ("at", "zone"),
        5: ("kind", "not_allowed"),
        6: ("ref", "repeated"),
        7: ("ref", "unknown"),
        8: ("kind", "unknown"),
        9: ("ref", "schema"),
    }
    assert owner.execute("SELECT count(*) FROM evidence_unmatched").fetchone() == (2,)


@pytest.mark.parametrize("rows", [0, 5001])
async def test_a_batch_is_neither_empty_nor_endless(laboratory: Laboratory, rows: int) -> None:
    answer = await laboratory.send([{} for _ in range(rows)])
    assert (answer.status_code, answer.json()["code"]) == (422, "batch_size")


async def test_nothing_unsigned_is_taken(house: House, laboratory: Laboratory, owner: psycopg.Connection) -> None:
    body = json.dumps(
        {"batch_id": "0192c0de-0000-7000-8000-000000000002", "sent_at": now().isoformat(), "rows": [pcr("1")]}
    ).encode()
    stranger = Laboratory(house)
    stranger.id = laboratory.id
    tries = [
        await laboratory.send_body(body, b""),
        await laboratory.send_body(body, laboratory.key.sign(body + b" ")),
        await laboratory.send_body(body, **{"lianfang-signature": "not base64"}),
        await laboratory.send_body(body, **{"lianfang-authority": "99999"}),
        await laboratory.send_body(body, **{"lianfang-authority": "x"}),
        await stranger.send_body(body),
    ]
    assert {answer.status_code for answer in tries} == {401}
    assert {answer.json()["code"] for answer in tries} == {"signature_wrong"}
    assert owner.execute("SELECT count(*) FROM feed_batches").fetchone() == (0,)


async def test_a_key_counts_once_somebody_above_has_confirmed_it_and_until_it_is_void(
    house: House, cast: psycopg.Connection
) -> None:
    laboratory = Laboratory(house)
    registered = await laboratory.register()
    assert registered.json()["confirmed_at"] is None
    assert len(registered.json()["fingerprint"]) == 39
    who = somebody()
    assert (await laboratory.send([pcr(who.document)])).status_code == 401
    town, county = await house.staff("longguan"), await house.staff("chicheng")
    path = f"/authorities/{laboratory.id}"
    alone = await town.post(f"{path}/confirm", {})
    assert (alone.status_code, alone.json()["code"]) == (403, "second_person")
    below = await (await house.staff("yijie")).post(f"{path}/confirm", {})
    assert below.status_code == 404
    assert (await county.post(f"{path}/confirm", {})).status_code == 200
    assert (await county.post(f"{path}/confirm", {})).status_code == 409
    assert counted(await laboratory.send([pcr(who.document)])) == {"kept": 1}
    assert (await town.post(f"{path}/void", {})).status_code == 200
    assert (await laboratory.send([pcr(who.document)])).status_code == 401
    listed = (await county.get("/authorities")).json()["items"]
    assert [(item["id"], item["unit"], item["kinds"]) for item in listed] == [
        (laboratory.id, LONGGUAN.name, ["test", "vaccination"])
    ]
    actions = cast.execute("SELECT action FROM audit_log WHERE action LIKE 'authorities.%' ORDER BY id").fetchall()
    assert [action for (action,) in actions] == ["authorities.register", "authorities.confirm", "authorities.void"]


@pytest.mark.parametrize("key", ["", "AAAA", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "键"])
async def test_a_key_of_another_kind_is_refused(house: House, key: str) -> None:
    town = await house.staff("longguan")
    body = {"unit_id": LONGGUAN.id, "name": "检验所", "public_key": key, "kinds": ["test"]}
    answer = await town.post("/authorities", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "key_wrong")


async def test_the_same_key_is_registered_once(house: House) -> None:
    laboratory = Laboratory(house)
    assert (await laboratory.register()).status_code == 201
    assert (await laboratory.register()).json()["code"] == "key_taken"
