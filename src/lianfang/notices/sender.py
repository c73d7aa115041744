"""What every way of sending has in common."""

from collections.abc import Mapping
from typing import Protocol

from lianfang.notices.store import Channel

TIMEOUT_S = 10.0


class RefusedError(Exception):
    """The provider will never take this message; `code` is its reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class DelayedError(Exception):
    """Not taken now, perhaps later; not sooner than `after_s` where that is known."""

    def __init__(self, code: str, after_s: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.after_s = after_s


class Sender(Protocol):
    """A provider of messages."""

    async def send(self, recipient: str, template: str, parameters: Mapping[str, str], reference: str) -> str:
        """The provider's id of the message it took. RefusedError: never; DelayedError: try again."""


Senders = Mapping[Channel, Sender]
