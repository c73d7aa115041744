"""An attendant's words about a refusal: written by hand about a person, so encrypted for their visit."""

from typing import Protocol
from uuid import UUID

from lianfang.kit.crypto import Keys
from lianfang.kit.errors import Language
from lianfang.visits.model import reason_text


class Noted(Protocol):
    """A row of visits, as far as its note goes."""

    @property
    def person_id(self) -> int: ...
    @property
    def scan_id(self) -> UUID: ...
    @property
    def note(self) -> bytes | None: ...


class Reasoned(Noted, Protocol):
    @property
    def reason(self) -> str: ...


def lock(keys: Keys, person_id: int, scan_id: UUID, note: str) -> bytes | None:
    return keys.encrypt(note, _place(person_id, scan_id)) if note else None


def unlock(keys: Keys, row: Noted) -> str:
    return keys.decrypt(row.note, _place(row.person_id, row.scan_id)) if row.note else ""


def explained(keys: Keys, row: Reasoned, language: Language) -> str:
    """The reason as a sentence, with the attendant's own words where they gave some."""
    return reason_text(row.reason, language, unlock(keys, row))


def _place(person_id: int, scan_id: UUID) -> str:
    return f"visits.note:{person_id}:{scan_id}"
