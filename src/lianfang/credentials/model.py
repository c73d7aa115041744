"""Credentials, the keys that sign them, and the list of what became of them."""

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

import msgspec

from lianfang.codes.model import HoldColour

Kind = Literal["phone", "printed"]
KeyRole = Literal["phone", "printed", "status"]
Colour = Literal["green", HoldColour]

PHONE_VALID = timedelta(days=1)
PRINTED_VALID = timedelta(days=180)

# Entries of a status list, 2 bits each. 0 and 1 are those of the Token Status List (valid, invalid); 2 and 3 are ours.
GREEN: Final = 0
VOID: Final = 1
YELLOW: Final = 2
RED: Final = 3
STATUS: dict[Colour, int] = {"green": GREEN, "yellow": YELLOW, "red": RED}
COLOUR: dict[int, Colour] = {status: colour for colour, status in STATUS.items()}


class Credential(msgspec.Struct, frozen=True):
    """What the server signs. `number` is its place in the status lists of its kind; it says nothing of the person. `colour` is
    the one at `issued`: it counts only where a gate's list is older."""

    kind: Kind
    number: int
    issued: datetime
    expires: datetime
    name: str
    colour: Colour
    device: bytes = b""
    """The point of the phone's key; a printed code has none."""
    document: str = ""
    """Of a printed code: the document to look at, masked."""


class DeviceKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The public half of a key that this phone made: an uncompressed point of P-256, base64url."""

    public_key: Annotated[str, msgspec.Meta(max_length=100)]


class PhoneCredential(msgspec.Struct, frozen=True):
    """`credential` is a CWT in COSE_Sign1, base64url, for the phone's key, and `number` its own. `name` is masked."""

    credential: str
    number: int
    name: str
    colour: Colour
    issued_at: datetime
    expires_at: datetime


class TrustedKey(msgspec.Struct, frozen=True):
    """A public key of ours, hexadecimal; what it signed is believed until then."""

    kid: str
    role: KeyRole
    public_key: str
    until: datetime


class ListVersion(msgspec.Struct, frozen=True):
    kind: Kind
    list: int
    version: int


class Trust(msgspec.Struct, frozen=True):
    """What a gate needs to judge codes by itself. Each list is fetched when its version is new, and an older one refused."""

    server_time: datetime
    keys: list[TrustedKey]
    lists: list[ListVersion]
