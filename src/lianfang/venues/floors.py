"""The order of floors: pure."""

import re
from collections.abc import Iterable
from typing import Protocol, TypeVar


class OnFloor(Protocol):
    @property
    def floor(self) -> str: ...


T = TypeVar("T", bound=OnFloor)

_BELOW = re.compile(r"^(?:[-－负]|地下|B(?=\d))", re.IGNORECASE)
_FIGURES = re.compile(r"\d+")
_SIGNS = "零一二三四五六七八九"


def floor_order(floor: str) -> tuple[int, str]:
    """From the cellars up: B2, B1, 1F, 2 层, 十二层. What holds no number (大堂, Lobby) is taken for the ground."""
    figures = _FIGURES.search(floor)
    number = int(figures[0]) if figures else _spelt(floor)
    return -number if _BELOW.match(floor) else number, floor


def _spelt(floor: str) -> int:
    tens, ten, ones = floor.rpartition("十")
    if not ten:
        return _sign(floor, 0)
    return 10 * _sign(tens, 1) + _sign(ones, 0)


def _sign(text: str, none: int) -> int:
    return next((_SIGNS.index(sign) for sign in text if sign in _SIGNS), none)


def by_floor(items: Iterable[T]) -> list[T]:
    """Floor by floor; on a floor in the order given."""
    return sorted(items, key=lambda item: floor_order(item.floor))
