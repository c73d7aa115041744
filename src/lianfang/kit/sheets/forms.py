"""Workbooks that people fill in: text cells with drop-downs and notes, so that long digits survive and nothing becomes a formula."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from lianfang.kit.sheets.cells import clean, column_letters


@dataclass(frozen=True)
class SheetColumn:
    """A column of a sheet to fill in: `title` (two lines), `choices` for a drop-down, `strict` where nothing else may be typed."""

    title: str
    note: str = ""
    width: int = 16
    required: bool = False
    choices: Sequence[str] = ()
    strict: bool = False


@dataclass(frozen=True)
class FormSheet:
    """A sheet to fill in. `rows` are texts; `example` stands first, in grey; `marked` (row, column) cells are red."""

    name: str
    columns: Sequence[SheetColumn]
    rows: Iterable[Sequence[str]] = ()
    example: Sequence[str] = ()
    marked: Mapping[int, frozenset[int]] = field(default_factory=dict)


LISTS: Final = "_lists"
_BLANK_ROWS: Final = 20_000  # rows below the last one that have drop-downs too


def write_form(path: Path, *, guide: tuple[str, Sequence[tuple[str, str]]], sheets: Sequence[FormSheet]) -> int:
    """A workbook to fill in: a guide (its name, and rows of topic and text), then the sheets. Returns the data rows written."""
    book = xlsxwriter.Workbook(
        str(path),
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    formats = {
        "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#EEF3FB", "border": 1}),
        "red": book.add_format({"bold": True, "font_color": "#E5484D"}),
        "bold": book.add_format({"bold": True}),
        "text": book.add_format({"num_format": "@", "locked": False}),
        "example": book.add_format({"num_format": "@", "locked": False, "font_color": "#8F959E", "italic": True}),
        "marked": book.add_format({"num_format": "@", "locked": False, "bg_color": "#FDE3E3"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
    }
    _write_guide(book, formats, guide)
    lists: list[Sequence[str]] = []
    count = sum(_write_sheet(book, formats, sheet, lists) for sheet in sheets)
    _write_lists(book, lists)
    book.close()
    return count


def _write_guide(book: Any, formats: Mapping[str, Any], guide: tuple[str, Sequence[tuple[str, str]]]) -> None:
    name, rows = guide
    sheet = book.add_worksheet(name)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 110)
    for number, (topic, text) in enumerate(rows):
        sheet.write_string(number, 0, topic, formats["bold"])
        sheet.write_string(number, 1, text, formats["wrap"])
    sheet.protect()


def _write_sheet(book: Any, formats: Mapping[str, Any], form: FormSheet, lists: list[Sequence[str]]) -> int:
    sheet = book.add_worksheet(form.name)
    sheet.freeze_panes(1, 0)
    sheet.set_row(0, 34)
    for index, column in enumerate(form.columns):
        sheet.set_column(index, index, column.width, formats["text"])
        if column.required:
            first, _, second = column.title.partition("\n")
            sheet.write_rich_string(
                0, index, formats["bold"], first, formats["red"], " *", formats["bold"], "\n" + second, formats["head"]
            )
        else:
            sheet.write_string(0, index, column.title, formats["head"])
        if column.note:
            sheet.write_comment(0, index, column.note, {"x_scale": 2.2, "y_scale": 1.6})
    number = 0
    if form.example:
        number = 1
        for index, text in enumerate(form.example):
            sheet.write_string(1, index, text, formats["example"])
    count = 0
    for row in form.rows:
        number += 1
        red = form.marked.get(count, frozenset())
        for index, text in enumerate(row):
            if text or index in red:
                # without a format the text would be locked, so even an empty marked cell is written
                cell = formats["marked" if index in red else "text"]
                sheet.write_string(number, index, clean(text), cell) if text else sheet.write_blank(
                    number, index, None, cell
                )
        count += 1
    for index, column in enumerate(form.columns):
        if column.choices:
            lists.append(column.choices)
            letters = column_letters(len(lists) - 1)
            sheet.data_validation(
                1,
                index,
                number + _BLANK_ROWS,
                index,
                {
                    "validate": "list",
                    "source": f"={LISTS}!${letters}$1:${letters}${len(column.choices)}",
                    "show_error": column.strict,
                },
            )
    allowed = ("insert_rows", "delete_rows", "sort", "autofilter", "format_cells", "format_columns", "format_rows")
    sheet.protect(options=dict.fromkeys(allowed, True))
    return count


def _write_lists(book: Any, lists: Sequence[Sequence[str]]) -> None:
    """The drop-downs' contents, on a sheet out of sight: a list in the rule itself may have 255 characters."""
    sheet = book.add_worksheet(LISTS)
    for number in range(max((len(choices) for choices in lists), default=0)):
        for index, choices in enumerate(lists):
            if number < len(choices):
                sheet.write_string(number, index, clean(choices[number]))
    sheet.hide()
