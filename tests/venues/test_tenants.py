"""Who has rooms in a tower: entered, renamed, gone; and the order of floors."""

from typing import Any

import psycopg
import pytest

from lianfang.venues.floors import floor_order
from tests.support.house import Answer, Client, House
from tests.support.story import CHICHENG_DOOR, LONGGUAN_DOOR, XIWANZI_DOOR, YIJIE_DOOR, Door

LIST = f"/checkpoints/{LONGGUAN_DOOR.id}/tenants"


async def enter(client: Client, *rows: tuple[str, str], door: Door = LONGGUAN_DOOR) -> Answer:
    body = {"rows": [{"floor": floor, "name": name} for floor, name in rows]}
    return await client.post(f"/checkpoints/{door.id}/tenants", body)


def shown(answer: Answer) -> list[tuple[str, str]]:
    assert answer.status_code in (200, 201), answer.text
    return [(item["floor"], item["name"]) for item in answer.json()["items"]]


def test_floors_stand_from_the_cellars_up() -> None:
    up = ["负二层", "B1", "大堂", "1F", "2 层", "三楼", "9F", "10F", "十二层", "B座15层", "二十一层"]
    assert sorted(set(up), key=floor_order) == up


async def test_tenants_are_entered_changed_and_closed_and_every_step_is_recorded(
    house: House, cast: psycopg.Connection
) -> None:
    clerk = await house.staff("longguan")
    entered = await enter(clerk, ("12F", " 赤城律师事务所 "), ("2F", "海陀山旅行社"), ("12F", "白河设计"))
    assert shown(entered) == [("2F", "海陀山旅行社"), ("12F", "赤城律师事务所"), ("12F", "白河设计")]
    lawyers = entered.json()["items"][1]["id"]
    moved = await clerk.send("PUT", f"{LIST}/{lawyers}", {"floor": "3F", "name": "海陀律师事务所"})
    assert shown(moved)[1] == ("3F", "海陀律师事务所")
    closed = await clerk.post(f"{LIST}/{lawyers}/close")
    assert shown(closed) == shown(await clerk.get(LIST)) == [("2F", "海陀山旅行社"), ("12F", "白河设计")]
    for gone in (
        await clerk.post(f"{LIST}/{lawyers}/close"),
        await clerk.send("PUT", f"{LIST}/{lawyers}", {"floor": "1F", "name": "x"}),
    ):
        assert gone.status_code == 404
    # another company of the name may come later
    assert ("3F", "海陀律师事务所") in shown(await enter(clerk, ("3F", "海陀律师事务所")))
    log = cast.execute("SELECT action, detail FROM audit_log WHERE subject = 'checkpoint:2' ORDER BY id").fetchall()
    assert [row[0] for row in log] == ["tenants.add", "tenants.change", "tenants.close", "tenants.add"]
    assert log[1][1] == {"before": "12F 赤城律师事务所", "after": "3F 海陀律师事务所"}


async def test_a_wrong_row_is_named_and_nothing_is_entered(house: House) -> None:
    clerk = await house.staff("longguan")
    await enter(clerk, ("12F", "白河设计"))
    refused = await enter(
        clerk, ("12F", "白河设计"), ("", "甲"), ("1F", "  "), ("3F", "乙"), ("3F", "乙"), ("楼" * 11, "丙")
    )
    errors = [(error["field"], error["code"]) for error in refused.json()["errors"]]
    assert (refused.status_code, errors) == (
        422,
        [
            ("rows.0.name", "duplicate"),
            ("rows.1.floor", "length"),
            ("rows.2.name", "length"),
            ("rows.4.name", "duplicate"),
            ("rows.5.floor", "length"),
        ],
    )
    assert refused.json()["errors"][0]["detail"].startswith("第 1 行：12F 已有“白河设计”")
    [tenant] = (await clerk.get(LIST)).json()["items"]
    other = (await enter(clerk, ("3F", "乙"))).json()["items"][0]
    clash = await clerk.send("PUT", f"{LIST}/{other['id']}", {"floor": "12F", "name": "白河设计"})
    assert (clash.status_code, clash.json()["errors"][0]["field"]) == (422, "name")
    same = await clerk.send("PUT", f"{LIST}/{tenant['id']}", {"floor": "12F", "name": "白河设计"})
    assert same.status_code == 200


async def test_a_checkpoint_has_five_hundred_at_most(house: House) -> None:
    clerk = await house.staff("longguan")
    rows = [(f"{1 + n // 20}F", f"公司 {n}") for n in range(500)]
    assert len(shown(await enter(clerk, *rows))) == 500
    one_more = await enter(clerk, ("30F", "最后一家"))
    assert (one_more.status_code, one_more.json()["code"]) == (422, "too_many_tenants")
    assert "500" in one_more.json()["detail"]
    assert (await enter(clerk, *rows, ("30F", "最后一家"), door=YIJIE_DOOR)).status_code == 422


@pytest.mark.parametrize(
    ("username", "door", "reads", "writes"),
    [
        ("gate01", LONGGUAN_DOOR, 200, 403),  # attendants see the list and don't change it
        ("longguan", YIJIE_DOOR, 200, 201),  # below
        ("longguan", CHICHENG_DOOR, 404, 404),  # above
        ("longguan", XIWANZI_DOOR, 404, 404),  # beside
    ],
)
async def test_tenants_are_ones_own_and_of_those_below(
    house: House, username: str, door: Door, reads: int, writes: int
) -> None:
    await enter(await house.staff("hebei"), ("1F", "甲"), door=door)
    staff = await house.staff(username)
    listed = await staff.get(f"/checkpoints/{door.id}/tenants")
    answers: list[Any] = [listed, await enter(staff, ("2F", "乙"), door=door)]
    assert [answer.status_code for answer in answers] == [reads, writes]
