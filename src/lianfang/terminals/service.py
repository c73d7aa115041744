"""Terminals: added and ended in the console, enrolled and given another key by themselves; whose signature a request carries."""

import base64
import binascii
import secrets
from collections.abc import Mapping
from datetime import timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from lianfang.access.scope import Scope, scoped
from lianfang.access.throttle import Limit, spend
from lianfang.audit import store as audit
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import NOT_FOUND, invalid, wrong_field
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.organisations import store as organisations
from lianfang.terminals import signature, store
from lianfang.terminals.model import (
    ENROLMENT_VALID,
    EnrolKey,
    Enrolment,
    NewKey,
    NewTerminal,
    Terminal,
    TerminalAt,
    TerminalSession,
)
from lianfang.terminals.problems import ENROLMENT, KEY_KIND, SIGNATURE
from lianfang.venues import store as venues

BAD_SIGNATURES = Limit("terminal signatures by address", 60, timedelta(minutes=10))
ENROLMENTS = Limit("terminal enrolments by address", 20, timedelta(minutes=30))
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


async def authenticate(
    identity: Database, keys: Keys, method: str, path: str, headers: Mapping[str, str], body: bytes, address: str
) -> TerminalSession:
    """The terminal that signed this request, just now, and for the first time. Whoever tries many keys is slowed."""
    signed = signature.read(method, path, headers, body)
    if signed and signed.key_id.isascii() and signed.key_id.isdigit() and len(signed.key_id) < 19:
        async with identity.transaction() as conn:
            row = await store.identity_keys(conn, int(signed.key_id))
            known = row and (_fits(row.public_key, signed), _fits(row.earlier_key, signed))
            if row and known and any(known) and signature.fresh(signed, clock_now()):
                settle = known[0] and row.earlier_key is not None
                if await store.identity_used(conn, row.id, signed.nonce, settle=settle):
                    return row.session
    await spend(identity, keys, BAD_SIGNATURES, address)
    raise SIGNATURE()


def _fits(der: bytes | None, signed: signature.Signed) -> bool:
    key = signature.key_of(der) if der else None
    return key is not None and signature.fits(key, signed)


async def list_terminals(
    db: Database, scope: Scope, *, unit_id: int | None, cursor: str | None, limit: int | None
) -> Page[Terminal]:
    """Terminals of a unit and everything below it."""
    size = clamp(limit)
    after = decode_cursor(cursor, tuple[int]) or (0,)
    async with scoped(db, scope) as conn:
        part = scope
        if unit_id is not None:
            place = await organisations.find_place(scope, conn, unit_id)
            if place is None:
                raise NOT_FOUND()
            part = scope.narrowed(place.lo, place.hi)
        rows = await store.terminals(part, conn, after=after[0], limit=size + 1)
    return page(rows, size, lambda row: (row.id,))


async def add(db: Database, keys: Keys, scope: Scope, account_id: int, new: NewTerminal) -> Enrolment:
    """A terminal that has no key yet, and the code by which it gets one."""
    if not new.name.strip() or "\0" in new.name:
        raise invalid(wrong_field("name", "empty", "请填写名称。", "Enter a name."))
    code, until = _code(), clock_now() + ENROLMENT_VALID
    async with scoped(db, scope) as conn:
        checkpoint = await venues.find_checkpoint(scope, conn, new.checkpoint_id)
        if checkpoint is None:
            raise invalid(wrong_field("checkpoint_id", "unknown", "没有这个登记点。", "There is no such checkpoint."))
        terminal_id = await store.insert(
            scope,
            conn,
            ord=checkpoint.ord,
            checkpoint_id=checkpoint.id,
            name=new.name.strip(),
            account_id=account_id,
            code_digest=_digest(keys, code),
            until=until,
        )
        await audit.record(scope, conn, "terminals.create", f"terminal:{terminal_id}", checkpoint=checkpoint.id)
    return Enrolment(terminal_id, code, until)


async def enrol_anew(db: Database, keys: Keys, scope: Scope, terminal_id: int) -> Enrolment:
    """Another code, for a device that lost its key or was exchanged. The key it has now ends when the code is used."""
    code, until = _code(), clock_now() + ENROLMENT_VALID
    async with scoped(db, scope) as conn:
        if not await store.enrol_anew(scope, conn, terminal_id, _digest(keys, code), until):
            raise NOT_FOUND()
        await audit.record(scope, conn, "terminals.enrol_anew", f"terminal:{terminal_id}")
    return Enrolment(terminal_id, code, until)


async def void(db: Database, scope: Scope, terminal_id: int) -> None:
    """Its key ends at once, for good."""
    async with scoped(db, scope) as conn:
        if not await store.void(scope, conn, terminal_id):
            raise NOT_FOUND()
        await audit.record(scope, conn, "terminals.void", f"terminal:{terminal_id}")


async def enrol(
    db: Database,
    identity: Database,
    keys: Keys,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    sent: EnrolKey,
    address: str,
) -> TerminalAt:
    """The device hands in its public key with the code, and shows by signing that it has the private one."""
    await spend(identity, keys, ENROLMENTS, address)
    der = _bytes(sent.public_key)
    signed = signature.read("POST", path, headers, body)
    if signed is None or not signature.fresh(signed, clock_now()) or not _fits(der, signed):
        raise KEY_KIND()
    code = sent.code.replace("-", "").replace(" ", "").upper()
    async with identity.transaction() as conn:
        terminal_id = await store.identity_enrol(conn, _digest(keys, code), der)
        if terminal_id is None:
            raise ENROLMENT()
        row = await store.identity_keys(conn, terminal_id)
        assert row is not None
        scope = scope_of(row.session)
        await audit.record(scope, conn, "terminals.enrol", f"terminal:{terminal_id}")
    return await at(db, row.session)


async def rotate(identity: Database, terminal: TerminalSession, new: NewKey) -> None:
    """Another key. The one before ends when this one has been used."""
    der = _bytes(new.public_key)
    key = signature.key_of(der)
    try:
        if key is None:
            raise KEY_KIND()
        if isinstance(key, Ed25519PublicKey):
            key.verify(_bytes(new.proof), der)
        else:
            key.verify(_bytes(new.proof), der, ECDSA(SHA256()))
    except InvalidSignature:
        raise KEY_KIND() from None
    async with identity.transaction() as conn:
        await store.identity_rotate(conn, terminal.id, der)
        await audit.record(scope_of(terminal), conn, "terminals.rotate", f"terminal:{terminal.id}")


async def at(db: Database, terminal: TerminalSession) -> TerminalAt:
    """Where it stands, and what time it is."""
    scope = scope_of(terminal)
    async with scoped(db, scope) as conn:
        found = await store.about(scope, conn, terminal.id)
    if found is None:
        raise SIGNATURE()
    return TerminalAt(terminal.id, found[0], terminal.checkpoint_id, found[1], clock_now())


async def forget(worker: Database) -> None:
    """Drops nonces whose signatures are too old to be used again."""
    async with worker.transaction() as conn:
        await store.worker_forget(conn, clock_now() - 3 * signature.CLOCKS_DIFFER)


def scope_of(terminal: TerminalSession) -> Scope:
    """Its own place and nothing below."""
    return Scope(f"terminal:{terminal.id}", "terminal", terminal.ord, terminal.ord)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise KEY_KIND() from None


def _code() -> str:
    """Twelve characters that nobody misreads: 59 bits, for half an hour, with 20 tries per address."""
    return "".join(secrets.choice(ALPHABET) for _ in range(12))


def _digest(keys: Keys, code: str) -> bytes:
    return keys.code_digest("terminal enrolment", code)
