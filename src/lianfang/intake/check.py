"""One row: evidence that can be stored, or what is wrong with which field. Pure."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from lianfang.evidence.model import RESULTS, WITHDRAWN, Kind
from lianfang.intake import problems
from lianfang.intake.model import Good, Row
from lianfang.kit import identifiers
from lianfang.kit.crypto import Keys
from lianfang.kit.errors import Text
from lianfang.kit.identifiers import IdentifierError
from lianfang.people.problems import IDENTIFIER_TEXTS
from lianfang.people.store import document_index

KINDS: Final[tuple[Kind, ...]] = (
    "test",
    "vaccination",
    "diagnosis",
    "contact_order",
    "arrival",
    "border_crossing",
    "temperature",
    "symptoms",
)
"""What may come from outside; stays in risk areas and officials' decisions are made here."""
BEGINNING: Final = datetime(2019, 12, 1, tzinfo=UTC)
CLOCKS_DIFFER: Final = timedelta(minutes=10)
NEEDS_SUBJECT: Final[frozenset[Kind]] = frozenset({"test", "contact_order", "border_crossing"})
_SUBJECTS: Final[dict[Kind, frozenset[str]]] = {"test": frozenset({"pcr", "antigen", "antibody"})}


class Fault(NamedTuple):
    """What is wrong with a field; `values` fill the places of the text."""

    field: str
    code: str
    text: Text
    values: Mapping[str, object] = MappingProxyType({})


def check(keys: Keys, row: Row, *, sender: str, allowed: Collection[Kind], now: datetime) -> Good | list[Fault]:
    """The row as it is stored, or every fault in it."""
    faults: list[Fault] = []
    document = ""
    try:
        document = identifiers.document(row.document_type, row.document_number)
    except IdentifierError as error:
        faults.append(Fault("document_number", error.code, IDENTIFIER_TEXTS[error.code]))
    if row.kind not in KINDS:
        faults.append(Fault("kind", "unknown", problems.UNKNOWN_KIND, {"kind": row.kind}))
    elif row.kind not in allowed:
        faults.append(Fault("kind", "not_allowed", problems.NOT_ALLOWED, {"kind": row.kind}))
    else:
        faults += _result(row)
        faults += _subject(row)
    faults += _times(row, now)
    source = " ".join(row.source.split())
    if len(source) > 50:
        faults.append(Fault("source", "length", problems.TOO_LONG, {"max": 50}))
    if faults:
        return faults
    index = document_index(keys, row.document_type, document)
    subject = " ".join((row.subject or "").split()) or None
    said = sender if not source or source == sender else f"{sender} · {source}"
    result = WITHDRAWN if row.withdrawn else row.result
    stated = [
        index.hex(),
        row.kind,
        row.at.timestamp(),
        row.until and row.until.timestamp(),
        result,
        subject,
        source,
        row.detail,
    ]
    return Good(
        keys.blind_index("evidence_refs.ref", row.ref),
        index,
        row.kind,
        row.at,
        row.until,
        result,
        subject,
        said,
        row.withdrawn,
        row.detail,
        keys.blind_index("evidence_refs.content", msgspec.json.encode(stated).decode()),
    )


def _result(row: Row) -> list[Fault]:
    if row.withdrawn:
        return []
    allowed = RESULTS[row.kind]
    if row.kind == "vaccination":
        return [] if row.result in set("123456789") else [Fault("result", "dose", problems.DOSE)]
    if row.result not in allowed:
        values = {"allowed": ", ".join(sorted(allowed))}
        return [Fault("result", "unknown", problems.UNKNOWN_RESULT, values)]
    return []


def _subject(row: Row) -> list[Fault]:
    subject = (row.subject or "").strip()
    if not subject:
        return [Fault("subject", "empty", problems.MISSING)] if row.kind in NEEDS_SUBJECT and not row.withdrawn else []
    if len(subject) > 80:
        return [Fault("subject", "length", problems.TOO_LONG, {"max": 80})]
    allowed = _SUBJECTS.get(row.kind)
    if allowed and subject not in allowed:
        return [Fault("subject", "unknown", problems.UNKNOWN_RESULT, {"allowed": ", ".join(sorted(allowed))})]
    return []


def _times(row: Row, now: datetime) -> list[Fault]:
    faults = []
    for field, at in (("at", row.at), ("until", row.until)):
        if at is None:
            continue
        if at.tzinfo is None:
            return [Fault(field, "zone", problems.NO_ZONE)]
        if at < BEGINNING:
            faults.append(Fault(field, "date", problems.TOO_OLD))
    if row.at.tzinfo and row.at > now + CLOCKS_DIFFER:
        faults.append(Fault("at", "date", problems.FUTURE))
    if row.until is not None and row.until <= row.at:
        faults.append(Fault("until", "date", problems.BACKWARDS))
    return faults
