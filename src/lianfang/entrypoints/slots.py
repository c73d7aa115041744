"""How many requests are answered at a time, beside scans, so that a flood of one kind leaves room for the other."""

from collections.abc import Awaitable, Callable
from typing import Any

from lianfang.kit.errors import busy
from lianfang.kit.http import AsgiScope, Headers, Receive, Send, respond_problem

_SLOT = "lianfang.slot"


class _Slot:
    """A request's place; given back once, however often that is said."""

    __slots__ = ("_slots",)

    def __init__(self, slots: "Slots") -> None:
        self._slots: Slots | None = slots

    def give_back(self) -> None:
        if self._slots is not None:
            self._slots.taken -= 1
            self._slots = None


class Slots:
    """So many requests at once; one more is told to come back, at a hundredth of the cost of answering it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._refused = 0
        self.taken = 0

    async def answer(self, app: Callable[..., Awaitable[Any]], scope: AsgiScope, receive: Receive, send: Send) -> None:
        if self.taken >= self._limit:
            self._refused += 1
            await respond_problem(send, busy(), Headers(scope["headers"]).language)
            return
        self.taken += 1
        slot = scope[_SLOT] = _Slot(self)
        try:
            await app(scope, receive, send)
        finally:
            slot.give_back()

    def take_refused(self) -> int:
        """How many requests were refused since this was last asked."""
        refused, self._refused = self._refused, 0
        return refused


def waits(scope: AsgiScope) -> None:
    """This request will be waiting for something to happen, perhaps all day: it needs no slot meanwhile."""
    slot = scope.get(_SLOT)
    if slot is not None:
        slot.give_back()
