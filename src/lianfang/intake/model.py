"""What is sent in, by whom, and what became of it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from lianfang.evidence.model import Kind
from lianfang.people.model import DocumentType

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
ROWS_MAX = 5_000
"""Rows of one batch."""
State = Literal["stored", "kept", "corrected", "withdrawn", "unchanged", "rejected"]
"""`kept`: nobody has registered with this document yet; it becomes theirs when they do."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One statement about one person. `ref` is the sender's own number for it: the same number again corrects what it said
    before. `withdrawn`: it was wrong altogether. `source`: who says so, where that is not the sender (a laboratory)."""

    ref: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    document_type: DocumentType = "resident_id"
    document_number: str
    kind: Kind
    at: datetime
    result: str = ""
    until: datetime | None = None
    subject: str | None = None
    source: str = ""
    withdrawn: bool = False
    detail: dict[str, Any] = {}


class EvidenceBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an authority sends: at most 5,000 rows. `sent_at` must be of the last day, so that nobody sends it again later."""

    batch_id: UUID
    sent_at: datetime
    rows: list[dict[str, Any]]


class RowError(msgspec.Struct, frozen=True):
    """What is wrong with a row: the field, a stable code and a sentence."""

    index: int
    field: str
    code: str
    detail: str


class BatchAnswer(msgspec.Struct, frozen=True):
    """What became of each row, in their order. Adding the counts gives the number of rows."""

    batch_id: UUID
    states: list[State]
    counts: dict[State, int]
    errors: list[RowError]


class Good(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A checked row: the document as a blind index, nothing else of the person."""

    ref: bytes
    index: bytes
    kind: Kind
    at: datetime
    until: datetime | None
    result: str
    subject: str | None
    source: str
    withdrawn: bool
    detail: dict[str, Any]
    content: bytes


class Origin(msgspec.Struct, frozen=True):
    """Whose numbers `ref` are, and by which way the rows came."""

    key: str
    provenance: str
    confidence: int


class Authority(msgspec.Struct, frozen=True, kw_only=True):
    """An authority's key, as the console shows it. It counts while it is confirmed and not voided."""

    id: int
    unit_id: int
    unit: str
    name: str
    fingerprint: str
    kinds: list[Kind]
    registered_by: int
    registered_at: datetime
    confirmed_at: datetime | None
    voided_at: datetime | None


class NewAuthority(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`public_key`: Ed25519, PEM or 32 bytes in Base64."""

    unit_id: int
    name: Name
    public_key: Annotated[str, msgspec.Meta(max_length=1000)]
    kinds: Annotated[list[Kind], msgspec.Meta(min_length=1)]


class AuthoritySession(msgspec.Struct, frozen=True):
    """An authority whose signature fits the body."""

    id: int
    name: str
    public_key: bytes
    kinds: list[Kind]


class EvidenceFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file for a unit: XLSX, CSV or a FHIR R4 bundle. `source`: who says so (a hospital, a CDC). `dry_run`: only say what is
    in it."""

    unit_id: int
    upload_id: int
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
    dry_run: bool = True


class EvidenceImportStarted(msgspec.Struct, frozen=True):
    run_id: int


class EvidenceImport(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was sent, and what somebody above decided. `counts`: rows by kind and result, as `test.positive`."""

    id: int
    unit_id: int
    unit: str
    source: str
    file_name: str
    counts: dict[str, int]
    state: Literal["waiting", "accepted", "refused"]
    submitted_by: int
    submitter: str
    submitted_at: datetime
    decided_at: datetime | None
    note: str
    run_id: int | None
    mine: bool = False
    """It was sent by one's own unit, so somebody above has to decide."""


class EvidenceRefusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a file is not accepted."""

    note: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
