"""Rosters and their members."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from lianfang.kit.errors import Language, Text
from lianfang.people.model import DocumentType, ImportedDocumentType

Kind = Literal["employees", "residents", "pupils", "riders", "other"]
KINDS: dict[Kind, Text] = {
    "employees": Text("员工", "Employees"),
    "residents": Text("住户", "Residents"),
    "pupils": Text("学生", "Pupils"),
    "riders": Text("乘客", "Riders"),
    "other": Text("其他", "Other"),
}
DOCUMENT_TYPES: dict[DocumentType, Text] = {
    "resident_id": Text("身份证", "Resident ID card"),
    "passport": Text("护照", "Passport"),
    "hk_macau_permit": Text("港澳居民来往内地通行证", "Mainland travel permit (Hong Kong, Macau)"),
    "taiwan_permit": Text("台湾居民来往大陆通行证", "Mainland travel permit (Taiwan)"),
    "foreign_permanent_resident": Text("外国人永久居留身份证", "Foreign permanent resident ID card"),
}


def document_words(kind: ImportedDocumentType, language: Language) -> str:
    return kind if kind == "other" else DOCUMENT_TYPES[kind].show(language)


Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class NewRoster(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list to create."""

    unit_id: int
    name: Name
    kind: Kind


class RosterChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new name."""

    name: Name


class StoredRoster(msgspec.Struct, frozen=True, kw_only=True):
    """A row of rosters with its unit's name and the number of its members who have not left."""

    id: int
    unit_id: int
    unit_name: str
    ord: int
    name: str
    kind: Kind
    members: int
    created_at: datetime


class Roster(msgspec.Struct, frozen=True, kw_only=True):
    """A list as the console shows it; `members` counts those who have not left."""

    id: int
    unit_id: int
    unit_name: str
    name: str
    kind: Kind
    members: int
    created_at: datetime


class StoredMember(msgspec.Struct, frozen=True, kw_only=True):
    """A row of roster_members: `given` is name and document, encrypted; so is `phone`."""

    roster_id: int
    id: int
    person_id: int
    document_type: ImportedDocumentType
    given: bytes
    phone: bytes | None
    number: str
    department: str
    job_category: str
    joined_at: datetime
    left_at: datetime | None


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on a list, as the unit gave them: masked in lists, in the clear only with a purpose."""

    id: int
    number: str
    name: str
    document_type: ImportedDocumentType
    document: str
    phone: str
    department: str
    job_category: str
    joined_at: datetime
    left_at: datetime | None


class Search(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which members. Number, document, phone and name exactly as given; in the body, so that no address holds them."""

    number: Annotated[str, msgspec.Meta(max_length=40)] = ""
    document: Annotated[str, msgspec.Meta(max_length=64)] = ""
    phone: Annotated[str, msgspec.Meta(max_length=40)] = ""
    name: Annotated[str, msgspec.Meta(max_length=100)] = ""
    department: Annotated[str, msgspec.Meta(max_length=60)] = ""
    left: bool = False
    """Those who have left, instead of those who are there."""
    cursor: str | None = None
    limit: int | None = None


class StartImport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Imports an uploaded file. `replace`: whoever is not in it has left. `dry_run`: only says what would happen."""

    upload_id: int
    dry_run: bool = True
    replace: bool = False


class Started(msgspec.Struct, frozen=True):
    """A run that was started."""

    run_id: int


class Purpose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why somebody opens or exports what is masked elsewhere; recorded."""

    purpose: Annotated[str, msgspec.Meta(max_length=200)]


class ExportRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list as a file: masked, or in the clear for whoever works from it."""

    purpose: Annotated[str, msgspec.Meta(max_length=200)]
    format: Literal["xlsx", "csv"] = "xlsx"
    clear: bool = False
    left: bool = False
