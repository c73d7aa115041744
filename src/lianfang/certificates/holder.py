"""Whether a certificate is about a person: name and date of birth. Pure."""

import re
import unicodedata
from datetime import date
from typing import Final

from lianfang.certificates.model import Holder
from lianfang.certificates.refusals import Refused
from lianfang.kit.identifiers import IdentifierError
from lianfang.kit.mrz import Zone
from lianfang.kit.mrz import parse as parse_mrz

# what ICAO Doc 9303 part 3 writes for letters that are not a base letter with an accent
_LETTERS: Final = str.maketrans({
    "Ä": "AE", "Ö": "OE", "Ü": "UE", "ß": "SS", "ẞ": "SS", "Æ": "AE", "Ø": "OE", "Å": "AA", "Œ": "OE", "Þ": "TH",
    "Ð": "D", "Ł": "L", "Đ": "D", "Ħ": "H", "Ŋ": "N", "Ŧ": "T", "Ĳ": "IJ", "ĸ": "Q", "İ": "I", "ı": "I",
})  # fmt: skip


def words_of(name: str) -> frozenset[str]:
    """The words of a name as a passport's machine-readable zone spells them. Chinese names are one word a character."""
    upper = unicodedata.normalize("NFC", name).upper().translate(_LETTERS)
    bare = "".join(c for c in unicodedata.normalize("NFD", upper) if unicodedata.category(c) != "Mn")
    bare = re.sub(r"(?<=\w)['’](?=\w)", "", bare)
    return frozenset(re.findall(r"[\u3400-\u9fff]|[^\W\d_\u3400-\u9fff]+", bare))


def _shorter(name: str) -> frozenset[str]:
    """The same where Ä, Ö and Ü are written A, O and U, as some registers do."""
    upper = unicodedata.normalize("NFD", name.upper())
    return words_of("".join(c for c in upper if unicodedata.category(c) != "Mn"))


def same_person(holder: Holder, name: str, born: date) -> None:
    """Refused `other_name`, `other_birth`."""
    spellings = [holder.surname.split() and f"{holder.surname} {holder.given}"]
    spellings.append(f"{holder.plain_surname} {holder.plain_given}".replace("<", " "))
    ours = {words_of(name), _shorter(name)}
    theirs = {found for text in spellings if text for found in (words_of(text), _shorter(text))}
    surnames = {frozenset(words_of(text.replace("<", " "))) for text in (holder.surname, holder.plain_surname) if text}
    if not any(_one_name(mine, other, surnames) for mine in ours for other in theirs if mine and other):
        raise Refused("other_name")
    if not _born(holder.born, born):
        raise Refused("other_birth")


def _one_name(mine: frozenset[str], other: frozenset[str], surnames: set[frozenset[str]]) -> bool:
    """The same words in any order; or a second given name that only one of the two has."""
    if mine == other:
        return True
    fewer, more = sorted((mine, other), key=len)
    return len(fewer) >= 2 and fewer < more and any(surname and surname <= fewer < more for surname in surnames)


def _born(stated: str, born: date) -> bool:
    """A certificate may know the month or the year only; nothing at all is not enough to tell two people apart."""
    known = [part for part in stated.split("-") if part and int(part)]
    return bool(known) and known == born.isoformat().split("-")[: len(known)]


def born_of(document_type: str, document: str) -> date | None:
    """The date of birth inside a document's number, where it has one."""
    if document_type in ("resident_id", "foreign_permanent_resident") and len(document) == 18:
        return date(int(document[6:10]), int(document[10:12]), int(document[12:14]))
    return None


def born_in_zone(mrz: str, document_type: str, document: str) -> Zone:
    """The machine-readable zone, of this document. Refused `no_birth`, `mrz`, `other_document`."""
    if not mrz.strip():
        raise Refused("no_birth")
    try:
        zone = parse_mrz(mrz)
    except IdentifierError:
        raise Refused("mrz") from None
    # a permit's zone carries the number that is printed, with the digits that count renewals behind it
    same = zone.number == document if document_type == "passport" else zone.number.startswith(document)
    if not same:
        raise Refused("other_document")
    return zone
