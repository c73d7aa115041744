"""Guardians and those whom they look after, as phones and officials see them."""

from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec

from lianfang.people.model import DocumentType, ImportedDocumentType, ImportedPerson

Relation = Literal["child", "parent", "grandparent", "grandchild", "spouse", "ward", "other"]
Proof = Literal["declared", "phone", "clerk"]
MEMBERS_MAX: Final = 8
"""How many people one guardian may look after."""
CONSENT_TEXT: Final = "2026-11"
"""The version of the words that a guardian agrees to; a new one when they change (web/citizen/words.family.ts)."""

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class NewMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody without a phone whom the resident wants to look after. `relation`: what they are to the resident. `phone` and
    `code`: of somebody who is registered already, their own phone's one-time code."""

    name: str
    document_type: DocumentType
    document_number: str
    relation: Relation
    consent: bool
    consent_text: str
    phone: str = ""
    code: str = ""


class FamilyMember(msgspec.Struct, frozen=True):
    """Somebody whom the resident looks after, masked. `locked`: something is known of them, and that the resident may see it was
    only said, not shown; an official has to see both documents first."""

    id: int
    member_id: int
    name: str
    document_type: ImportedDocumentType
    document: str
    relation: Relation
    proof: Proof
    since: datetime
    locked: bool


class Guardian(msgspec.Struct, frozen=True):
    """Who looks after the resident; `relation` is what the resident is to them."""

    id: int
    name: str
    relation: Relation
    since: datetime


class Family(msgspec.Struct, frozen=True):
    """`limit`: how many members there may be. `consent_text`: which words have to be agreed to."""

    members: list[FamilyMember]
    guardians: list[Guardian]
    limit: int
    consent_text: str


class SeenGuardianship(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Both documents, as the official has them in hand. `consent`: the guardian has agreed to the words in force, before them."""

    guardian: ImportedPerson
    member: ImportedPerson
    relation: Relation
    consent: bool


class Guardianship(msgspec.Struct, frozen=True):
    """A guardianship that an official of the unit has proven. Names are masked."""

    id: int
    guardian: str
    member: str
    relation: Relation
    began_at: datetime
    proven_at: datetime | None
    proven_by: str | None
    ended_at: datetime | None
    ended_by: str | None
    reason: str


class EndReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a guardianship ends."""

    reason: Reason
