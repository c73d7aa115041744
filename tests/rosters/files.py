"""Lists of people as files."""

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook

from tests.support.people import Resident, somebody

HEADER = ["工号", "姓名", "证件类型", "证件号码", "手机号", "部门", "岗位类别"]


def row_of(who: Resident, number: str = "", department: str = "一车间", job: str = "一线生产") -> list[Any]:
    return [number, who.name, "身份证", who.document, who.phone, department, job]


def workers(count: int, first: int = 1) -> list[list[Any]]:
    """Rows of people whom no other test knows."""
    return [row_of(somebody(), f"A{first + i:04d}") for i in range(count)]


def xlsx(rows: Sequence[Sequence[Any]], header: Sequence[str] = HEADER) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_numbers": False})
    sheet = book.add_worksheet("数据")
    for index, row in enumerate([header, *rows]):
        sheet.write_row(index, 0, row)
    book.close()
    return target.getvalue()


def csv(rows: Sequence[Sequence[Any]], encoding: str = "utf-8-sig", header: Sequence[str] = HEADER) -> bytes:
    return "".join(",".join(map(str, row)) + "\r\n" for row in [header, *rows]).encode(encoding)


def cells(content: bytes) -> list[list[Any]]:
    """The first sheet of a workbook."""
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
