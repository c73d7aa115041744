"""Forms through HTTP: versions and who uses them, moving checkpoints, the gallery, conditional fields at a door."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from lianfang.access.scope import Scope, scoped
from lianfang.kit.clock import now
from lianfang.kit.db import Database
from lianfang.organisations.model import Place
from lianfang.venues import store, templates
from lianfang.venues.model import Template
from tests.support.house import Client, House, scan, scan_id, until
from tests.support.people import somebody
from tests.support.story import (
    ACCOUNT,
    CHICHENG,
    DIAOE,
    DIAOE_DOOR,
    HEBEI,
    LONGGUAN,
    LONGGUAN_DOOR,
    VILLAGE_FORM,
    YIJIE,
    YIJIE_DOOR,
    Unit,
)
from tests.visits.conftest import row_of

OUTSIDE: dict[str, Any] = {
    "key": "outside",
    "type": "choice",
    "label": "到过外地",
    "label_en": "Been elsewhere",
    "remember": True,
    "choices": [{"value": "no", "label": "没有"}, {"value": "yes", "label": "到过"}],
}
WHERE: dict[str, Any] = {
    "key": "where",
    "type": "text",
    "label": "到过哪里",
    "remember": True,
    "show_when": {"field": "outside", "equals": ["yes"]},
}


async def publish(client: Client, fields: list[dict[str, Any]], unit: Unit = CHICHENG, **more: Any) -> dict[str, Any]:
    body = {"unit_id": unit.id, "name": "返乡登记", "name_en": "Coming home", "fields": fields} | more
    answer = await client.post("/templates", body)
    assert answer.status_code == 201, answer.text
    stored: dict[str, Any] = answer.json()
    return stored


async def use(client: Client, template: dict[str, Any], *doors: int) -> None:
    for door in doors:
        answer = await client.patch(f"/checkpoints/{door}", {"template_id": template["id"]})
        assert answer.status_code == 200, answer.text


async def test_a_condition_that_cannot_hold_is_refused_by_name(house: House) -> None:
    clerk = await house.staff("clerk")
    body = {"unit_id": CHICHENG.id, "name": "返乡登记", "name_en": "Coming home", "fields": [WHERE, OUTSIDE]}
    answer = await clerk.post("/templates", body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["fields[0].show_when.field"]


async def test_both_branches_at_a_door_and_in_the_record(house: House) -> None:
    clerk = await house.staff("clerk")
    await use(clerk, await publish(clerk, [OUTSIDE, WHERE]), LONGGUAN_DOOR.id)
    resident = await house.resident()
    page = (await resident.get(f"/doors/{LONGGUAN_DOOR.code}")).json()
    assert page["template"]["fields"][1]["show_when"] == WHERE["show_when"]

    async def answers(given: dict[str, str]) -> Any:
        stamp = await resident.scan(LONGGUAN_DOOR, answers=given)
        if stamp.status_code != 201:
            return [error["field"] for error in stamp.json()["errors"]]
        key = {"person_id": resident.id, "scan_id": stamp.json()["scan_id"], "purpose": "核实返乡人员行程"}
        opened = await clerk.post("/records/detail", key)
        return [(answer["label"], answer["value"]) for answer in opened.json()["answers"]]

    assert await answers({"outside": "no", "where": "北京"}) == [("到过外地", "no")]
    assert await answers({"outside": "yes"}) == ["answers.where"]
    assert await answers({"outside": "yes", "where": "北京"}) == [("到过外地", "yes"), ("到过哪里", "北京")]
    assert (await resident.get(f"/doors/{LONGGUAN_DOOR.code}")).json()["remembered"] == {
        "outside": "yes",
        "where": "北京",
    }


async def test_a_remembered_answer_waits_behind_its_condition(house: House) -> None:
    """Nobody types the place again because the choice above is asked each time."""
    clerk = await house.staff("clerk")
    await use(clerk, await publish(clerk, [OUTSIDE | {"remember": False}, WHERE]), LONGGUAN_DOOR.id)
    resident = await house.resident()
    assert (await resident.scan(LONGGUAN_DOOR, answers={"outside": "yes", "where": "北京"})).status_code == 201
    assert (await resident.get(f"/doors/{LONGGUAN_DOOR.code}")).json()["remembered"] == {"where": "北京"}


async def test_versions_say_how_many_checkpoints_use_them(house: House) -> None:
    clerk = await house.staff("clerk")
    first = await publish(clerk, [OUTSIDE])
    await use(clerk, first, LONGGUAN_DOOR.id, YIJIE_DOOR.id, DIAOE_DOOR.id)
    second = await publish(clerk, [OUTSIDE, WHERE], based_on=first["id"])
    await use(clerk, second, YIJIE_DOOR.id)

    versions = (await clerk.get(f"/templates/{first['id']}/versions")).json()["items"]
    assert [(v["version"], v["id"], v["checkpoints"]) for v in versions] == [(2, second["id"], 1), (1, first["id"], 2)]
    [listed] = [item for item in await clerk.pages("/templates") if item["name"] == "返乡登记"]
    assert (listed["version"], listed["checkpoints"], listed["outdated"], listed["own"]) == (2, 1, 2, True)
    assert listed["unit_name"] == "赤城县"

    users = await clerk.pages("/checkpoints", template_id=first["id"])
    assert [point["id"] for point in users] == [LONGGUAN_DOOR.id, DIAOE_DOOR.id]

    # a town counts its own, and knows that the form is not its to change
    town = await house.staff("longguan")
    [listed] = [item for item in await town.pages("/templates") if item["name"] == "返乡登记"]
    assert (listed["checkpoints"], listed["outdated"], listed["own"], listed["unit_name"]) == (1, 1, False, None)


async def test_all_checkpoints_of_an_area_move_to_a_version_at_once(house: House, owner: psycopg.Connection) -> None:
    clerk, town = await house.staff("clerk"), await house.staff("longguan")
    first = await publish(clerk, [OUTSIDE])
    await use(clerk, first, LONGGUAN_DOOR.id, YIJIE_DOOR.id, DIAOE_DOOR.id)
    second = await publish(clerk, [OUTSIDE, WHERE], based_on=first["id"])
    doors = house.services.doors
    await until(lambda: not any(doors.known(door.code) for door in (LONGGUAN_DOOR, YIJIE_DOOR, DIAOE_DOOR)))
    for door in (LONGGUAN_DOOR, YIJIE_DOOR, DIAOE_DOOR):
        assert (await doors.find(door.code)).template.id == first["id"]

    moved = await town.post(f"/templates/{second['id']}/checkpoints", {"from_id": first["id"]})
    assert moved.json() == {"moved": 2}, moved.text
    await until(lambda: doors.known(LONGGUAN_DOOR.code) is None and doors.known(YIJIE_DOOR.code) is None)
    assert (await doors.find(YIJIE_DOOR.code)).template.id == second["id"]
    assert (await doors.find(DIAOE_DOOR.code)).template.id == first["id"]  # beside the town: not its to move

    assert (await clerk.post(f"/templates/{second['id']}/checkpoints", {})).json() == {"moved": 1}
    assert (await clerk.post(f"/templates/{second['id']}/checkpoints", {})).json() == {"moved": 0}
    log = owner.execute("SELECT actor, detail->>'moved' FROM audit_log WHERE action = 'templates.move_checkpoints'")
    assert log.fetchall() == [
        (f"staff:{ACCOUNT['longguan'].id}", "2"),
        (f"staff:{ACCOUNT['clerk'].id}", "1"),
        (f"staff:{ACCOUNT['clerk'].id}", "0"),
    ]


async def test_a_form_is_taken_that_another_process_has_shown_before_this_one_heard_of_it(house: House) -> None:
    clerk, resident, doors = await house.staff("clerk"), await house.resident(), house.services.doors
    before = await doors.find(YIJIE_DOOR.code)
    form = await publish(clerk, [OUTSIDE])
    await use(clerk, form, YIJIE_DOOR.id)
    await until(lambda: doors.known(YIJIE_DOOR.code) is None)
    doors._keep(before)
    assert (await resident.scan(answers={"outside": "no"}, template_id=form["id"])).status_code == 201
    assert (await resident.scan(answers={"outside": "no"}, template_id=form["id"] + 1)).status_code == 422


async def test_answers_to_an_earlier_version_are_taken_as_such(
    house: House, cast: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, resident, gate = await house.staff("clerk"), await house.resident(), await house.staff("gate01")
    first = await publish(clerk, [OUTSIDE])
    await use(clerk, first, YIJIE_DOOR.id)
    await until(lambda: house.services.doors.known(YIJIE_DOOR.code) is None)
    kept = {"answers": {"outside": "no"}, "template_id": first["id"]}
    sent = scan(**kept)
    assert (await resident.post("/scans", sent)).status_code == 201
    # meanwhile another version asks something new, and drops what was asked
    second = await publish(clerk, [WHERE | {"required": True, "show_when": None}], based_on=first["id"])
    await use(clerk, second, YIJIE_DOOR.id)
    await until(lambda: house.services.doors.known(YIJIE_DOOR.code) is None)
    assert (await resident.scan(answers=kept["answers"])).status_code == 422

    asked: list[object] = []
    find = store.lane_find_version
    monkeypatch.setattr(store, "lane_find_version", lambda conn, *key: asked.append(key) or find(conn, *key))
    late = now() - timedelta(hours=3)
    stamps = [await resident.scan(**kept, at=late), await resident.scan(**kept, at=late)]
    assert [stamp.status_code for stamp in stamps] == [201, 201]
    assert (await resident.post("/scans", sent)).json()["replayed"] is True
    person = {"document_type": "resident_id", "document_number": somebody().document, "name": "王芳"}
    at_gate = {"scan_id": str(scan_id(late)), "person": person, "at": late.isoformat(), **kept}
    stamps.append(await gate.post(f"/gate/{YIJIE_DOOR.id}/scans", at_gate))
    stamps.append(await resident.scan(answers={"where": "北京"}))
    assert [stamp.status_code for stamp in stamps] == [201, 201, 201, 201], stamps[-2].text
    assert len(asked) == 1  # from then on it is known, and the present version never has to be asked for
    versions = [row_of(cast, stamp.json()["scan_id"], "template_id")[0] for stamp in stamps]
    assert versions == [first["id"]] * 3 + [second["id"]]

    for stranger in (VILLAGE_FORM.id, 10**15):
        refused = await resident.scan(answers=kept["answers"], template_id=stranger)
        assert refused.status_code == 422
        assert [(error["field"], error["code"]) for error in refused.json()["errors"]] == [("template_id", "unknown")]


async def test_only_checkpoints_of_the_same_form_move(house: House) -> None:
    clerk = await house.staff("clerk")
    form = await publish(clerk, [OUTSIDE])
    assert (await clerk.post(f"/templates/{form['id']}/checkpoints", {"from_id": VILLAGE_FORM.id})).json() == {
        "moved": 0
    }
    assert (await clerk.get(f"/checkpoints/{YIJIE_DOOR.id}")).json()["template_id"] == VILLAGE_FORM.id
    assert (await clerk.post("/templates/999999/checkpoints", {})).status_code == 404


async def test_two_writers_do_not_overwrite_each_other(house: House) -> None:
    clerk, chief = await house.staff("clerk"), await house.staff("chicheng")
    first = await publish(clerk, [OUTSIDE], based_on=0)
    await publish(chief, [OUTSIDE, WHERE], based_on=first["id"])
    body = {"unit_id": CHICHENG.id, "name": "返乡登记", "name_en": "Coming home", "fields": [OUTSIDE]}
    for based_on in (first["id"], 0):
        late = await clerk.post("/templates", body | {"based_on": based_on})
        assert (late.status_code, late.json()["code"]) == (409, "template_changed")
        assert "2" in late.json()["detail"]


async def test_a_form_of_the_gallery_is_copied_once(house: House) -> None:
    clerk = await house.staff("clerk")
    shown = (await clerk.get("/templates/gallery")).json()["items"]
    school = next(form for form in shown if form["key"] == "school")
    copied = await clerk.post("/templates/gallery", {"key": "school", "unit_id": LONGGUAN.id})
    assert copied.status_code == 201, copied.text
    assert (copied.json()["name"], copied.json()["version"]) == (school["name"], 1)
    assert copied.json()["fields"] == school["fields"]
    again = await clerk.post("/templates/gallery", {"key": "school", "unit_id": LONGGUAN.id})
    assert again.json() == copied.json()
    assert (await clerk.post("/templates/gallery", {"key": "castle", "unit_id": LONGGUAN.id})).status_code == 404
    assert (await clerk.post("/templates/gallery", {"key": "school", "unit_id": HEBEI.id})).status_code == 404


def place(unit: Unit) -> Place:
    return Place(unit.id, unit.name, "county", unit.code, unit.lo, unit.hi)


async def adopt(db: Database, scope: Scope, unit: Unit, name: str) -> Template | None:
    async with scoped(db, scope) as conn:
        return await templates.find_or_adopt(scope, conn, place(unit), name)


@pytest.mark.parametrize("name", ["医院就诊探视登记", "Hospital", " hospital "])
async def test_a_form_is_found_by_name_or_adopted(cast: psycopg.Connection, db: Database, name: str) -> None:
    scope = CHICHENG.scope()
    adopted = await adopt(db, scope, CHICHENG, name)
    assert adopted is not None
    assert adopted.version == 1
    # everyone below finds that one, by either name
    for unit in (CHICHENG, LONGGUAN, YIJIE, DIAOE):
        assert await adopt(db, unit.scope(), unit, "Hospital") == adopted
        assert await adopt(db, unit.scope(), unit, "医院就诊探视登记") == adopted
    assert await adopt(db, scope, CHICHENG, "没有这个表单") is None
    owned = cast.execute("SELECT unit_id FROM templates WHERE id = %s", [adopted.id]).fetchall()
    assert owned == [(CHICHENG.id,)]


async def test_the_nearest_unit_s_newest_version_is_found(house: House, db: Database) -> None:
    clerk, town = await house.staff("clerk"), await house.staff("longguan")
    await publish(clerk, [OUTSIDE])
    above = await publish(clerk, [OUTSIDE, WHERE])
    own = await publish(town, [OUTSIDE], LONGGUAN)
    for unit, expected in ((CHICHENG, above), (DIAOE, above), (LONGGUAN, own), (YIJIE, own)):
        found = await adopt(db, unit.scope(), unit, "返乡登记")
        assert found is not None
        assert found.id == expected["id"]
