"""Numbers on documents, telephone numbers and names: normalised, validated, masked.

Every validator returns the one spelling that is stored and compared, or raises `IdentifierError` with a code that the
interface turns into a sentence. Sources: GB 11643-1999 (resident ID), ISO 7064 MOD 11-2 (its check character), the
National Immigration Administration's notes on the permits, ICAO Doc 9303 (passports), ITU-T E.164 (telephones).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

Code = Literal["empty", "length", "format", "date", "check_digit", "type"]


class IdentifierError(ValueError):
    """The text is not such an identifier; `code` says which rule it breaks.

    `empty` nothing but spaces, `length` wrong number of characters, `format` a character or pattern that can't be,
    `date` no such day, before 1900 or in the future, `check_digit` a mistyped digit, `type` unknown document type.
    """

    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self.code: Final[Code] = code


# Full-width forms (what a Chinese input method types) to ASCII. Not NFKC: that would also turn ² and ① into digits.
_HALF_WIDTH: Final = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
# Middle dots of several keyboards, and the full stop that many forms print between Chinese syllables instead.
_MIDDLE_DOTS: Final = re.compile(r"\s*[·•‧∙⋅・･]\s*|(?<=[\u3400-\u9fff])\s*[.．]\s*(?=[\u3400-\u9fff])")
# Two-character names are often printed with a space between, which some people type.
_HAN: Final = "[\u3400-\u9fff\ue000-\uf8ff\U00020000-\U000323af]"
_PLAIN_HAN: Final = re.compile("[\u4e00-\u9fff]{1,100}")
_SPACE_IN_HAN: Final = re.compile(rf"(?<={_HAN}) +(?={_HAN})")
_KEPT_FORMAT: Final = "\u200c\u200d"  # joiners are letters' shape in Persian and Indic names


def _compact(text: str) -> str:
    """Half-width, upper case, without spaces, hyphens and invisible characters. `empty` if nothing is left."""
    if text.isascii() and text.isalnum():  # what nearly every number of a long list is
        return text.upper()
    narrow = text.translate(_HALF_WIDTH).upper()
    kept = "".join(c for c in narrow if not c.isspace() and unicodedata.category(c) not in {"Cf", "Cc", "Pd"})
    if not kept:
        raise IdentifierError("empty")
    return kept


def _plain(text: str, longest: int) -> str:
    """NFC, single spaces, no invisible characters, at most `longest` characters; else `empty`, `length`, `format`."""
    spaced = " ".join(unicodedata.normalize("NFC", text).split())
    kept = "".join(c for c in spaced if unicodedata.category(c) != "Cf" or c in _KEPT_FORMAT).strip()
    if not kept.strip(_KEPT_FORMAT):
        raise IdentifierError("empty")
    if any(unicodedata.category(c) in {"Cc", "Cs"} for c in kept):
        raise IdentifierError("format")
    if len(kept) > longest:
        raise IdentifierError("length")
    return kept


def _matches(text: str, lengths: frozenset[int], pattern: re.Pattern[str]) -> str:
    if len(text) not in lengths:
        raise IdentifierError("length")
    if not pattern.fullmatch(text):
        raise IdentifierError("format")
    return text


def check_character(first17: str) -> str:
    """The 18th character of a resident ID: ISO 7064 MOD 11-2 over the first 17 digits, `0`-`9` or `X`."""
    total = 0
    for digit in first17:
        total = (total + int(digit)) * 2 % 11
    return "0123456789X"[(12 - total) % 11]


_EIGHTEEN: Final = re.compile(r"[1-9][0-9]{16}[0-9X]")


def _eighteen(text: str, today: date | None) -> str:
    """18 characters with a birth date at 7-14 and the MOD 11-2 check character; the area code is not judged."""
    _matches(text, frozenset({18}), _EIGHTEEN)
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        raise IdentifierError("date") from None
    # Without a `today` the latest day that has begun anywhere on Earth: nobody born today is refused.
    latest = today or (datetime.now(UTC) + timedelta(hours=14)).date()
    if not date(1900, 1, 1) <= born <= latest:
        raise IdentifierError("date")
    if check_character(text[:17]) != text[17]:
        raise IdentifierError("check_digit")
    return text


def resident_id(text: str, *, today: date | None = None) -> str:
    """A GB 11643 number: 18 characters, upper-case X.

    Accepts full-width digits, lower-case x, spaces and hyphens. The area code is not compared with a list: genuine
    people carry codes newer than their birth year, and residence permits begin with 81, 82 or 83.
    """
    return _eighteen(_compact(text), today)


def looks_like_resident_id(text: str) -> bool:
    """Whether somebody who typed this meant a resident ID, or a card with the same check digit: 18 such characters."""
    return _EIGHTEEN.fullmatch(_compact(text)) is not None


_HK_MACAU: Final = re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?")
_TAIWAN: Final = re.compile(r"[0-9]{8}(?:[0-9]{2})?")
_FOREIGN_OLD: Final = re.compile(r"[A-Z]{3}[0-9]{12}")
_PASSPORT: Final = re.compile(r"[A-Z0-9]{5,15}")


def hk_macau_permit(text: str) -> str:
    """Mainland travel permit of a Hong Kong or Macau resident: H or M and the 8 digits held for life.

    Cards before 2013 print 2 more digits that count renewals; they are dropped, so that a renewed card is the same
    person.
    """
    return _matches(_compact(text), frozenset({9, 11}), _HK_MACAU)[:9]


def taiwan_permit(text: str) -> str:
    """Mainland travel permit of a Taiwan resident: the 8 digits held for life.

    Booklets before 2015 print 2 more digits that count renewals and a letter in brackets; both are dropped.
    """
    number = re.sub(r"\(?[A-Z]\)?$", "", _compact(text))
    return _matches(number, frozenset({8, 10}), _TAIWAN)[:8]


def foreign_permanent_resident(text: str, *, today: date | None = None) -> str:
    """Foreign permanent resident ID card: 3 letters and 12 digits (until 2023), or 18 characters beginning with 9."""
    number = _compact(text)
    if len(number) == 15:
        return _matches(number, frozenset({15}), _FOREIGN_OLD)
    if len(number) == 18 and not number.startswith("9"):
        raise IdentifierError("format")
    return _eighteen(number, today)


def passport(text: str) -> str:
    """A passport of any country: 5-15 letters and digits (the check digits are only in the machine-readable zone)."""
    return _matches(_compact(text), frozenset(range(5, 16)), _PASSPORT)


def other(text: str) -> str:
    """A number of an imported stream: 1-64 printable characters, kept as they are but for spaces at the ends."""
    return _plain(text, 64)


DOCUMENT_TYPES: Final[Mapping[str, Callable[[str], str]]] = {
    "resident_id": resident_id,
    "passport": passport,
    "hk_macau_permit": hk_macau_permit,
    "taiwan_permit": taiwan_permit,
    "foreign_permanent_resident": foreign_permanent_resident,
    "other": other,
}


def document(document_type: str, number: str) -> str:
    """The number as its type spells it; `type` when there is no such type in `DOCUMENT_TYPES`."""
    validate = DOCUMENT_TYPES.get(document_type)
    if validate is None:
        raise IdentifierError("type")
    return validate(number)


_CHINESE_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_E164: Final = re.compile(r"[1-9][0-9]{6,14}")


def phone(text: str) -> str:
    """A telephone number in E.164: `+86` and a mobile number, or `+` and 7-15 digits of another country.

    Accepts +86, 0086 or nothing before a Chinese mobile number; spaces, hyphens, brackets, dots, full-width digits.
    """
    number = re.sub(r"[().]", "", _compact(text))
    if number.startswith("00"):
        number = "+" + number[2:]
    if not number.startswith("+"):
        number = "+" + number if number.startswith("86") and len(number) == 13 else "+86" + number
    digits = number[1:]
    if not re.fullmatch(r"[0-9]+", digits):
        raise IdentifierError("format")
    if digits.startswith("86"):
        if len(digits) != 13:
            raise IdentifierError("length")
        _matches(digits[2:], frozenset({11}), _CHINESE_MOBILE)
    else:
        _matches(digits, frozenset(range(7, 16)), _E164)
    return number


def person_name(text: str) -> str:
    """A person's name: NFC, single spaces (none between Chinese characters), `·` for every kind of middle dot, 1-100
    characters with a letter in them.

    Rare characters stay: those newer than this Python's Unicode tables, and those of the private-use area, with which
    older systems write them.
    """
    if _PLAIN_HAN.fullmatch(text):  # nothing to normalise
        return text
    name = _SPACE_IN_HAN.sub("", _MIDDLE_DOTS.sub("·", _plain(text, 100)))
    if not any(unicodedata.category(c)[0] == "L" or unicodedata.category(c) in {"Co", "Cn"} for c in name):
        raise IdentifierError("format")
    return name


def same_name(one: str, other: str) -> bool:
    """Whether two stored names are one: capitals and spaces are a matter of the form that was filled in."""
    return one.casefold().replace(" ", "") == other.casefold().replace(" ", "")


def _clusters(text: str) -> list[str]:
    """The characters as a reader counts them: a letter together with its accents, variants and joiners."""
    found: list[str] = []
    for c in text:
        if found and (unicodedata.category(c)[0] == "M" or c in _KEPT_FORMAT):
            found[-1] += c
        else:
            found.append(c)
    return found


def mask_name(name: str) -> str:
    """A name to recognise, not to read: 张*三, 张*, 欧**华, 阿**·买**, J*** S***. At most two letters stay.

    The stars don't tell how long a long name is.
    """
    if _PLAIN_HAN.fullmatch(name):  # the usual name, at a fifth of the cost: each scan shows one
        return name[0] + ("*" if len(name) == 2 else "*" * min(len(name) - 2, 3) + name[-1]) if len(name) > 1 else "*"
    name = unicodedata.normalize("NFC", name).strip()
    parts = [part for part in name.split("·") if part.strip()]
    if len(parts) > 1:
        return "·".join(_clusters(part.strip())[0] + "**" for part in (parts[0], parts[-1]))
    if any(c.lower() != c.upper() for c in name):  # a script with capitals: word by word
        words = name.split()
        ends = words if len(words) < 3 else [words[0], words[-1]]
        return " ".join(_clusters(word)[0] + "***" for word in ends)
    letters = _clusters("".join(name.split()))
    if len(letters) < 2:
        return "*"
    if len(letters) == 2:
        return letters[0] + "*"
    return letters[0] + "*" * min(len(letters) - 2, 3) + letters[-1]


def mask_document(number: str) -> str:
    """First three and last four of a long number (130****1234); one and two of a short one; nothing below 5."""
    if len(number) >= 11:
        return f"{number[:3]}****{number[-4:]}"
    if len(number) >= 5:
        return f"{number[:1]}****{number[-2:]}"
    return "****"


def mask_phone(number: str) -> str:
    """138****1234 for a Chinese number (the +86 is left out), +44****678 for another country's."""
    if number.startswith("+86"):
        return f"{number[3:6]}****{number[-4:]}"
    return f"{number[:3]}****{number[-3:]}"
