"""Whoever states a risk area colours nobody by it: a second official, of a unit above, has to confirm it."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from lianfang.areas.decide import Statement, may_confirm
from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from tests.areas.conftest import CDC, Stays, bulletin, confirm
from tests.support.house import Client, House
from tests.support.runs import finished, upload, work_off
from tests.support.story import LONGGUAN, LONGGUAN_DOOR, YIJIE
from tests.support.visits import add_person, add_visit

TOWN = "张家口市：赤城县龙关镇"
HIGH, MEDIUM = f"高风险地区：\n{TOWN}", f"中风险地区：\n{TOWN}"


@pytest.fixture
def person(cast: psycopg.Connection, keys: Keys) -> int:
    """Was at the market of 龙关镇 and on no list."""
    person_id = add_person(cast, keys)
    add_visit(cast, keys, person_id, LONGGUAN_DOOR)
    return person_id


@pytest.fixture
def told(house: House, cast: psycopg.Connection, person: int, stays: Stays) -> Callable[[], Any]:
    """What the person has been told once the worker has done all it can."""

    async def look() -> list[tuple[str, str]]:
        await work_off(house, cast)
        return stays().get(person, [])

    return look


async def area(client: Client) -> dict[str, Any]:
    [one] = (await client.get("/areas/")).json()["items"]
    found: dict[str, Any] = one
    return found


async def tried(house: House, username: str) -> tuple[int, str]:
    """An account tries to confirm the one area as it stands."""
    one = await area(await house.staff("hebei"))
    body = {"areas": [{"id": one["id"], "stated_at": one["stated_at"]}]}
    answer = await (await house.staff(username)).post("/areas/confirm", body)
    return answer.status_code, answer.json().get("code", "")


async def published(client: Client, text: str, **more: Any) -> None:
    assert (await client.post("/areas/bulletins", bulletin(text, **more))).status_code == 201


async def test_what_raises_waits_and_what_lowers_does_not(
    house: House, cast: psycopg.Connection, told: Callable[[], Any]
) -> None:
    county, city = await house.staff("chicheng"), await house.staff("zhangjiakou")
    await published(county, MEDIUM, days_ago=2)
    assert await told() == []
    waiting = await area(city)
    assert (waiting["unit"], waiting["confirmed_at"], waiting["mine_to_confirm"]) == ("赤城县", None, True)
    assert (await area(county))["mine_to_confirm"] is False
    assert (await city.get("/areas/counts")).json() == {"matched": 1, "waiting": 1}
    # its own unit, another account of that, a unit beside or below it: none may
    for username in ("chicheng", "clerk", "longguan", "chongli"):
        assert (await tried(house, username))[0] in (403, 404), username
    assert await confirm(house, cast, "zhangjiakou") == 1
    assert await told() == [("龙关镇", "medium")]
    # the city raises it by hand: now the city has said something, and the province confirms
    path = f"/areas/{waiting['id']}/level"
    await city.post(path, {"level": "high", "source": CDC})
    assert await told() == [("龙关镇", "medium")]
    assert await tried(house, "zhangjiakou") == (403, "area_second_official")
    # who lowers what waits has had a part in it too, and nobody is worse off by it
    await county.post(path, {"level": "medium", "source": CDC})
    assert await told() == [("龙关镇", "medium")]
    assert await tried(house, "zhangjiakou") == (403, "area_second_official")
    await city.post(path, {"level": "high", "source": CDC})
    assert (await tried(house, "hebei"))[0] == 200
    assert await told() == [("龙关镇", "high")]
    # lower, and ended: at once
    await county.post(path, {"level": "medium", "source": CDC})
    assert await told() == [("龙关镇", "medium")]
    await county.post(path, {"level": None, "source": CDC})
    assert await told() == [("龙关镇", "low")]
    # begun again by a later bulletin
    await published(county, HIGH)
    assert await told() == [("龙关镇", "low")]
    assert await tried(house, "chicheng") == (403, "area_second_official")
    assert (await tried(house, "zhangjiakou"))[0] == 200
    assert ("龙关镇", "high") in await told()
    named = cast.execute("SELECT actor, detail->'stated_by' FROM audit_log WHERE action = 'areas.confirm' ORDER BY id")
    assert named.fetchall() == [
        ("staff:2", ["staff:3"]),
        ("staff:1", ["staff:2", "staff:3", "staff:2"]),
        ("staff:2", ["staff:3"]),
    ]


async def test_a_higher_bulletin_and_another_meaning_are_confirmed_anew(
    house: House, cast: psycopg.Connection, told: Callable[[], Any]
) -> None:
    county = await house.staff("chicheng")
    await published(county, MEDIUM, days_ago=1)
    await confirm(house, cast, "zhangjiakou")
    # a file raises it: whoever sent the file is who stated it
    row = f"发布日期,发布单位,风险等级,地区,数量,区域\n{bulletin('')['published_on']},{CDC},高,河北省张家口市,1,赤城县龙关镇\n"
    upload_id = await upload(county, "b.csv", row.encode())
    run = (await county.post("/areas/imports", {"upload_id": upload_id, "dry_run": False})).json()
    assert await told() == [("龙关镇", "medium")]
    assert (await finished(county, run["run_id"]))["summary"]["raised"] == 1
    assert await tried(house, "chicheng") == (403, "area_second_official")
    await confirm(house, cast, "zhangjiakou")
    assert await told() == [("龙关镇", "high")]
    # said again as it is: nothing changes, and nothing waits
    path = f"/areas/{(await area(county))['id']}/decide"
    await county.post(path, {"places": [{"kind": "unit", "id": LONGGUAN.id}]})
    assert (await area(county))["confirmed_at"] is not None
    # another meaning withdraws at once; whom it colours is told once it is confirmed
    await county.post(path, {"places": [{"kind": "unit", "id": YIJIE.id}]})
    assert await told() == [("龙关镇", "withdrawn")]
    await (await house.staff("hebei")).post(path, {"places": [{"kind": "unit", "id": LONGGUAN.id}]})
    assert await told() == [("龙关镇", "withdrawn")]
    assert await tried(house, "hebei") == (403, "area_second_official")
    assert await tried(house, "zhangjiakou") == (403, "area_second_official")
    # nobody is above the topmost unit: another account of it
    cast.execute(
        "INSERT INTO staff_accounts (id, unit_id, ord, username, display_name, role, password_hash, must_change_password)"
        " SELECT 500, unit_id, ord, 'hebei2', '第二人', role, password_hash, false FROM staff_accounts WHERE username = 'hebei'"
    )
    assert (await tried(house, "hebei2"))[0] == 200
    assert ("龙关镇", "high") in await told()


async def test_what_was_said_since_one_looked_is_not_confirmed_with_it(house: House, told: Callable[[], Any]) -> None:
    county, city = await house.staff("chicheng"), await house.staff("zhangjiakou")
    await published(county, MEDIUM)
    seen = await area(city)
    await county.post(f"/areas/{seen['id']}/level", {"level": "high", "source": CDC})
    body = {"areas": [{"id": seen["id"], "stated_at": seen["stated_at"]}]}
    answer = await city.post("/areas/confirm", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "area_stated_anew")
    unknown = {"areas": [*body["areas"], {"id": 4711, "stated_at": seen["stated_at"]}]}
    assert (await city.post("/areas/confirm", unknown)).status_code == 404
    assert await told() == []


def said(by: list[str], ord: int | None, below: int, *, confirmed: bool = False) -> Statement:
    return Statement(id=1, name="", stated_by=by, stated_ord=ord, stated_at=now(), confirmed=confirmed, below=below)


@pytest.mark.parametrize(
    ("statement", "top", "may"),
    [
        (said(["staff:3"], 20, 1), False, True),
        (said(["staff:3"], 10, 1), False, False),  # with a power of one's own unit, lent to one below
        (said(["staff:3"], 20, 0), False, False),  # an account of one's own unit, with a power that a unit below lent
        (said(["staff:3", "staff:2"], 20, 2), False, False),  # one's own, or lent by oneself
        (said(["staff:3"], 20, 1, confirmed=True), False, False),
        (said(["staff:4"], 10, 0), True, True),
        (said(["staff:2"], 10, 0), True, False),
        (said([], None, 0), False, True),
    ],
)
def test_who_is_a_second_official(statement: Statement, top: bool, may: bool) -> None:
    assert may_confirm(statement, "staff:2", 10, top=top) is may
