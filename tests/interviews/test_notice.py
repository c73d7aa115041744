"""The public notice: days, times and places, and nothing of the person."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.interviews.model import TrajectoryStay
from lianfang.interviews.notice import notice, public_name
from lianfang.venues.model import Category

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2022, 11, 20, 4, 0, tzinfo=UTC)
PRIVATE = ["张伟", "110101199003077758", "+8613800138000", "13800138000"]


def stay(place: str, category: Category | None, begins: float, hours: float = 1, **more: object) -> TrajectoryStay:
    at = NOON + timedelta(hours=begins)
    known = {"state": "recorded", "checkpoint_id": 1, "unit": "赤城镇", "ended": "next"} | more
    return TrajectoryStay(place=place, category=category, begins=at, ends=at + timedelta(hours=hours), **known)  # type: ignore[arg-type]


def test_it_reads_as_health_commissions_write_it_in_both_languages() -> None:
    said = notice(
        [
            stay("县城1路公交", "vehicle", -4, 0.5),
            stay("赤城镇第一小学", "school", -3, 4),
            stay("赤城镇第一小学", "school", 1.25, 1, state="told", give_minutes=30),
            stay("阳光小区3号楼2单元", "estate", 11, 2),
            stay("别人家", "shop", 5, state="struck"),
            stay("王奶奶家", None, 6, state="told"),
        ],
        ZONE,
        PRIVATE,
    )
    assert said.left_out == 1
    assert said.zh.splitlines() == [
        "新冠病毒感染者活动轨迹（2022年11月20日—11月21日）",
        "11月20日：08:00—08:30，乘坐县城1路公交；约09:00—14:15，赤城镇第一小学；23:00—次日01:00，阳光小区。",
        "请与上述轨迹有时间和地点交集的人员，尽快向所在社区（村）、单位报告，配合落实防控措施。",
    ]
    assert said.en.splitlines()[1] == (
        "20 November: 08:00–08:30, aboard 县城1路公交; about 09:00–14:15, 赤城镇第一小学; 23:00–01:00 the next day, 阳光小区."
    )


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("张伟诊所", ""),
        ("张 伟诊所", ""),
        ("小卖部 138 0013 8000", ""),
        ("小卖部13900139000", ""),
        ("幸福里12栋301室", "幸福里"),
        ("Sunny Court, Building 5, Flat 302", "Sunny Court"),
        ("二道街7号", "二道街"),
        ("3号楼", ""),
        ("第三中学", "第三中学"),
        ("十里铺村村口", "十里铺村村口"),
    ],
)
def test_places_lose_what_leads_to_a_door_or_a_person(place: str, shown: str) -> None:
    assert public_name(place, ["张伟", "13800138000"]) == shown


@given(
    before=st.text("赤城镇村路街 店A", max_size=6),
    secret=st.sampled_from([*PRIVATE, "110101 1990 0307 7758", "138-0013-8000"]),
    after=st.text("医院超市口 B", max_size=6),
    category=st.sampled_from(["shop", "estate", "vehicle", "hospital"]),
)
def test_nothing_of_the_person_gets_in_wherever_it_stands(
    before: str, secret: str, after: str, category: Category
) -> None:
    said = notice([stay(before + secret + after, category, 0)], ZONE, PRIVATE)
    for text in (said.zh, said.en):
        assert not any(private in text.replace(" ", "").replace("-", "") for private in PRIVATE)
        assert secret not in text
