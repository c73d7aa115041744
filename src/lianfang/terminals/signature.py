"""Signed requests: HTTP Message Signatures (RFC 9421) over method, path and digest of the body (RFC 9530), with a time and a
nonce. Ed25519 and ECDSA P-256. Pure."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

CLOCKS_DIFFER = timedelta(seconds=60)
"""How far a terminal's clock may be from the server's; a nonce is remembered for twice as long."""
COVERED = '("@method" "@path" "content-digest")'
_INPUT = re.compile(r'sig1=(\("@method" "@path" "content-digest"\);(.{1,200}))')
_PARAMETER = re.compile(r'(created|keyid|nonce|alg)=("[!-~]{1,64}"|\d{1,12})')
_SIGNATURE = re.compile(r"sig1=:([A-Za-z0-9+/=]{80,120}):")
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/=]{44}):")
Key = Ed25519PublicKey | EllipticCurvePublicKey


class Signed(NamedTuple):
    """What a request says of its signature, before anybody has verified it."""

    key_id: str
    nonce: str
    created: datetime
    algorithm: str
    base: bytes
    signature: bytes


def key_of(der: bytes) -> Key | None:
    """A public key of one of the two kinds."""
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        return None
    if isinstance(key, Ed25519PublicKey):
        return key
    return key if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1) else None


def digest_header(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def base_of(method: str, path: str, content_digest: str, parameters: str) -> bytes:
    """What is signed: RFC 9421, section 2.5."""
    return "\n".join(
        (
            f'"@method": {method}',
            f'"@path": {path}',
            f'"content-digest": {content_digest}',
            f'"@signature-params": {parameters}',
        )
    ).encode()


def read(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Signed | None:
    """The signature of a request; None where there is none, or the body is not what was signed."""
    given = _INPUT.fullmatch(headers.get("signature-input", ""))
    signature = _SIGNATURE.fullmatch(headers.get("signature", ""))
    content_digest = headers.get("content-digest", "")
    if not given or not signature or not _DIGEST.fullmatch(content_digest):
        return None
    if not hmac.compare_digest(content_digest, digest_header(body)):
        return None
    parts = given[2].split(";")
    found = {match[1]: match[2] for part in parts if (match := _PARAMETER.fullmatch(part))}
    if len(found) != len(parts) or not {"created", "keyid", "nonce", "alg"} <= found.keys():
        return None
    try:
        created = datetime.fromtimestamp(int(found["created"]), UTC)
        raw = base64.b64decode(signature[1], validate=True)
    except (ValueError, binascii.Error, OverflowError):
        return None
    named = {name: value.strip('"') for name, value in found.items()}
    base = base_of(method, path, content_digest, given[1])
    return Signed(named["keyid"], named["nonce"], created, named["alg"], base, raw)


def fresh(signed: Signed, now: datetime) -> bool:
    return abs(signed.created - now) <= CLOCKS_DIFFER


def fits(key: Key, signed: Signed) -> bool:
    """Whether this key made it."""
    try:
        if isinstance(key, Ed25519PublicKey):
            if signed.algorithm != "ed25519":
                return False
            key.verify(signed.signature, signed.base)
        else:
            if signed.algorithm != "ecdsa-p256-sha256" or len(signed.signature) != 64:
                return False
            r, s = (int.from_bytes(part) for part in (signed.signature[:32], signed.signature[32:]))
            key.verify(encode_dss_signature(r, s), signed.base, ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True
