"""Identifiers that strangers may see: time-ordered scan ids, unguessable codes, short serials."""

import secrets
from datetime import UTC, datetime
from uuid import UUID

import uuid_utils

# Crockford's alphabet: no I, L, O, U, so that a code can be read aloud and typed
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def uuid7() -> UUID:
    """A new UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then random."""
    return UUID(int=uuid_utils.uuid7().int)


def uuid7_time(value: UUID) -> datetime:
    """The instant inside a UUIDv7."""
    return datetime.fromtimestamp((value.int >> 80) / 1000, UTC)


def uuid7_floor(at: datetime) -> UUID:
    """The smallest UUID whose 48-bit time is `at`; a bound for ranges, not an id."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


def code(length: int = 16) -> str:
    """A random code of `length` characters, 5 bits each (16 → 80 bits: not to be guessed)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def serial(scan_id: UUID) -> str:
    """The eight characters on a stamp (40 random bits of the scan id), as `AB12-CD34`."""
    bits = scan_id.int & ((1 << 40) - 1)
    text = "".join(ALPHABET[(bits >> shift) & 31] for shift in range(35, -1, -5))
    return f"{text[:4]}-{text[4:]}"
