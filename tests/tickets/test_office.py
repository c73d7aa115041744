"""From filing to the answer: whose desk, who reads what, what the citizen sees and is told."""

import io
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import psycopg
import pytest
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from lianfang.codes.derive import recolour
from lianfang.config import Settings
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.tickets.attend import attend
from tests.codes.cases import DAY, tell, told
from tests.support.house import Client, House
from tests.support.people import somebody
from tests.support.story import CHICHENG, HEBEI, LONGGUAN, LONGGUAN_DOOR, XIWANZI, YIJIE
from tests.support.visits import add_visit


@pytest.fixture
def authority(cast: psycopg.Connection) -> Iterator[int]:
    """A centre that 龙关镇 registered."""
    row = cast.execute(
        "INSERT INTO authorities (unit_id, ord, name, public_key, kinds, registered_by)"
        " VALUES (%s, %s, '检验所', %s, '{test}', 1) RETURNING id",
        [LONGGUAN.id, LONGGUAN.lo, bytes(32)],
    ).fetchone()
    assert row is not None
    return iter([int(row[0])])


async def yellow(house: House, worker: Database, feed: int) -> tuple[Client, dict[str, Any]]:
    """A resident whose bus had a case on it, and why their code is not green."""
    resident = await house.resident()
    await tell(worker, told(resident.id, "contact_order", "companion", now() - DAY / 2, provenance=f"feed:{feed}"))
    await recolour(worker)
    mine = (await resident.get("/residents/me/colour")).json()
    assert mine["reasons"], mine
    return resident, mine["reasons"][0]


def appeal(number: int) -> dict[str, Any]:
    return {"kind": "appeal", "hold": number, "text": "复检为阴性，请核对"}


async def test_an_appeal_is_released_by_two_units_and_the_code_turns_green(
    house: House, worker: Database, cast: psycopg.Connection, keys: Keys, authority: Iterator[int]
) -> None:
    resident, reason = await yellow(house, worker, next(authority))
    filed = await resident.post("/residents/me/tickets", appeal(reason["number"]))
    assert (filed.status_code, filed.json()["unit"], filed.json()["can"]) == (201, "龙关镇", ["withdraw"])
    ticket = filed.json()["id"]
    again = await resident.post("/residents/me/tickets", appeal(reason["number"]))
    assert (again.status_code, again.json()["code"]) == (409, "appealed_already")
    clerk, second = await house.staff("longguan"), await house.staff("xiwanzi")
    assert [one["id"] for one in (await clerk.get("/tickets")).json()["items"]] == [ticket]
    assert (await second.get(f"/tickets/{ticket}")).status_code == 404
    assert (await clerk.post(f"/tickets/{ticket}/take")).status_code == 204
    shown = (await clerk.get(f"/tickets/{ticket}")).json()
    assert (shown["steps"][0]["text"], "release" in shown["can"]) == ("复检为阴性，请核对", True)
    case = (await clerk.get(f"/tickets/{ticket}/hold")).json()
    assert (case["active"], case["evidence"][0]["fresh"]) == (True, True)
    wanted = {"text": "实验室更正了结果", "second_unit_id": XIWANZI.id, "grounds": [case["target"]]}
    own = await clerk.post(f"/tickets/{ticket}/release", wanted | {"second_unit_id": YIJIE.id})
    assert (own.status_code, own.json()["code"]) == (422, "same_unit")
    assert (await clerk.post(f"/tickets/{ticket}/release", wanted)).status_code == 204
    assert (await resident.get("/residents/me/colour")).json()["colour"] == "yellow"
    [request] = (await second.get("/holds/requests")).json()["items"]
    assert (await second.post(f"/holds/requests/{request['id']}/decision", {"signed": True})).status_code == 200
    jobs = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'tickets.attend'"
    assert cast.execute(jobs).fetchall() != [(0,)]
    await attend(worker, keys, Settings())
    assert (await resident.get("/residents/me/colour")).json()["colour"] == "green"
    mine = (await resident.get(f"/residents/me/tickets/{ticket}")).json()
    assert (mine["state"], mine["outcome"]) == ("answered", "granted")
    assert [(step["transition"], step["unit"], step["by"] == "") for step in mine["steps"]] == [
        ("file", "龙关镇", True),
        ("take", "龙关镇", True),
        ("release", "龙关镇", True),
        ("sign", "龙关镇", True),
    ]
    opened = cast.execute("SELECT count(*) FROM audit_log WHERE action IN ('tickets.open', 'tickets.case')").fetchall()
    assert opened == [(2,)]


async def test_the_citizen_is_told_once_when_there_is_an_answer(
    house: House, worker: Database, cast: psycopg.Connection, keys: Keys
) -> None:
    resident, clerk = await house.resident(), await house.staff("hebei")
    question = {"kind": "consultation", "text": "返乡要做几次核酸？"}
    ticket = (await resident.post("/residents/me/tickets", question)).json()["id"]
    await clerk.post(f"/tickets/{ticket}/take")
    await clerk.post(f"/tickets/{ticket}/ask", {"text": "从哪里返乡？"})
    mine = (await resident.get("/residents/me/tickets")).json()["items"][0]
    assert (mine["state"], mine["can"], mine["steps"][-1]["text"]) == ("asked", ["reply", "withdraw"], "从哪里返乡？")
    cast.execute("UPDATE tickets SET asked_at = asked_at - interval '5 hours'")
    await resident.post(f"/residents/me/tickets/{ticket}/reply", {"text": "北京"})
    due = (await clerk.get(f"/tickets/{ticket}")).json()["about"]
    waited = cast.execute("SELECT due_at - created_at > interval '76 hours' FROM tickets").fetchone()
    assert (waited, due["mine"]) == ((True,), True)
    await clerk.post(f"/tickets/{ticket}/answer", {"text": "三天两检", "outcome": "informed"})
    await attend(worker, keys, Settings())
    assert cast.execute("SELECT count(*) FROM notices").fetchall() == [(0,)]  # there is no gateway to send by
    for _ in range(2):
        await attend(worker, keys, Settings(sms_url="https://sms.example.com"))
    assert cast.execute("SELECT template, count(*) FROM notices GROUP BY 1").fetchall() == [("SMS_000004", 2)]
    late = await resident.post(f"/residents/me/tickets/{ticket}/reopen", {"text": "没有说清楚"})
    assert late.json()["state"] == "open"
    texts = cast.execute("SELECT text FROM ticket_steps WHERE text IS NOT NULL").fetchall()
    assert not [text for (text,) in texts if "核酸".encode() in text or "三天".encode() in text]


async def test_a_ticket_comes_to_where_the_person_is_and_goes_up_and_down(
    house: House, cast: psycopg.Connection, keys: Keys
) -> None:
    resident, stranger = await house.resident(), await house.resident()
    add_visit(cast, keys, resident.id, LONGGUAN_DOOR)
    filed = {"kind": "correction", "text": "姓名错了"}
    mine = (await resident.post("/residents/me/tickets", filed)).json()
    assert mine["unit"] == "龙关镇"
    assert (await stranger.post("/residents/me/tickets", filed)).json()["unit"] == HEBEI.name
    assert (await stranger.get(f"/residents/me/tickets/{mine['id']}")).status_code == 404
    town, county = await house.staff("longguan"), await house.staff("chicheng")
    path = f"/tickets/{mine['id']}"
    elsewhere = await town.post(f"{path}/hand_over", {"unit_id": XIWANZI.id})
    assert (elsewhere.status_code, elsewhere.json()["errors"][0]["field"]) == (422, "unit_id")
    assert (await town.post(f"{path}/escalate", {"text": "要县里查"})).status_code == 204
    assert (await town.get(path)).status_code == 404
    assert (await resident.get(f"/residents/me/tickets/{mine['id']}")).json()["unit"] == CHICHENG.name
    assert (await county.post(f"{path}/hand_over", {"unit_id": YIJIE.id})).status_code == 204
    assert [step["unit"] for step in (await town.get(path)).json()["steps"]] == ["龙关镇", "赤城县", "一街村"]
    places = cast.execute("SELECT DISTINCT ord FROM ticket_steps WHERE ticket_id = %s", [mine["id"]]).fetchall()
    assert places == [(YIJIE.lo,)]


async def test_a_hotline_writes_down_who_calls_and_what_they_say(
    house: House, worker: Database, cast: psycopg.Connection, authority: Iterator[int]
) -> None:
    county = await house.staff("chicheng")
    unknown = await county.post("/tickets", {"kind": "consultation", "text": "问政策", "phone": "13800138000"})
    assert (unknown.status_code, unknown.json()["about"]["unit"], unknown.json()["phone"]) == (
        201,
        "赤城县",
        "138****8000",
    )
    who = somebody()
    resident = await house.resident(who)
    await tell(
        worker, told(resident.id, "contact_order", "companion", now() - DAY / 2, provenance=f"feed:{next(authority)}")
    )
    await recolour(worker)
    number = (await resident.get("/residents/me/colour")).json()["reasons"][0]["number"]
    named = {"document_type": "resident_id", "document_number": who.document}
    for wrong, code in (
        (appeal(number), "appeal_of_what"),
        (appeal(number + 1) | named, "hold_unknown"),
        ({"kind": "appeal", "text": "x"} | named, "appeal_of_what"),
        ({"kind": "correction", "text": "x", "document_number": somebody().document}, "person_not_registered"),
        ({"kind": "correction", "text": "x", "phone": "12"}, "invalid_request"),
    ):
        refused = await county.post("/tickets", wrong)
        assert refused.json()["code"] == code, refused.text
    filed = (await county.post("/tickets", appeal(number) | named)).json()
    assert (filed["about"]["unit"], filed["about"]["hotline"], filed["name"][-1]) == ("龙关镇", True, who.name[-1])
    assert [one["id"] for one in (await resident.get("/residents/me/tickets")).json()["items"]] == [
        filed["about"]["id"]
    ]
    queue = await county.get("/tickets", kind="appeal", unit_id=LONGGUAN.id)
    assert [one["id"] for one in queue.json()["items"]] == [filed["about"]["id"]]
    cast.execute("UPDATE tickets SET due_at = now() - interval '1 hour' WHERE hold_id IS NOT NULL")
    assert [one["overdue"] for one in (await county.get("/tickets", view="overdue")).json()["items"]] == [True]
    ids = [one["id"] for one in await county.pages("/tickets", limit=1)]
    assert ids == [filed["about"]["id"], unknown.json()["about"]["id"]]
    await county.post(f"/tickets/{ids[1]}/take")
    await county.post(f"/tickets/{ids[1]}/answer", {"text": "答", "outcome": "informed"})
    assert [one["id"] for one in (await county.get("/tickets", view="done")).json()["items"]] == [ids[1]]
    figures = {one["unit"]: one for one in (await county.get("/tickets/figures")).json()}
    assert (figures["龙关镇"]["overdue"], figures["龙关镇"]["median_min"]) == (1, None)
    assert (figures["赤城县"]["answered"], figures["赤城县"]["median_min"] < 1) == (1, True)


def picture(kind: str) -> bytes:
    image = np.full((40, 60, 3), 200, np.uint8)
    return bytes(cv2.imencode(kind, image)[1])


def pdf(**extra: str) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    if "script" in extra:
        action = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject(extra["script"])}
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(action)
    if "password" in extra:
        writer.encrypt(extra["password"])
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def with_place(jpeg: bytes) -> bytes:
    """With a segment as a phone writes it, and an archive behind the end."""
    place = b"Exif\0\0GPS 40.9N 115.8E"
    return jpeg[:2] + b"\xff\xe1" + (len(place) + 2).to_bytes(2) + place + jpeg[2:] + b"PK\x03\x04zip"


async def test_files_are_told_by_their_content_and_shown_to_the_handler_alone(
    house: House, cast: psycopg.Connection
) -> None:
    resident, town, county = await house.resident(), await house.staff("hebei"), await house.staff("chicheng")
    ticket = (await resident.post("/residents/me/tickets", {"kind": "correction", "text": "错了"})).json()["id"]

    async def send(content: bytes) -> Any:
        path = f"/api/v1/residents/me/tickets/{ticket}/files"
        return await resident.http.post(path, content=content, headers={"content-type": "application/octet-stream"})

    for wrong in (
        b"",
        b"MZ\x90\0",
        b"<svg onload=alert(1)>",
        picture(".jpg")[:80],
        picture(".png")[:60],
        pdf(script="app.alert(1)"),
        pdf(password="x"),
        b"%PDF-1.7 nothing",
        b"\xff\xd8\xff\xd9",
    ):
        refused = await send(wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, "file_refused"), wrong[:20]
    assert (await send(b"\xff\xd8\xff" + bytes(6 << 20))).status_code == 413
    kept = [(await send(content)).json() for content in (with_place(picture(".jpg")), picture(".png"), pdf())]
    assert [one["type"] for one in kept] == ["image/jpeg", "image/png", "application/pdf"]
    path = f"/tickets/{ticket}/files/{kept[0]['id']}"
    assert (await town.get(path)).json()["code"] == "handler_only"
    await town.post(f"/tickets/{ticket}/take")
    served = await town.get(path)
    assert (served.headers["content-type"], served.headers["content-disposition"][:10]) == ("image/jpeg", "attachment")
    assert "sandbox" in served.headers["content-security-policy"]
    shown = cv2.imdecode(np.frombuffer(served.content, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (40, 60, 3)
    assert b"GPS" not in served.content
    assert b"PK\x03\x04" not in served.content
    assert (await county.get(path)).status_code == 404
    stored = cast.execute("SELECT content FROM ticket_files").fetchall()
    assert not [content for (content,) in stored if b"JFIF" in content or b"%PDF" in content]
    recorded = "SELECT count(*) FROM audit_log WHERE action = 'tickets.file_open'"
    assert cast.execute(recorded).fetchall() == [(1,)]


async def test_texts_to_answer_with_are_used_by_the_units_below(house: House) -> None:
    county, town, other = await house.staff("chicheng"), await house.staff("longguan"), await house.staff("xiwanzi")
    await county.post("/tickets/macros", {"title": "返乡", "text": "返乡人员三天两检。"})
    [macro] = (await town.get("/tickets/macros")).json()
    assert (macro["title"], macro["own"], macro["unit"]) == ("返乡", False, "赤城县")
    assert (await other.get("/tickets/macros")).json() == []
    assert (await town.delete(f"/tickets/macros/{macro['id']}")).status_code == 404
    assert (await county.delete(f"/tickets/macros/{macro['id']}")).status_code == 204


async def test_a_resident_has_few_open_tickets_and_appeals_against_what_holds_them(
    house: House, worker: Database, authority: Iterator[int]
) -> None:
    held, reason = await yellow(house, worker, next(authority))
    other = await house.resident()
    assert (await other.post("/residents/me/tickets", appeal(reason["number"]))).json()["code"] == "hold_unknown"
    for _ in range(5):
        assert (await held.post("/residents/me/tickets", {"kind": "consultation", "text": "问"})).status_code == 201
    refused = await held.post("/residents/me/tickets", appeal(reason["number"]))
    assert (refused.status_code, refused.json()["code"]) == (409, "tickets_open")
