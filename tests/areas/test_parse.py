"""Bulletins in prose become areas. The spellings are those of real bulletins; the table is what we promise of each."""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from lianfang.areas.divisions import divisions
from lianfang.areas.parse import Parsed, parse

REAL = Path(__file__).parents[3] / "shared/data/risk_areas/2021.csv.gz"
KNOWN = divisions()


def names(region: str, text: str) -> list[str]:
    return [area.name(KNOWN) for parsed in parse(region, text) for area in parsed.areas]


@pytest.mark.parametrize(
    ("region", "text", "areas"),
    [
        pytest.param("河北省石家庄市", "藁城区, 新乐市", ["藁城区", "新乐市"], id="counties"),
        pytest.param("石家庄市", "深泽县河庄村", ["深泽县河庄村"], id="a region without its province"),
        pytest.param(
            "河北",
            "石家庄市新乐市（除长寿街道外的其他地区）",
            ["新乐市（除长寿街道外）"],
            id="except a town",
        ),
        pytest.param(
            "河北省石家庄市",
            "新华区尚金苑小区、都市阳光小区，裕华区十二化建小区16、17号楼、河北城建学校家属院",
            ["新华区尚金苑小区", "新华区都市阳光小区", "裕华区十二化建小区16、17号楼", "裕华区河北城建学校家属院"],
            id="a county named once, numbers of one estate, a school called after the province",
        ),
        pytest.param(
            "河北省石家庄市",
            "高新区同祥城小区Ｃ区，正定县冯家庄村、东平乐村",
            ["石家庄高新技术产业开发区同祥城小区C区", "正定县冯家庄村", "正定县东平乐村"],
            id="a development zone, full-width letters",
        ),
        pytest.param(
            "河北省石家庄市",
            "行唐县滨河小区行唐县龙州镇东关村",
            ["行唐县滨河小区", "行唐县龙州镇东关村"],
            id="two run together",
        ),
    ],
)
def test_areas_of_a_city(region: str, text: str, areas: list[str]) -> None:
    assert names(region, text) == ["河北省石家庄市" + area for area in areas]


@pytest.mark.parametrize(
    ("region", "text", "areas"),
    [
        ("内蒙古呼伦贝尔市", "满洲里市扎赉诺尔区第二街道，灵泉镇", ["扎赉诺尔区第二街道", "扎赉诺尔区灵泉镇"]),
        ("四川省成都市", "成华区成华区理工东苑西区。", ["成华区理工东苑西区"]),
        (
            "广东省广州市",
            "南沙区珠江街道发展路、发展横路、灵新大道、珠江二路所包围区域，珠江街道珠江西一路(142、144号)",
            ["南沙区珠江街道发展路、发展横路、灵新大道、珠江二路所包围区域", "南沙区珠江街道珠江西一路(142、144号)"],
        ),
        (
            "福建省",
            "莆田市秀屿区笏石镇笏西路以东，北埔路以西，兴秀路以南，大营路以北的区域内；厦门市同安区祥平街道凤岗社区",
            [
                "秀屿区笏石镇笏西路以东,北埔路以西,兴秀路以南,大营路以北的区域内",
                "同安区祥平街道凤岗社区",
            ],
        ),
        (
            "浙江省绍兴市",
            "上虞区曹娥街道（振兴社区、银河社区、大通超市（舜杰路店）除外），东关街道（除高风险地区外的其余区域）",
            ["上虞区曹娥街道（除振兴社区、银河社区、大通超市(舜杰路店)外）", "上虞区东关街道（除其他等级区域外）"],
        ),
    ],
)
def test_areas_elsewhere(region: str, text: str, areas: list[str]) -> None:
    found = names(region, text)
    assert len(found) == len(areas)
    for name, wanted in zip(found, areas, strict=True):
        assert name.endswith(wanted)


def test_spellings_of_one_area_have_one_key() -> None:
    spellings = [
        ("河北省石家庄市", "高新区长江大道 197—1 号楼"),
        ("石家庄市", "高新区长江大道197-1号楼"),
        ("河北石家庄市", "高新区长江大道１９７－１号楼。"),
    ]
    keys = {parse(region, text)[0].areas[0].key for region, text in spellings}
    assert len(keys) == 1


def test_what_does_not_add_up_is_told() -> None:
    [parsed] = parse("河北省石家庄市", "深泽县河庄村、西河村", 3)
    assert [(issue.code, issue.detail) for issue in parsed.issues] == [("count", "2")]
    [parsed] = parse("河北省石家庄市", "", 2)
    assert [issue.code for issue in parsed.issues] == ["empty"]
    [parsed] = parse("某某地方", "河庄村")
    assert [issue.code for issue in parsed.issues] == ["region_unknown"]
    [parsed] = parse("在水一方小区2栋河北省石家庄市", "藁城区")
    assert (parsed.code, [issue.code for issue in parsed.issues]) == ("1301", ["region_head"])
    [parsed] = parse("河北省石家庄市", "昌平区北七家镇】", 1)
    assert "brackets" in [issue.code for issue in parsed.issues]


def test_a_text_that_goes_on_with_another_region_is_two_bulletins() -> None:
    first, second = parse("北京市昌平区", "北七家镇宏福苑社区。黑龙江省黑河市（1）：爱辉区鹿源春社区宏志小区", 1)
    assert [area.name(KNOWN) for area in first.areas] == ["北京市昌平区北七家镇宏福苑社区"]
    assert [area.name(KNOWN) for area in second.areas] == ["黑龙江省黑河市爱辉区鹿源春社区宏志小区"]
    assert [issue.code for issue in second.issues] == ["foreign_region"]


def real_rows() -> Iterator[tuple[dict[str, str], list[Parsed]]]:
    with gzip.open(REAL, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            yield row, parse(row["region"], row["areas_text"], int(row["declared_count"]))


@pytest.mark.skipif(not REAL.exists(), reason="the published bulletins are not carried with the project")
def test_the_bulletins_of_2021_add_up() -> None:
    rows = areas = silent = told = 0
    for row, parsed in real_rows():
        rows += 1
        issues = {issue.code for one in parsed for issue in one.issues}
        told += bool(issues & {"count", "empty"})
        areas += sum(len(one.areas) for one in parsed)
        # whatever its text says, no count that is wrong goes by in silence
        silent += not issues and int(row["declared_count"]) != len(parsed[0].areas)
    assert rows == 1483
    assert areas > 7_400
    assert told <= 20
    assert silent == 0
