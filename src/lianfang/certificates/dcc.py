"""EU Digital COVID Certificates: `HC1:`, Base45, zlib, COSE, CBOR. Sources: the eHealth Network's electronic health certificate
specification 1.0.5 and its JSON schema 1.3.2, RFC 8152 (COSE), RFC 8392 (CWT)."""

import hashlib
import re
import zlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

import cbor2
import msgspec

from lianfang.certificates.model import Certificate, Holder, LabTest, Recovery, Statement, TestType, Vaccination
from lianfang.certificates.refusals import Refused
from lianfang.kit import base45
from lianfang.kit.identifiers import IdentifierError, person_name

PREFIX: Final = "HC1:"
TEXT_MAX: Final = 8_192
"""Characters; the largest QR code holds half of it."""
UNPACKED_MAX: Final = 65_536
COVID: Final = "840539006"
_ISS, _EXP, _IAT, _HCERT = 1, 4, 6, -260
_ALG, _KID = 1, 4
_SIGN1, _CWT = 18, 61
_TYPES: Final[dict[str, TestType]] = {"LP6464-4": "naat", "LP217198-3": "antigen"}
_RESULTS: Final = {"260373001": True, "260415000": False}
_BORN: Final = re.compile(r"(19|20)\d\d(-\d\d(-\d\d)?)?")

Text80 = Annotated[str, msgspec.Meta(max_length=80)]
Plain = Annotated[str, msgspec.Meta(max_length=80, pattern="^[A-Z<]*$")]
Dose = Annotated[int, msgspec.Meta(ge=0, le=99)]


class _Name(msgspec.Struct):
    fnt: Plain
    fn: Text80 = ""
    gn: Text80 = ""
    gnt: Plain = ""


class _Entry(msgspec.Struct):
    tg: str
    co: str
    ci: Text80
    issuer: Text80 = msgspec.field(name="is")


class _Vaccination(_Entry):
    mp: str
    dn: Dose
    sd: Dose
    dt: str


class _Test(_Entry):
    tt: str
    sc: str
    tr: str
    tc: str | None = ""


class _Recovery(_Entry):
    fr: str
    df: str
    du: str


class _Payload(msgspec.Struct):
    ver: str
    nam: _Name
    dob: str
    v: Annotated[list[_Vaccination], msgspec.Meta(max_length=1)] | None = None
    t: Annotated[list[_Test], msgspec.Meta(max_length=1)] | None = None
    r: Annotated[list[_Recovery], msgspec.Meta(max_length=1)] | None = None


class Signed(msgspec.Struct, frozen=True):
    """A COSE_Sign1 message, taken apart: what was signed, how, and by which key."""

    kid: bytes
    algorithm: int
    signed: bytes
    signature: bytes
    claims: Mapping[Any, Any]


def unpack(text: str) -> bytes:
    """The COSE message in the text of a QR code."""
    text = text.strip()
    if not text.startswith(PREFIX):
        raise Refused("unknown_form")
    if len(text) > TEXT_MAX:
        raise Refused("damaged")
    try:
        packed = base45.decode(text[len(PREFIX) :])
    except ValueError:
        raise Refused("damaged") from None
    return inflate(packed)


def inflate(packed: bytes) -> bytes:
    """Uncompressed, as far as it is not absurdly long; some issuers do not compress at all."""
    if packed[:1] != b"\x78":
        return packed
    try:
        unzip = zlib.decompressobj()
        data = unzip.decompress(packed, UNPACKED_MAX)
    except zlib.error:
        raise Refused("damaged") from None
    if not unzip.eof:
        raise Refused("damaged")
    return data


def open_cose(message: bytes) -> Signed:
    """The message, not yet verified."""
    try:
        found = cbor2.loads(message)
        while isinstance(found, cbor2.CBORTag) and found.tag in (_SIGN1, _CWT):
            found = found.value
        protected, unprotected, payload, signature = found
        inside = cbor2.loads(protected) if protected else {}
        claims = cbor2.loads(payload)
        kid = inside.get(_KID, unprotected.get(_KID))
        algorithm = inside.get(_ALG, unprotected.get(_ALG))
        # what COSE signs: the context, the protected header, nothing from outside, the payload
        signed = cbor2.dumps(["Signature1", bytes(protected), b"", bytes(payload)])
        return Signed(bytes(kid), int(algorithm), signed, bytes(signature), dict(claims))
    except (cbor2.CBORError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        raise Refused("damaged") from None


def read(signed: Signed) -> Certificate:
    """What the message states. Whether it is true is `trust.verify`'s question."""
    claims = signed.claims
    outer = claims.get(_HCERT)
    if not isinstance(outer, dict) or 1 not in outer:
        raise Refused("damaged")
    payload = _payload(outer[1])
    issued_at = _instant(claims.get(_IAT))
    if issued_at is None:
        raise Refused("content", detail="iat")
    entry, statement = _statement(payload)
    country = str(claims.get(_ISS) or entry.co)
    identifier = entry.ci
    return Certificate(
        format="dcc",
        kid=signed.kid.hex(),
        issuer=entry.issuer,
        country=country.upper(),
        identifier=identifier,
        issued_at=issued_at,
        expires_at=_instant(claims.get(_EXP)),
        holder=_holder(payload, issued_at.date()),
        statements=(statement,),
        covid=entry.tg == COVID,
        marks=frozenset({mark(identifier), mark(country + identifier), mark(_rs(signed))}),
    )


def mark(content: str | bytes) -> bytes:
    """The digest by which a revocation list names a certificate: half of SHA-256."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).digest()[:16]


def _rs(signed: Signed) -> bytes:
    """Of an ECDSA signature, the list hashes the first half: anybody can turn the second one round."""
    return signed.signature[: len(signed.signature) // 2] if signed.algorithm == -7 else signed.signature


def _payload(content: object) -> _Payload:
    try:
        return msgspec.convert(_plain(content), _Payload)
    except msgspec.ValidationError as error:
        raise Refused("content", detail=str(error)[:120]) from None


def _plain(value: object) -> object:
    """Tagged instants as text, as issuers without tags write them."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime | date) else value


def _statement(payload: _Payload) -> tuple[_Entry, Statement]:
    found = [*(payload.v or ()), *(payload.t or ()), *(payload.r or ())]
    if len(found) != 1:
        raise Refused("content", detail=f"{len(found)} statements")
    match found[0]:
        case _Vaccination() as entry:
            return entry, Vaccination(_day("dt", entry.dt), entry.mp, entry.dn, entry.sd)
        case _Test() as entry:
            at = _moment("sc", entry.sc)
            kind = _TYPES.get(entry.tt, "other")
            return entry, LabTest(at, kind, _RESULTS.get(entry.tr), entry.tc or "")
        case _Recovery() as entry:
            return entry, Recovery(_day("fr", entry.fr), _day("df", entry.df), _day("du", entry.du))
    raise AssertionError


def _holder(payload: _Payload, issued: date) -> Holder:
    name = payload.nam
    for part in (name.fn, name.gn):
        try:
            if part:
                person_name(part)
        except IdentifierError:
            raise Refused("content", detail="nam") from None
    if not name.fnt and not name.gnt:
        raise Refused("content", detail="nam")
    born = payload.dob.removesuffix("T00:00:00")  # as the earliest issuers wrote it
    if born and not _BORN.fullmatch(born):
        raise Refused("content", detail="dob")
    if born[:10] > issued.isoformat():
        raise Refused("content", detail="dob")
    return Holder(name.fn, name.gn, born, name.fnt, name.gnt)


def _day(field: str, text: str) -> date:
    return _moment(field, text).date()


def _moment(field: str, text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("content", detail=field) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _instant(value: object) -> datetime | None:
    """A CWT's NumericDate."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value, UTC)
        except (ValueError, OverflowError, OSError):
            raise Refused("content", detail="time") from None
    return None
