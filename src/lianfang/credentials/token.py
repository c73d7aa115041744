"""How credentials and what phones show of them are written and read. Pure: the QR code's text against keys and an instant.

`LF2:` + Base45 of either a credential (a printed code), or what a phone signs every few seconds: [time, challenge], or for
a family [time, challenge, numbers of the others' credentials], with the
credential for its key in the header that RFC 9528 has for that (`kcwt`).
"""

import base64
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec

from lianfang.credentials.model import COLOUR, STATUS, Credential, Kind
from lianfang.kit import base45, cose

PREFIX = "LF2:"
TEXT_MAX = 1200
FRESH = timedelta(seconds=30)
"""What a phone signed is good for so long, and clocks may differ by so much."""

GROUP_MAX = 8
"""People beside oneself in one code."""

_EXP, _IAT, _CNF, _STATUS, _NAME, _COLOUR, _DOCUMENT = 4, 6, 8, 65535, -65537, -65538, -65539
_KINDS: Mapping[str, Kind] = {"phone": "phone", "printed": "printed"}

LIST_SIZE = 1 << 20
"""Credentials that share a status list."""

Reason = Literal["unknown", "forged", "expired", "stale", "ahead", "void"]


class RefusedError(Exception):
    """A code that is not accepted."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


class Shown(NamedTuple):
    """A code that holds: the credential, and of a phone when it signed, and whose credentials it holds beside its own."""

    credential: Credential
    at: datetime | None
    challenge: bytes
    others: tuple[int, ...] = ()


# kid and kind of credential → the public key, where it is ours and of that role
FindKey = Callable[[bytes, Kind], bytes | None]


def issue(key: ec.EllipticCurvePrivateKey, kid: bytes, credential: Credential) -> bytes:
    """A CWT (RFC 8392) with the place in a status list (IETF Token Status List), signed."""
    claims: dict[int, Any] = {
        _IAT: int(credential.issued.timestamp()),
        _EXP: int(credential.expires.timestamp()),
        _STATUS: {
            "status_list": {
                "idx": credential.number % LIST_SIZE,
                "uri": f"{credential.kind}/{credential.number // LIST_SIZE}",
            }
        },
        _NAME: credential.name,
        _COLOUR: STATUS[credential.colour],
    }
    if credential.device:
        claims[_CNF] = {1: {1: 2, -1: 1, -2: credential.device[1:33], -3: credential.device[33:]}}
    if credential.document:
        claims[_DOCUMENT] = credential.document
    return cose.sign(key, cbor2.dumps(claims), {cose.KID: kid})


def text_of(message: bytes) -> str:
    return PREFIX + base45.encode(message)


def present(
    device: ec.EllipticCurvePrivateKey,
    credential: bytes,
    at: datetime,
    challenge: bytes = b"",
    others: Sequence[int] = (),
) -> str:
    """What a phone shows; with `others` one code for several people, by the numbers of their credentials on this phone. The
    pages do it themselves (web/citizen/code); this is the same for programs."""
    said = [int(at.timestamp()), challenge or os.urandom(4)]
    payload = cbor2.dumps([*said, list(others)] if others else said)
    return text_of(cose.sign(device, payload, {}, b"\xa1" + cbor2.dumps(cose.KCWT) + credential))


def read(text: str, find_key: FindKey, at: datetime) -> Shown:
    """What a code says that was shown at an instant; RefusedError where it doesn't hold."""
    text = text.strip(" \r\n\t")
    if not text.startswith(PREFIX) or len(text) > TEXT_MAX:
        raise RefusedError("unknown")
    try:
        outer = cose.read(base45.decode(text[len(PREFIX) :]))
        inner = cose.of(outer.unprotected[cose.KCWT]) if cose.KCWT in outer.unprotected else outer
        credential = _credential(inner.payload)
        signed = None if inner is outer else cbor2.loads(outer.payload)
        shown_at = None if signed is None else datetime.fromtimestamp(signed[0], UTC)
        challenge = b"" if signed is None else bytes(signed[1])
        others = () if signed is None or len(signed) < 3 else tuple(map(int, signed[2]))[:GROUP_MAX]
    except (
        cbor2.CBORError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        ArithmeticError,
        OSError,
        RecursionError,
    ):
        raise RefusedError("unknown") from None
    public = find_key(inner.kid, credential.kind)
    if public is None or not cose.verify(inner, public) or bool(credential.device) != (credential.kind == "phone"):
        raise RefusedError("forged")
    if (inner is outer) == bool(credential.device) or (
        inner is not outer and not cose.verify(outer, credential.device)
    ):
        raise RefusedError("forged")  # a phone's credential alone proves nothing: it is in every picture of its code
    if at >= credential.expires:
        raise RefusedError("expired")
    if credential.issued > at + FRESH:
        raise RefusedError("ahead")
    if shown_at is not None and shown_at < at - FRESH:
        raise RefusedError("stale")
    if shown_at is not None and shown_at > at + FRESH:
        raise RefusedError("ahead")
    return Shown(credential, shown_at, challenge, others)


def opened(message: bytes) -> Credential:
    """A credential of ours that we kept, signed; nothing is verified."""
    return _credential(cose.read(message).payload)


def _credential(payload: bytes) -> Credential:
    claims = cbor2.loads(payload)
    place = claims[_STATUS]["status_list"]
    kind, _, nth = place["uri"].partition("/")
    device = b""
    if _CNF in claims:
        point = claims[_CNF][1]
        device = b"\x04" + point[-2] + point[-3]
    return Credential(
        _KINDS[kind],
        int(nth) * LIST_SIZE + int(place["idx"]),
        datetime.fromtimestamp(claims[_IAT], UTC),
        datetime.fromtimestamp(claims[_EXP], UTC),
        str(claims[_NAME]),
        COLOUR[claims[_COLOUR]],
        device,
        str(claims.get(_DOCUMENT, "")),
    )


def point_of(text: str) -> bytes | None:
    """The point that a phone sends as its key; None where it is none of P-256."""
    try:
        point = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return None
    return point if len(point) == 65 else None
