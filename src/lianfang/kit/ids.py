"""Identifiers that strangers may see: time-ordered scan ids, unguessable codes, short serials."""

import secrets
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import uuid_utils

# Crockford's alphabet: no I, L, O, U, so that a code can be read aloud and typed
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC) - _EPOCH


def uuid7() -> UUID:
    """A new UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then random."""
    return UUID(int=uuid_utils.uuid7().int)


def uuid7_time(value: UUID) -> datetime:
    """The instant inside a UUIDv7; 48 bits reach beyond the year 9999, where datetime ends."""
    return _EPOCH + min(timedelta(milliseconds=value.int >> 80), _LAST)


def uuid7_days(values: Iterable[UUID]) -> set[date]:
    """The UTC days of many UUIDv7."""
    day = 86_400_000 << 80
    return {uuid7_time(UUID(int=number * day)).date() for number in {value.int // day for value in values}}


def uuid7_floor(at: datetime, shift: timedelta = timedelta()) -> UUID:
    """The smallest UUID whose 48-bit time is `at` + `shift`; a bound for ranges, not an id. What lies outside is clamped."""
    milliseconds = (at - _EPOCH + shift) // timedelta(milliseconds=1)
    return UUID(int=max(0, min(milliseconds, (1 << 48) - 1)) << 80)


def code(length: int = 16) -> str:
    """A random code of `length` characters, 5 bits each (16 → 80 bits: not to be guessed)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


# ten bits as two characters: a file of a million records has a million serials
_PAIRS = [ALPHABET[n >> 5] + ALPHABET[n & 31] for n in range(1024)]


def serial(scan_id: UUID) -> str:
    """The eight characters on a stamp (40 random bits of the scan id), as `AB12-CD34`."""
    bits = scan_id.int
    return f"{_PAIRS[bits >> 30 & 1023]}{_PAIRS[bits >> 20 & 1023]}-{_PAIRS[bits >> 10 & 1023]}{_PAIRS[bits & 1023]}"
