"""Name and number out of the lines that were recognised on the front of a resident ID card. Pure."""

import math
import re
from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from lianfang.kit.identifiers import IdentifierError, resident_id

_NUMBER: Final = re.compile(r"(?=([0-9OoIlDQSBZ]{17}[0-9OoIlXxDQSBZ×]))")
_LIKE: Final = str.maketrans(
    {"O": "0", "o": "0", "D": "0", "Q": "0", "I": "1", "l": "1", "S": "5", "B": "8", "Z": "2", "×": "X", "x": "X"}
)
_LABEL: Final = re.compile(r"^[姓牲][名各]|^名(?=[\u4e00-\u9fff])")
_NAME: Final = re.compile(r"[\u3400-\u9fff\U00020000-\U000323af]{1,20}(?:[·•・.][\u3400-\u9fff]{1,20}){0,4}")
_OTHER: Final = ("性别", "民族", "出生", "住址", "公民", "身份", "号码", "姓名")


class Line(msgspec.Struct, frozen=True):
    """A recognised line: its four corners from top left, clockwise; its text."""

    box: list[tuple[float, float]]
    text: str


class IdCard(msgspec.Struct, frozen=True):
    """What stands on a card. The number's check character is right; the name is for a person to compare."""

    name: str
    number: str


def number_of(lines: Sequence[Line], today: date | None = None) -> str:
    """The number whose date and check character are right; "" where there is none, or more than one."""
    found = set()
    for line in lines:
        text = re.sub(r"[\s:：.,·-]", "", line.text)
        for match in _NUMBER.finditer(text):
            try:
                found.add(resident_id(match[1].translate(_LIKE), today=today))
            except IdentifierError:
                continue
    return found.pop() if len(found) == 1 else ""


def name_of(lines: Sequence[Line]) -> str:
    """The words behind 姓名, in the same line or in the next one to the right; "" where there are none."""
    upright = _upright(lines)
    for (x, y, height), line in upright:
        text = re.sub(r"\s", "", line.text)
        if not (label := _LABEL.match(text)):
            continue
        if name := _name(text[label.end() :]):
            return name
        beside = sorted(
            (x2, other)
            for (x2, y2, _), other in ((place, other.text) for place, other in upright if other is not line)
            if x2 > x and abs(y2 - y) < height * 0.8
        )
        for _, other in beside:
            if name := _name(re.sub(r"\s", "", other)):
                return name
    return ""


def _name(text: str) -> str:
    match = _NAME.match(text.strip(":：."))
    name = re.sub(r"[•・.]", "·", match[0]) if match else ""
    return "" if len(name) < 2 or name.startswith(_OTHER) else name


def _upright(lines: Sequence[Line]) -> list[tuple[tuple[float, float, float], Line]]:
    """(left, middle, height) of each line as if the card had not been tilted."""
    angles = [
        math.atan2(line.box[1][1] - line.box[0][1], line.box[1][0] - line.box[0][0])
        for line in lines
        if len(line.text) > 3
    ]
    turn = -sorted(angles)[len(angles) // 2] if angles else 0.0
    cos, sin = math.cos(turn), math.sin(turn)
    found = []
    for line in lines:
        corners = [(x * cos - y * sin, x * sin + y * cos) for x, y in line.box]
        ys = [y for _, y in corners]
        found.append(((min(x for x, _ in corners), sum(ys) / 4, max(ys) - min(ys)), line))
    return sorted(found, key=lambda one: (one[0][1], one[0][0]))
