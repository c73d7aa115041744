"""SMART Health Cards: `shc:/`, digits, a JSON Web Signature over a deflated FHIR bundle. Source: SMART Health Cards and Links
1.0.0 (HL7), RFC 7515."""

import base64
import re
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from lianfang.certificates import fhir
from lianfang.certificates.dcc import TEXT_MAX, UNPACKED_MAX, mark
from lianfang.certificates.model import Certificate, Holder, Statement
from lianfang.certificates.refusals import Refused

PREFIX: Final = "shc:/"
_CHUNK: Final = re.compile(r"shc:/(?:(\d{1,2})/(\d{1,2})/)?(\d+)")
ES256: Final = -7  # by COSE's number, as `trust.verify` has it


class _Header(msgspec.Struct):
    alg: str
    kid: str
    zip: str = ""


class _Subject(msgspec.Struct):
    fhirBundle: fhir.Bundle


class _Credential(msgspec.Struct):
    credentialSubject: _Subject
    rid: str = ""


class _Payload(msgspec.Struct):
    iss: str
    nbf: float
    vc: _Credential
    exp: float | None = None


class Signed(msgspec.Struct, frozen=True):
    """A JSON Web Signature, taken apart."""

    kid: str
    algorithm: int
    signed: bytes
    signature: bytes
    payload: bytes


def unpack(text: str) -> str:
    """The signature in the text of one QR code, or of all chunks that belong together, in any order, one a line."""
    chunks = [_CHUNK.fullmatch(line.strip()) for line in text.splitlines() if line.strip()]
    if not chunks or None in chunks:
        raise Refused("unknown_form")
    if len(text) > 4 * TEXT_MAX:
        raise Refused("damaged")
    found = [chunk for chunk in chunks if chunk]
    count = int(found[0][2] or 1)
    parts = {int(chunk[1] or 1): chunk[3] for chunk in found if int(chunk[2] or 1) == count}
    if sorted(parts) != list(range(1, count + 1)):
        raise Refused("part", count=count)
    digits = "".join(parts[number] for number in sorted(parts))
    if len(digits) % 2:
        raise Refused("damaged")
    return "".join(chr(int(digits[at : at + 2]) + 45) for at in range(0, len(digits), 2))


def open_jws(token: str) -> Signed:
    """The message, not yet verified."""
    try:
        head, body, signature = token.split(".")
        header = msgspec.json.decode(_bytes(head), type=_Header)
        payload = _inflate(_bytes(body)) if header.zip == "DEF" else _bytes(body)
        algorithm = ES256 if header.alg == "ES256" else 0
        return Signed(header.kid, algorithm, f"{head}.{body}".encode(), _bytes(signature), payload)
    except (ValueError, zlib.error):
        raise Refused("damaged") from None


def read(signed: Signed) -> Certificate:
    """What the card states. Whether it is true is `trust.verify`'s question."""
    try:
        payload = msgspec.json.decode(signed.payload, type=_Payload)
        issued_at = datetime.fromtimestamp(payload.nbf, UTC)
        expires_at = datetime.fromtimestamp(payload.exp, UTC) if payload.exp is not None else None
        resources = [fhir.read(entry) for entry in payload.vc.credentialSubject.fhirBundle.entry]
        statements = _statements(resources)
    except (msgspec.DecodeError, fhir.FhirError, ValueError, OverflowError, OSError) as error:
        raise Refused("content", detail=str(error)[:120]) from None
    patients = [each for each in resources if isinstance(each, fhir.Patient)]
    if len(patients) != 1 or not patients[0].name:
        raise Refused("content", detail="Patient")
    about = any(isinstance(each, fhir.Immunization | fhir.Observation) for each in resources)
    if not about:
        raise Refused("content", detail="Immunization, Observation")
    name = patients[0].name[0]
    rid = payload.vc.rid
    return Certificate(
        format="shc",
        kid=signed.kid,
        issuer=payload.iss.rstrip("/"),
        country="",
        identifier=rid or mark(signed.signature).hex(),
        issued_at=issued_at,
        expires_at=expires_at,
        holder=Holder(name.family or name.text, " ".join(name.given), patients[0].birthDate),
        statements=tuple(statements),
        covid=bool(statements),
        marks=frozenset({mark(signed.signature)} | ({mark(f"{signed.kid}/{rid}")} if rid else set())),
    )


def _statements(resources: Sequence[Any]) -> list[Statement]:
    found: list[Statement | None] = [
        fhir.vaccination(each) if isinstance(each, fhir.Immunization) else fhir.lab_test(each)
        for each in resources
        if isinstance(each, fhir.Immunization | fhir.Observation)
    ]
    return [each for each in found if each is not None]


def _bytes(text: str) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise ValueError("not base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _inflate(packed: bytes) -> bytes:
    unzip = zlib.decompressobj(-15)
    data = unzip.decompress(packed, UNPACKED_MAX)
    if not unzip.eof:
        raise zlib.error("too long, or cut short")
    return data
