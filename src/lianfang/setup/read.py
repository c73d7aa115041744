"""From a file to rows: XLSX with any of the three sheets, or one CSV (UTF-8 or GBK), known by their headers."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from lianfang.kit.errors import Problem
from lianfang.kit.sheets.cells import Raw, column_letters, typed_text
from lianfang.kit.sheets.forms import LISTS
from lianfang.kit.sheets.reading import SheetError, csv_lines, is_workbook, read_workbook
from lianfang.setup.columns import COLUMNS, EXAMPLE_MARKS, EXAMPLES, GUIDE_SHEET, REASON, TITLES, Kind, plain
from lianfang.setup.model import Book, Line, Table
from lianfang.setup.problems import (
    DATE,
    DIGITS_LOST,
    DOUBLE_COLUMN,
    EXAMPLE_CHANGED,
    FILE_PROBLEMS,
    MISSING_COLUMNS,
    NO_TABLE,
    ROWS_LOST,
    ROWS_MAX,
    SURPLUS,
    TOO_MANY_ROWS,
)

_REQUIRED: dict[Kind, set[str]] = {
    kind: {column.key for column in columns if column.required} for kind, columns in COLUMNS.items()
}
_OURS = {GUIDE_SHEET.zh, GUIDE_SHEET.en, LISTS}
_NOT_READ = {plain(REASON.zh), plain(REASON.en)}
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+\d{2,}", re.IGNORECASE)  # how a spreadsheet saves a long number as CSV
_TEXTS = {"code", "ref", "username"}  # columns whose every digit counts

Rows = Iterator[tuple[int, Sequence[Raw]]]


def read_book(path: Path, name: str) -> Book:
    """Every row of the file. A Problem where the file as a whole can't be taken; what is wrong with one row stays with it."""
    book = Book([])
    rows = found = 0
    try:
        for sheet, content in _sheets(path, name):
            table = _table(sheet, content, book)
            if table is None:
                continue
            found += 1
            for number, cells in content:
                rows += 1
                if rows > ROWS_MAX:
                    raise TOO_MANY_ROWS(max=f"{ROWS_MAX:,}")
                _take(book, table[0], table[1], number, cells)
    except SheetError as error:
        raise _problem(error) from None
    if not found:
        raise NO_TABLE()
    if rows != len(book.lines) + book.examples:
        raise ROWS_LOST(read=rows, counted=len(book.lines) + book.examples)
    return book


def _sheets(path: Path, name: str) -> Iterator[tuple[str, Rows]]:
    if is_workbook(path):
        return ((sheet.name, sheet.rows) for sheet in read_workbook(path))
    return iter([(name, ((line, cells) for line, cells in csv_lines(path) if cells))])


def _problem(error: SheetError) -> Problem:
    return FILE_PROBLEMS[error.code](line=error.line, detail=error.detail)


def _table(sheet: str, rows: Rows, book: Book) -> tuple[Table, list[str | None]] | None:
    """The table whose header comes first, and the key of each of its columns; None for a sheet that is none of ours."""
    header = [typed_text(cell)[0] for cell in next(rows, (1, ()))[1]]
    titles = [plain(title) for title in header]
    kind = max(COLUMNS, key=lambda kind: len(_REQUIRED[kind] & _keys(kind, titles)))
    missing = _REQUIRED[kind] - _keys(kind, titles)
    if missing:
        if len(missing) < len(_REQUIRED[kind]) - 1:  # nearly ours: taking it for a foreign sheet would lose its rows
            names = "、".join(f"{c.title.zh} {c.title.en}" for c in COLUMNS[kind] if c.key in missing)
            raise MISSING_COLUMNS(sheet=sheet, columns=names)
        if sheet not in _OURS and next(rows, None):
            book.ignored.append(sheet)
        return None
    keys = [TITLES[kind].get(title) for title in titles]
    letters: dict[str, str] = {}
    for index, key in enumerate(keys):
        if key in letters:
            raise DOUBLE_COLUMN(sheet=sheet, column=header[index])
        if key:
            letters[key] = column_letters(index)
        elif titles[index] and titles[index] not in _NOT_READ:
            book.ignored.append(f"{sheet}!{column_letters(index)} {titles[index]}")
    return Table(kind, sheet, letters), keys


def _keys(kind: Kind, titles: list[str]) -> set[str]:
    return {TITLES[kind][title] for title in titles if title in TITLES[kind]}


def _take(book: Book, table: Table, keys: list[str | None], number: int, cells: Sequence[Raw]) -> None:
    line = Line(table, number, {})
    for key, cell in zip(keys, cells, strict=False):
        if key is None:
            continue
        text, fault = typed_text(cell)
        if fault is None and key in _TEXTS and _SCIENTIFIC.fullmatch(text):
            fault = "digits_lost"
        line.cells[key] = text
        if fault:
            line.fault(key, fault, DIGITS_LOST if fault == "digits_lost" else DATE)
    for key in table.letters:  # a short row of a CSV: blank to its end
        line.cells.setdefault(key, "")
    if len(cells) > len(keys) and any(typed_text(cell)[0] for cell in cells[len(keys) :]):
        line.fault(next(iter(table.letters)), "surplus", SURPLUS)
    texts = {key: text for key, text in line.cells.items() if text}
    if any(mark in text for text in texts.values() for mark in EXAMPLE_MARKS):
        if any(texts.items() <= example.items() for example in EXAMPLES[table.kind]):
            book.examples += 1
            return
        key = next(key for key, text in texts.items() if any(mark in text for mark in EXAMPLE_MARKS))
        line.fault(key, "example", EXAMPLE_CHANGED)
    book.lines.append(line)
