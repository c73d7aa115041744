"""A printed code from the clerk's counter to the gate, and its end."""

import io
from typing import Any

import psycopg
import pypdfium2
import pytest
import zxingcpp

from lianfang.kit import ids
from tests.support.house import Answer, Client, House
from tests.support.people import Resident, somebody
from tests.support.story import LONGGUAN_DOOR

SCANS = f"/gate/{LONGGUAN_DOOR.id}/scans"


def document_of(who: Resident) -> dict[str, Any]:
    return {"document_type": "resident_id", "document_number": who.document, "name": who.name}


async def text_of(client: Client, path: str) -> str:
    """What a scanner reads on the paper."""
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    page = pypdfium2.PdfDocument(io.BytesIO(answer.content))[0]
    [found] = zxingcpp.read_barcodes(page.render(scale=2).to_pil())
    return str(found.text)


async def scan(gate: Client, text: str) -> Answer:
    return await gate.post(SCANS, {"scan_id": str(ids.uuid7()), "token": text})


@pytest.mark.parametrize("layout", ["a4", "card"])
async def test_an_elder_without_a_phone_gets_a_code_on_paper(
    house: House, cast: psycopg.Connection, layout: str
) -> None:
    clerk, gate = await house.staff("longguan"), await house.staff("gate01")
    elder = somebody("李大爷")
    made = await clerk.post("/printed-codes", document_of(elder))
    assert made.status_code == 201, made.text
    code = made.json()
    assert (code["name"], code["document"][-4:], code["voided_at"]) == ("李*爷", elder.document[-4:], None)
    text = await text_of(clerk, f"/printed-codes/{code['number']}/pdf?layout={layout}")
    answer = await scan(gate, text)
    assert (answer.status_code, answer.json()["person"]) == (201, "李*爷")

    # lost: a new one ends the old one, and so does making it void
    again = (await clerk.post("/printed-codes", document_of(elder))).json()
    assert (await scan(gate, text)).json()["code"] == "code_void"
    new = await text_of(clerk, f"/printed-codes/{again['number']}/pdf")
    void = await clerk.post(f"/printed-codes/{again['number']}/void", {"reason": "遗失"})
    assert (void.json()["reason"], void.json()["voided_by"]) == ("遗失", f"staff:{clerk.id}")
    assert (await scan(gate, new)).json()["code"] == "code_void"
    assert (await clerk.get(f"/printed-codes/{again['number']}/pdf")).json()["code"] == "printed_code_void"
    assert [one["number"] for one in await clerk.pages("/printed-codes", limit=1)] == [again["number"], code["number"]]
    stored = cast.execute("SELECT string_agg(p::text, '') FROM printed_codes p").fetchone()
    assert stored
    assert "李" not in stored[0]
    assert elder.document[-4:] not in stored[0]
    deeds = cast.execute("SELECT action FROM audit_log WHERE action LIKE 'codes.%%' ORDER BY id".replace("%%", "%"))
    assert [row[0] for row in deeds][:3] == ["codes.print", "codes.print_pdf", "codes.print"]


async def test_a_resident_prints_and_ends_their_own_and_nobody_elses(house: House) -> None:
    mine, other, clerk = await house.resident(), await house.resident(), await house.staff("longguan")
    made = await mine.post("/residents/me/printed-codes")
    assert made.status_code == 201, made.text
    number = made.json()["number"]
    assert (await text_of(mine, f"/residents/me/printed-codes/{number}/pdf?layout=card")).startswith("LF2:")
    for stranger, path in ((other, "/residents/me/printed-codes"), (clerk, "/printed-codes")):
        assert (await stranger.get(f"{path}/{number}/pdf")).status_code == 404
        assert (await stranger.post(f"{path}/{number}/void", {"reason": "x"})).status_code == 404
        assert await stranger.pages(path) == []
    assert (await mine.post(f"/residents/me/printed-codes/{number}/void", {"reason": "丢了"})).status_code == 200
    assert [one["reason"] for one in await mine.pages("/residents/me/printed-codes")] == ["丢了"]


async def test_whose_name_is_not_on_the_document_gets_no_code(house: House) -> None:
    clerk, gate = await house.staff("longguan"), await house.staff("gate01")
    who = somebody()
    await house.resident(who)
    wrong = await clerk.post("/printed-codes", document_of(who) | {"name": "别人"})
    assert wrong.json()["code"] == "document_name_differs"
    assert (await gate.post("/printed-codes", document_of(who))).status_code == 403
