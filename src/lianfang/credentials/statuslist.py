"""The status list: 2 bits a credential, compressed and signed (IETF Token Status List, in its CWT form). Pure."""

import zlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec

from lianfang.credentials.model import Kind
from lianfang.kit import cose

TYPE: Final = "application/statuslist+cwt"
BITS: Final = 2
_SUB, _EXP, _IAT, _TTL, _LIST, _VERSION = 2, 4, 6, 65534, 65533, -65540
VALID = timedelta(days=2)
TTL_S = 60


class StatusList(NamedTuple):
    """A list as a gate has it."""

    kind: Kind
    number: int
    version: int
    at: datetime
    entries: bytes

    def status(self, index: int) -> int:
        return self.entries[index >> 2] >> (index & 3) * BITS & 3


def by_list(entries: Iterable[tuple[int, int]], size: int) -> dict[int, list[tuple[int, int]]]:
    """(number, status) of all lists → (index, status) of each."""
    found: dict[int, list[tuple[int, int]]] = {}
    for number, status in entries:
        found.setdefault(number // size, []).append((number % size, status))
    return found


def build(size: int, entries: Iterable[tuple[int, int]]) -> bytes:
    """The compressed list of `size` credentials; whoever isn't in `entries` (index, status) is green. Of two for the same index,
    void counts, and else the graver."""
    raw = bytearray(-(-size // 4))
    for index, status in entries:
        shift = (index & 3) * BITS
        before = raw[index >> 2] >> shift & 3
        if before != 1 and (status == 1 or status > before):
            raw[index >> 2] = raw[index >> 2] & ~(3 << shift) | status << shift
    return zlib.compress(raw, 6)


def sign(
    key: ec.EllipticCurvePrivateKey, kid: bytes, kind: Kind, number: int, version: int, compressed: bytes, at: datetime
) -> bytes:
    claims = {
        _SUB: f"{kind}/{number}",
        _IAT: int(at.timestamp()),
        _EXP: int((at + VALID).timestamp()),
        _TTL: TTL_S,
        _VERSION: version,
        _LIST: {"bits": BITS, "lst": compressed},
    }
    return cose.sign(key, cbor2.dumps(claims), {cose.KID: kid, cose.TYP: TYPE})


def read(token: bytes, public: bytes) -> StatusList:
    """ValueError where the list isn't signed by this key."""
    message = cose.read(token)
    if message.headers.get(cose.TYP) != TYPE or not cose.verify(message, public):
        raise ValueError("not a list of ours")
    claims = cbor2.loads(message.payload)
    kind, _, number = claims[_SUB].partition("/")
    at = datetime.fromtimestamp(claims[_IAT], UTC)
    return StatusList(kind, int(number), claims[_VERSION], at, zlib.decompress(claims[_LIST]["lst"]))
