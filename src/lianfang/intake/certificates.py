"""A certificate that somebody shows becomes evidence of theirs, or is refused for one reason."""

from datetime import datetime, time, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.access.throttle import Limit, spend
from lianfang.audit import store as audit
from lianfang.certificates import store as trust_list
from lianfang.certificates.holder import born_in_zone, born_of, same_person
from lianfang.certificates.model import Certificate, LabTest, Recovery, Statement, Vaccination
from lianfang.certificates.problems import of_refusal
from lianfang.certificates.reading import open_text
from lianfang.certificates.refusals import Refused
from lianfang.evidence.model import Kind
from lianfang.intake import store
from lianfang.intake.model import Good, Origin, State
from lianfang.intake.taking import take
from lianfang.intake.withdrawing import certificate_way
from lianfang.kit import identifiers
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import NOT_FOUND, FieldError, invalid
from lianfang.people import store as people
from lianfang.people.model import DocumentType, Person, unlock
from lianfang.people.problems import IDENTIFIER_TEXTS

ORIGIN: Final = "certificates"
TRIES: Final = Limit("certificates by person", 30, timedelta(hours=1))
BY_ACCOUNT: Final = Limit("certificates by account", 300, timedelta(hours=1))
_METHODS: Final = {"naat": "pcr", "antigen": "antigen", "antibody": "antibody"}
# somebody types the lines of a passport that nobody has looked at
SEEN, TYPED = 95, 80


class ShownCertificate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The text of a certificate's QR code (of all of them, one a line); the machine-readable lines of the document, where its
    number does not hold the date of birth."""

    certificate: Annotated[str, msgspec.Meta(max_length=40_000)]
    mrz: Annotated[str, msgspec.Meta(max_length=200)] = ""


class CertificateOf(ShownCertificate, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same, shown to a clerk together with the document."""

    document_type: DocumentType
    document_number: str


class CertificateTaken(msgspec.Struct, frozen=True):
    """What each of the certificate's statements became, and who signed it."""

    states: list[State]
    issuer: str
    country: str


async def take_own(
    identity: Database, worker: Database, keys: Keys, scope: Scope, zone: ZoneInfo, shown: ShownCertificate
) -> CertificateTaken:
    """The signed-in resident's. Problem `certificate_refused`."""
    assert scope.person_id is not None
    await spend(identity, keys, TRIES, str(scope.person_id))
    async with identity.transaction() as conn:
        row = await people.identity_find(conn, scope.person_id)
    assert row is not None
    taken = await _take(identity, worker, keys, zone, unlock(keys, row), shown, TYPED)
    async with identity.transaction() as conn:
        await audit.record(scope, conn, "certificates.submit", f"person:{row.id}", issuer=taken.country or taken.issuer)
    return taken


async def take_shown(
    db: Database,
    identity: Database,
    worker: Database,
    keys: Keys,
    scope: Scope,
    account_id: int,
    zone: ZoneInfo,
    shown: CertificateOf,
) -> CertificateTaken:
    """Of a registered person who shows it with their document. Problems `not_found`, `certificate_refused`."""
    await spend(identity, keys, BY_ACCOUNT, str(account_id))
    try:
        document = identifiers.document(shown.document_type, shown.document_number)
    except identifiers.IdentifierError as error:
        raise invalid(FieldError("document_number", error.code, IDENTIFIER_TEXTS[error.code])) from None
    async with identity.transaction() as conn:
        row = await people.identity_find_by_document(conn, people.document_index(keys, shown.document_type, document))
    if row is None:
        raise NOT_FOUND()
    taken = await _take(identity, worker, keys, zone, unlock(keys, row), shown, SEEN)
    async with scoped(db, scope) as conn:
        await audit.record(scope, conn, "certificates.take", f"person:{row.id}", issuer=taken.country or taken.issuer)
    return taken


async def _take(
    identity: Database,
    worker: Database,
    keys: Keys,
    zone: ZoneInfo,
    person: Person,
    shown: ShownCertificate,
    typed: int,
) -> CertificateTaken:
    try:
        opened = open_text(shown.certificate)
        found = opened.certificate
        async with worker.transaction() as conn:
            signers = await trust_list.worker_signers(conn, found.format, found.kid)
            revoked = await trust_list.worker_revoked(conn, found.marks)
            signer = opened.verify(signers, revoked, clock_now())
            born, confidence = born_of(person.document_type, person.document), SEEN
            if born is None:
                born, confidence = born_in_zone(shown.mrz, person.document_type, person.document).born, typed
            same_person(found.holder, person.name, born)
            index = people.document_index(keys, person.document_type, person.document)
            country = signer.country or found.country
            rows = [_row(keys, found, n, each, index, country, zone) for n, each in enumerate(_ordered(found))]
            await store.worker_hold(conn, ORIGIN)
            before = await store.worker_refs(conn, ORIGIN, [row.ref for row in rows])
            if any(ref.document_index != index for ref in before.values()):
                raise Refused("known")
            origin = Origin(
                ORIGIN, certificate_way(found.format, signer.country or signer.issuer, found.kid), confidence
            )
            states = await take(identity, conn, keys, origin, rows)
    except Refused as refused:
        raise of_refusal(refused) from None
    return CertificateTaken([state for state in states if state is not None], signer.issuer or found.issuer, country)


def _ordered(certificate: Certificate) -> list[Statement]:
    return sorted(certificate.statements, key=lambda each: (type(each).__name__, str(each.at)))


def _row(
    keys: Keys, certificate: Certificate, number: int, statement: Statement, index: bytes, country: str, zone: ZoneInfo
) -> Good:
    kind, at, until, result, subject, detail = _said(certificate, number, statement, zone)
    issuer = " ".join(certificate.issuer.split())[:80]
    detail |= {"certificate": certificate.identifier, "format": certificate.format, "country": country}
    stated = [index.hex(), kind, at.isoformat(), result, subject, certificate.identifier]
    return Good(
        keys.blind_index("evidence_refs.ref", f"{certificate.format}:{certificate.identifier}:{number}"),
        index,
        kind,
        at,
        until,
        result,
        subject,
        f"{issuer} ({country})" if country else issuer,
        False,
        detail,
        keys.blind_index("evidence_refs.content", msgspec.json.encode(stated).decode()),
    )


def _said(
    certificate: Certificate, number: int, statement: Statement, zone: ZoneInfo
) -> tuple[Kind, datetime, datetime | None, str, str | None, dict[str, Any]]:
    """Kind, at, until, result, subject, detail of the evidence."""
    match statement:
        case Vaccination():
            # a card that numbers no doses lists them in their order
            earlier = sum(isinstance(each, Vaccination) for each in _ordered(certificate)[:number])
            dose = min(statement.dose or earlier + 1, 9)
            at = datetime.combine(statement.at, time(), zone)
            return "vaccination", at, None, str(dose), statement.product[:80] or None, {"doses": statement.doses}
        case LabTest():
            if statement.type not in _METHODS:
                raise Refused("no_result")
            result = "positive" if statement.positive else "negative"
            return "test", statement.at, None, result, _METHODS[statement.type], {"centre": statement.centre}
        case Recovery():
            at = datetime.combine(statement.at, time(), zone)
            until = datetime.combine(statement.valid_until, time(23, 59), zone)
            return "diagnosis", at, until if until > at else None, "recovered", None, {}
