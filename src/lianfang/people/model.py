"""A person, in the clear and masked."""

from datetime import datetime
from typing import Literal

import msgspec

from lianfang.kit.crypto import Keys
from lianfang.kit.identifiers import mask_document, mask_name, mask_phone

DocumentType = Literal["resident_id", "passport", "hk_macau_permit", "taiwan_permit", "foreign_permanent_resident"]
ImportedDocumentType = Literal[DocumentType, "other"]


class StoredPerson(msgspec.Struct, frozen=True):
    """A row of people: name, document and phone are ciphertext."""

    id: int
    document_type: ImportedDocumentType
    name: bytes
    document: bytes
    phone: bytes | None
    phone_index: bytes | None
    epoch: int
    registered_at: datetime


class Person(msgspec.Struct, frozen=True):
    """A person in the clear. Leaves the server only to themselves, or to staff who gave a purpose and are recorded."""

    id: int
    document_type: ImportedDocumentType
    name: str
    document: str
    phone: str
    registered_at: datetime


class Me(msgspec.Struct, frozen=True):
    """What a resident's own phone shows of them: masked, because others look at the screen."""

    person_id: int
    name: str
    document_type: ImportedDocumentType
    document: str
    phone: str
    registered_at: datetime


def unlock(keys: Keys, row: StoredPerson) -> Person:
    return Person(
        row.id,
        row.document_type,
        keys.decrypt(row.name, f"people.name:{row.id}"),
        keys.decrypt(row.document, f"people.document:{row.id}"),
        keys.decrypt(row.phone, f"people.phone:{row.id}") if row.phone else "",
        row.registered_at,
    )


def masked(person: Person) -> Me:
    return Me(
        person.id,
        mask_name(person.name),
        person.document_type,
        mask_document(person.document),
        mask_phone(person.phone) if person.phone else "",
        person.registered_at,
    )


class CodeRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Asks for a one-time code by text message."""

    phone: str


class CodeSent(msgspec.Struct, frozen=True):
    """`demo_code` is the code itself, in the demo only, where no message is sent."""

    expires_in_s: int
    resend_in_s: int
    demo_code: str | None = None


class Registration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Registers a resident, or signs them in again when name, document and phone are those registered. The phone is proven by
    the code of a text message, or by `phone_proof`, where a channel has verified it."""

    name: str
    document_type: DocumentType
    document_number: str
    phone: str
    consent: bool
    code: str = ""
    phone_proof: str = ""


class ImportedPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person as another system knows them."""

    document_type: ImportedDocumentType
    document_number: str
    name: str
    phone: str | None = None


class PeopleImport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most 1,000 people; those already known by their document are left as they are."""

    people: list[ImportedPerson]


class ImportedId(msgspec.Struct, frozen=True):
    """`person` is the reference by which this account names the person in scans."""

    document_number: str
    person: str


class RejectedPerson(msgspec.Struct, frozen=True):
    """A person that was not stored: the position in the request, and why."""

    index: int
    field: str
    code: str
    detail: str


class PeopleImported(msgspec.Struct, frozen=True):
    """len(items) + len(rejected) = people sent; created + existing = len(items)"""

    items: list[ImportedId]
    created: int
    existing: int
    rejected: list[RejectedPerson]
