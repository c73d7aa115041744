"""Reading a list's file: each row checked by itself and against the rows before it. Good rows wait in a file of their own,
bad ones in another, so that memory does not grow with their text. Blocking: runs in a thread."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import msgspec

from lianfang.kit.crypto import Keys
from lianfang.kit.errors import Language
from lianfang.kit.sheets.cells import Raw
from lianfang.kit.sheets.reading import SheetError, read_table
from lianfang.people.store import document_index
from lianfang.rosters.check import Fault, Given, check, explain, is_example, shown
from lianfang.rosters.columns import HEADER_WITHIN, Header, HeaderError, find_header, missing
from lianfang.rosters.problems import SAME_DOCUMENT, SAME_NUMBER, TOO_MANY_ROWS, of_header, of_sheet

ROWS_MAX: Final = 2_000_000
"""Rows of one file; what a sheet of Excel can hold is about half of it."""


class Good(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row that can be stored, with its cells as they were."""

    row: int
    cells: list[str]
    given: Given
    index: bytes
    """Blind index of the document."""


class Bad(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row that is given back, and why."""

    row: int
    cells: list[str]
    reason: str


class Spool:
    """Rows in a file, one JSON line each: written once, then read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] = path.open("wb")
        self._encode: Final = msgspec.json.Encoder().encode
        self.rows = 0

    def add(self, row: Good | Bad) -> None:
        self._file.write(self._encode(row) + b"\n")
        self.rows += 1

    def close(self) -> None:
        self._file.close()

    def good(self) -> Iterator[Good]:
        decode = msgspec.json.Decoder(Good).decode
        with self._path.open("rb") as lines:
            yield from map(decode, lines)

    def bad(self) -> Iterator[Bad]:
        decode = msgspec.json.Decoder(Bad).decode
        with self._path.open("rb") as lines:
            yield from map(decode, lines)


class Reading:
    """One file being read. Problems are raised by `steps`."""

    def __init__(self, path: Path, directory: Path, keys: Keys, language: Language) -> None:
        self._path, self._keys, self._language = path, keys, language
        self.good, self.bad = Spool(directory / "good"), Spool(directory / "bad")
        self.rows = 0
        self.examples = 0
        self.expected: int | None = None
        """How many rows there are about, where the file tells before it is read."""
        self.full = False
        self.unread: list[str] = []
        self.header: Header
        self.documents: dict[bytes, int] = {}
        """Blind index of every good row's document → the row."""
        self._numbers: dict[str, int] = {}

    def steps(self, size: int) -> Iterator[int]:
        """Reads on, `size` rows a step; how many rows so far."""
        try:
            table = read_table(self._path)
            self.full, self.unread, self.expected = table.full, table.unread, table.height
            rows = self._below_header(table.rows)
            for number, cells in rows:
                if is_example(self.header, cells):
                    self.examples += 1
                    continue
                self.rows += 1
                if self.rows > ROWS_MAX:
                    raise TOO_MANY_ROWS(max=f"{ROWS_MAX:,}")
                self._take(number, cells)
                if self.rows % size == 0:
                    yield self.rows
        except SheetError as error:
            raise of_sheet(error) from None
        except HeaderError as error:
            raise of_header(error) from None
        finally:
            self.good.close()
            self.bad.close()
        if not self.rows:
            raise of_sheet(SheetError("empty"))

    def _below_header(self, rows: Iterator[tuple[int, list[Raw]]]) -> Iterator[tuple[int, list[Raw]]]:
        before: list[list[Raw]] = []
        for number, cells in rows:
            header = find_header(number, cells)
            if header is not None:
                self.header = header
                return rows
            before.append(cells)
            if len(before) == HEADER_WITHIN:
                break
        if not before:
            raise SheetError("empty")
        raise HeaderError("missing", missing(before))

    def _take(self, number: int, cells: list[Raw]) -> None:
        header = self.header
        found = check(header, cells)
        kept = [shown(cells[index]) for index in header.kept if index < len(cells)]
        if isinstance(found, list):
            self.bad.add(Bad(number, kept, explain(header, number, found, self._language)))
            return
        index = document_index(self._keys, found.document_type, found.document)
        fault = None
        if (first := self.documents.get(index)) is not None:
            fault = Fault("document", SAME_DOCUMENT, {"row": first})
        elif found.number and (first := self._numbers.get(found.number)) is not None:
            fault = Fault("number", SAME_NUMBER, {"row": first, "number": found.number})
        if fault:
            self.bad.add(Bad(number, kept, explain(header, number, [fault], self._language)))
            return
        self.documents[index] = number
        if found.number:
            self._numbers[found.number] = number
        self.good.add(Good(number, kept, found, index))
