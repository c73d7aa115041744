"""People of another system: stored once by their document, each rejected one with its reason, none lost in between."""

from typing import Any

import psycopg

from lianfang.kit.crypto import Keys
from lianfang.people.tokens import refer
from tests.support.house import Answer, Client, House
from tests.support.people import somebody
from tests.support.story import ACCOUNT, CHICHENG_DOOR


def row(number: str, name: str = "外来人", **changed: Any) -> dict[str, Any]:
    return {"document_type": "other", "document_number": number, "name": name} | changed


async def send(client: Client, people: list[dict[str, Any]], **headers: str) -> Answer:
    answer = await client.post("/people/bulk", {"people": people}, **headers)
    if answer.status_code == 200:
        told = answer.json()
        assert len(told["items"]) + len(told["rejected"]) == len(people)
        assert told["created"] + told["existing"] == len(told["items"])
    return answer


async def test_people_are_created_once_and_known_afterwards(house: House, cast: psycopg.Connection) -> None:
    importer = await house.staff("import")
    people = [row(f"user-{number}") for number in range(1000)]
    first = (await send(importer, people)).json()
    assert (first["created"], first["existing"], first["rejected"]) == (1000, 0, [])
    assert [item["document_number"] for item in first["items"]] == [person["document_number"] for person in people]
    again = (await send(importer, people)).json()
    assert (again["created"], again["existing"], again["items"]) == (0, 1000, first["items"])
    assert cast.execute("SELECT count(*), count(consented_at) FROM people").fetchone() == (1000, 0)


async def test_one_document_twice_in_a_call_is_one_person(house: House) -> None:
    told = (await send(await house.staff("import"), [row("twice"), row(" twice ", "另一个名字"), row("once")])).json()
    ids = [item["person"] for item in told["items"]]
    assert (told["created"], told["existing"]) == (2, 1)
    assert sorted(ids.count(person) for person in set(ids)) == [1, 2]


async def test_each_rejected_person_has_a_position_a_field_and_a_sentence(house: House) -> None:
    importer = await house.staff("import")
    people = [
        row("good"),
        row(""),
        row("no name", ""),
        row("13079919400101000", document_type="resident_id"),
        row("bad phone", phone="12"),
        row("also good", phone="13912345678"),
        row("x" * 65),
    ]
    told = (await send(importer, people)).json()
    assert [(entry["index"], entry["field"], entry["code"]) for entry in told["rejected"]] == [
        (1, "document_number", "empty"),
        (2, "name", "empty"),
        (3, "document_number", "length"),
        (4, "phone", "length"),
        (6, "document_number", "length"),
    ]
    assert told["rejected"][0]["detail"] == "请填写。"
    english = (await send(importer, [row("")], accept_language="en")).json()
    assert english["rejected"][0]["detail"] == "Please fill this in."


async def test_a_registered_person_stays_as_they_are(house: House, cast: psycopg.Connection, keys: Keys) -> None:
    who = somebody("周树人")
    resident = await house.resident(who)
    told = (await send(await house.staff("import"), [row(who.document, "别人", document_type="resident_id")])).json()
    own = ACCOUNT["import"].id
    assert (told["items"][0]["person"], told["existing"]) == (refer(keys, resident.id, own), 1)
    [name] = cast.execute("SELECT name FROM people WHERE id = %s", [resident.id]).fetchone() or [b""]
    assert keys.decrypt(name, f"people.name:{resident.id}") == "周树人"


async def test_a_call_takes_a_thousand_people_and_no_more(house: House, cast: psycopg.Connection) -> None:
    answer = await send(await house.staff("import"), [row(str(number)) for number in range(1001)])
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_rows")
    assert cast.execute("SELECT FROM people").fetchall() == []


async def test_an_import_of_nobody_is_nothing(house: House) -> None:
    told = (await send(await house.staff("import"), [])).json()
    assert told == {"items": [], "created": 0, "existing": 0, "rejected": []}


async def test_an_import_is_recorded_by_its_numbers(house: House, cast: psycopg.Connection) -> None:
    await send(await house.staff("import"), [row("one"), row("two")])
    found = cast.execute("SELECT actor, detail FROM audit_log WHERE action = 'people.import'").fetchall()
    assert found == [(f"staff:{ACCOUNT['import'].id}", {"created": 2, "existing": 0})]


async def test_an_imported_person_can_be_scanned_and_found(house: House) -> None:
    importer, clerk = await house.staff("import"), await house.staff("clerk")
    [item] = (await send(importer, [row("user-77", "乘客七七")])).json()["items"]
    assert (await importer.scan(CHICHENG_DOOR, person=item["person"])).json()["person"] == "乘**七"
    [record] = (await clerk.post("/records/search", {"document": "user-77"})).json()["items"]
    assert (record["source"], record["phone"]) == ("import", "")


async def test_an_imported_visit_makes_nobody_visible_who_registered_themselves(house: House) -> None:
    who = somebody("周树人")
    await house.resident(who)
    importer, admin = await house.staff("import"), await house.staff("chicheng")
    [item] = (await send(importer, [row(who.document, "别人", document_type="resident_id")])).json()["items"]
    assert (await importer.scan(CHICHENG_DOOR, person=item["person"])).status_code == 201
    assert (await admin.post("/records/search", {"document": who.document})).json()["items"] == []
    [record] = (await admin.post("/records/search", {})).json()["items"]
    assert (record["name"], record["document"], record["phone"]) == ("", "", "")
    key = {"person_id": record["person_id"], "scan_id": record["scan_id"], "purpose": "核对登记"}
    assert (await admin.post("/records/detail", key)).status_code == 404
