"""Times as people remember them, in Chinese and English: an interval, and by how much it may all be off. Pure."""

import re
from typing import Final, NamedTuple

USUAL_MINUTES: Final = 60
ROUGH_MINUTES: Final = 30
DAY_MINUTES: Final = 1440
SHORT: Final = 20
"""In words no longer than this a bare number is an hour."""


class Told(NamedTuple):
    """Minutes since midnight (`ends` may lie beyond the next one); all of it may have been `give` earlier or later."""

    begins: int
    ends: int
    give: int


_PARTS: Final[tuple[tuple[str, int, int], ...]] = (
    # words, from hour, to hour; the longer ones first
    ("全天|一整天|整天|all day", 0, 24),
    ("凌晨|before dawn", 0, 6),
    ("清晨|一早|大清早|early morning", 5, 8),
    ("早上|早晨|早间", 6, 9),
    ("上午|morning", 8, 12),
    ("中午|正午|午间|noon|midday|lunch ?time", 11, 13),
    ("下午|午后|afternoon", 12, 18),
    ("傍晚|dusk", 17, 19),
    ("晚上|晚间|evening", 18, 22),
    ("夜里|深夜|半夜|late at night|night", 21, 24),
)
_ROUGH: Final = re.compile(
    r"左右|前后|大约|大概|约|差不多|多(?![\d一二三四五六七八九十])|about|around|roughly|approximately|\bca\b|some ?time|-ish|~",
    re.I,
)
_DIGITS: Final = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2, "〇": 0}
_NUMBER: Final = r"\d{1,2}|[零〇一二两三四五六七八九]?十[一二三四五六七八九]?|[零〇一二两三四五六七八九]"
_CLOCK: Final = re.compile(
    rf"(?P<part>凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|半夜)?\s*(?P<hour>{_NUMBER})\s*"
    rf"(?:(?P<sep>[:：点时])\s*(?P<minute>半|一刻|三刻|{_NUMBER})?\s*分?|(?P<bare>(?=\s*(?:am|pm|a\.m|p\.m|o'clock|到|至|-|–|—|to\b|till\b|until\b|and\b|$))))"
    r"\s*(?P<half>am|pm|a\.m\.?|p\.m\.?|o'clock)?",
    re.I,
)
_LENGTH: Final = re.compile(
    rf"(?P<half>半个?|half an?)\s*(?:小时|钟头|hour)|(?P<number>{_NUMBER}|\ban?\b)\s*个?(?P<more>半)?\s*(?P<unit>小时|钟头|分钟|hours?|minutes?|min\b)",
    re.I,
)
_BETWEEN: Final = re.compile(r"到|至|[-–—~]|\bto\b|till|until|\band\b", re.I)
_LATER: Final = {"下午", "傍晚", "晚上"}
_NIGHT: Final = {"夜里", "半夜"}


def read(text: str, usual: int = USUAL_MINUTES) -> Told | None:
    """What is meant; None where it is not understood. `usual`: minutes that people stay there, where no length is told."""
    words = text.strip()
    length = _length(words)
    rough = bool(_ROUGH.search(words))
    clocks = _clocks(_LENGTH.sub(" ", words))
    if len(clocks) >= 2 and _BETWEEN.search(words):
        begins, ends = clocks[0], clocks[1]
        while ends <= begins:
            ends += 720  # "from eleven to one"
        return Told(begins, ends, ROUGH_MINUTES if rough else 0)
    if clocks:
        return Told(clocks[0], clocks[0] + (length or usual), ROUGH_MINUTES if rough else 0)
    for pattern, first, last in _PARTS:
        if re.search(pattern, words, re.I):
            span = (last - first) * 60
            if span == DAY_MINUTES:
                return Told(0, DAY_MINUTES, 0)
            stay = min(length or usual, span)
            give = (span - stay) // 2
            return Told(first * 60 + give, first * 60 + give + stay, give)
    return None


def _clocks(words: str) -> list[int]:
    """Instants that are named, as minutes since midnight; the second of two is of the same half of the day."""
    found: list[int] = []
    part = ""
    for match in _CLOCK.finditer(words):
        hour, half = _number(match["hour"]), (match["half"] or "").lower()
        if not (match["sep"] or half or part or found or match["part"] or len(words) <= SHORT):
            continue
        part = match["part"] or part
        minute = {"半": 30, "一刻": 15, "三刻": 45}.get(match["minute"] or "") or _number(match["minute"] or "0")
        if hour > 24 or minute > 59:
            return []
        if (hour < 12 and (half.startswith("p") or part in _LATER or (part == "中午" and hour < 11))) or (
            part in _NIGHT and 6 <= hour < 12
        ):
            hour += 12
        elif hour == 12 and (half.startswith("a") or part in _NIGHT):
            hour = 0
        found.append(hour * 60 + minute)
    # "3 to 5 pm": both are in the afternoon
    if len(found) > 1 and re.search(r"p\.?m", words, re.I) and found[0] < 720 <= found[1] and found[0] + 720 < found[1]:
        found[0] += 720
    return found


def _length(words: str) -> int:
    match = _LENGTH.search(words)
    if not match:
        return 0
    if match["half"]:
        return 30
    number = 1 if match["number"].lower() in ("a", "an") else _number(match["number"])
    each = 1 if match["unit"].lower().startswith(("分", "min")) else 60
    return number * each + (each // 2 if match["more"] else 0)


def _number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    if "十" in text:
        tens, _, ones = text.partition("十")
        return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
    return _DIGITS[text]
