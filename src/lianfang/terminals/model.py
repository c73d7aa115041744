"""A terminal as the console shows it, and what it sends."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec

from lianfang.people.model import ImportedPerson
from lianfang.visits.model import Instant, Stamp, Waiting

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
ENROLMENT_VALID = timedelta(minutes=30)


class TerminalSession(msgspec.Struct, frozen=True):
    """A terminal whose signature was right: what it may register for."""

    id: int
    ord: int
    checkpoint_id: int
    registered_by: int


class Terminal(msgspec.Struct, frozen=True):
    id: int
    name: str
    checkpoint_id: int
    checkpoint: str
    unit: str
    enrolled_at: datetime | None
    enrolling: bool
    seen_at: datetime | None
    voided_at: datetime | None


class NewTerminal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Name
    checkpoint_id: int


class Enrolment(msgspec.Struct, frozen=True):
    """The code to type at the device, shown this once."""

    id: int
    code: str
    expires_at: datetime


class EnrolKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`public_key`: DER, base64. The request is signed with it, under the key id `enrol`."""

    code: str
    public_key: str


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`proof`: the new key's signature of the bytes of the new public key, base64, so that nobody locks a terminal out with a key
    that it does not have."""

    public_key: str
    proof: str


class TerminalAt(msgspec.Struct, frozen=True):
    """What a terminal knows of itself. `now`: the server's clock."""

    id: int
    name: str
    checkpoint_id: int
    checkpoint: str
    now: datetime


class TerminalScan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody at the gate: by the `document` that it read, by the reference (`person`) under which this terminal knows somebody
    whom it matched itself, or by the `token` of a code. `scan_id` is a UUIDv7: the same again gets the first outcome.
    `at` is given for scans made without a network."""

    scan_id: UUID
    document: ImportedPerson | None = None
    person: str | None = None
    token: str | None = None
    celsius: float | None = None
    at: Instant | None = None


class TerminalVerdict(msgspec.Struct, frozen=True):
    """`stamp`: the visit with its verdict; `waiting`: an attendant decides. `person`: how this terminal, and no other, may name
    the person from now on."""

    stamp: Stamp | None
    waiting: Waiting | None
    person: str | None
