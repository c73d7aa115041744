"""The machine-readable zone of a travel document, with its check digits (ICAO Doc 9303 parts 3 to 6).

Formats: TD3 (passports, 2 × 44), TD2 (2 × 36) and TD1 (cards, 3 × 30; also the permits of Hong Kong, Macau and Taiwan
residents where they carry a zone of this format).
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from lianfang.kit.identifiers import IdentifierError

_VALUES: Final = {c: n for n, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}
_LINE: Final = re.compile(r"[0-9A-Z<]+")


class Zone(NamedTuple):
    """What the zone says; every check digit that it has was right."""

    document: str
    """The kind, as printed: P, I, C, …"""
    issuer: str
    """Three letters of ISO 3166, or one of ICAO's own."""
    number: str
    nationality: str
    born: date
    expires: date
    surname: str
    given: str


def check_digit(text: str) -> str:
    """Weights 7, 3, 1; A is 10, `<` is 0."""
    return str(sum(_VALUES[c] * (7, 3, 1)[at % 3] for at, c in enumerate(text)) % 10)


def parse(text: str, *, today: date | None = None) -> Zone:
    """IdentifierError: `empty`, `length`, `format`, `date`, `check_digit`."""
    lines = [re.sub(r"\s", "", line).upper() for line in text.replace("«", "<<").splitlines()]
    lines = [line for line in lines if line]
    if not lines:
        raise IdentifierError("empty")
    if not all(_LINE.fullmatch(line) for line in lines):
        raise IdentifierError("format")
    today = today or (datetime.now(UTC) + timedelta(hours=14)).date()
    match [len(line) for line in lines]:
        case [44, 44]:
            return _two_lines(lines[0], lines[1], today, composite=(43, ((0, 10), (13, 20), (21, 43))))
        case [36, 36]:
            return _two_lines(lines[0], lines[1], today, composite=(35, ((0, 10), (13, 20), (21, 35))))
        case [30, 30, 30]:
            return _card(lines[0], lines[1], lines[2], today)
    raise IdentifierError("length")


def _two_lines(top: str, bottom: str, today: date, composite: tuple[int, tuple[tuple[int, int], ...]]) -> Zone:
    _checked(bottom[0:9], bottom[9])
    if len(bottom) == 44 and bottom[28:42].strip("<"):
        _checked(bottom[28:42], bottom[42])
    at, parts = composite
    _checked("".join(bottom[a:b] for a, b in parts), bottom[at])
    surname, given = _names(top[5:])
    return Zone(
        top[0:2].rstrip("<"),
        top[2:5].rstrip("<"),
        bottom[0:9].rstrip("<"),
        bottom[10:13].rstrip("<"),
        _born(bottom[13:19], bottom[19], today),
        _expires(bottom[21:27], bottom[27], today),
        surname,
        given,
    )


def _card(top: str, middle: str, bottom: str, today: date) -> Zone:
    number, check, optional = top[5:14], top[14], top[15:30]
    if check == "<":  # a number longer than nine goes on in the optional part, its check digit behind it
        rest, _, _ = optional.partition("<")
        number, check = number + rest[:-1], rest[-1:]
        _checked(number, check)
    else:
        _checked(number, check)
    _checked(top[5:30] + middle[0:7] + middle[8:15] + middle[18:29], middle[29])
    surname, given = _names(bottom)
    return Zone(
        top[0:2].rstrip("<"),
        top[2:5].rstrip("<"),
        number.rstrip("<"),
        middle[15:18].rstrip("<"),
        _born(middle[0:6], middle[6], today),
        _expires(middle[8:14], middle[14], today),
        surname,
        given,
    )


def _checked(text: str, digit: str) -> None:
    if check_digit(text) != digit:
        raise IdentifierError("check_digit")


def _names(text: str) -> tuple[str, str]:
    surname, _, given = text.rstrip("<").partition("<<")
    if not surname:
        raise IdentifierError("format")
    return surname.replace("<", " ").strip(), given.replace("<", " ").strip()


def _born(text: str, digit: str, today: date) -> date:
    """The latest such day that is not in the future: nobody is told apart from a namesake a hundred years older."""
    _checked(text, digit)
    found = _date(text, today.year // 100 * 100)
    return found if found <= today else _date(text, today.year // 100 * 100 - 100)


def _expires(text: str, digit: str, today: date) -> date:
    """Documents are valid for ten years or so: within fifty of today."""
    _checked(text, digit)
    century = today.year // 100 * 100
    found = _date(text, century)
    return found if found.year - today.year <= 50 else _date(text, century - 100)


def _date(text: str, century: int) -> date:
    try:
        return date(century + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        raise IdentifierError("date") from None
