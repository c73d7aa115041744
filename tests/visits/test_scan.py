"""A scan and its stamp: stored once, answered after it is durable, told in the person's language."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import psycopg
import pytest

from lianfang.kit import ids
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from tests.support.house import House, scan
from tests.support.people import somebody
from tests.support.story import (
    ACCOUNT,
    ANSWERS,
    CHICHENG_DOOR,
    LONGGUAN_DOOR,
    XIWANZI_DOOR,
    YIJIE,
    YIJIE_DOOR,
)
from tests.support.visits import add_person
from tests.visits.conftest import row_of, stored


async def test_a_resident_scans_a_door_and_gets_the_stamp(house: House, cast: psycopg.Connection) -> None:
    resident = await house.resident(somebody("张三丰"))
    before = now()
    answer = await resident.scan(YIJIE_DOOR)
    stamp = answer.json()
    assert answer.status_code == 201
    at = datetime.fromisoformat(stamp.pop("at"))
    assert before <= at <= now()
    scan_id = stamp.pop("scan_id")
    assert stamp == {
        "serial": ids.serial(UUID(scan_id)),
        "checkpoint": {"id": YIJIE_DOOR.id, "name": "一街村东口", "category": "village"},
        "verdict": "pass",
        "reason": "ok",
        "reason_text": "已登记，请通行。",
        "person": "张*丰",
        "replayed": False,
        "temperature": None,
        "seat": None,
        "checkout": False,
        "floor": None,
        "tenant": None,
    }
    columns = "person_id, ord, checkpoint_id, template_id, verdict, source, clock, recorded_by, hold_id"
    assert row_of(cast, scan_id, columns) == (
        resident.id,
        YIJIE.lo,
        YIJIE_DOOR.id,
        YIJIE_DOOR.form.id,
        "pass",
        "resident",
        "server",
        None,
        None,
    )
    assert row_of(cast, scan_id, "at")[0] == at


async def test_the_same_scan_again_gets_the_same_stamp(house: House, cast: psycopg.Connection) -> None:
    resident = await house.resident()
    body = scan()
    first, again, once_more = [await resident.post("/scans", body) for _ in range(3)]
    assert [answer.status_code for answer in (first, again, once_more)] == [201, 200, 200]
    assert again.json() == once_more.json() == first.json() | {"replayed": True}
    assert stored(cast) == 1


async def test_a_scan_id_with_other_content_is_refused_and_the_first_stays(
    house: House, cast: psycopg.Connection
) -> None:
    resident = await house.resident()
    body = scan()
    assert (await resident.post("/scans", body)).status_code == 201
    for changed in ({"answers": dict(ANSWERS) | {"temperature": 39}}, {"code": LONGGUAN_DOOR.code, "answers": {}}):
        answer = await resident.post("/scans", body | changed)
        assert (answer.status_code, answer.json()["code"]) == (409, "scan_id_reused")
    assert row_of(cast, body["scan_id"], "checkpoint_id") == (YIJIE_DOOR.id,)
    assert (await resident.post("/scans", body)).status_code == 200


async def test_the_same_answers_in_another_spelling_are_the_same_scan(house: House, cast: psycopg.Connection) -> None:
    resident = await house.resident()
    body = scan(answers={"temperature": 36.5, "reason": "home", "contact": "139 0000 1111"})
    other = body | {"answers": {"contact": "+8613900001111", "reason": " home ", "temperature": "36.5", "address": " "}}
    assert (await resident.post("/scans", body)).status_code == 201
    assert (await resident.post("/scans", other)).status_code == 200


async def test_a_retry_may_change_from_online_to_offline(house: House, cast: psycopg.Connection) -> None:
    """A phone that never heard the first answer sends the scan again as an offline one, with its time."""
    resident = await house.resident()
    body = scan()
    first = await resident.post("/scans", body)
    later = await resident.post("/scans", body | {"at": (now() - timedelta(seconds=3)).isoformat()})
    assert (later.status_code, later.json()["at"]) == (200, first.json()["at"])
    assert stored(cast) == 1


async def test_two_people_may_use_one_scan_id(house: House, cast: psycopg.Connection) -> None:
    """Ids are minted by phones; nobody can block another person's."""
    one, other = await house.resident(), await house.resident()
    body = scan()
    assert (await one.post("/scans", body)).status_code == 201
    assert (await other.post("/scans", body)).status_code == 201
    assert stored(cast) == 2


async def test_answers_are_stored_encrypted_and_bound_to_their_visit(
    house: House, cast: psycopg.Connection, keys: Keys
) -> None:
    resident = await house.resident()
    answers = dict(ANSWERS) | {"address": "一街村北巷七号", "companion": "ＧＡ１２３４５６", "since": "2026-11-20"}
    stamp = (await resident.scan(answers=answers)).json()
    [sealed] = row_of(cast, stamp["scan_id"], "answers")
    for text in ("一街村北巷七号", "GA123456", "home", "temperature"):
        assert text.encode() not in sealed
    opened = keys.decrypt(sealed, f"visits.answers:{resident.id}:{stamp['scan_id']}")
    assert msgspec.json.decode(opened) == answers | {"companion": "GA123456"}


async def test_a_form_without_fields_stores_no_answers(house: House, cast: psycopg.Connection) -> None:
    resident = await house.resident()
    stamp = (await resident.scan(LONGGUAN_DOOR)).json()
    assert row_of(cast, stamp["scan_id"], "answers") == (None,)


@pytest.mark.parametrize(
    ("headers", "cookie", "text"),
    [
        ({}, "", "已登记，请通行。"),
        ({"accept-language": "zh-TW"}, "", "已登记，请通行。"),
        ({"accept-language": "en-GB,en"}, "", "Registered. You may pass."),
        ({"accept-language": "zh-CN"}, "en", "Registered. You may pass."),
        ({"accept-language": "en"}, "zh-CN", "已登记，请通行。"),
    ],
)
async def test_the_stamp_speaks_the_persons_language(
    house: House, headers: dict[str, str], cookie: str, text: str
) -> None:
    resident = await house.resident()
    if cookie:
        resident.http.cookies.set("lf_lang", cookie)
    answer = await resident.post("/scans", scan(), **headers)
    assert answer.json()["reason_text"] == text


async def test_a_name_that_was_changed_is_shown_at_once(house: House, cast: psycopg.Connection, keys: Keys) -> None:
    resident = await house.resident(somebody("张三丰"))
    me = (await resident.get("/residents/me")).json()["person_id"]
    cast.execute("UPDATE people SET name = %s WHERE id = %s", (keys.encrypt("欧阳锋", f"people.name:{me}"), me))
    assert (await resident.scan(YIJIE_DOOR)).json()["person"] == "欧*锋"


async def test_an_import_account_registers_others_within_its_scope(
    house: House, cast: psycopg.Connection, keys: Keys
) -> None:
    importer, person_id = await house.staff("import"), add_person(cast, keys, somebody("李四光"))
    stamp = (await importer.scan(CHICHENG_DOOR, person=person_id)).json()
    assert stamp["person"] == "李*光"
    assert row_of(cast, stamp["scan_id"], "person_id, source, recorded_by") == (
        person_id,
        "import",
        ACCOUNT["import"].id,
    )
    refused = await importer.scan(XIWANZI_DOOR, person=person_id)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert stored(cast) == 1


async def test_a_program_may_use_its_token_instead_of_a_cookie(
    house: House, cast: psycopg.Connection, keys: Keys
) -> None:
    program = await house.client()
    login = {"username": "import", "password": "Doors-of-the-county"}
    token = (await program.post("/session", login, X_Lianfang_Client="api")).json()["token"]
    program.http.cookies.clear()
    person_id = add_person(cast, keys)
    body = scan(CHICHENG_DOOR, person=person_id)
    assert (await program.post("/scans", body, authorization=f"Bearer {token}")).status_code == 201
    assert (await program.post("/scans", body, authorization=f"Bearer {token[:-1]}")).status_code == 401


async def test_a_resident_sees_their_own_visits_newest_first_page_by_page(house: House) -> None:
    resident, another = await house.resident(), await house.resident()
    await another.scan(YIJIE_DOOR)
    scans = [(await resident.scan(door)).json()["scan_id"] for door in (YIJIE_DOOR, LONGGUAN_DOOR, XIWANZI_DOOR) * 2]
    visits = await resident.pages("/residents/me/visits", limit=2)
    assert [visit["scan_id"] for visit in visits] == scans[::-1]
    assert visits[0]["checkpoint"] == "西湾子小学"
    assert visits[0]["unit"] == "西湾子镇"
    assert visits[0].keys() == {"scan_id", "serial", "checkpoint", "unit", "at", "verdict", "reason", "reason_text"}


async def test_the_door_shows_the_form_and_what_was_answered_last_time(house: House) -> None:
    resident = await house.resident()
    door = (await resident.get(f"/doors/{YIJIE_DOOR.code}")).json()
    assert door["checkpoint"]["unit_path"] == ["河北省", "张家口市", "赤城县", "龙关镇", "一街村"]
    assert [field["key"] for field in door["template"]["fields"]] == [field["key"] for field in YIJIE_DOOR.form.fields]
    assert (door["remembered"], door["me"]["person_id"]) == ({}, resident.id)
    await resident.scan(answers=dict(ANSWERS) | {"address": "旧街一号", "companion": "GA123456"})
    await resident.scan(answers=dict(ANSWERS) | {"address": "新街二号"})
    remembered = (await resident.get(f"/doors/{YIJIE_DOOR.code}")).json()["remembered"]
    assert remembered == {"address": "新街二号", "companion": "GA123456"}  # temperature and reason are asked anew
    stranger = (await (await house.client()).get(f"/doors/{YIJIE_DOOR.code}")).json()
    assert (stranger["remembered"], stranger["me"]) == ({}, None)


async def test_a_seat_is_kept(house: House, cast: psycopg.Connection) -> None:
    resident = await house.resident()
    body = scan(LONGGUAN_DOOR, seat=" 12F ")
    first = await resident.post("/scans", body)
    assert (first.status_code, first.json()["seat"]) == (201, "12F")
    assert row_of(cast, body["scan_id"], "seat") == ("12F",)
    assert (await resident.post("/scans", body)).json() == first.json() | {"replayed": True}
    assert (await resident.post("/scans", body | {"seat": "12A"})).status_code == 409
    assert (await resident.scan(LONGGUAN_DOOR, seat="  ")).json()["seat"] is None
    for wrong in ("a\0b", "一二三四五六七八九十一"):
        refused = await resident.scan(LONGGUAN_DOOR, seat=wrong)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "seat")
