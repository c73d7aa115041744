"""Whether a certificate is what it says: signature, trust list, validity, revocation. Pure: the lists are given."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from lianfang.certificates.model import Certificate, LabTest, Signer, usage_of
from lianfang.certificates.refusals import Refused

ES256, PS256 = -7, -37
CLOCKS_DIFFER: Final = timedelta(minutes=5)


def verify(
    certificate: Certificate,
    *,
    algorithm: int,
    signed: bytes,
    signature: bytes,
    signers: Sequence[Signer],
    revoked: Collection[bytes],
    now: datetime,
) -> Signer:
    """Who signed it. Refused otherwise, with the first reason that its holder can do something about. `signers`: of the trust
    list those with the certificate's kid; a kid is a short digest, so there may be two."""
    if algorithm not in (ES256, PS256):
        raise Refused("algorithm")
    if not signers:
        raise Refused("unknown_signer")
    fitting = [signer for signer in signers if is_signed_by(signer.public_key, algorithm, signed, signature)]
    if not fitting:
        raise Refused("forged")
    signer = next((each for each in fitting if not each.voided), fitting[0])
    if signer.voided:
        raise Refused("signer_voided")
    if not signer.not_before <= now <= signer.not_after:
        raise Refused("signer_expired")
    if certificate.format == "dcc" and signer.country != certificate.country:
        raise Refused("wrong_issuer")
    if certificate.format == "shc" and signer.issuer != certificate.issuer:
        raise Refused("wrong_issuer")
    if any(usage_of(statement) not in signer.usages for statement in certificate.statements):
        raise Refused("wrong_use")
    check_validity(certificate, now)
    if not certificate.marks.isdisjoint(revoked):
        raise Refused("revoked")
    check_content(certificate)
    return signer


def check_content(certificate: Certificate) -> None:
    """Refused where it is well-formed and says nothing that we could keep."""
    if not certificate.covid:
        raise Refused("other_disease")
    if any(isinstance(each, LabTest) and each.positive is None for each in certificate.statements):
        raise Refused("no_result")


def check_validity(certificate: Certificate, now: datetime) -> None:
    """Refused before it begins and after it ends."""
    if certificate.issued_at > now + CLOCKS_DIFFER:
        raise Refused("not_yet", since=f"{certificate.issued_at:%Y-%m-%d %H:%M} UTC")
    if certificate.expires_at is not None and certificate.expires_at < now:
        raise Refused("expired", until=f"{certificate.expires_at:%Y-%m-%d}")


def is_signed_by(public_key: bytes, algorithm: int, signed: bytes, signature: bytes) -> bool:
    key = load_der_public_key(public_key)
    try:
        if algorithm == ES256 and isinstance(key, ec.EllipticCurvePublicKey):
            half = (key.curve.key_size + 7) // 8
            if len(signature) != 2 * half:
                return False
            r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
            key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))
        elif algorithm == PS256 and isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
        else:
            return False
    except InvalidSignature:
        return False
    return True


def with_kid(signers: Iterable[Signer], certificate: Certificate) -> list[Signer]:
    """Those of the list that could have signed it."""
    return [each for each in signers if each.format == certificate.format and each.kid == certificate.kid]
