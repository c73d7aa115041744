"""The workbook that a unit fills in: how to (填写说明) and the data (数据)."""

import io
from typing import Final

import xlsxwriter

from lianfang.kit.errors import Language, Text
from lianfang.rosters.columns import LABELS, REQUIRED, Column
from lianfang.rosters.model import DOCUMENT_TYPES, KINDS, Kind

SHEETS: Final = (Text("填写说明", "Notes"), Text("数据", "Data"))
WIDTHS: Final[dict[Column, int]] = {
    "name": 14,
    "document_type": 26,
    "document": 24,
    "phone": 16,
    "number": 12,
    "department": 18,
    "job_category": 16,
}
ORDER: Final[tuple[Column, ...]] = (
    "number",
    "name",
    "document_type",
    "document",
    "phone",
    "department",
    "job_category",
)
TEXT_ROWS: Final = 100_000
"""Rows with a drop-down; more may be filled in."""

EXAMPLE: Final[dict[Column, Text | str]] = {
    "number": "A0001",
    "name": Text("示例：张三", "Example: Zhang San"),
    "document_type": DOCUMENT_TYPES["resident_id"],
    "document": "110101199003070038",
    "phone": "13800138000",
    "department": Text("一车间", "Workshop 1"),
    "job_category": Text("一线生产", "Production"),
}
NOTES: Final = (
    Text(
        "请在“数据”表中每人填一行；标红色 * 的列须填写。",
        "One row a person in the sheet Data; columns with a red * are required.",
    ),
    Text(
        "第 2 行是示例，导入时会跳过，可以删除。",
        "Row 2 is an example; the import leaves it out, and you may delete it.",
    ),
    Text(
        "列的顺序可以改变，也可以增加自己的列；系统按表头认列。",
        "Columns may stand in any order, and you may add your own: they are known by their headings.",
    ),
    Text(
        "证件号码、手机号、工号的单元格已设为文本。从别处粘贴时请选“只粘贴值”，否则长号码会被改成数字而丢失后几位，这样的行会被退回。",
        "The cells of numbers are text. When you paste, paste values only: a long number that becomes a number loses its last digits, and such rows are given back.",
    ),
    Text(
        "证件类型不填时按身份证处理。港澳台居民居住证（81、82、83 开头）和 9 开头的外国人永久居留身份证都可以填写。",
        "Without a type, a document is taken for a resident ID card. Residence permits (81, 82, 83…) and permanent residents' cards (9…) are accepted.",
    ),
    Text("没有手机的人可以不填手机号。", "Somebody without a telephone needs none."),
    Text(
        "同一份文件可以再次导入：没有变化的人不变，改过的人更新。出错的行会放在一个文件里退回，改好后直接再导入那个文件。",
        "The same file may be imported again: unchanged people stay as they are, corrected ones are updated. Wrong rows come back in a file; correct them and import that file.",
    ),
    Text("证件类型可填：{types}。", "Types of documents: {types}."),
)


def build(kind: Kind, language: Language) -> bytes:
    """The template as an .xlsx file."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False})
    notes, data = (book.add_worksheet(text.show(language)) for text in SHEETS)
    title = book.add_format({"bold": True, "font_size": 16})
    wrapped = book.add_format({"text_wrap": True, "valign": "top", "font_size": 12})
    heading = book.add_format({"bold": True, "bg_color": "#F2F3F5", "border": 1, "border_color": "#C9CDD4"})
    star = book.add_format({"bold": True, "font_color": "#E5484D"})
    bold = book.add_format({"bold": True})
    text = book.add_format({"num_format": "@"})
    example = book.add_format({"num_format": "@", "italic": True, "font_color": "#646A73"})

    head = Text("{kind}花名册：填写说明", "Roster ({kind}): notes")
    notes.set_column(0, 0, 100)
    notes.write_string(0, 0, head.show(language, kind=KINDS[kind].show(language)), title)
    types = ("、" if language == "zh-CN" else ", ").join(each.show(language) for each in DOCUMENT_TYPES.values())
    for row, note in enumerate(NOTES, start=1):
        notes.write_string(row, 0, f"{row}. {note.show(language, types=types)}", wrapped)

    for index, column in enumerate(ORDER):
        data.set_column(index, index, WIDTHS[column], text)
        label = LABELS[column].show(language)
        if column in REQUIRED:
            data.write_rich_string(0, index, bold, label, star, "*", heading)
        else:
            data.write_string(0, index, label, heading)
        shown = EXAMPLE[column]
        data.write_string(1, index, shown if isinstance(shown, str) else shown.show(language), example)
        if column == "document_type":
            choices = [each.show(language) for each in DOCUMENT_TYPES.values()]
            data.data_validation(
                1, index, TEXT_ROWS, index, {"validate": "list", "source": choices, "error_type": "warning"}
            )
        if column == "document":
            hint = Text("请照证件逐位输入；单元格为文本格式。", "Type it from the document; the cell is text.")
            data.write_comment(0, index, hint.show(language))
    data.freeze_panes(1, 0)
    data.activate()
    book.close()
    return target.getvalue()
