"""A table in the files people have: XLSX (through calamine), CSV in UTF-8 or GBK. Nothing is cut off in silence."""

import codecs
import csv
import gzip
import io
import mmap
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from lianfang.kit.sheets.cells import Raw

EXTRA: Final = "*"
"""The key under which `read_csv` puts what stands to the right of the last column of the header."""
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


class SheetError(ValueError):
    """The file is not a table we can read. `code`: empty, encoding, columns, malformed; of a workbook also locked, not_xlsx,
    too_large, far_cell. `line` counts from 1."""

    def __init__(self, code: str, *, line: int = 1, detail: str = "") -> None:
        super().__init__(f"{code}, line {line}: {detail}")
        self.code: Final = code
        self.line: Final = line
        self.detail: Final = detail


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


def read_csv(path: Path, *, columns: Sequence[str] = ()) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a .csv or .csv.gz file as (number of the line where the row begins, {column: text}).

    Empty lines are skipped; cells missing on the right are absent from the dict, surplus ones are under EXTRA. SheetError
    when the file is empty or without one of `columns`, and as `csv_lines` says.
    """
    lines = csv_lines(path)
    header = [name.strip() for name in next(lines, (1, []))[1]]
    _check_header(header, columns)
    for begin, cells in lines:
        if cells:
            row = dict(zip(header, cells, strict=False))
            if len(cells) > len(header):
                row[EXTRA] = ",".join(cells[len(header) :])
            yield begin, row


def csv_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Every row of a .csv or .csv.gz file with the number of the line where it begins; an empty line has no cells.

    UTF-8 with or without a byte order mark, else GB 18030 (which contains GBK, what Chinese Excel saves). SheetError when
    the file is in neither encoding, cut short, or has a quote that is never closed.
    """
    with _opened(path) as raw:
        encoding = _encoding(raw)
    with _opened(path) as raw, io.TextIOWrapper(raw, encoding, newline="") as text:
        reader = csv.reader(text, strict=True)  # not strict, an open quote would swallow the rest of the file
        begin = 1
        try:
            for cells in reader:
                yield begin, cells
                begin = reader.line_num + 1
        except csv.Error as error:
            raise SheetError("malformed", line=begin, detail=str(error)) from None


def _check_header(header: list[str], columns: Sequence[str]) -> None:
    if not header:
        raise SheetError("empty")
    wrong = [name for name in columns if name not in header] or [name for name in header if header.count(name) > 1]
    if wrong:
        raise SheetError("columns", detail=", ".join(wrong))


def _opened(path: Path) -> Any:  # a binary file, plain or unzipped: the two have no narrower common type
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if zipped else path.open("rb")


def _encoding(raw: IO[bytes]) -> str:
    """`utf-8-sig` or `gb18030`, whichever decodes the whole file: a first page of ASCII would not tell."""
    candidates = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8-sig", "gb18030")}
    try:
        while chunk := raw.read(1 << 20):
            _drop_failing(candidates, chunk, final=False)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SheetError("malformed", detail=str(error)) from None
    _drop_failing(candidates, b"", final=True)
    return next(iter(candidates))


def _drop_failing(candidates: dict[str, codecs.IncrementalDecoder], chunk: bytes, *, final: bool) -> None:
    for name, decoder in list(candidates.items()):
        try:
            decoder.decode(chunk, final)
        except UnicodeDecodeError:
            del candidates[name]
    if not candidates:
        raise SheetError("encoding")
