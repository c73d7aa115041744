"""Evidence: one thing that is known of one person, with its time, its source and the way it came."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from lianfang.kit.crypto import Keys
from lianfang.kit.ids import uuid7
from lianfang.plans.vocabulary import RESULTS, WITHDRAWN, Kind

__all__ = ["RESULTS", "WITHDRAWN", "Evidence", "Kind", "NewEvidence", "seal", "unseal"]


class NewEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence to store. `provenance` names the way it came: `feed:12`, `run:80`, `area:7`, `account:5`."""

    person_id: int
    kind: Kind
    at: datetime
    result: str
    source: str
    provenance: str
    until: datetime | None = None
    subject: str | None = None
    confidence: int = 100
    province: str = ""
    """whose order it is, by its two digits (GB/T 2260): a province's stricter figures apply to it"""
    supersedes: UUID | None = None
    detail: bytes | None = None
    id: UUID = msgspec.field(default_factory=uuid7)


class Unmatched(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence about somebody who has not registered, by the blind index of their document."""

    document_index: bytes
    kind: Kind
    at: datetime
    result: str
    source: str
    provenance: str
    until: datetime | None = None
    subject: str | None = None
    confidence: int = 100
    supersedes: UUID | None = None
    detail: bytes | None = None
    id: UUID = msgspec.field(default_factory=uuid7)

    def of_person(self, keys: Keys, person_id: int) -> NewEvidence:
        """The same once they have registered; its detail encrypted for its new row."""
        detail = self.detail
        if detail is not None:
            plain = keys.decrypt_bytes(detail, _waiting_place(self.document_index, self.id))
            detail = keys.encrypt_bytes(plain, _place(person_id, self.id))
        kept = {name: getattr(self, name) for name in self.__struct_fields__ if name != "document_index"}
        return NewEvidence(**kept | {"person_id": person_id, "detail": detail})


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence as it is stored. `superseded_by`: the evidence that corrects it, None where it stands."""

    person_id: int
    id: UUID
    kind: Kind
    at: datetime
    until: datetime | None
    result: str
    subject: str | None
    source: str
    provenance: str
    confidence: int
    province: str
    recorded_at: datetime
    supersedes: UUID | None
    superseded_by: UUID | None
    detail: bytes | None


def seal(keys: Keys, person_id: int, evidence_id: UUID, detail: Mapping[str, Any]) -> bytes:
    """What else is told of a case, encrypted for its row."""
    return keys.encrypt_bytes(msgspec.json.encode(detail), _place(person_id, evidence_id))


def seal_waiting(keys: Keys, document_index: bytes, evidence_id: UUID, detail: Mapping[str, Any]) -> bytes:
    """The same for a row that waits for its person."""
    return keys.encrypt_bytes(msgspec.json.encode(detail), _waiting_place(document_index, evidence_id))


def unseal(keys: Keys, evidence: Evidence) -> dict[str, Any]:
    """The detail of a row; empty where there is none."""
    if evidence.detail is None:
        return {}
    plain = keys.decrypt_bytes(evidence.detail, _place(evidence.person_id, evidence.id))
    return msgspec.json.decode(plain, type=dict[str, Any])


def _place(person_id: int, evidence_id: UUID) -> str:
    return f"evidence.detail:{person_id}:{evidence_id}"


def _waiting_place(document_index: bytes, evidence_id: UUID) -> str:
    return f"evidence_unmatched.detail:{document_index.hex()}:{evidence_id}"
