"""Staff see a person who has been at a door of theirs, and nobody else; a resident sees themselves."""

from typing import Any

from lianfang.access.scope import scoped
from lianfang.kit.crypto import Keys
from lianfang.people import store
from lianfang.people.service import possible_documents
from tests.support.house import Client, House
from tests.support.people import Resident, document, somebody
from tests.support.story import CHICHENG, CHONGLI, LONGGUAN, LONGGUAN_DOOR, XIWANZI_DOOR, YIJIE


async def records_of(client: Client, who: Resident) -> list[dict[str, Any]]:
    by_document = (await client.post("/records/search", {"document": who.document})).json()["items"]
    by_phone = (await client.post("/records/search", {"phone": who.phone})).json()["items"]
    assert by_document == by_phone
    found: list[dict[str, Any]] = by_document
    return found


async def test_before_a_visit_nobody_finds_a_registered_person(house: House) -> None:
    who = somebody()
    await house.resident(who)
    for username in ("hebei", "chicheng", "longguan", "chongli"):
        assert await records_of(await house.staff(username), who) == []


async def test_after_a_visit_those_above_the_door_find_them_and_the_neighbours_do_not(house: House) -> None:
    who = somebody()
    resident = await house.resident(who)
    scan_id = (await resident.scan(LONGGUAN_DOOR)).json()["scan_id"]
    for username in ("hebei", "zhangjiakou", "chicheng", "clerk", "longguan"):
        assert [record["scan_id"] for record in await records_of(await house.staff(username), who)] == [scan_id]
    key = {"person_id": resident.id, "scan_id": scan_id, "purpose": "核对登记"}
    for username in ("yijie", "diaoe", "chongli", "xiwanzi"):
        client = await house.staff(username)
        assert await records_of(client, who) == []
        assert (await client.post("/records/detail", key)).status_code == 404


async def test_a_visit_here_does_not_show_the_visits_elsewhere(house: House) -> None:
    who = somebody()
    resident = await house.resident(who)
    here = (await resident.scan(LONGGUAN_DOOR)).json()["scan_id"]
    there = (await resident.scan(XIWANZI_DOOR)).json()["scan_id"]
    town, neighbour, city = [await house.staff(name) for name in ("longguan", "xiwanzi", "zhangjiakou")]
    assert [record["scan_id"] for record in await records_of(town, who)] == [here]
    assert [record["scan_id"] for record in await records_of(neighbour, who)] == [there]
    assert [record["scan_id"] for record in await records_of(city, who)] == [there, here]
    key = {"person_id": resident.id, "scan_id": there, "purpose": "核对登记"}
    assert (await town.post("/records/detail", key)).status_code == 404


async def test_the_stores_find_a_person_by_the_same_rule(house: House, keys: Keys) -> None:
    who = somebody()
    resident = await house.resident(who)
    await resident.scan(LONGGUAN_DOOR)
    for unit, seen in ((CHICHENG, True), (LONGGUAN, True), (YIJIE, False), (CHONGLI, False)):
        scope = unit.scope()
        async with scoped(house.services.db.app, scope) as conn:
            found = [
                await store.find(scope, conn, resident.id) is not None,
                resident.id in await store.find_many(scope, conn, [resident.id]),
                await store.ids_by_document(scope, conn, possible_documents(keys, who.document)) == [resident.id],
                await store.ids_by_phone(scope, conn, store.phone_index(keys, f"+86{who.phone}")) == [resident.id],
            ]
        assert found == [seen] * 4, unit.name


async def test_a_number_is_looked_for_as_every_document_it_could_be(house: House, keys: Keys) -> None:
    """A clerk types a number, not its type."""
    client = await house.client()
    hong_kong = Resident("陈大文", "H1234567800", somebody().phone)
    answer = await house.register(client, hong_kong, document_type="hk_macau_permit")
    client.me = answer.json()
    await client.scan(LONGGUAN_DOOR)
    clerk = await house.staff("clerk")
    for spelling in ("H12345678", "h12345678 01", "Ｈ12345678"):
        assert len((await clerk.post("/records/search", {"document": spelling})).json()["items"]) == 1


def test_blind_indexes_differ_by_field_type_and_installation() -> None:
    one, another = Keys(bytes(range(32))), Keys(bytes(range(1, 33)))
    number = document(5)
    indexes = {
        store.document_index(one, "resident_id", number),
        store.document_index(one, "passport", number),
        store.phone_index(one, number),
        store.document_index(another, "resident_id", number),
    }
    assert len(indexes) == 4
    assert store.document_index(one, "resident_id", number) in indexes
