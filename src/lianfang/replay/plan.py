"""What a check-in stream asks for: its people, its places, its scans, and the rows that can't be used."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from lianfang.kit.sheets.reading import EXTRA, read_csv
from lianfang.replay.categories import category

_REQUIRED: Final = ("user_id", "venue_id", "utc_time")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ID_MAX: Final = 48  # characters of a user or venue id


class Place(msgspec.Struct, frozen=True):
    """A venue to create: `ref` is its id in the stream, category ours, WGS-84 degrees."""

    ref: str
    name: str
    category: str
    lat: float | None
    lon: float | None


class Scan(msgspec.Struct, frozen=True, gc=False):
    """A usable row. `user` and `venue` index the plan's tuples; `at` is ISO 8601 in UTC."""

    scan_id: str
    user: int
    venue: int
    at: str


class BadRow(msgspec.Struct, frozen=True):
    """A row that is not sent: the line where it begins, the column, and what is wrong (missing, format, range, surplus)."""

    line: int
    column: str
    reason: str


class Plan(msgspec.Struct, frozen=True):
    """A stream, read: rows of the file = len(scans) + len(rejected)."""

    stream: str
    users: tuple[str, ...]
    places: tuple[Place, ...]
    scans: tuple[Scan, ...]
    rejected: tuple[BadRow, ...]

    @property
    def rows(self) -> int:
        return len(self.scans) + len(self.rejected)


class _Unusable(Exception):
    """The cell in `column` is wrong for `reason`."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(column, reason)
        self.column = column
        self.reason = reason


def scan_id(stream: str, user: str, venue: str, at: datetime) -> str:
    """The row's UUIDv7 (RFC 9562): its own time in the first 48 bits, a BLAKE2b digest of the row in the others.

    The same row always has the same id, so replaying a file twice stores nothing twice.
    """
    milliseconds = (at - _EPOCH) // timedelta(milliseconds=1)  # in integers: a float loses the last one
    row = "\x1f".join((stream, user, venue, at.isoformat()))
    rest = int.from_bytes(blake2b(row.encode(), digest_size=10).digest(), "big")
    value = milliseconds << 80 | rest
    value = value & ~(0xF << 76) | 0x7 << 76  # version 7
    value = value & ~(0x3 << 62) | 0x2 << 62  # variant
    return str(UUID(int=value))


def read_plan(path: Path, *, stream: str | None = None) -> Plan:
    """Reads user_id, venue_id, category, lat, lon, utc_time (CSV or CSV.gz; category, lat, lon may be empty or absent).

    `stream` names the source in documents and ids (`nyc` of nyc_checkins.csv.gz by default). Bad rows are kept as
    rejected. SheetError (kit.sheets.reading) when the file is no table or lacks a required column.
    """
    stream = stream or path.name.partition(".")[0].removesuffix("_checkins")
    users: dict[str, int] = {}
    venues: dict[str, int] = {}
    places: list[Place] = []
    scans: list[Scan] = []
    rejected: list[BadRow] = []
    for line, row in read_csv(path, columns=_REQUIRED):
        try:
            user, venue, at = _id(row, "user_id"), _id(row, "venue_id"), _time(row)
            lat, lon = _degrees(row, "lat", 90.0), _degrees(row, "lon", 180.0)
            if EXTRA in row:
                raise _Unusable(EXTRA, "surplus")
        except _Unusable as error:
            rejected.append(BadRow(line, error.column, error.reason))
            continue
        if venue not in venues:
            venues[venue] = len(places)
            kind = row.get("category", "").strip()
            place = Place(f"{stream}-{venue}", f"{kind[:60] or stream} {venue}", category(kind), lat, lon)
            places.append(place)
        scans.append(
            Scan(
                scan_id(stream, user, venue, at),
                users.setdefault(user, len(users)),
                venues[venue],
                at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            )
        )
    return Plan(stream, tuple(users), tuple(places), tuple(scans), tuple(rejected))


def _id(row: dict[str, str], column: str) -> str:
    text = row.get(column, "").strip()
    if not text:
        raise _Unusable(column, "missing")
    if len(text) > _ID_MAX or not text.isprintable():
        raise _Unusable(column, "format")
    return text


def _time(row: dict[str, str]) -> datetime:
    text = row.get("utc_time", "").strip()
    if not text:
        raise _Unusable("utc_time", "missing")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _Unusable("utc_time", "format") from None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    if at.year < 1971:
        raise _Unusable("utc_time", "range")
    return at


def _degrees(row: dict[str, str], column: str, limit: float) -> float | None:
    text = row.get(column, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise _Unusable(column, "format") from None
    if not -limit <= value <= limit:  # also refuses nan
        raise _Unusable(column, "range")
    return value
