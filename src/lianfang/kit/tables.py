"""A table in whatever file people have: XLSX, XLS, ODS (through calamine), CSV in UTF-8 or GBK. Nothing is cut off in silence."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from lianfang.kit.sheets import SheetError, csv_lines

Raw = str | int | float | bool | date | datetime | time | timedelta
"""A cell as its file has it; an empty one is ''."""

FULL: Final = {1_048_576, 65_536}
"""Rows of a sheet that can hold no more (XLSX, XLS): what was exported into it may have been cut off there."""

UNPACKED_MAX: Final = 1 << 31  # bytes: a few kilobytes of XLSX can unpack into more than any memory

_DATA_SHEETS: Final = ("数据", "Data")
_NOTES: Final = ("填写说明", "Notes", "字典", "Lists")
_CONTAINERS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # zip (XLSX, ODS) and OLE (XLS)


class Table(NamedTuple):
    """`rows`: (row number as the spreadsheet counts, cells), read once, empty ones left out."""

    rows: Iterator[tuple[int, list[Raw]]]
    height: int | None
    """The last row of the sheet; None for CSV, which has no end but the file's."""
    unread: list[str]
    """Other sheets with something in them."""

    @property
    def full(self) -> bool:
        return self.height in FULL


def read_table(path: Path) -> Table:
    """The sheet 数据 (Data) of a workbook, else its first sheet with something in it; or a CSV file.

    What it is, the file's content says, not its name. SheetError: malformed, empty, locked, too_large, and those of CSV.
    """
    with path.open("rb") as file:
        begin = file.read(4)
    if begin in _CONTAINERS:
        return _workbook(path, begin)
    return Table(((line, list(cells)) for line, cells in csv_lines(path) if any(cells)), None, [])


def _workbook(path: Path, begin: bytes) -> Table:
    if begin == _CONTAINERS[0]:
        try:
            with zipfile.ZipFile(path) as parts:
                unpacked = sum(part.file_size for part in parts.infolist())
        except zipfile.BadZipFile as error:
            raise SheetError("malformed", detail=str(error)) from None
        if unpacked > UNPACKED_MAX:
            raise SheetError("too_large", detail=f"{unpacked >> 20} MiB")
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheet = _choose(book)
    except PasswordError:
        raise SheetError("locked") from None
    except (CalamineError, OSError) as error:
        raise SheetError("malformed", detail=str(error)) from None
    unread = [
        other for other in book.sheet_names if other != sheet.name and other not in _NOTES and _filled(book, other)
    ]
    assert sheet.start is not None
    assert sheet.end is not None
    return Table(_rows(sheet, sheet.start[1]), sheet.end[0] + 1, unread)


def _choose(book: CalamineWorkbook) -> CalamineSheet:
    named = [name for name in _DATA_SHEETS if name in book.sheet_names]
    for name in [*named, *(name for name in book.sheet_names if name not in _NOTES)]:
        if (sheet := _filled(book, name)) is not None:
            return sheet
    raise SheetError("empty")


def _filled(book: CalamineWorkbook, name: str) -> CalamineSheet | None:
    try:
        sheet = book.get_sheet_by_name(name)
    except CalamineError:  # a sheet that is a chart
        return None
    return sheet if sheet.end is not None else None


def _rows(sheet: CalamineSheet, left: int) -> Iterator[tuple[int, list[Raw]]]:
    before: list[Raw] = [""] * left  # calamine begins at the first column with something in it
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if any(cell != "" for cell in cells):
            yield number, before + cells


def column_letters(index: int) -> str:
    """The spreadsheet's name of a column: 0 → A, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
