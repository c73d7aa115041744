"""Signed tokens, verified in memory by the scan lane: a resident's session, ended early by raising the person's epoch, the
reference by which an import account names a person whose document it knows, and the proof of a phone number."""

import hmac
import struct
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from lianfang.kit.crypto import Keys
from lianfang.kit.identifiers import mask_name

VALID_FOR = timedelta(days=180)
VALID_FOR_S = VALID_FOR.total_seconds()
_FORMAT = struct.Struct(">cqII4s")  # kind, person id, epoch, issued (Unix seconds), mark; the masked name follows
_FIELDS = _FORMAT.size
_REFERENCE = struct.Struct(">cqq")  # kind, person id, account id
PROOF_VALID_FOR = timedelta(minutes=15)
_PROOF = struct.Struct(">c16sI")  # kind, blind index of the number, issued (Unix seconds)


class KnownAs(NamedTuple):
    """The name as stamps show it, so that nobody need decrypt it for each scan. True of the name that has the mark."""

    mark: bytes
    masked: str


class ResidentToken(NamedTuple):
    person_id: int
    epoch: int
    known_as: KnownAs


def mark_of(name: bytes) -> bytes:
    """Four bytes of an encrypted name's nonce: another name has others."""
    return name[1:5]


def issue(keys: Keys, person_id: int, epoch: int, now: datetime, name: bytes) -> str:
    """The token of a session. `name` is the encrypted one."""
    masked = mask_name(keys.decrypt(name, f"people.name:{person_id}"))
    fields = _FORMAT.pack(b"r", person_id, epoch, int(now.timestamp()), mark_of(name))
    return keys.sign(fields + masked.encode())


def read(keys: Keys, token: str, now: datetime) -> ResidentToken | None:
    """The person a token was issued to; None where it is not ours or has run out. The epoch is for the caller to compare."""
    payload = keys.unsign(token)
    if payload is None or len(payload) < _FIELDS:
        return None
    kind, person_id, epoch, issued, mark = _FORMAT.unpack_from(payload)
    if kind != b"r" or now.timestamp() - issued > VALID_FOR_S:
        return None
    return ResidentToken(person_id, epoch, KnownAs(mark, payload[_FIELDS:].decode()))


def refer(keys: Keys, person_id: int, account_id: int) -> str:
    """How one import account names a person: of no use to another, and not to be guessed by counting."""
    return keys.sign(_REFERENCE.pack(b"p", person_id, account_id))


def referred(keys: Keys, text: str, account_id: int) -> int | None:
    """The person whom a reference of this account names."""
    payload = keys.unsign(text)
    if payload is None or len(payload) != _REFERENCE.size:
        return None
    kind, person_id, owner = _REFERENCE.unpack(payload)
    return person_id if kind == b"p" and owner == account_id else None


def prove_phone(keys: Keys, phone: str, now: datetime) -> str:
    """Says that a channel has verified this number for whoever holds the proof."""
    return keys.sign(_PROOF.pack(b"h", keys.blind_index("people.proven", phone), int(now.timestamp())))


def phone_proven(keys: Keys, text: str, phone: str, now: datetime) -> bool:
    """Whether the proof is ours, fresh, and of this number."""
    payload = keys.unsign(text)
    if payload is None or len(payload) != _PROOF.size:
        return False
    kind, index, issued = _PROOF.unpack(payload)
    fresh = now - datetime.fromtimestamp(issued, UTC) <= PROOF_VALID_FOR
    return kind == b"h" and fresh and hmac.compare_digest(index, keys.blind_index("people.proven", phone))
