"""The columns of a list: by which headings we know them, and what a heading row is."""

import re
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from lianfang.kit.errors import Text
from lianfang.kit.sheets.cells import Raw

Column = Literal["name", "document_type", "document", "phone", "number", "department", "job_category"]

LABELS: Final[dict[Column, Text]] = {
    "name": Text("姓名", "Name"),
    "document_type": Text("证件类型", "Document type"),
    "document": Text("证件号码", "Document number"),
    "phone": Text("手机号", "Mobile phone"),
    "number": Text("工号", "Number"),
    "department": Text("部门", "Department"),
    "job_category": Text("岗位类别", "Job category"),
}
REQUIRED: Final[tuple[Column, ...]] = ("name", "document")
REASON: Final = Text("错误原因", "Error")

# what other systems' exports call them
_ALSO: Final[dict[Column, tuple[str, ...]]] = {
    "name": ("名字", "人员姓名", "员工姓名", "学生姓名", "full name"),
    "document_type": ("证件种类", "证件名称", "id type"),
    "document": ("证件号", "身份证号", "身份证号码", "身份证", "公民身份号码", "document no", "id number", "id no"),
    "phone": ("手机号码", "手机", "联系电话", "联系方式", "电话", "电话号码", "phone", "phone number", "mobile"),
    "number": ("编号", "员工编号", "员工号", "人员编号", "学号", "employee number", "employee no", "staff no", "no"),
    "department": ("所属部门", "车间", "班级", "楼栋", "班组", "class", "building"),
    "job_category": ("岗位", "工种", "职务", "职业", "job", "position"),
}
_HINT: Final = re.compile(r"[(（【\[].*?[)）】\]]|[*＊:：.\s_]")
HEADER_WITHIN: Final = 10
"""Rows in which the headings must stand: some lists have a title above them."""


def _key(heading: str) -> str:
    return _HINT.sub("", heading).casefold()


_KNOWN: Final[dict[str, Column]] = {
    _key(word): column for column in LABELS for word in (LABELS[column].zh, LABELS[column].en, *_ALSO[column])
}
_REASONS: Final = {_key(REASON.zh), _key(REASON.en)}


class HeaderError(ValueError):
    """No row has the required headings, or a heading stands for a column that another one stands for too."""

    def __init__(self, code: Literal["missing", "twice"], columns: Sequence[Column]) -> None:
        super().__init__(f"{code}: {', '.join(columns)}")
        self.code: Final = code
        self.columns: Final = tuple(columns)


class Header(msgspec.Struct, frozen=True):
    """Where each column stands; `titles` are the headings as they are, without that of an earlier import's reasons."""

    row: int
    at: dict[Column, int]
    titles: list[str]
    kept: list[int]
    """Positions of the cells that go into the workbook of bad rows."""
    unknown: list[str]


def find_header(row: int, cells: Sequence[Raw]) -> Header | None:
    """The headings, where this row has the required ones; None otherwise. HeaderError where two are the same column."""
    at: dict[Column, int] = {}
    twice: list[Column] = []
    unknown: list[str] = []
    titles: list[str] = []
    kept: list[int] = []
    for index, cell in enumerate(cells):
        title = str(cell).strip()
        key = _key(title)
        if not key or key in _REASONS:
            continue
        column = _KNOWN.get(key)
        if column is None:
            unknown.append(title)
        elif column in at:
            twice.append(column)
        else:
            at[column] = index
        titles.append(title)
        kept.append(index)
    if any(column not in at for column in REQUIRED):
        return None
    if twice:
        raise HeaderError("twice", twice)
    return Header(row, at, titles, kept, unknown)


def missing(rows: Sequence[Sequence[Raw]]) -> list[Column]:
    """The required columns that no row of the beginning has a heading for."""
    seen = {_KNOWN.get(_key(str(cell))) for cells in rows for cell in cells}
    return [column for column in REQUIRED if column not in seen] or list(REQUIRED)
