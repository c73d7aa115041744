"""What a certificate states, about whom, and who may sign it."""

from datetime import date, datetime
from typing import Literal

import msgspec

Format = Literal["dcc", "shc"]
"""EU Digital COVID Certificate; SMART Health Card."""
Usage = Literal["test", "vaccination", "recovery"]
TestType = Literal["naat", "antigen", "antibody", "other"]


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """A key that we trust for some kinds of certificates, while it is valid. `issuer`: a SMART Health Card names its issuer
    by an address, which must be this one; `country` of ISO 3166, two letters, empty where the key belongs to no country."""

    format: Format
    kid: str
    issuer: str
    country: str
    public_key: bytes
    usages: frozenset[Usage]
    not_before: datetime
    not_after: datetime
    voided: bool = False


class Holder(msgspec.Struct, frozen=True):
    """Whom the certificate is about, as it spells them. `plain`: in the letters of a passport's machine-readable zone, words
    parted by `<`; empty where the certificate has none. `born`: a day, a month (1964-03, 1964-00) or a year."""

    surname: str
    given: str
    born: str
    plain_surname: str = ""
    plain_given: str = ""


class Vaccination(msgspec.Struct, frozen=True):
    """`product` as its system codes it: `EU/1/20/1528`, `cvx:208`. `doses` 0: the certificate does not say how many."""

    at: date
    product: str
    dose: int
    doses: int


class LabTest(msgspec.Struct, frozen=True):
    """`at` is when the sample was taken. `positive` is None where no result is stated that we know."""

    at: datetime
    type: TestType
    positive: bool | None
    centre: str


class Recovery(msgspec.Struct, frozen=True):
    """`at` is the first positive result."""

    at: date
    valid_from: date
    valid_until: date


Statement = Vaccination | LabTest | Recovery


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that was read; trusted only once `verify` has returned. `marks` are the digests by which a revocation list
    may name it."""

    format: Format
    kid: str
    issuer: str
    country: str
    identifier: str
    issued_at: datetime
    expires_at: datetime | None
    holder: Holder
    statements: tuple[Statement, ...]
    covid: bool
    marks: frozenset[bytes]


def usage_of(statement: Statement) -> Usage:
    match statement:
        case Vaccination():
            return "vaccination"
        case LabTest():
            return "test"
        case Recovery():
            return "recovery"
