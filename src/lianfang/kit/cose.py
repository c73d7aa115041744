"""COSE_Sign1 (RFC 9052) with ES256: what is signed here, a browser's WebCrypto verifies, and the other way round."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

ALG: Final = 1
KID: Final = 4
KCWT: Final = 13  # the header that carries the CWT with the key that signed (RFC 9528)
TYP: Final = 16  # RFC 9596
ES256: Final = -7
_TAG = 18
_HALF = 32
_ALGORITHM = ec.ECDSA(SHA256())


class WrongMessageError(ValueError):
    """The bytes are no COSE_Sign1 message."""


class Sign1(NamedTuple):
    """A message as it came, nothing of it verified."""

    protected: bytes
    headers: Mapping[Any, Any]
    unprotected: Mapping[Any, Any]
    payload: bytes
    signature: bytes

    @property
    def kid(self) -> bytes:
        kid = self.headers.get(KID)
        return kid if isinstance(kid, bytes) else b""


def sign(key: ec.EllipticCurvePrivateKey, payload: bytes, headers: dict[int, Any], also: bytes = b"\xa0") -> bytes:
    """The message; `also` is the CBOR of the unprotected headers."""
    protected = cbor2.dumps({ALG: ES256} | headers)
    r, s = decode_dss_signature(key.sign(_signed(protected, payload), _ALGORITHM))
    signature = r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")
    return b"\xd2\x84" + cbor2.dumps(protected) + also + cbor2.dumps(payload) + cbor2.dumps(signature)


def read(data: bytes) -> Sign1:
    """WrongMessageError for anything else."""
    return of(_loads(data))


def of(found: object) -> Sign1:
    """The same for what is read already, as inside another message."""
    value = found.value if isinstance(found, cbor2.CBORTag) and found.tag == _TAG else None
    if not isinstance(value, list | tuple) or len(value) != 4:
        raise WrongMessageError("not a COSE_Sign1")
    protected, unprotected, payload, signature = value
    if not (isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(signature, bytes)):
        raise WrongMessageError("not a COSE_Sign1")
    headers = _loads(protected)
    if not isinstance(headers, Mapping) or not isinstance(unprotected, Mapping) or headers.get(ALG) != ES256:
        raise WrongMessageError("not signed by ES256")
    return Sign1(protected, headers, unprotected, payload, signature)


def _loads(data: bytes) -> Any:
    try:
        return cbor2.loads(data)
    except (cbor2.CBORError, ValueError, TypeError, RecursionError) as error:
        raise WrongMessageError(str(error)) from None


def verify(message: Sign1, public: bytes) -> bool:
    """Whether the holder of a key (an uncompressed point of P-256) signed the message."""
    if len(message.signature) != 2 * _HALF:
        return False
    r, s = (int.from_bytes(part, "big") for part in (message.signature[:_HALF], message.signature[_HALF:]))
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
        key.verify(encode_dss_signature(r, s), _signed(message.protected, message.payload), _ALGORITHM)
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed(protected: bytes, payload: bytes) -> bytes:
    return cbor2.dumps(["Signature1", protected, b"", payload])
