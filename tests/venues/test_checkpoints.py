"""Checkpoints: created with a code that nobody guesses, shown as a QR picture that a decoder reads, changed, closed, imported."""

import asyncio
import io
from typing import Any

import psycopg
import pytest
import zxingcpp
from PIL import Image

from lianfang.kit.ids import ALPHABET
from tests.support.house import Client, House, until
from tests.support.story import (
    BARE_FORM,
    CHICHENG,
    DOORS,
    HEBEI,
    LONGGUAN,
    LONGGUAN_DOOR,
    VILLAGE_FORM,
    YIJIE,
    YIJIE_DOOR,
)

NEW = {"unit_id": LONGGUAN.id, "name": "北街超市", "category": "shop", "template_id": BARE_FORM.id}


async def create(client: Client, **changed: Any) -> dict[str, Any]:
    answer = await client.post("/checkpoints", NEW | changed)
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


async def test_a_checkpoint_is_created_with_its_first_code(house: House) -> None:
    clerk = await house.staff("clerk")
    created = await create(clerk, name="  北街超市 ", address=" 北街 3 号 ", lat=40.9, lon=115.83)
    assert created | {"id": 0, "code": "", "link": "", "created_at": ""} == {
        "id": 0,
        "unit_id": LONGGUAN.id,
        "unit_name": "龙关镇",
        "name": "北街超市",
        "category": "shop",
        "address": "北街 3 号",
        "lat": 40.9,
        "lon": 115.83,
        "template_id": BARE_FORM.id,
        "template_name": "只扫码",
        "code": "",
        "link": "",
        "open": True,
        "temperature_valid_min": None,
        "review": False,
        "checkout": False,
        "test_hours": None,
        "doses": None,
        "risk_days": None,
        "created_at": "",
    }
    assert created["link"] == f"http://127.0.0.1:8000/v/{created['code']}"
    assert (await clerk.get(f"/checkpoints/{created['id']}")).json() == created
    assert (await (await house.resident()).scan(LONGGUAN_DOOR, code=created["code"])).status_code == 201


async def test_a_checkpoint_may_want_a_temperature_a_review_and_a_check_out(house: House) -> None:
    clerk, resident = await house.staff("clerk"), await house.resident()
    wanted = {"temperature_valid_min": 120, "review": True, "checkout": True}
    created = await create(clerk, category="vehicle", **wanted)
    assert {name: created[name] for name in wanted} == wanted
    shown = (await resident.get(f"/doors/{created['code']}")).json()["checkpoint"]
    assert {name: shown[name] for name in (*wanted, "seats")} == wanted | {"seats": True}
    other = {"temperature_valid_min": None, "review": False}
    changed = (await clerk.patch(f"/checkpoints/{created['id']}", other)).json()
    assert changed == created | other
    await until(lambda: house.services.doors.known(created["code"]) is None)
    shown = (await resident.get(f"/doors/{created['code']}")).json()["checkpoint"]
    assert (shown["temperature_valid_min"], shown["review"], shown["checkout"]) == (None, False, True)


@pytest.mark.parametrize("minutes", [-1, 1441])
async def test_a_temperature_is_valid_for_a_day_at_most(house: House, minutes: int) -> None:
    clerk = await house.staff("clerk")
    refused = await clerk.post("/checkpoints", NEW | {"temperature_valid_min": minutes})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "temperature_valid_min")


async def test_codes_cannot_be_guessed(house: House) -> None:
    clerk = await house.staff("clerk")
    codes = [(await create(clerk))["code"] for _ in range(20)]
    assert len(set(codes)) == 20
    assert all(len(code) == 16 and set(code) <= set(ALPHABET) for code in codes)  # 80 bits
    assert len({code[:4] for code in codes}) > 15  # nothing runs through them


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "长" * 101}, "name"),
        ({"category": "castle"}, "category"),
        ({"lat": 91}, "lat"),
        ({"lon": -181}, "lon"),
        ({"address": "长" * 201}, "address"),
    ],
    ids=str,
)
async def test_a_wrong_field_is_named(house: House, changed: dict[str, object], field: str) -> None:
    clerk = await house.staff("clerk")
    created = await clerk.post("/checkpoints", NEW | changed)
    altered = await clerk.patch(f"/checkpoints/{YIJIE_DOOR.id}", changed)
    for answer in (created, altered):
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_a_form_that_does_not_exist_is_named(house: House) -> None:
    clerk = await house.staff("clerk")
    for answer in (
        await clerk.post("/checkpoints", NEW | {"template_id": 987654}),
        await clerk.patch(f"/checkpoints/{YIJIE_DOOR.id}", {"template_id": 987654}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "template_unknown")


async def test_a_change_keeps_what_it_does_not_mention(house: House) -> None:
    clerk = await house.staff("clerk")
    before = await create(clerk, address="北街", lat=40.0, lon=115.0)
    changed = (await clerk.patch(f"/checkpoints/{before['id']}", {"name": "北街便民店", "lat": None})).json()
    assert changed == before | {"name": "北街便民店", "lat": None}


async def test_a_change_is_at_the_door_at_once(house: House) -> None:
    admin, resident = await house.staff("yijie"), await house.resident()
    path = f"/doors/{YIJIE_DOOR.code}"
    assert (await resident.get(path)).json()["checkpoint"]["name"] == "一街村东口"
    await admin.patch(f"/checkpoints/{YIJIE_DOOR.id}", {"name": "东大门", "template_id": BARE_FORM.id})
    await until(lambda: house.services.doors.known(YIJIE_DOOR.code) is None)
    door = (await resident.get(path)).json()
    assert (door["checkpoint"]["name"], door["template"]["fields"]) == ("东大门", [])
    assert (await resident.scan(YIJIE_DOOR, answers={})).status_code == 201


async def test_the_picture_holds_the_link(house: House) -> None:
    clerk = await house.staff("clerk")
    link = (await clerk.get(f"/checkpoints/{YIJIE_DOOR.id}")).json()["link"]
    png = await clerk.get(f"/checkpoints/{YIJIE_DOOR.id}/qr.png")
    svg = await clerk.get(f"/checkpoints/{YIJIE_DOOR.id}/qr.svg")
    assert png.headers["content-type"] == "image/png"
    assert svg.headers["content-type"].startswith("image/svg+xml")
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(png.content)))
    assert found.text == link
    assert svg.text.lstrip().startswith("<")


async def test_replacing_the_code_leaves_one_that_works_and_says_so_of_the_other(
    house: House, cast: psycopg.Connection
) -> None:
    admin, resident = await house.staff("yijie"), await house.resident()
    fresh = (await admin.post(f"/checkpoints/{YIJIE_DOOR.id}/code")).json()["code"]
    assert fresh != YIJIE_DOOR.code
    assert (await resident.get(f"/doors/{fresh}")).status_code == 200
    assert (await resident.get(f"/doors/{YIJIE_DOOR.code}")).status_code == 410
    assert cast.execute("SELECT count(*) FROM checkpoint_codes WHERE checkpoint_id = 3").fetchone() == (2,)
    [entry] = cast.execute(
        "SELECT detail::text FROM audit_log WHERE action = 'checkpoints.replace_code'"
    ).fetchone() or [""]
    assert fresh not in entry


async def test_two_replacements_at_once_leave_one_current_code(house: House, cast: psycopg.Connection) -> None:
    admin = await house.staff("yijie")
    answers = await asyncio.gather(*(admin.post(f"/checkpoints/{YIJIE_DOOR.id}/code") for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {200, 201, 503}
    current = cast.execute("SELECT count(*) FROM checkpoint_codes WHERE checkpoint_id = 3 AND replaced_at IS NULL")
    assert current.fetchone() == (1,)


async def test_lists_are_in_the_order_of_the_tree_and_narrowed_by_unit_category_and_name(house: House) -> None:
    admin = await house.staff("hebei")
    everything = await admin.pages("/checkpoints", limit=2)
    assert [item["id"] for item in everything] == [door.id for door in sorted(DOORS, key=lambda d: (d.unit.lo, d.id))]
    assert [item["id"] for item in await admin.pages("/checkpoints", unit_id=LONGGUAN.id)] == [2, 3]
    assert [item["id"] for item in await admin.pages("/checkpoints", unit_id=YIJIE.id)] == [3]
    assert [item["id"] for item in await admin.pages("/checkpoints", category="hospital")] == [4]
    assert [item["id"] for item in await admin.pages("/checkpoints", q="小学")] == [5]
    assert await admin.pages("/checkpoints", q="100%") == []
    assert (await admin.get("/checkpoints", category="castle")).status_code == 422


def place(ref: str, **changed: Any) -> dict[str, Any]:
    return {"ref": ref, "name": f"地点 {ref}", "category": "other"} | changed


async def bulk(client: Client, *places: dict[str, Any], unit_id: int = CHICHENG.id) -> dict[str, Any]:
    answer = await client.post("/checkpoints/bulk", {"unit_id": unit_id, "checkpoints": list(places)})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    assert told["created"] + told["existing"] == len(told["items"])
    return told


async def test_places_of_another_system_are_created_once(house: House) -> None:
    importer = await house.staff("import")
    places = [place(str(number), lat=40.0, lon=-74.0) for number in range(1000)]
    first = await bulk(importer, *places)
    assert (first["created"], first["existing"], first["rejected"]) == (1000, 0, [])
    again = await bulk(importer, *places[:3])
    assert (again["created"], again["existing"], again["items"]) == (0, 3, first["items"][:3])
    answer = await importer.post("/checkpoints/bulk", {"unit_id": CHICHENG.id, "checkpoints": [*places, place("more")]})
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_rows")


async def test_each_rejected_place_has_a_position_and_a_reason(house: House) -> None:
    told = await bulk(await house.staff("import"), place("a"), place("b", name=" "), place("c", lat=99.0), place("a"))
    assert [(entry["index"], entry["field"], entry["code"]) for entry in told["rejected"]] == [
        (1, "name", "length"),
        (2, "lat", "range"),
    ]
    assert [item["ref"] for item in told["items"]] == ["a"]


async def test_imports_at_once_store_each_place_once(house: House, cast: psycopg.Connection) -> None:
    importer = await house.staff("import")
    places = [place(str(number)) for number in range(50)]
    told = await asyncio.gather(*(bulk(importer, *places) for _ in range(4)))
    assert len({str(t["items"]) for t in told}) == 1
    assert sum(t["created"] for t in told) == 50
    assert cast.execute("SELECT count(*) FROM checkpoints WHERE ref IS NOT NULL").fetchone() == (50,)


FORM = {"unit_id": CHICHENG.id, "name": "返乡登记", "name_en": "Returning home", "fields": []}
QUESTION = {"key": "from_where", "type": "text", "label": "从哪里来"}


async def test_a_form_is_stored_as_it_was_drawn(house: House) -> None:
    admin = await house.staff("chicheng")
    created = (await admin.post("/templates", FORM | {"fields": list(VILLAGE_FORM.fields)})).json()
    assert created["version"] == 1
    assert (await admin.get(f"/templates/{created['id']}")).json() == created
    for drawn, stored in zip(VILLAGE_FORM.fields, created["fields"], strict=True):
        assert {key: stored[key] for key in drawn if key != "choices"} == {
            k: v for k, v in drawn.items() if k != "choices"
        }


async def test_a_form_of_the_same_name_is_its_next_version_and_the_old_one_stays(house: House) -> None:
    admin = await house.staff("chicheng")
    first = (await admin.post("/templates", FORM)).json()
    second = (await admin.post("/templates", FORM | {"fields": [QUESTION]})).json()
    assert (first["version"], second["version"]) == (1, 2)
    listed = [item["id"] for item in await admin.pages("/templates") if item["name"] == "返乡登记"]
    assert listed == [second["id"]]
    assert (await admin.get(f"/templates/{first['id']}")).json() == first


async def test_forms_are_offered_downwards_only(house: House) -> None:
    county, town, neighbour = [await house.staff(name) for name in ("chicheng", "longguan", "chongli")]
    created = (await county.post("/templates", FORM)).json()["id"]
    assert created in [item["id"] for item in await town.pages("/templates")]
    assert created not in [item["id"] for item in await neighbour.pages("/templates")]


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ([QUESTION, QUESTION], "fields[1].key"),
        ([QUESTION | {"type": "choice"}], "fields[0].choices"),
        ([QUESTION | {"type": "choice", "choices": [{"value": "a", "label": "甲"}]}], "fields[0].choices"),
        ([QUESTION | {"type": "choice", "choices": [{"value": "a", "label": "甲"}] * 2}], "fields[0].choices"),
        ([QUESTION | {"key": "From"}], None),
        ([QUESTION | {"key": "x" * 41}], None),
        ([QUESTION | {"type": "photo"}], None),
        ([QUESTION | {"label": ""}], None),
        ([QUESTION | {"max_length": 0}], None),
        ([QUESTION | {"key": f"k{n}"} for n in range(21)], None),
        ([QUESTION | {"type": "number", "min": 5, "max": 1}], "fields[0].max"),
    ],
    ids=str,
)
async def test_a_form_that_nobody_could_fill_in_is_refused(
    house: House, fields: list[dict[str, Any]], where: str | None
) -> None:
    answer = await (await house.staff("chicheng")).post("/templates", FORM | {"fields": fields})
    assert answer.status_code == 422
    if where:
        assert [error["field"] for error in answer.json()["errors"]] == [where]


@pytest.mark.parametrize("changed", [{"name": "  "}, {"name_en": " "}, {"name": "长" * 61}], ids=str)
async def test_a_form_has_a_name_in_both_languages(house: House, changed: dict[str, str]) -> None:
    answer = await (await house.staff("chicheng")).post("/templates", FORM | changed)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, list(changed))


async def test_versions_made_at_once_are_numbered_apart(house: House) -> None:
    admin = await house.staff("chicheng")
    answers = await asyncio.gather(*(admin.post("/templates", FORM) for _ in range(4)))
    assert sorted(answer.json().get("version", 0) for answer in answers) == [1, 2, 3, 4]


async def test_a_form_for_everybody_is_made_at_the_top(house: House) -> None:
    admin = await house.staff("chicheng")
    assert (await admin.post("/templates", FORM | {"unit_id": HEBEI.id})).status_code == 404
