"""Reading what an administrator uploads for the trust list: X.509 signer certificates, and JSON Web Key Sets."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from lianfang.certificates.model import Signer, Usage

# of the eHealth Network's certificate governance; the second spelling was published first and is in use
_ROOTS: Final = ("1.3.6.1.4.1.1847.2021.1", "1.3.6.1.4.1.0.1847.2021.1")
_NUMBERS: Final[dict[int, Usage]] = {1: "test", 2: "vaccination", 3: "recovery"}
_USAGES: Final = {f"{root}.{number}": usage for root in _ROOTS for number, usage in _NUMBERS.items()}
ALL_USAGES: Final[frozenset[Usage]] = frozenset({"test", "vaccination", "recovery"})
_EVER: Final = datetime(9999, 12, 31, tzinfo=UTC)


class SignerError(ValueError):
    """It is not a key that can sign certificates; the text says why, for whoever uploaded it."""


def from_certificate(content: bytes) -> list[Signer]:
    """The signers of one or more X.509 certificates, PEM or DER."""
    try:
        if b"-----BEGIN CERTIFICATE" in content:
            found = x509.load_pem_x509_certificates(content)
        else:
            found = [x509.load_der_x509_certificate(content)]
        return [_signer(each) for each in found]
    except (ValueError, TypeError, x509.UnsupportedGeneralNameType) as error:
        raise SignerError(str(error)[:200]) from None


def _signer(certificate: x509.Certificate) -> Signer:
    key = certificate.public_key()
    curves = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)  # COSE ties ES256 to the digest, not to a curve
    if isinstance(key, ec.EllipticCurvePublicKey):
        if not isinstance(key.curve, curves):
            raise SignerError(f"curve {key.curve.name}")
    elif not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        raise SignerError("neither an EC key on a NIST curve nor an RSA key of 2,048 bits or more")
    subject = certificate.subject
    return Signer(
        format="dcc",
        kid=hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()[:8].hex(),
        issuer=_attribute(subject, NameOID.ORGANIZATION_NAME) or _attribute(subject, NameOID.COMMON_NAME),
        country=_attribute(subject, NameOID.COUNTRY_NAME).upper(),
        public_key=key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        usages=_usages(certificate),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def _attribute(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    return next((str(each.value) for each in name.get_attributes_for_oid(oid)), "")


def _usages(certificate: x509.Certificate) -> frozenset[Usage]:
    """Those named by the extended key usage; a certificate that names none of ours may sign all kinds."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return ALL_USAGES
    return (
        frozenset(_USAGES[oid.dotted_string] for oid in extension.value if oid.dotted_string in _USAGES) or ALL_USAGES
    )


def from_key_set(content: bytes, issuer: str, country: str) -> list[Signer]:
    """The ES256 keys of an issuer's `/.well-known/jwks.json`."""
    try:
        keys = msgspec.json.decode(content)["keys"]
        return list(_keys(keys, issuer.rstrip("/"), country.upper()))
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError, ValueError, JoseError) as error:
        raise SignerError(str(error)[:200] or "not a key set") from None


def _keys(keys: list[dict[str, Any]], issuer: str, country: str) -> Iterator[Signer]:
    for given in keys:
        key = ECKey.import_key({name: given[name] for name in ("kty", "crv", "x", "y")})
        if given["crv"] != "P-256":
            raise SignerError("not on P-256")
        # the specification has the kid be the key's own thumbprint: a kid that is not would name another key
        if given.get("kid") != key.thumbprint():
            raise SignerError("kid is not the key's thumbprint")
        yield Signer(
            format="shc",
            kid=given["kid"],
            issuer=issuer,
            country=country,
            public_key=key.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            usages=ALL_USAGES,
            not_before=datetime(1970, 1, 1, tzinfo=UTC),
            not_after=_EVER,
        )
