"""XLSX as a stream: rows go into the file as they come, whatever their number, and memory stays flat.

Every cell is an inline string, so nothing in it can be a formula, a number that loses digits, or a link.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import IO, Final
from xml.sax.saxutils import escape, quoteattr

from lianfang.kit.sheets.cells import Cell, clean, column_letters

SHEET_ROWS: Final = 1_048_575
"""Data rows of one sheet: Excel's 1,048,576 without the header."""
CELL_MAX: Final = 32_767
"""Characters of one cell."""
_SHEET_BYTES: Final = 1_800_000_000  # of XML, beyond which a zip archive needs extensions that not every program reads
_CHUNK: Final = 500
_CELLS, _ROWS = "\x1f", "\x1e"  # stand between cells and rows while many are cleaned at once; in no cleaned text
_UNCLEAN: Final = re.compile(r"[\x00-\x09\x0b-\x1d\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_BOLD = ' s="1"'
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OPEN = ' t="inlineStr"><is><t xml:space="preserve">'
_CLOSE = "</t></is></c>"


class CellTooLongError(RuntimeError):
    """A text that no cell can hold."""


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]], *, sheet: str) -> int:
    """Writes cells as texts, as many in a row as the header has (else ValueError); the number of data rows. Continued on
    `sheet 2`, 3, … past SHEET_ROWS. No file is left where it fails."""
    letters = [column_letters(index) for index in range(len(header))]
    source = iter(rows)
    names: list[str] = []
    count = 0
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
            first = next(source, None)
            while first is not None or not names:
                names.append(f"{sheet} {len(names) + 1}" if names else sheet)
                with book.open(f"xl/worksheets/sheet{len(names)}.xml", "w") as part:
                    written = _sheet(part, letters, header, chain(() if first is None else (first,), source))
                count += written
                first = next(source, None)
            _frame(book, names)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return count


def _sheet(part: IO[bytes], letters: list[str], header: Sequence[str], rows: Iterator[Sequence[Cell]]) -> int:
    """One sheet; how many rows of data it took."""
    part.write(
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
        f'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
        f"{_row(1, letters, _texts([header], len(header))[0], _BOLD)}".encode()
    )
    count = size = 0
    while size < _SHEET_BYTES and (chunk := list(islice(rows, min(_CHUNK, SHEET_ROWS - count)))):
        texts = _texts(chunk, len(header))
        text = "".join([_row(count + at, letters, row) for at, row in enumerate(texts, 2)]).encode()
        part.write(text)
        count += len(chunk)
        size += len(text)
    part.write(b"</sheetData></worksheet>")
    return count


def _texts(rows: Sequence[Sequence[Cell]], width: int) -> list[list[str]]:
    """Rows as they stand in XML: cleaned and escaped, many at once, because a call for each cell costs more than the file."""
    for row in rows:
        if len(row) != width:
            raise ValueError(f"{len(row)} cells under {width} columns")
    try:
        lines = [_CELLS.join(row) for row in rows]  # type: ignore[arg-type]
    except TypeError:
        lines = []
    joined = _ROWS.join(lines)
    # more separators than cells: one of them stood in a text
    if not joined or _UNCLEAN.search(joined) or joined.count(_CELLS) + joined.count(_ROWS) != width * len(rows) - 1:
        lines = [_CELLS.join([_text(value) for value in row]) for row in rows]
        joined = _ROWS.join(lines)
    if any(len(cell) > CELL_MAX for line in lines if len(line) > CELL_MAX for cell in line.split(_CELLS)):
        raise CellTooLongError("a cell holds at most 32,767 characters")
    return [row.split(_CELLS) for row in escape(joined).split(_ROWS)]


def _text(value: Cell) -> str:
    return clean(value) if isinstance(value, str) else "" if value is None else str(value)


def _row(number: int, letters: list[str], cells: list[str], style: str = "") -> str:
    n = str(number)
    filled = [
        f'<c r="{letter}{n}"{style}{_OPEN}{text}{_CLOSE}' if text else ""
        for letter, text in zip(letters, cells, strict=True)
    ]
    return f'<row r="{n}">{"".join(filled)}</row>'


def _frame(book: zipfile.ZipFile, names: list[str]) -> None:
    """What holds the sheets together."""
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kinds}.worksheet+xml"/>'
        for n in range(1, len(names) + 1)
    )
    package = "http://schemas.openxmlformats.org/package/2006"
    book.writestr(
        "[Content_Types].xml",
        f'{_HEAD}<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kinds}.styles+xml"/>{parts}</Types>',
    )
    book.writestr(
        "_rels/.rels",
        f'{_HEAD}<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{_LINKS}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
    )
    sheets = "".join(f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(names, 1))
    book.writestr(
        "xl/workbook.xml", f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><sheets>{sheets}</sheets></workbook>'
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_LINKS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(names) + 1)
    )
    book.writestr(
        "xl/_rels/workbook.xml.rels",
        f'{_HEAD}<Relationships xmlns="{package}/relationships">{links}<Relationship Id="rId{len(names) + 1}" '
        f'Type="{_LINKS}/styles" Target="styles.xml"/></Relationships>',
    )
    # two ways to look: as it is, and a bold header; both as text, so that a cell that is edited stays text
    book.writestr(
        "xl/styles.xml",
        f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/>'
        '<name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill '
        'patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="49" applyNumberFormat="1"/><xf numFmtId="49" '
        'fontId="1" applyNumberFormat="1" applyFont="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
    )
