"""A few numbers that the clients and whoever drives them show each other, in a file that all of them map."""

import mmap
import os
from pathlib import Path

_HEAD = ("rate", "phase")
_SLOT = ("sent", "acked", "heard", "refused", "broken", "failed", "rejected")
RUN, FINISH = 0, 1


class Board:
    """`rate`: scans per second of one client, 0 without a limit. `phase`: FINISH, when nothing new is to be sent.

    Each client has a slot and writes there alone: `sent` scans, `acked` ones, requests that were `refused` (503), `broken` (not
    answered), `failed` (another 5xx), `rejected` (4xx); `heard`: when the latest of the acknowledged requests was sent.
    """

    def __init__(self, path: Path, clients: int) -> None:
        size = (len(_HEAD) + len(_SLOT) * clients) * 8
        file = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        os.ftruncate(file, size)
        self._numbers = memoryview(mmap.mmap(file, size)).cast("q")
        os.close(file)
        self._clients = range(clients)

    @property
    def rate(self) -> int:
        return self._numbers[0]

    @property
    def phase(self) -> int:
        return self._numbers[1]

    def tell(self, *, rate: int, phase: int) -> None:
        self._numbers[0], self._numbers[1] = rate, phase

    def all(self, name: str) -> list[int]:
        """A number of every client."""
        return [self._numbers[_at(client, name)] for client in self._clients]

    def slot(self, client: int) -> "Slot":
        return Slot(self._numbers, client)


class Slot:
    """One client's numbers."""

    def __init__(self, numbers: memoryview, client: int) -> None:
        self._numbers = numbers
        self._at = {name: _at(client, name) for name in _SLOT}

    def count(self, name: str) -> None:
        self._numbers[self._at[name]] += 1

    def heard(self, sent_at: int) -> None:
        """A request that was sent at that time (nanoseconds, monotonic) was acknowledged."""
        at = self._at["heard"]
        if sent_at > self._numbers[at]:
            self._numbers[at] = sent_at


def _at(client: int, name: str) -> int:
    return len(_HEAD) + client * len(_SLOT) + _SLOT.index(name)
