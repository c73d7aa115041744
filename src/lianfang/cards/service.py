"""Verbs on printed codes: issue, list, make void, set as PDF. A clerk does it for whose document they hold, a resident for
themselves."""

import asyncio

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.cards import store
from lianfang.cards.document import typeset
from lianfang.cards.model import Layout, PrintedCode
from lianfang.cards.problems import REISSUED, VOID_ALREADY
from lianfang.cards.store import CardRow
from lianfang.config import Settings
from lianfang.credentials import service as credentials
from lianfang.credentials import token
from lianfang.credentials.keyring import KeyRing
from lianfang.credentials.model import PRINTED_VALID, Credential
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import NOT_FOUND, NOT_SIGNED_IN, Language
from lianfang.kit.identifiers import mask_document, mask_name
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.people import service as people
from lianfang.people import store as people_store
from lianfang.people.model import ImportedPerson, unlock

NEWEST = (1 << 63) - 1


async def issue(
    db: Database,
    identity: Database,
    lane_db: Database,
    keys: Keys,
    ring: KeyRing,
    scope: Scope,
    person_id: int,
    language: Language,
) -> PrintedCode:
    """A new printed code; the ones before, as far as this scope reaches, end with it."""
    now = clock_now().replace(microsecond=0)
    async with identity.transaction() as conn:
        row = await people_store.identity_find(conn, person_id)
    if row is None:
        raise NOT_SIGNED_IN()
    person = unlock(keys, row)
    colour = await credentials.colour_of(lane_db, person_id, now)
    signer = await ring.signer("printed")
    async with scoped(db, scope) as conn:
        number = await store.next_number(scope, conn)
        name, document = mask_name(person.name), mask_document(person.document)
        credential = Credential("printed", number, now, now + PRINTED_VALID, name, colour, document=document)
        signed = token.issue(signer.key, signer.kid, credential)
        await store.void_earlier(scope, conn, person_id, now, REISSUED.show(language))
        await store.insert(
            scope,
            conn,
            person_id=person_id,
            number=number,
            kid=signer.kid,
            credential=keys.encrypt_bytes(signed, _place(number)),
            issued_at=credential.issued,
            expires_at=credential.expires,
        )
        await audit.record(scope, conn, "codes.print", f"person:{person_id}", number=number)
        found = await store.find(scope, conn, number)
    assert found is not None
    return _shown(keys, found)


async def issue_for(
    db: Database,
    identity: Database,
    lane_db: Database,
    keys: Keys,
    ring: KeyRing,
    scope: Scope,
    account_id: int,
    given: ImportedPerson,
    language: Language,
) -> PrintedCode:
    """For the person whose document a clerk holds in their hand."""
    person_id = await people.enter(identity, keys, scope, account_id, given)
    return await issue(db, identity, lane_db, keys, ring, scope, person_id, language)


async def list_codes(
    db: Database, keys: Keys, scope: Scope, cursor: str | None, limit: int | None
) -> Page[PrintedCode]:
    size = clamp(limit)
    before = decode_cursor(cursor, tuple[int]) or (NEWEST,)
    async with scoped(db, scope) as conn:
        rows = await store.list_codes(scope, conn, before=before[0], limit=size + 1)
    return page([_shown(keys, row) for row in rows], size, lambda code: (code.number,))


async def void(db: Database, keys: Keys, scope: Scope, number: int, reason: str) -> PrintedCode:
    """Ends it. Gates refuse it as soon as they have the next status list. Once more changes nothing."""
    async with scoped(db, scope) as conn:
        if await store.void(scope, conn, number, clock_now(), reason):
            await audit.record(scope, conn, "codes.void", f"code:{number}", reason=reason)
        row = await store.find(scope, conn, number)
    if row is None:
        raise NOT_FOUND()
    return _shown(keys, row)


async def pdf(db: Database, keys: Keys, settings: Settings, scope: Scope, number: int, layout: Layout) -> bytes:
    """The paper: an A4 page, or a card to cut out."""
    async with scoped(db, scope) as conn:
        row = await store.find(scope, conn, number)
        if row is None:
            raise NOT_FOUND()
        if row.voided_at is not None:
            raise VOID_ALREADY()
        await audit.record(scope, conn, "codes.print_pdf", f"code:{number}", format=layout)
    signed = keys.decrypt_bytes(row.credential, _place(number))
    return await asyncio.to_thread(typeset, _shown(keys, row), token.text_of(signed), layout, settings.zone)


def _shown(keys: Keys, row: CardRow) -> PrintedCode:
    credential = token.opened(keys.decrypt_bytes(row.credential, _place(row.number)))
    return PrintedCode(
        row.number,
        credential.name,
        credential.document,
        row.issued_by,
        row.issued_at,
        row.expires_at,
        row.voided_at,
        row.voided_by,
        row.reason,
    )


def _place(number: int) -> str:
    return f"printed_codes.credential:{number}"
