"""A fever as the console shows it, and who is told of it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from lianfang.kit.errors import Language
from lianfang.notices.store import Channel

Filter = Literal["open", "acknowledged", "all"]
Label = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Note = Annotated[str, msgspec.Meta(max_length=200)]


class Acknowledged(msgspec.Struct, frozen=True):
    """Who took it on. `by` is empty where the account is not within the reader's scope."""

    at: datetime
    by: str
    note: str


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A fever at a door. The person is masked. `reused`: it was measured at another door, and is still valid."""

    id: int
    checkpoint_id: int
    checkpoint: str
    unit_id: int
    unit: str
    person: str
    scan_id: UUID | None
    serial: str | None
    celsius: float
    at: datetime
    recorded_at: datetime
    reused: bool
    acknowledged: Acknowledged | None


class OpenCount(msgspec.Struct, frozen=True):
    """How many fevers nobody has taken on yet."""

    open: int


class Acknowledgement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Takes a fever on; `note`: what is done about it."""

    note: Note = ""


class Contact(msgspec.Struct, frozen=True):
    """Who hears of fevers at a unit's doors and below. The target is masked."""

    id: int
    unit_id: int
    label: str
    channel: Channel
    target: str
    speaks: Language
    created_at: datetime


class NewContact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`target`: a mobile number (sms), or the address or key of a group robot (wecom)."""

    label: Label
    channel: Channel
    target: str
    speaks: Language = "zh-CN"
