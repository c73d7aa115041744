"""Verbs on the trust list: who may sign certificates, and which certificates were revoked."""

import base64
import binascii
import re
from typing import Annotated, Final

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.certificates import store
from lianfang.certificates.dcc import mark
from lianfang.certificates.model import Signer
from lianfang.certificates.problems import MARKS_WRONG, SIGNER_WRONG, TOP_ONLY
from lianfang.certificates.signers import SignerError, from_certificate, from_key_set
from lianfang.certificates.store import ListedSigner
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.organisations import store as units

_DIGEST: Final = re.compile(r"[0-9a-fA-F]{32}(?:[0-9a-fA-F]{32})?")
_NUMBER: Final = re.compile(r"[!-~]{8,120}")


class NewSigners(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file for the trust list: certificates as PEM or (Base64) DER; or a key set with the address of its issuer."""

    content: Annotated[str, msgspec.Meta(max_length=1_000_000)]
    issuer: Annotated[str, msgspec.Meta(max_length=200)] = ""
    country: Annotated[str, msgspec.Meta(max_length=2)] = ""


class SignersAdded(msgspec.Struct, frozen=True):
    """`known`: on the list already."""

    added: int
    known: int


class NewRevocations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One a line: a certificate's own number, or the digest by which a revocation list names it."""

    lines: Annotated[str, msgspec.Meta(max_length=1_000_000)]


class RevocationsAdded(msgspec.Struct, frozen=True):
    lines: int
    added: int


async def list_signers(db: Database, scope: Scope, cursor: str | None, limit: int | None) -> Page[ListedSigner]:
    limit = clamp(limit)
    key = decode_cursor(cursor, tuple[int])
    async with scoped(db, scope) as conn:
        rows = await store.signers(scope, conn, after=key[0] if key else 0, limit=limit + 1)
    return page(rows, limit, lambda row: (row.id,))


async def add_signers(db: Database, scope: Scope, account_id: int, new: NewSigners) -> SignersAdded:
    """All that the file holds, or nothing. Problem `signer_wrong`."""
    try:
        found = _read(new)
    except SignerError as error:
        raise SIGNER_WRONG(detail=str(error)) from None
    async with scoped(db, scope) as conn:
        await _be_top(scope, conn)
        ids = [await store.insert_signer(scope, conn, signer, account_id) for signer in found]
        for signer_id, signer in zip(ids, found, strict=True):
            if signer_id is not None:
                detail = {"format": signer.format, "kid": signer.kid, "country": signer.country}
                await audit.record(scope, conn, "certificates.trust", f"signer:{signer_id}", **detail)
    added = sum(signer_id is not None for signer_id in ids)
    return SignersAdded(added, len(ids) - added)


async def void_signer(db: Database, scope: Scope, account_id: int, signer_id: int) -> None:
    """What it signed is accepted no longer; what was accepted before stays."""
    async with scoped(db, scope) as conn:
        if not await store.void_signer(scope, conn, signer_id, account_id):
            raise NOT_FOUND()
        await _be_top(scope, conn)  # or nothing was voided: all of it is undone
        await audit.record(scope, conn, "certificates.distrust", f"signer:{signer_id}")


async def add_revocations(db: Database, scope: Scope, account_id: int, new: NewRevocations) -> RevocationsAdded:
    """All lines, or none. Problem `marks_wrong`."""
    marks = []
    for line, text in enumerate(new.lines.splitlines(), 1):
        text = text.strip()
        if not text:
            continue
        if _DIGEST.fullmatch(text):
            marks.append(bytes.fromhex(text)[:16])
        elif _NUMBER.fullmatch(text):
            marks.append(mark(text))
        else:
            raise MARKS_WRONG(line=line)
    async with scoped(db, scope) as conn:
        await _be_top(scope, conn)
        added = await store.insert_revocations(scope, conn, set(marks), account_id)
        await audit.record(scope, conn, "certificates.revoke", "certificates", lines=len(marks), added=added)
    return RevocationsAdded(len(marks), added)


async def _be_top(scope: Scope, conn: Connection) -> None:
    """A county that could add a signer could sign away anybody's colour, anywhere."""
    if not await units.is_top(scope, conn):
        raise TOP_ONLY()


def _read(new: NewSigners) -> list[Signer]:
    text = new.content.strip()
    if text.startswith("{"):
        if not new.issuer.startswith("https://"):
            raise SignerError("https://…")
        return from_key_set(text.encode(), new.issuer.strip(), new.country)
    if text.startswith("-----BEGIN"):
        return from_certificate(text.encode())
    try:
        return from_certificate(base64.b64decode("".join(text.split()), validate=True))
    except binascii.Error:
        raise SignerError("PEM, DER, JWKS") from None
