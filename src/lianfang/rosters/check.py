"""One row of a file: somebody who can be stored, or what is wrong with which cell. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from lianfang.kit import identifiers
from lianfang.kit.errors import Language, Text
from lianfang.kit.identifiers import IdentifierError
from lianfang.kit.sheets.cells import Raw, column_letters
from lianfang.people.model import DocumentType
from lianfang.people.problems import IDENTIFIER_TEXTS
from lianfang.rosters.columns import LABELS, Column, Header
from lianfang.rosters.model import DOCUMENT_TYPES

TEXT_MAX: Final[dict[Column, int]] = {"number": 40, "department": 60, "job_category": 40}
EXAMPLES: Final = ("示例", "例：", "example")

MISSING = Text("请填写。", "Please fill this in.")
DIGITS_LOST = Text(
    "号码被存成了数字，后几位已经丢失。请把该列设为“文本”格式，再照证件重新输入。",
    "The number was typed as a number and has lost its last digits. Format the column as text and type it again from the document.",
)
TYPE_UNKNOWN = Text(
    "不认识的证件类型。请填：身份证、护照、港澳居民来往内地通行证、台湾居民来往大陆通行证、外国人永久居留身份证。",
    "Unknown type of document. Use one of: Resident ID card, Passport, Mainland travel permit (Hong Kong, Macau), "
    "Mainland travel permit (Taiwan), Foreign permanent resident ID card.",
)
NOT_TEXT = Text("应为文字，不能是日期或真假值。", "This must be text, not a date or a truth value.")
TOO_LONG = Text("最多 {max} 个字。", "At most {max} characters.")
UNSTORABLE = Text("含有无法保存的字符，请重新输入。", "It holds a character that cannot be stored; type it again.")

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LOST: Final = re.compile(r"\d([.,]\d+)?E\+?1\d", re.IGNORECASE)  # 1.30732E+17, as Excel writes it into a CSV
DOCUMENT_WORDS: Final[dict[str, DocumentType]] = {
    word.casefold().replace(" ", ""): kind
    for kind, text in DOCUMENT_TYPES.items()
    for word in (kind, text.zh, text.en, *{
        "resident_id": ("居民身份证", "二代身份证", "港澳台居民居住证", "ID card", "ID"),
        "passport": ("普通护照",),
        "hk_macau_permit": ("港澳通行证", "回乡证", "港澳居民通行证"),
        "taiwan_permit": ("台湾通行证", "台胞证", "台湾居民通行证"),
        "foreign_permanent_resident": ("永久居留证", "外国人永居证", "外国人居留证"),
    }[kind])
}  # fmt: skip


class Fault(NamedTuple):
    """What is wrong with a cell; `values` fill the places of the text."""

    column: Column
    text: Text
    values: Mapping[str, object] = MappingProxyType({})


class Given(NamedTuple):
    """Somebody as the unit gave them, every field in the one spelling that is stored."""

    document_type: DocumentType
    document: str
    name: str
    phone: str
    number: str
    department: str
    job_category: str


def is_example(header: Header, cells: Sequence[Raw]) -> bool:
    """The template's own example, left standing."""
    index = header.at["name"]
    return index < len(cells) and str(cells[index]).strip().casefold().startswith(EXAMPLES)


def check(header: Header, cells: Sequence[Raw]) -> Given | list[Fault]:
    """The row's person, or every fault in it."""
    faults: list[Fault] = []
    texts: dict[Column, str] = {}
    width = len(cells)
    for column, index in header.at.items():
        cell = cells[index] if index < width else ""
        if isinstance(cell, str):
            texts[column] = cell.strip()
        elif isinstance(cell, bool) or not isinstance(cell, int | float):
            faults.append(Fault(column, NOT_TEXT))
        else:
            texts[column] = shown(cell)
    kind = _kind(texts.get("document_type", ""), faults)
    name = _identified("name", identifiers.person_name, texts, faults, required=True)
    # what else is wrong with a number can only be said once its type is known
    validate = identifiers.DOCUMENT_TYPES[kind or "other"]
    document = _identified("document", validate, texts, faults, required=True)
    phone = _identified("phone", identifiers.phone, texts, faults, required=False)
    number, department, job_category = (_plain(column, texts.get(column, ""), faults) for column in TEXT_MAX)
    if faults or kind is None:
        return faults
    return Given(kind, document, name, phone, number, department, job_category)


def _kind(text: str, faults: list[Fault]) -> DocumentType | None:
    kind = DOCUMENT_WORDS.get(text.casefold().replace(" ", "")) if text else "resident_id"
    if kind is None:
        faults.append(Fault("document_type", TYPE_UNKNOWN))
    return kind


def _identified(
    column: Column, validate: Callable[[str], str], texts: Mapping[Column, str], faults: list[Fault], *, required: bool
) -> str:
    text = texts.get(column)
    if not text:
        if required and (text is not None or column not in {fault.column for fault in faults}):
            faults.append(Fault(column, MISSING))
        return ""
    try:
        return validate(text)
    except IdentifierError as error:
        lost = column != "name" and _LOST.fullmatch(text)
        faults.append(Fault(column, DIGITS_LOST if lost else IDENTIFIER_TEXTS[error.code]))
        return ""


def shown(cell: Raw) -> str:
    """A cell as the spreadsheet showed it. A number of 16 digits or more has lost the last ones: as Excel shows it, so that
    it is not taken for a whole one when the file comes back."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        if abs(cell) >= 1e15:
            return f"{cell:.5E}"
        return str(int(cell)) if cell == int(cell) else repr(cell)
    return str(cell)


def explain(header: Header, row: int, faults: Sequence[Fault], language: Language) -> str:
    """The row's faults in one cell: `B3 证件号码：…；C3 手机号：…`."""
    parts = []
    for fault in faults:
        label = LABELS[fault.column].show(language)
        index = header.at.get(fault.column)
        where = f"{column_letters(index)}{row} {label}" if index is not None else label
        said = fault.text.show(language, **fault.values)
        parts.append(f"{where}：{said}" if language == "zh-CN" else f"{where}: {said}")
    return " ".join(parts)


def _plain(column: Column, text: str, faults: list[Fault]) -> str:
    if not text:
        return text
    words = " ".join(text.split())
    if len(words) > TEXT_MAX[column]:
        faults.append(Fault(column, TOO_LONG, {"max": TEXT_MAX[column]}))
    elif _CONTROL.search(words):
        faults.append(Fault(column, UNSTORABLE))
    return words
