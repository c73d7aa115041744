"""What officials ask for and decide by hand."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from lianfang.codes.explain import Reason
from lianfang.codes.model import HoldColour
from lianfang.plans.vocabulary import Kind

State = Literal["asked", "signed", "declined", "lapsed"]


class CaseQuery(msgspec.Struct, frozen=True):
    """Whose evidence is to be looked at, and why."""

    document_type: str
    document_number: str
    purpose: str


class CaseEvidence(msgspec.Struct, frozen=True):
    """Evidence that stands. `fresh`: young enough to rest a request on."""

    id: UUID
    kind: Kind
    result: str
    at: datetime
    source: str
    provenance: str
    confidence: int
    fresh: bool


class CaseHold(msgspec.Struct, frozen=True):
    """What holds somebody now or later; `target`: its evidence, from which a release may be asked."""

    target: UUID | None
    reason: Reason


class Case(msgspec.Struct, frozen=True):
    """Somebody, masked, what holds them, and what is known of them."""

    person_id: int
    name: str
    holds: list[CaseHold]
    evidence: list[CaseEvidence]


class NewHoldRequest(msgspec.Struct, frozen=True):
    """A hold (`colour`, `until`), or a release (`target`: the evidence that shall put no hold any more). `grounds`: the evidence
    that it rests on."""

    person_id: int
    second_unit_id: int
    grounds: list[UUID]
    reason: str
    colour: HoldColour | None = None
    until: datetime | None = None
    target: UUID | None = None


class HoldDecision(msgspec.Struct, frozen=True):
    signed: bool


class HoldRequest(msgspec.Struct, frozen=True):
    """A request as both units see it: who asks, who is asked, who decided."""

    id: int
    unit: str
    second_unit: str
    person_id: int
    colour: HoldColour | None
    until: datetime | None
    reason: str
    asked_by: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None
    state: State
    mine: bool
    """this account may decide it"""


class RequestFile(msgspec.Struct, frozen=True):
    """A request as it is read before it is decided. `grounds`: what of its evidence still stands; `gone`: how many pieces were
    corrected since; `target`: the evidence to release from; `holds`: what holds the person now."""

    request: HoldRequest
    name: str
    grounds: list[CaseEvidence]
    gone: int
    target: CaseEvidence | None
    holds: list[CaseHold]
