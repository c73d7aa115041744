"""Small workbooks of several sheets, for figures: numbers stay numbers, so that they can be added up and charted. Lists of
records, which may be long, are written by writing.py."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import xlsxwriter

from lianfang.kit.sheets.cells import Cell, clean


class Sheet(NamedTuple):
    """A table; widths follow its texts."""

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def write_book(path: Path, sheets: Sequence[Sheet]) -> None:
    """Writes the sheets. Texts are written as texts, whatever they begin with: no cell is a formula or a link."""
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, plain) as book:
        bold = book.add_format({"bold": True, "bg_color": "#F0F2F5", "bottom": 1})
        number = book.add_format({"num_format": "#,##0"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            page.freeze_panes(1, 0)
            page.write_row(0, 0, [clean(name) for name in sheet.header], bold)
            for at, row in enumerate(sheet.rows, 1):
                if len(row) != len(sheet.header):
                    raise ValueError(f"{len(row)} cells under {len(sheet.header)} columns")
                for column, value in enumerate(row):
                    if isinstance(value, str):
                        page.write_string(at, column, clean(value))
                    elif value is not None:
                        page.write_number(at, column, value, number)
            for column, name in enumerate(sheet.header):
                texts = [name, *(str(row[column]) for row in sheet.rows[:200] if row[column] is not None)]
                page.set_column(column, column, min(60, 3 + max(_width(text) for text in texts)))


def _width(text: str) -> int:
    """Columns of a text: a Chinese character takes two."""
    return sum(2 if ord(char) > 0x2E80 else 1 for char in text)
