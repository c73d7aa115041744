"""What stands in a cell: what a file has in it, and what may go out.

Formula injection: a spreadsheet runs a CSV cell that begins with = + - @ (or their full-width forms), also behind
spaces or control characters. In XLSX every cell is typed as text, so there a leading = is just a letter.
"""

import re
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

Raw = str | int | float | bool | date | datetime | time | timedelta
"""A cell that was read, as its file has it; an empty one is ''."""
CellFault = Literal["digits_lost", "date"]
Cell = str | int | float | None
"""What may be written. Numbers are written as their digits, None as an empty cell."""

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_FORMULA: Final = re.compile(r"[\t\r\n\x00]|[\s\u200b-\u200f\ufeff]*[=+\-@＝＋－＠]")


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


def clean(text: str) -> str:
    """Line ends as \\n, tabs as spaces, other control characters and half surrogate pairs removed."""
    if text.isprintable():
        return text
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))


def neutralised(text: str) -> str:
    """The text of a CSV cell that no spreadsheet takes for a formula: an apostrophe before what could begin one."""
    cleaned = clean(text)
    if _FORMULA.match(text) or (cleaned is not text and _FORMULA.match(cleaned)):
        return "'" + cleaned
    return cleaned


def column_letters(index: int) -> str:
    """The spreadsheet's name of a column: 0 → A, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
