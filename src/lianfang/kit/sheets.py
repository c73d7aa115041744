"""Tables out (CSV, XLSX) and in (CSV), streamed: no row is dropped in silence and no cell becomes a formula.

Formula injection: a spreadsheet runs a CSV cell that begins with = + - @ (or their full-width forms), also behind
spaces or control characters. In XLSX every cell is typed as text, so there a leading = is just a letter.
"""

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from lianfang.kit import xlsx
from lianfang.kit.xlsx import Cell as Cell
from lianfang.kit.xlsx import clean as clean

EXTRA: Final = "*"
"""The key under which `read_csv` puts what stands to the right of the last column of the header."""

_CHUNK: Final = 500  # rows handed on at once
_FORMULA: Final = re.compile(r"[\t\r\n\x00]|[\s\u200b-\u200f\ufeff]*[=+\-@＝＋－＠]")


class SheetError(ValueError):
    """The file is not a table we can read. `code`: empty, encoding, columns, malformed; of a workbook also locked, not_xlsx,
    too_large, far_cell. `line` counts from 1."""

    def __init__(self, code: str, *, line: int = 1, detail: str = "") -> None:
        super().__init__(f"{code}, line {line}: {detail}")
        self.code: Final = code
        self.line: Final = line
        self.detail: Final = detail


def neutralised(text: str) -> str:
    """The text of a CSV cell that no spreadsheet takes for a formula: an apostrophe before what could begin one."""
    cleaned = clean(text)
    if _FORMULA.match(text) or (cleaned is not text and _FORMULA.match(cleaned)):
        return "'" + cleaned
    return cleaned


def _csv_cell(value: Cell) -> str:
    return neutralised(value) if isinstance(value, str) else "" if value is None else str(value)


def _checked(row: Sequence[Cell], width: int) -> Sequence[Cell]:
    if len(row) != width:
        raise ValueError(f"{len(row)} cells under {width} columns")
    return row


def write_csv(rows: Iterable[Sequence[Cell]], header: Sequence[str]) -> Iterator[bytes]:
    """The table in pieces: UTF-8 with a byte order mark (Excel needs it for Chinese), CRLF, formulas neutralised.

    ValueError when a row and the header differ in length.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write("\ufeff")
    writer.writerow([neutralised(name) for name in header])
    source = iter(rows)
    while True:
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
        chunk = list(islice(source, _CHUNK))
        if not chunk:
            return
        writer.writerows([_csv_cell(value) for value in _checked(row, len(header))] for row in chunk)


def write_xlsx(path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]], *, sheet: str = "数据") -> int:
    """Write the table as text cells and return the number of data rows; continued on `sheet 2`, 3, … past a sheet's end.

    Rows are taken one by one and never all in memory. ValueError when a row and the header differ in length or a
    column name stands twice; RuntimeError, and no file, when a cell passes Excel's 32,767 characters.
    """
    if len(set(header)) != len(header):
        raise ValueError("a column name stands twice")
    return xlsx.write(path, header, rows, sheet=sheet)


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
