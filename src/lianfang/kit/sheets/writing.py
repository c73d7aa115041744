"""Lists of records out, streamed, as CSV and XLSX: no row is dropped in silence and no cell becomes a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from lianfang.kit.sheets import xlsx
from lianfang.kit.sheets.cells import Cell, neutralised

_CHUNK: Final = 500  # rows handed on at once


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
