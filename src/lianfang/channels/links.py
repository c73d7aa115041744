"""The short-lived cookie with which somebody whom a provider knows and we do not goes on to the registration form."""

from datetime import UTC, datetime, timedelta

import msgspec

from lianfang.channels.model import ChannelName, Identity
from lianfang.channels.store import Names
from lianfang.kit.crypto import Keys

COOKIE = "lf_channel"
VALID_FOR = timedelta(minutes=15)
_KIND = b"channel link "


class _Link(msgspec.Struct, array_like=True):
    channel: ChannelName
    subjects: list[bytes]
    union: bytes | None
    expires: int


def names_of(keys: Keys, channel: ChannelName, identity: Identity) -> Names:
    """Blind indexes: a stolen table names nobody at the provider."""
    union = keys.blind_index("channels.union", identity.union) if identity.union else None
    subjects = [keys.blind_index(f"channels.{channel}", subject) for subject in identity.subjects]
    return Names(channel, subjects, union)


def seal(keys: Keys, names: Names, now: datetime) -> str:
    link = _Link(names.channel, names.subjects, names.union, int((now + VALID_FOR).timestamp()))
    return keys.sign(_KIND + msgspec.msgpack.encode(link))


def read(keys: Keys, text: str, now: datetime) -> Names | None:
    """The identity that waits for its person; None where the cookie is not ours or has run out."""
    payload = keys.unsign(text) if text else None
    if payload is None or not payload.startswith(_KIND):
        return None
    link = msgspec.msgpack.decode(payload[len(_KIND) :], type=_Link)
    if datetime.fromtimestamp(link.expires, UTC) < now:
        return None
    return Names(link.channel, link.subjects, link.union)
