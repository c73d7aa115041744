"""Seats as numbers: a carriage (or a named zone) and a row, either of which may be unknown. Pure."""

import re
import zlib

from lianfang.tracing.model import ANYWHERE, NOWHERE, UNKNOWN

ROW_BITS = 10
ROWS = (1 << ROW_BITS) - 1
_SEAT = re.compile(r"(?:(?P<part>[^\s\-]{1,6}?)[\s\-车厢节]+)?(?P<row>\d{1,3})[排座]?[A-Fa-f]?")


def zone(seat: str | None) -> int:
    """`12A`, `12排`: row 12; `05-12A`, `5车12A`: row 12 of a carriage; anything else is a zone by its name."""
    text = (seat or "").strip()
    if not text:
        return UNKNOWN
    if (found := _SEAT.fullmatch(text)) and 0 < int(found["row"]) <= ROWS:
        return _part(found["part"]) << ROW_BITS | int(found["row"])
    return _part(text) << ROW_BITS


def _part(name: str | None) -> int:
    """A number for a name; two names of one place hardly ever get the same, and then a contact too many is found, none is lost."""
    return zlib.crc32((name.lstrip("0") or name).casefold().encode()) % ((1 << 21) - 1) + 1 if name else 0


def together(a: int, b: int, reach: int) -> bool:
    """Whether two zones are near enough. What is unknown may have been anywhere."""
    if reach in (ANYWHERE, NOWHERE) or UNKNOWN in (a, b):
        return reach != NOWHERE
    part_a, part_b, row_a, row_b = a >> ROW_BITS, b >> ROW_BITS, a & ROWS, b & ROWS
    if part_a and part_b and part_a != part_b:
        return False
    return not (row_a and row_b) or abs(row_a - row_b) <= reach
