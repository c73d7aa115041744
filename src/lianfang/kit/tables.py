"""A table in the files people have: XLSX (through calamine), CSV in UTF-8 or GBK. Nothing is cut off in silence."""

import mmap
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Final, Literal, NamedTuple

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from lianfang.kit.sheets import SheetError, csv_lines

Raw = str | int | float | bool | date | datetime | time | timedelta
"""A cell as its file has it; an empty one is ''."""
CellFault = Literal["digits_lost", "date"]

FULL: Final = {1_048_576, 65_536}
"""Rows of a sheet that can hold no more (XLSX, and the .xls that many systems still write): what was exported into it may have been cut off there."""
UNPACKED_MAX_MIB: Final = 1024
"""What a workbook may hold unpacked: a few kilobytes of zip can unfold into more than any memory."""

_DATA_SHEETS: Final = ("数据", "Data")
_NOTES: Final = ("填写说明", "Notes", "字典", "Lists")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")  # the part of an OLE file that is an XLSX with a password
# A value far to the right makes the reader fill the whole rectangle before it: 100,000 rows × 16,384 columns. The cell is
# named instead. Cells without a value (`/>`) are only formats.
_FAR: Final = re.compile(rb"""r\s*=\s*["']((?:[A-Za-z]{3}|[B-Zb-z][A-Za-z])\d+)["'][^>]*(?<!/)>""")
_WINDOW: Final = 4 << 20


class Sheet(NamedTuple):
    """A sheet with something in it. `rows`: (row number as the spreadsheet counts, cells), read once, empty ones left out."""

    name: str
    height: int
    """Its last row."""
    rows: Iterator[tuple[int, list[Raw]]]


class Table(NamedTuple):
    """`rows` as those of a sheet."""

    rows: Iterator[tuple[int, list[Raw]]]
    height: int | None
    """The last row of the sheet; None for CSV, which has no end but the file's."""
    unread: list[str]
    """Other sheets with something in them."""

    @property
    def full(self) -> bool:
        return self.height in FULL


def is_workbook(path: Path) -> bool:
    """Whether the file is one, by its content and whatever its name; else take it for CSV."""
    with path.open("rb") as file:
        return file.read(4) in (_ZIP, _OLE)


def read_workbook(path: Path) -> Iterator[Sheet]:
    """The sheets of an XLSX file, one in memory at a time.

    SheetError: locked, not_xlsx (an .xls loses rows past 65,536), too_large (unpacked), far_cell, malformed.
    """
    _check(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        for found in book.sheets_metadata:
            if found.typ == SheetTypeEnum.WorkSheet:  # not a chart
                sheet = book.get_sheet_by_name(found.name)
                if sheet.start is not None and sheet.end is not None:
                    # calamine begins at the first column with something in it
                    yield Sheet(sheet.name, sheet.end[0] + 1, _rows(sheet.iter_rows(), before=[""] * sheet.start[1]))
    except PasswordError:
        raise SheetError("locked") from None
    except (CalamineError, OSError) as error:
        raise SheetError("malformed", detail=str(error)[:200]) from None


def _rows(rows: Iterator[list[Raw]], before: list[Raw]) -> Iterator[tuple[int, list[Raw]]]:
    for number, cells in enumerate(rows, 1):
        if any(cell != "" for cell in cells):
            yield number, before + cells


def read_table(path: Path) -> Table:
    """The sheet 数据 (Data) of a workbook, else its first sheet with something in it; or a CSV file.

    SheetError: empty, and those of workbooks and CSV.
    """
    if not is_workbook(path):
        return Table(((line, list(cells)) for line, cells in csv_lines(path) if any(cells)), None, [])
    chosen, names = None, []
    for sheet in read_workbook(path):
        if sheet.name not in _NOTES:
            names.append(sheet.name)
            if chosen is None or _rank(sheet) < _rank(chosen):
                chosen = sheet
    if chosen is None:
        raise SheetError("empty")
    return Table(chosen.rows, chosen.height, [name for name in names if name != chosen.name])


def _rank(sheet: Sheet) -> int:
    return _DATA_SHEETS.index(sheet.name) if sheet.name in _DATA_SHEETS else len(_DATA_SHEETS)


def _check(path: Path) -> None:
    """Refuses what is no XLSX file, or one that would take more memory than there is."""
    with path.open("rb") as file:
        if file.read(4) == _OLE:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                raise SheetError("not_xlsx" if content.find(_ENCRYPTED) < 0 else "locked")
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > UNPACKED_MAX_MIB << 20:
                raise SheetError("too_large", detail=str(UNPACKED_MAX_MIB))
            if "xl/workbook.xml" not in archive.namelist():
                raise SheetError("not_xlsx")
            for part in parts:
                with archive.open(part) as xml:
                    _check_columns(xml)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise SheetError("malformed", detail=str(error)[:200]) from None


def _check_columns(xml: IO[bytes]) -> None:
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


def column_letters(index: int) -> str:
    """The spreadsheet's name of a column: 0 → A, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
