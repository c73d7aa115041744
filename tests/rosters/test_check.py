"""One row of a list: genuine people pass, and what is wrong is said about its cell."""

import re
from datetime import datetime
from typing import Any

import pytest

from lianfang.kit.identifiers import check_character
from lianfang.rosters.check import Given, check, explain, is_example, shown
from lianfang.rosters.columns import Header, HeaderError, find_header, missing
from tests.support.people import document

TITLES = ["姓名*", "证件类型", "证件号码*", "手机号", "工号", "部门", "岗位类别"]
ID = document(1)


def header(titles: list[Any] = TITLES) -> Header:
    found = find_header(1, titles)
    assert found is not None
    return found


def row(**changed: Any) -> list[Any]:
    cells = {
        "name": "张三",
        "type": "身份证",
        "document": ID,
        "phone": "13800001111",
        "number": "1",
        "dep": "一车间",
        "job": "焊工",
    }
    return list((cells | changed).values())


def complaints(language: Any = "zh-CN", **changed: Any) -> str:
    found = check(header(), row(**changed))
    assert isinstance(found, list), found
    return explain(header(), 7, found, language)


def id18(first17: str) -> str:
    return first17 + check_character(first17)


@pytest.mark.parametrize(
    "changed",
    [
        {"document": id18("81000019900101001")},  # residence permits of Hong Kong, Macau, Taiwan
        {"document": id18("82000019900101001")},
        {"document": id18("83000019900101001")},
        {"document": id18("91132219900101001"), "type": "外国人永久居留身份证"},
        {"document": id18("14118119500101001")},  # a code newer than its bearer
        {"document": ID[:17] + ID[17].lower()},
        {"document": "".join(chr(ord(c) + 0xFEE0) for c in ID)},  # full width
        {"document": f" {ID[:6]} {ID[6:14]} {ID[14:]} "},
        {"phone": "+86 138-0000-1111"},
        {"phone": "１９９００００１１１１"},
        {"phone": 13800001111.0},
        {"phone": ""},
        {"name": "阿卜杜热西提·买买提"},
        {"name": "䶮㛃"},
        {"name": "张 三"},
        {"name": "Jean-Luc d’Ormesson"},
        {"type": ""},
        {"type": "居民身份证"},
        {"type": "Passport", "document": "E12345678"},
        {"type": "台湾居民来往大陆通行证", "document": 12345678.0},
        {"type": "回乡证", "document": "H12345678"},
        {"number": 7.0, "dep": "", "job": ""},
    ],
)  # fmt: skip
def test_genuine_people_pass(changed: dict[str, Any]) -> None:
    assert isinstance(check(header(), row(**changed)), Given)


def test_everybody_is_stored_in_one_spelling() -> None:
    found = check(
        header(), row(name=" 张 三 ", document=ID.lower(), phone="１３８ 0000 1111", number=7.0, dep=" 一  车间")
    )
    assert found == Given("resident_id", ID, "张三", "+8613800001111", "7", "一 车间", "焊工")


@pytest.mark.parametrize(
    ("changed", "where", "what"),
    [
        ({"name": ""}, "A7 姓名", "请填写"),
        ({"name": "1"}, "A7 姓名", "格式"),
        ({"name": datetime(2020, 1, 1)}, "A7 姓名", "日期"),  # noqa: DTZ001
        ({"document": ""}, "C7 证件号码", "请填写"),
        ({"document": ID[:17] + ("0" if ID[17] != "0" else "1")}, "C7 证件号码", "校验码"),
        ({"document": ID[:17]}, "C7 证件号码", "位数"),
        ({"document": id18("13079920230230001")}, "C7 证件号码", "日期"),
        ({"document": 130732199001011234.0}, "C7 证件号码", "丢失"),
        ({"document": "1.30732E+17"}, "C7 证件号码", "丢失"),
        ({"document": datetime(2020, 1, 1)}, "C7 证件号码", "日期"),  # noqa: DTZ001
        ({"type": "学生证"}, "B7 证件类型", "不认识"),
        ({"phone": "12345678901"}, "D7 手机号", "格式"),
        ({"phone": "0314-6312345"}, "D7 手机号", "格式"),
        ({"number": "9" * 41}, "E7 工号", "40"),
        ({"dep": "车" * 61}, "F7 部门", "60"),
        ({"job": "焊\x00工"}, "G7 岗位类别", "无法保存"),
        ({"number": True}, "E7 工号", "真假值"),
    ],
)
def test_a_wrong_cell_is_named(changed: dict[str, Any], where: str, what: str) -> None:
    text = complaints(**changed)
    assert text.startswith(f"{where}：")
    assert what in text
    assert len(re.findall("[A-G]7 ", text)) == 1, "one fault, said once"
    assert not re.search("[\u4e00-\u9fff]", complaints("en", **changed))


def test_every_fault_of_a_row_is_named_at_once() -> None:
    text = complaints(name="", document="1", phone="2")
    assert ["A7 姓名" in text, "C7 证件号码" in text, "D7 手机号" in text] == [True] * 3


@pytest.mark.parametrize(
    "titles",
    [
        ["姓名", "身份证号"],
        ["身份证号码", "姓 名"],
        ["备注", "Name", "ID number"],
        ["证件号码（必填）", "姓名*", "联系电话", "学号", "班级", "工种"],
        ["DOCUMENT NO.", "Full name"],
    ],
)
def test_columns_are_known_by_their_headings_in_any_order(titles: list[str]) -> None:
    found = header(titles)
    cells = ["x"] * len(titles)
    cells[found.at["name"]], cells[found.at["document"]] = "张三", ID
    person = check(found, [cell if i in found.at.values() and cell != "x" else "" for i, cell in enumerate(cells)])
    assert isinstance(person, Given)
    assert (person.name, person.document) == ("张三", ID)


def test_a_column_of_the_units_own_is_kept_and_named() -> None:
    found = header(["姓名", "血型", "证件号码", "错误原因"])
    assert found.unknown == ["血型"]
    assert found.titles == ["姓名", "血型", "证件号码"]  # the reasons of an earlier import are not carried on


def test_two_headings_of_one_column_are_refused() -> None:
    with pytest.raises(HeaderError, match="twice: phone"):
        find_header(1, ["姓名", "证件号码", "手机", "联系电话"])


def test_a_row_without_the_required_headings_is_no_header() -> None:
    assert find_header(1, ["赤城钢铁厂花名册", "", ""]) is None
    assert missing([["赤城钢铁厂花名册"], ["姓名", "电话"]]) == ["document"]


def test_the_templates_example_is_recognised() -> None:
    assert is_example(header(), row(name="示例：张三"))
    assert is_example(header(), row(name="Example: Zhang San"))
    assert not is_example(header(), row())


def test_a_number_that_lost_digits_is_given_back_as_excel_shows_it() -> None:
    """Written in full it would look like a number of a card when the file comes back."""
    assert shown(130732199001011234.0) == "1.30732E+17"
    assert [shown(cell) for cell in (7.0, 7.5, 13800001111.0, "=1+1", True)] == [
        "7",
        "7.5",
        "13800001111",
        "=1+1",
        "TRUE",
    ]
