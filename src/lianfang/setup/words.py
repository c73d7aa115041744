"""From what is typed in a cell to a value: words in either language, numbers, coordinates."""

import re
from collections.abc import Mapping
from typing import TypeVar

from lianfang.kit.errors import Text
from lianfang.requirements.model import DOSES_MAX, RISK_DAYS_MAX, TEST_HOURS_MAX
from lianfang.setup.columns import CLEAR, LEVEL_WORDS, NOT_MEASURED, NOT_REQUIRED, ROLE_WORDS, TITLE, YES_NO
from lianfang.setup.model import Line, Value
from lianfang.setup.problems import (
    ADDRESS,
    BOTH_COORDINATES,
    COORDINATE,
    MINUTES,
    NAME,
    REF,
    REQUIRED,
    REQUIRED_FIGURE,
    WORD,
    YES_OR_NO,
)
from lianfang.venues.model import CATEGORIES

T = TypeVar("T")
NAME_MAX, REF_MAX, ADDRESS_MAX, MINUTES_MAX = 100, 100, 200, 1440


def _by_word(words: Mapping[T, Text]) -> dict[str, T]:
    """The code itself, or its word in either language."""
    known: dict[str, T] = {}
    for code, text in words.items():
        known |= {str(code).casefold(): code, text.zh.casefold(): code, text.en.casefold(): code}
    return known


YES_NO_WORDS = _by_word(YES_NO) | {"y": True, "1": True, "√": True, "n": False, "0": False, "×": False}
_CHOICES: Mapping[str, Mapping[str, Text]] = {
    "level": LEVEL_WORDS,
    "category": {str(code): text for code, text in CATEGORIES.items()},
    "role": ROLE_WORDS,
}
_KNOWN = {key: _by_word(words) for key, words in _CHOICES.items()}
REQUIRED_MAX = {"test_hours": TEST_HOURS_MAX, "doses": DOSES_MAX, "risk_days": RISK_DAYS_MAX}
_UNREQUIRED = {NOT_REQUIRED.zh, NOT_REQUIRED.en.casefold(), CLEAR}
_UNMEASURED = {NOT_MEASURED.zh, NOT_MEASURED.en.casefold(), CLEAR}


def required(line: Line, *keys: str) -> None:
    """A fault for each of these that is blank; a cell that could not be read has its fault already."""
    unread = {fault.cell for fault in line.faults}
    for key in keys:
        if not line.given(key) and line.cell(key) not in unread:
            line.fault(key, "required", REQUIRED, column=TITLE[line.kind, key])


def name(line: Line, key: str, longest: int = NAME_MAX) -> str:
    text = line.given(key)
    if text and (len(text) > longest or not text.isprintable()):
        line.fault(key, "length", NAME, max=longest)
    return text


def ref(line: Line) -> str:
    text = line.given("ref")
    if len(text) > REF_MAX or not text.isprintable():
        line.fault("ref", "length", REF)
    return "" if text == CLEAR else text


def address(line: Line) -> str:
    text = line.given("address")
    if len(text) > ADDRESS_MAX or not text.isprintable():
        line.fault("address", "length", ADDRESS)
    return "" if text == CLEAR else text


def word(line: Line, key: str) -> str | None:
    """The code of a level, category or role; a fault where it is none."""
    words = _CHOICES[key]
    text = line.given(key)
    code = _KNOWN[key].get(text.casefold())
    if text and code is None:
        choices = Text("、".join(word.zh for word in words.values()), ", ".join(word.en for word in words.values()))
        line.fault(key, "choice", WORD, value=text[:40], choices=choices)
    return code


def minutes(line: Line) -> int | None:
    """How recent a temperature may be; None: not measured."""
    text = line.given("temperature_valid_min")
    if text.casefold() in _UNMEASURED:
        return None
    if not re.fullmatch(r"[0-9]{1,4}", text) or int(text) > MINUTES_MAX:
        line.fault("temperature_valid_min", "minutes", MINUTES)
        return None
    return int(text)


def required_figure(line: Line, key: str) -> int | None:
    """How much a door requires; None: it does not ask."""
    text = line.given(key)
    if text.casefold() in _UNREQUIRED:
        return None
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= REQUIRED_MAX[key]:
        line.fault(key, "required_figure", REQUIRED_FIGURE, max=REQUIRED_MAX[key])
        return None
    return int(text)


def yes_no(line: Line, key: str) -> bool:
    text = line.given(key)
    answer = False if text == CLEAR else YES_NO_WORDS.get(text.casefold())
    if answer is None:
        line.fault(key, "yes_no", YES_OR_NO)
    return bool(answer)


def coordinates(line: Line) -> dict[str, Value]:
    """lat and lon where they are given, both or neither."""
    given = {key: line.given(key) for key in ("lat", "lon")}
    if not any(given.values()):
        return {}
    if not all(given.values()) or (CLEAR in given.values() and set(given.values()) != {CLEAR}):
        line.fault("lat" if not given["lat"] else "lon", "both", BOTH_COORDINATES)
        return {}
    return {key: _degrees(line, key) for key in given}


def _degrees(line: Line, key: str) -> float | None:
    text = line.given(key)
    if text == CLEAR:
        return None
    limit = 90 if key == "lat" else 180
    try:
        value = float(text) if re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,17})?", text) else None
    except ValueError:
        value = None
    if value is None or abs(value) > limit:
        example = "40.912345" if key == "lat" else "115.831234"
        line.fault(key, "coordinate", COORDINATE, low=-limit, high=limit, example=example)
        return None
    return value
