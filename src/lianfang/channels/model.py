"""Channels, what they say about whoever comes, and what an adapter must do."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from lianfang.people.model import Me

ChannelName = Literal["wechat", "wechat_mini", "alipay", "oidc", "sms"]
RedirectName = Literal["wechat", "alipay", "oidc"]
LinkedName = Literal["wechat", "wechat_mini", "alipay", "oidc"]
Kind = Literal["redirect", "mini_program", "sms"]
# how a login by redirect ended, for the page to say in words
Result = Literal["signed_in", "unknown", "linked", "expired", "refused", "snapshot", "unavailable"]


class Identity(msgspec.Struct, frozen=True):
    """Who a provider says this is. `subjects`: every name it has for them (a change of the provider's ids loses nobody);
    `union`: the name that several of its apps share."""

    subjects: tuple[str, ...]
    union: str | None = None


class Attempt(msgspec.Struct, frozen=True):
    """The secrets of one login by redirect. `state` comes back through the provider, the others never leave us in the clear."""

    state: str
    nonce: str
    verifier: str


class RefusedError(Exception):
    """The provider does not vouch for this person: cancelled, or the code was used, expired or made up."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SnapshotError(RefusedError):
    """WeChat shows the page to somebody who has not agreed to anything, with a made-up identity."""


class UnavailableError(Exception):
    """The provider does not answer, is busy, or does not accept our own account; `code` is its reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class RedirectChannel(Protocol):
    """A provider to which the browser is sent, and from which it comes back with a code."""

    async def authorize_url(self, attempt: Attempt, redirect_uri: str, *, tapped: bool) -> str:
        """Where to send the browser. `tapped`: the person asked for more than a silent login."""

    async def identify(self, answer: Mapping[str, str], attempt: Attempt, redirect_uri: str) -> Identity:
        """Who came back. RefusedError, UnavailableError."""


class CodeChannel(Protocol):
    """An app that brings a code of its own."""

    async def identify(self, code: str) -> Identity:
        """Whose code this is. RefusedError, UnavailableError."""

    async def phone(self, code: str) -> str:
        """The phone number that the provider has verified for this person. RefusedError, UnavailableError."""


class Channel(msgspec.Struct, frozen=True):
    """A way in that is switched on. `label` is the operator's name for it (identity providers only)."""

    name: ChannelName
    kind: Kind
    label: str = ""


class Linked(msgspec.Struct, frozen=True):
    """A channel by which the resident signs in."""

    name: LinkedName
    linked_at: datetime


class AppCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What wx.login or the phone-number button gave the mini-program."""

    code: str


class AppLogin(msgspec.Struct, frozen=True):
    """`me` is null where nobody has registered with this account yet."""

    result: Result
    me: Me | None = None


class ProvenPhone(msgspec.Struct, frozen=True):
    """The caller's own number, and a proof that stands for the code of a text message when registering."""

    phone: str
    phone_proof: str
    expires_in_s: int


class JsSignature(msgspec.Struct, frozen=True):
    """What wx.config needs on one page."""

    app_id: str
    timestamp: int
    nonce: str
    signature: str
