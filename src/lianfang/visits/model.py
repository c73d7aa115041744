"""A scan as it arrives, the stamp it gets, and the visit it becomes."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from lianfang.kit.errors import Language, Text
from lianfang.requirements.words import decoded, told
from lianfang.venues.model import Category

Verdict = Literal["pass", "observe", "refuse"]
Source = Literal["resident", "family", "gate", "import"]
Clock = Literal["server", "client"]
Reason = Literal["ok", "hold_yellow", "hold_red", "fever", "review", "unreviewed"]
Need = Literal["temperature", "review"]

VERDICTS: dict[Verdict, Text] = {
    "pass": Text("通行", "Pass"),
    "observe": Text("留观", "Observe"),
    "refuse": Text("拒绝", "Refuse"),
}
SOURCES: dict[Source, Text] = {
    "resident": Text("本人扫码", "Own phone"),
    "family": Text("家人代扫", "By a relative"),
    "gate": Text("门岗登记", "At the gate"),
    "import": Text("批量导入", "Imported"),
}
# sentences that an attendant can say aloud
REASONS: dict[Reason, Text] = {
    "ok": Text("已登记，请通行。", "Registered. You may pass."),
    "hold_yellow": Text(
        "需要留观，请按工作人员指引登记后通行。", "Under observation. Please follow the attendant's guidance."
    ),
    "hold_red": Text(
        "需要隔离，请不要进入，联系社区。", "Isolation is required. Please do not enter; contact your community."
    ),
    "fever": Text(
        "体温偏高，请不要进入，到发热门诊就诊。",
        "Your temperature is high. Please do not enter; go to a fever clinic.",
    ),
    "review": Text("工作人员未予放行，请与其沟通。", "The attendant did not let you in; please talk to them."),
    "unreviewed": Text(
        "已补登记；当时未经工作人员查验。", "Registered afterwards; no attendant checked it at the time."
    ),
}
NOTED = Text("工作人员未予放行：{note}", "The attendant did not let you in: {note}")


def reason_text(reason: str, language: Language, note: str = "") -> str:
    if note and reason == "review":
        return NOTED.show(language, note=note)
    if lacking := decoded(reason):
        return told(lacking, language)
    text = REASONS.get(reason)  # type: ignore[call-overload]
    return text.show(language) if text else reason


Seat = Annotated[str, msgspec.Meta(max_length=10)]
Id = Annotated[int, msgspec.Meta(ge=1, le=(1 << 63) - 1)]


class Scan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A scan of a door's code.

    `scan_id` is a UUIDv7 minted by the client; sending the same scan again with the same id is answered with the first
    outcome. `at` is given for offline scans only: when it happened, by the client's clock. `person` is given by import
    accounts, who register for others: the reference that POST /people/bulk returned to them. `member` is somebody in the
    resident's care, for whom they scan. `seat` is for vehicles, `tenant`
    for buildings: whom the person visits. `template_id` is the version of the form that was answered (left out: the door's
    present one), so that what was answered without a network counts after the form has changed.
    """

    scan_id: UUID
    code: str
    answers: dict[str, str | int | float] = {}
    at: datetime | None = None
    person: str | None = None
    member: Id | None = None
    seat: Seat | None = None
    tenant: Id | None = None
    template_id: Id | None = None


class StampedCheckpoint(msgspec.Struct, frozen=True, gc=False):
    id: int
    name: str
    category: Category


class Temperature(msgspec.Struct, frozen=True):
    """A measurement, and the name of the checkpoint where it was taken. `reused`: at another one, or before this scan."""

    celsius: float
    at: datetime
    checkpoint: str
    reused: bool


class Stamp(msgspec.Struct, frozen=True, gc=False):
    """The answer to a scan, sent after it is committed. `replayed`: this id was registered before; this is its first outcome.

    `checkout`: this checkpoint wants to hear when the person leaves. `floor` and `tenant`: whom in the building they visit.
    """

    scan_id: UUID
    serial: str
    checkpoint: StampedCheckpoint
    at: datetime
    verdict: Verdict
    reason: str
    reason_text: str
    person: str
    replayed: bool
    temperature: Temperature | None = None
    seat: str | None = None
    checkout: bool = False
    floor: str | None = None
    tenant: str | None = None


class Waiting(msgspec.Struct, frozen=True):
    """The answer to a scan that an attendant has to decide: not a visit yet. It lapses half an hour after `at`."""

    state: Literal["waiting"]
    scan_id: UUID
    serial: str
    checkpoint: StampedCheckpoint
    at: datetime
    needs: list[Need]
    person: str


class MyVisit(msgspec.Struct, frozen=True):
    """A visit as its person sees it."""

    scan_id: UUID
    serial: str
    checkpoint: str
    unit: str
    at: datetime
    verdict: Verdict
    reason: str
    reason_text: str


class GateVisit(msgspec.Struct, frozen=True):
    """A visit as the attendant sees it: the name masked."""

    scan_id: UUID
    serial: str
    at: datetime
    name: str
    verdict: Verdict
    reason: str
    reason_text: str
    source: Source
    celsius: float | None = None
    seat: str | None = None


class GateRecent(msgspec.Struct, frozen=True):
    """What the gate page begins with: the last visits, newest first, and how many there have been on this local day."""

    items: list[GateVisit]
    today: int


Instant = Annotated[datetime, msgspec.Meta(tz=True)]  # without a zone it would be whatever the server's clock is set to


class RecordFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which records. `document` and `phone` are exact, in any usual spelling; `from` and `to` bound [from, to)."""

    unit_id: int | None = None
    checkpoint_id: int | None = None
    document: str | None = None
    phone: str | None = None
    since: Instant | None = msgspec.field(default=None, name="from")
    until: Instant | None = msgspec.field(default=None, name="to")
    verdict: Verdict | None = None
    tenant_id: Id | None = None


class RecordSearch(RecordFilter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page of records."""

    cursor: str | None = None
    limit: int | None = None


class RecordExport(RecordFilter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of records. The purpose is recorded."""

    format: Literal["xlsx", "csv"]
    purpose: str


EXPORT_DIRECT_MAX = 20_000
"""Records in a file that is sent at once; more are written by a run."""


class RecordKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One record, and why it is opened. The purpose is recorded."""

    person_id: int
    scan_id: UUID
    purpose: str


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A visit as staff see it: the person masked."""

    person_id: int
    scan_id: UUID
    serial: str
    name: str
    document: str
    phone: str
    checkpoint_id: int
    checkpoint: str
    unit: str
    unit_id: int
    category: Category
    at: datetime
    recorded_at: datetime
    clock: Clock
    source: Source
    verdict: Verdict
    reason: str
    reason_text: str
    celsius: float | None
    celsius_at: datetime | None
    seat: str | None
    tenant_id: int | None
    floor: str | None
    tenant: str | None


class GivenAnswer(msgspec.Struct, frozen=True):
    """An answer as it was given; for a choice also the words of the option."""

    key: str
    label: str
    label_en: str
    value: str | int | float
    choice: str = ""
    choice_en: str = ""


LeftHow = Literal["checkout", "next", "dwell"]


class RecordDetail(Record, frozen=True, kw_only=True):
    """A visit with its answers and the person in the clear.

    `left_at`: when the person left, by their check-out, by their next check-in elsewhere, or else as people usually do.
    Null for who was refused.
    """

    answers: list[GivenAnswer]
    left_at: datetime | None
    left_how: LeftHow | None


class Count(msgspec.Struct, frozen=True):
    count: int
