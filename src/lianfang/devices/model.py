"""A thermometer as the console shows it, and what it sends."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from lianfang.visits.model import Instant

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
State = Literal["open", "used", "questioned"]


class DeviceSession(msgspec.Struct, frozen=True):
    """A device that has shown its token: what it may report for."""

    id: int
    ord: int
    checkpoint_id: int


class ShownDrift(msgspec.Struct, frozen=True):
    """The medians of a day's normal readings, its own and its neighbours'. `delta` is null where either has fewer than `needed`."""

    own: float | None
    own_n: int
    neighbours: float | None
    neighbours_n: int
    devices: int
    delta: float | None
    flagged: bool
    needed: int


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A thermometer. `revoked`: its token is void."""

    id: int
    name: str
    checkpoint_id: int
    checkpoint: str
    unit_id: int
    unit: str
    revoked: bool
    created_at: datetime
    seen_at: datetime | None
    drift: ShownDrift


class DeviceSecret(msgspec.Struct, frozen=True):
    """The token, which is shown this once."""

    id: int
    token: str


class NewDevice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Name
    checkpoint_id: int


class DeviceChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    name: Name | None = None
    checkpoint_id: int | None = None


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A measurement. `id` is a UUIDv7 that the device mints and keeps for a retry; `token`: the code that the person showed."""

    id: UUID
    celsius: float
    at: Instant
    token: str | None = None


class ReadingTaken(msgspec.Struct, frozen=True):
    """`used`: it is somebody's. `open`: kept for half a minute for the next scan here. `questioned`: implausible; measure again."""

    id: UUID
    state: State
    fever: bool
