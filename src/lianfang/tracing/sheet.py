"""A list of cases as somebody pastes it, or keeps it in a file. Blocking: files are read in a thread."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from lianfang.kit.errors import Text
from lianfang.kit.sheets.cells import Raw, clean
from lianfang.kit.sheets.reading import read_table

HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "who": ("证件号码", "证件号", "身份证号", "document", "document_number", "手机号", "手机", "电话", "phone"),
    "person_id": ("人员编号", "person_id"),
    "onset": ("发病日期", "发病或首次阳性日期", "首次阳性日期", "onset", "onset or first positive"),
    "isolated_at": ("隔离时间", "isolated_at", "isolated"),
    "since": ("开始", "since"),
    "until": ("结束", "until"),
}
IN_ORDER: Final = ("who", "onset", "isolated_at")
"""What the columns are where no row names them."""
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_TIME = re.compile(r"(\d{1,2})[:：时点](\d{1,2})?(?::\d{1,2})?分?")

BAD_DAY: Final = Text("日期“{value}”看不懂，请写成 2022-11-22。", "The date “{value}” is unclear; write 2022-11-22.")
BAD_MOMENT: Final = Text(
    "时间“{value}”看不懂，请写成 2022-11-22 08:30。", "The time “{value}” is unclear; write 2022-11-22 08:30."
)


class BadCell(ValueError):
    """A cell that is not understood: which column, and why."""

    def __init__(self, column: str, reason: Text, value: str) -> None:
        super().__init__(f"{column}: {reason.en.format(value=value)}")
        self.column, self.reason, self.value = column, reason, value


class CaseLine(NamedTuple):
    """A row: what its cells say by column, or the cell that is not understood."""

    line: int
    cells: list[str]
    given: dict[str, str]
    onset: date | None
    moments: dict[str, datetime]
    wrong: BadCell | None


def day(column: str, text: str) -> date:
    match = _DAY.match(text.strip())
    try:
        if match:
            return date(*map(int, match.groups()))
    except ValueError:
        pass
    raise BadCell(column, BAD_DAY, text)


def moment(column: str, text: str, zone: ZoneInfo) -> datetime:
    """An instant. Without an offset it is the clock of the product's zone; a day alone is its beginning."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        found = _written(column, text)
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _written(column: str, text: str) -> datetime:
    match = _DAY.match(text.strip())
    rest = text.strip()[match.end() :].strip() if match else ""
    clock = _TIME.fullmatch(rest)
    try:
        if match and (clock or not rest):
            hour, minute = (int(part or 0) for part in clock.groups()) if clock else (0, 0)
            return datetime.combine(date(*map(int, match.groups())), time(hour, minute))
    except ValueError:
        pass
    raise BadCell(column, BAD_MOMENT, text)


def case_lines(path: Path, zone: ZoneInfo) -> Iterator[CaseLine]:
    """The rows of a workbook or of CSV. The first row may name the columns. SheetError where there is no table."""
    columns: Sequence[str] | None = None
    known = {word.casefold(): column for column, words in HEADINGS.items() for word in words}
    for line, raw in read_table(path).rows:
        cells = [_text(cell) for cell in raw]
        if columns is None:
            named = [known.get(cell.casefold(), "") for cell in cells]
            columns = named if "onset" in named else IN_ORDER
            if columns is named:
                continue
        given = {column: cell for column, cell in zip(columns, cells, strict=False) if column and cell}
        yield _understood(line, cells, given, zone)


def _understood(line: int, cells: list[str], given: dict[str, str], zone: ZoneInfo) -> CaseLine:
    onset = None
    moments: dict[str, datetime] = {}
    try:
        onset = day("onset", given.get("onset", ""))
        for column in ("isolated_at", "since", "until"):
            if column in given:
                moments[column] = moment(column, given[column], zone)
    except BadCell as wrong:
        return CaseLine(line, cells, given, onset, moments, wrong)
    return CaseLine(line, cells, given, onset, moments, None)


def _text(cell: Raw) -> str:
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}" if cell.time() != time() else f"{cell:%Y-%m-%d}"
    if isinstance(cell, float) and cell.is_integer():
        return f"{cell:.0f}"
    return clean(str(cell)).strip()
