"""People in the database. With a Scope: as lianfang_app, under row-level security (oneself, or people seen at one's doors).
Without: as lianfang_identity, before anybody is known (`identity_…`)."""

from datetime import datetime

import msgspec

from lianfang.access.scope import Scope
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries
from lianfang.people.model import ImportedDocumentType, StoredPerson

Q = Queries(__package__)


class NewPerson(msgspec.Struct, frozen=True):
    """A person to store; every field normalised by kit.identifiers."""

    document_type: ImportedDocumentType
    document: str
    name: str
    phone: str | None
    consented_at: datetime | None = None


class _Sealed(msgspec.Struct, frozen=True, gc=False):
    """A row of people on its way into the database."""

    id: int
    document_type: ImportedDocumentType
    name: bytes
    document: bytes
    phone: bytes | None
    document_index: bytes
    phone_index: bytes | None
    consented_at: datetime | None


def document_index(keys: Keys, document_type: str, document: str) -> bytes:
    return keys.blind_index(f"people.document.{document_type}", document)


def phone_index(keys: Keys, phone: str) -> bytes:
    return keys.blind_index("people.phone", phone)


async def find(scope: Scope, conn: Connection, person_id: int) -> StoredPerson | None:
    return await fetch_one(conn, StoredPerson, Q.find, {"id": person_id})


async def find_many(scope: Scope, conn: Connection, ids: list[int]) -> dict[int, StoredPerson]:
    return {row.id: row for row in await fetch_all(conn, StoredPerson, Q.find_many, {"ids": ids})}


async def ids_by_document(scope: Scope, conn: Connection, indexes: list[bytes]) -> list[int]:
    """Ids of people with one of these document indexes (one per document type that the number could be)."""
    rows = await (await conn.execute(Q.known_documents, {"document_indexes": indexes})).fetchall()
    return [row[1] for row in rows]


async def ids_by_phone(scope: Scope, conn: Connection, index: bytes) -> list[int]:
    rows = await (await conn.execute(Q.ids_by_phone, {"phone_index": index})).fetchall()
    return [row[0] for row in rows]


async def identity_find(conn: Connection, person_id: int) -> StoredPerson | None:
    return await fetch_one(conn, StoredPerson, Q.find, {"id": person_id})


async def identity_find_many(conn: Connection, ids: list[int]) -> list[StoredPerson]:
    return await fetch_all(conn, StoredPerson, Q.find_many, {"ids": ids})


async def identity_find_by_document(conn: Connection, index: bytes) -> StoredPerson | None:
    return await fetch_one(conn, StoredPerson, Q.find_by_document, {"document_index": index})


async def identity_documents(conn: Connection, ids: list[int]) -> dict[bytes, int]:
    """Document index → person, of these people."""
    rows = await (await conn.execute(Q.documents_of, {"ids": ids})).fetchall()
    return {bytes(row[1]): row[0] for row in rows}


async def identity_known_documents(conn: Connection, indexes: list[bytes]) -> dict[bytes, int]:
    """Document index → person."""
    params = {"indexes": b"".join(indexes), "count": len(indexes)}
    return dict(await (await conn.execute(Q.known_many, params)).fetchall())


async def identity_insert(conn: Connection, keys: Keys, people: list[NewPerson]) -> dict[bytes, int]:
    """Document index → id of the people that were stored; a document that is registered already stays as it is and is left out."""
    rows = await (await conn.execute(Q.reserve_ids, {"count": len(people)})).fetchall()
    sealed = [_seal(keys, int(row[0]), person) for row, person in zip(rows, people, strict=True)]
    params = {"people": msgspec.json.encode(sealed).decode()}  # bytes become base64
    return {row[1]: row[0] for row in await (await conn.execute(Q.insert_many, params)).fetchall()}


def _seal(keys: Keys, person_id: int, person: NewPerson) -> _Sealed:
    return _Sealed(
        person_id,
        person.document_type,
        keys.encrypt(person.name, f"people.name:{person_id}"),
        keys.encrypt(person.document, f"people.document:{person_id}"),
        keys.encrypt(person.phone, f"people.phone:{person_id}") if person.phone else None,
        document_index(keys, person.document_type, person.document),
        phone_index(keys, person.phone) if person.phone else None,
        person.consented_at,
    )


async def identity_end_sessions(conn: Connection, person_id: int) -> None:
    await conn.execute(Q.end_sessions, {"id": person_id})


async def identity_put_code(
    conn: Connection, *, phone: bytes, digest: bytes, now: datetime, expires_at: datetime, resend_before: datetime
) -> bool:
    """False where the last code was sent too recently."""
    params = {
        "phone_index": phone,
        "code_digest": digest,
        "now": now,
        "expires_at": expires_at,
        "resend_before": resend_before,
    }
    return await fetch_value(conn, Q.put_code, params) is True


async def identity_try_code(conn: Connection, *, phone: bytes, now: datetime, max_tries: int) -> bytes | None:
    """The code's digest, unless it has expired or was tried too often. Counts as a try."""
    value = await fetch_value(conn, Q.try_code, {"phone_index": phone, "now": now, "max_tries": max_tries})
    return bytes(value) if value is not None else None


async def identity_drop_code(conn: Connection, phone: bytes) -> None:
    await conn.execute(Q.drop_code, {"phone_index": phone})
