"""Workbooks that people fill in. Read: every cell as it was typed, or why it can't be. Written: text cells with drop-downs and
notes, so that long digits survive and nothing becomes a formula."""

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import xlsxwriter
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from lianfang.kit.sheets import SheetError, clean
from lianfang.kit.tables import Raw, column_letters

CellFault = Literal["digits_lost", "date"]

UNZIPPED_MAX_MIB: Final = 1024
"""What a workbook may hold unpacked: a zip of 64 MiB can unfold to many times what a machine has."""

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
# A value far to the right makes the reader fill the whole rectangle before it: 100,000 rows × 16,384 columns. The cell is
# named instead. Cells without a value (`/>`) are only formats.
_FAR: Final = re.compile(rb'<c r="((?:[A-Z]{3}|[B-Z][A-Z])\d+)"[^>]*[^/]>')
_WINDOW: Final = 4 << 20


def is_workbook(path: Path) -> bool:
    """Whether the file is a workbook (else: take it for CSV). SheetError for an Excel 97 file, which drops rows past 65,536."""
    with path.open("rb") as file:
        begin = file.read(4)
    if begin == _OLD_EXCEL:
        raise SheetError("old_format")
    return begin[:2] == b"PK"


def read_workbook(path: Path) -> Iterator[tuple[str, Iterator[tuple[int, list[Raw]]]]]:
    """Each sheet's name and its rows with their numbers as Excel shows them; empty cells are ''.

    SheetError: malformed, password, too_large (unpacked), far_cell.
    """
    _check_zip(path)
    try:
        book = CalamineWorkbook.from_path(path)
        for sheet in book.sheets_metadata:
            if sheet.typ == SheetTypeEnum.WorkSheet:  # not a chart
                yield sheet.name, _rows(book.get_sheet_by_name(sheet.name))
    except PasswordError:
        raise SheetError("password") from None
    except (CalamineError, OSError) as error:
        raise SheetError("malformed", detail=str(error)[:200]) from None


def _rows(sheet: CalamineSheet) -> Iterator[tuple[int, list[Raw]]]:
    if sheet.start is not None:
        before: list[Raw] = [""] * sheet.start[1]  # calamine begins at the first column with something in it
        for number, row in enumerate(sheet.iter_rows(), 1):
            if any(cell != "" for cell in row):
                yield number, before + row


def _check_zip(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > UNZIPPED_MAX_MIB << 20:
                raise SheetError("too_large", detail=str(UNZIPPED_MAX_MIB))
            for part in parts:
                if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                    with archive.open(part) as xml:
                        _check_columns(xml)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise SheetError("malformed", detail=str(error)[:200]) from None


def _check_columns(xml: Any) -> None:
    rest = b""
    while chunk := xml.read(_WINDOW):
        window = rest + chunk
        if found := _FAR.search(window):
            raise SheetError("far_cell", detail=found[1].decode())
        rest = window[-256:]  # a cell's tag may lie across two chunks


def typed_text(value: Raw) -> tuple[str, CellFault | None]:
    """The text of a cell, or why it no longer holds what somebody typed: Excel keeps 15 digits of a number, and makes `3-1` a date."""
    if isinstance(value, str):
        return value.strip(), None
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE"), None
    if isinstance(value, int | float):
        if value != value or abs(value) >= 1e15:  # NaN is not equal to itself
            return "", "digits_lost"
        return (str(int(value)) if value == int(value) else repr(value)), None
    return "", "date"


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
