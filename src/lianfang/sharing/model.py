"""Shares, and what is read through them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from lianfang.venues.model import Category
from lianfang.visits.model import Instant, Verdict

Kind = Literal["alerts", "records"]
State = Literal["waiting", "running", "over", "revoked"]


class Addressee(msgspec.Struct, frozen=True):
    """A unit anywhere: all that is told of it before something is shared with it."""

    id: int
    name: str
    code: str | None


class NewShare(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to share: `alerts` (fevers) or `records` of some categories (none given: of all), of a unit of one's own with
    everything below, with which unit, from when (default: now) until when (a year at most). `export`: also as a file."""

    unit_id: int
    to_unit_id: int
    kind: Kind
    categories: list[Category] = []
    purpose: Annotated[str, msgspec.Meta(max_length=200)]
    export: bool = False
    starts_at: Instant | None = None
    ends_at: Instant


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A share as both sides see it."""

    id: int
    unit_id: int
    unit: str
    to_unit_id: int
    to_unit: str
    to_code: str | None
    kind: Kind
    categories: list[Category]
    purpose: str
    export: bool
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    revoked_at: datetime | None
    state: State


class SharedSearch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page of shared records. No search for a person: a share is not a register to look people up in."""

    since: Instant | None = msgspec.field(default=None, name="from")
    until: Instant | None = msgspec.field(default=None, name="to")
    verdict: Verdict | None = None
    cursor: str | None = None
    limit: int | None = None


class SharedExport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of shared records. The purpose is recorded on both sides."""

    format: Literal["xlsx", "csv"]
    purpose: str
    since: Instant | None = msgspec.field(default=None, name="from")
    until: Instant | None = msgspec.field(default=None, name="to")
    verdict: Verdict | None = None


class SharedAlert(msgspec.Struct, frozen=True, kw_only=True):
    """A fever at a door of the other unit; the person masked."""

    id: int
    checkpoint: str
    category: Category
    unit: str
    name: str
    celsius: float
    at: datetime
    scan_id: UUID | None
    acknowledged_at: datetime | None
