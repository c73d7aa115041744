"""Evidence: one thing that is known of one person, with its time, its source and the way it came."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from lianfang.kit.crypto import Keys
from lianfang.kit.ids import uuid7

Kind = Literal[
    "test",
    "vaccination",
    "diagnosis",
    "contact_order",
    "arrival",
    "border_crossing",
    "area_stay",
    "temperature",
    "symptoms",
    "decision",
]

WITHDRAWN = "withdrawn"
"""The result of a row that supersedes another one and says that it never was."""

# What `result` may say; an empty set: a code of its own (a dose, a level of the local bulletin)
RESULTS: Mapping[Kind, frozenset[str]] = {
    "test": frozenset({"negative", "positive", "inconclusive"}),
    "vaccination": frozenset(),  # the dose: 1, 2, 3; `subject` is the product
    "diagnosis": frozenset({"confirmed", "asymptomatic", "suspected", "recovered"}),
    "contact_order": frozenset({"close", "second", "released"}),  # `subject` is the order
    "arrival": frozenset({"high", "medium", "low"}),  # the level of where they came from, which `subject` names
    "border_crossing": frozenset({"entry", "exit"}),  # `subject` is the country
    "area_stay": frozenset({"high", "medium", "low"}),  # `subject` is the area
    "temperature": frozenset({"fever", "normal"}),  # `subject` is the reading
    "symptoms": frozenset({"present", "none"}),
    "decision": frozenset({"hold", "release"}),  # `subject` is the request that two officials have signed
}


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
    supersedes: UUID | None = None
    detail: bytes | None = None
    id: UUID = msgspec.field(default_factory=uuid7)


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
    recorded_at: datetime
    supersedes: UUID | None
    superseded_by: UUID | None
    detail: bytes | None


def seal(keys: Keys, person_id: int, evidence_id: UUID, detail: Mapping[str, Any]) -> bytes:
    """What else is told of a case, encrypted for its row."""
    return keys.encrypt_bytes(msgspec.json.encode(detail), _place(person_id, evidence_id))


def unseal(keys: Keys, evidence: Evidence) -> dict[str, Any]:
    """The detail of a row; empty where there is none."""
    if evidence.detail is None:
        return {}
    plain = keys.decrypt_bytes(evidence.detail, _place(evidence.person_id, evidence.id))
    return msgspec.json.decode(plain, type=dict[str, Any])


def _place(person_id: int, evidence_id: UUID) -> str:
    return f"evidence.detail:{person_id}:{evidence_id}"
