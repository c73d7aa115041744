"""A resident's session: a signed token, verified in memory by the scan lane. Ended early by raising the person's epoch."""

import struct
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from lianfang.kit.crypto import Keys

VALID_FOR = timedelta(days=180)
_FORMAT = struct.Struct(">cqII")  # kind, person id, epoch, issued (Unix seconds)


class ResidentToken(NamedTuple):
    person_id: int
    epoch: int


def issue(keys: Keys, person_id: int, epoch: int, now: datetime) -> str:
    return keys.sign(_FORMAT.pack(b"r", person_id, epoch, int(now.timestamp())))


def read(keys: Keys, token: str, now: datetime) -> ResidentToken | None:
    """The person a token was issued to; None where it is not ours or has run out. The epoch is for the caller to compare."""
    payload = keys.unsign(token)
    if payload is None or len(payload) != _FORMAT.size:
        return None
    kind, person_id, epoch, issued = _FORMAT.unpack(payload)
    if kind != b"r" or now - datetime.fromtimestamp(issued, UTC) > VALID_FOR:
        return None
    return ResidentToken(person_id, epoch)
