"""The sheets of the workbook, their columns, and the words that may stand in them, in both languages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from lianfang.kit.errors import Language, Text
from lianfang.venues.model import CATEGORIES

Kind = Literal["unit", "checkpoint", "account"]


@dataclass(frozen=True)
class Column:
    """A column. `example` stands in the grey row; `choices` names the words of a drop-down."""

    key: str
    title: Text
    note: Text
    required: bool = False
    width: int = 16
    example: Text | None = None
    choices: Literal[
        "", "level", "category", "role", "yes_no", "minutes", "test_hours", "doses", "risk_days", "form", "unit"
    ] = ""


SHEETS: Final[Mapping[Kind, Text]] = {
    "unit": Text("单位", "Units"),
    "checkpoint": Text("登记点", "Checkpoints"),
    "account": Text("账号", "Accounts"),
}
GUIDE_SHEET: Final = Text("填写说明", "How to fill in")
REASON: Final = Text("错误原因", "What is wrong")
"""The last column of an error workbook; not read."""

EXAMPLE_MARKS: Final = ("示例行：", "Example: ")
"""How the grey row is known. It is skipped as we wrote it; changed by half it is an error, not a row."""

LEVEL_WORDS: Final[Mapping[str, Text]] = {
    "province": Text("省", "Province"),
    "city": Text("市", "City"),
    "county": Text("县（区）", "County"),
    "town": Text("乡镇（街道）", "Town"),
    "village": Text("村（社区）", "Village"),
    "unit": Text("单位", "Unit"),
}
ROLE_WORDS: Final[Mapping[str, Text]] = {
    "admin": Text("管理员", "Administrator"),
    "clerk": Text("工作人员", "Clerk"),
    "attendant": Text("门岗", "Attendant"),
    "importer": Text("数据接入", "Importer"),
}
YES_NO: Final[Mapping[bool, Text]] = {True: Text("是", "Yes"), False: Text("否", "No")}
NOT_MEASURED: Final = Text("不测温", "Not measured")
NOT_REQUIRED: Final = Text("不要求", "Not required")
REQUIRED_FROM: Final[Mapping[str, Sequence[str]]] = {
    "test_hours": ("24", "48", "72", "168"),
    "doses": ("1", "2", "3"),
    "risk_days": ("7", "10", "14"),
}
"""The usual figures of what a door requires; others may be typed."""
MINUTES: Final = ("0", "30", "60", "120", "240", "480", "1440")
CLEAR: Final = "-"
"""Typed instead of a value: what is there is removed. A blank cell leaves it as it is."""

_UNIT_NOTE = Text(
    "单位名称；重名时写路径，如“龙关镇/一街村”；也可写 12 位区划代码。可以是本文件“单位”表中新建的单位。",
    "The unit's name; where names repeat, its path, such as Longguan/Yijie; or its 12-digit division code. It may be created in this file.",
)
_KEEP = Text("空白：不改；填“-”：清空。", "Blank: unchanged; “-”: removed.")

COLUMNS: Final[Mapping[Kind, Sequence[Column]]] = {
    "unit": (
        Column(
            "parent",
            Text("上级单位", "Parent unit"),
            Text(
                "留空：直接属于建县的单位。" + _UNIT_NOTE.zh,
                "Blank: directly below the unit that is set up. " + _UNIT_NOTE.en,
            ),
            width=28,
            choices="unit",
        ),
        Column(
            "name",
            Text("单位名称", "Unit name"),
            Text("1 至 100 个字，同一上级下不重名。", "1 to 100 characters, unique under its parent."),
            required=True,
            width=30,
            example=Text("示例行：东山小区", "Example: East Hill Estate"),
        ),
        Column(
            "level",
            Text("级别", "Level"),
            Text(
                "必须低于上级；小区、企业、学校等填“单位”。",
                "Below the parent's; estates, companies, schools are “Unit”.",
            ),
            required=True,
            example=LEVEL_WORDS["unit"],
            choices="level",
        ),
        Column(
            "code",
            Text("区划代码", "Division code"),
            Text(
                "12 位统计用区划代码；级别为“单位”时留空。有代码时按代码认单位，名称不同即改名。",
                "12 digits; blank for level “Unit”. A unit is known by its code: another name renames it.",
            ),
        ),
    ),
    "checkpoint": (
        Column(
            "unit",
            Text("所属单位", "Unit"),
            _UNIT_NOTE,
            required=True,
            width=28,
            choices="unit",
            example=Text("示例行：东山小区", "Example: East Hill Estate"),
        ),
        Column(
            "name",
            Text("登记点名称", "Checkpoint name"),
            Text("门口的名字，1 至 100 个字。", "The door's name, 1 to 100 characters."),
            required=True,
            width=30,
            example=Text("示例行：东山小区南门", "Example: East Hill south gate"),
        ),
        Column(
            "ref",
            Text("编号", "Number"),
            Text(
                "您自己的编号，同一单位内不重复。有编号时按编号认登记点，名称不同即改名；没有时按名称。",
                "Your own number, unique in the unit. A checkpoint is known by it, another name renames it; without one, by its name.",
            ),
            example=Text("DS-001", "DS-001"),
        ),
        Column(
            "category",
            Text("类别", "Category"),
            Text("从下拉列表选择。", "Choose from the list."),
            required=True,
            example=CATEGORIES["estate"],
            choices="category",
        ),
        Column(
            "form",
            Text("表单", "Form"),
            Text("本单位可用的表单名称，从下拉列表选择。", "A form that the unit can use; choose from the list."),
            required=True,
            width=22,
            choices="form",
        ),
        Column(
            "temperature_valid_min",
            Text("测温间隔（分钟）", "Temperature interval (min)"),
            Text(
                "0 至 1440：多少分钟内的体温可以沿用；“不测温”：此处不测。" + _KEEP.zh,
                "0 to 1440: how recent a temperature is used again; “Not measured”: none is taken here. " + _KEEP.en,
            ),
            example=Text("240", "240"),
            choices="minutes",
        ),
        Column(
            "review",
            Text("审核", "Review"),
            Text("“是”：门岗确认后才放行。" + _KEEP.zh, "Yes: the attendant confirms each person. " + _KEEP.en),
            example=YES_NO[False],
            choices="yes_no",
            width=10,
        ),
        Column(
            "checkout",
            Text("离场登记", "Check-out"),
            Text("“是”：离开时也登记。" + _KEEP.zh, "Yes: people also register when they leave. " + _KEEP.en),
            example=YES_NO[False],
            choices="yes_no",
            width=10,
        ),
        Column(
            "address",
            Text("地址", "Address"),
            Text("最多 200 个字。" + _KEEP.zh, "At most 200 characters. " + _KEEP.en),
            width=34,
            example=Text("示例行：东山路 1 号", "Example: 1 East Hill Road"),
        ),
        Column(
            "lat",
            Text("纬度", "Latitude"),
            Text("WGS-84，如 40.912345。" + _KEEP.zh, "WGS-84, such as 40.912345. " + _KEEP.en),
            example=Text("40.912345", "40.912345"),
        ),
        Column(
            "lon",
            Text("经度", "Longitude"),
            Text("WGS-84，如 115.831234。" + _KEEP.zh, "WGS-84, such as 115.831234. " + _KEEP.en),
            example=Text("115.831234", "115.831234"),
        ),
        Column(
            "test_hours",
            Text("核酸时限（小时）", "Test within (h)"),
            Text(
                "1 至 168：需要多少小时内的核酸检测阴性结果；“不要求”：不查。" + _KEEP.zh,
                "1 to 168: a negative nucleic-acid test no older than this; “Not required”: none. " + _KEEP.en,
            ),
            example=Text("48", "48"),
            choices="test_hours",
        ),
        Column(
            "doses",
            Text("疫苗剂次", "Vaccine doses"),
            Text(
                "1 至 9：至少接种的剂次；“不要求”：不查。" + _KEEP.zh,
                "1 to 9: at least so many doses; “Not required”: none. " + _KEEP.en,
            ),
            example=Text("不要求", "Not required"),
            choices="doses",
            width=12,
        ),
        Column(
            "risk_days",
            Text("风险区天数", "Risk area (days)"),
            Text(
                "1 至 28：这么多天内到过中高风险区的不能进入；“不要求”：不查。" + _KEEP.zh,
                "1 to 28: nobody who was in a risk area within so many days; “Not required”: not asked. " + _KEEP.en,
            ),
            example=Text("7", "7"),
            choices="risk_days",
            width=12,
        ),
        Column(
            "code",
            Text("登记码", "Door code"),
            Text(
                "由系统填写，新建时留空，请勿修改。",
                "Written by the system; blank for a new checkpoint, never to be changed.",
            ),
            width=22,
        ),
    ),
    "account": (
        Column(
            "username",
            Text("账号", "User name"),
            Text(
                "3 至 40 位小写字母、数字、点、横线或下划线，全系统唯一。",
                "3 to 40 small letters, digits, dots, hyphens or underscores, unique in the whole system.",
            ),
            required=True,
            width=22,
            example=Text("dongshan01", "dongshan01"),
        ),
        Column(
            "display_name",
            Text("姓名或岗位", "Name or post"),
            Text("1 至 60 个字，同事能看到。", "1 to 60 characters, seen by colleagues."),
            required=True,
            width=22,
            example=Text("示例行：南门门岗", "Example: South gate"),
        ),
        Column(
            "role",
            Text("角色", "Role"),
            Text("从下拉列表选择。", "Choose from the list."),
            required=True,
            example=ROLE_WORDS["attendant"],
            choices="role",
        ),
        Column(
            "unit",
            Text("所属单位", "Unit"),
            _UNIT_NOTE,
            required=True,
            width=28,
            choices="unit",
            example=Text("示例行：东山小区", "Example: East Hill Estate"),
        ),
    ),
}


def words(column: Column, language: Language) -> list[str]:
    """The drop-down of a column whose words are fixed."""
    match column.choices:
        case "level":
            return [text.show(language) for text in LEVEL_WORDS.values()]
        case "category":
            return [text.show(language) for text in CATEGORIES.values()]
        case "role":
            return [text.show(language) for text in ROLE_WORDS.values()]
        case "yes_no":
            return [text.show(language) for text in YES_NO.values()]
        case "minutes":
            return [NOT_MEASURED.show(language), *MINUTES]
        case "test_hours" | "doses" | "risk_days":
            return [NOT_REQUIRED.show(language), *REQUIRED_FROM[column.choices]]
        case _:
            return []


def plain(title: str) -> str:
    """A column's title as it is compared: without its star, its second language, its spaces and its case."""
    return "".join(title.partition("\n")[0].replace("*", "").split()).replace("(", "（").replace(")", "）").casefold()


TITLES: Final[Mapping[Kind, Mapping[str, str]]] = {
    kind: {plain(name): column.key for column in columns for name in (column.title.zh, column.title.en)}
    for kind, columns in COLUMNS.items()
}
"""A column's title in either language → its key."""

TITLE: Final = {(kind, column.key): column.title for kind, columns in COLUMNS.items() for column in columns}

EXAMPLES: Final[Mapping[Kind, Sequence[dict[str, str]]]] = {
    kind: tuple(
        {column.key: column.example.show(language) if column.example else "" for column in columns}
        for language in ("zh-CN", "en")
    )
    for kind, columns in COLUMNS.items()
}
