"""Verbs on authorities: register a key, confirm it from above, void it."""

import base64
import binascii
import hashlib

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.intake import store
from lianfang.intake.check import KINDS
from lianfang.intake.model import Authority, NewAuthority
from lianfang.intake.problems import DECIDED, KEY_TAKEN, KEY_WRONG, SECOND_PERSON, UNKNOWN_KIND
from lianfang.intake.store import StoredAuthority
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, FieldError, invalid, wrong_field
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.organisations import store as organisations


def shown(row: StoredAuthority) -> Authority:
    kept = {name: getattr(row, name) for name in row.__struct_fields__ if name not in ("ord", "public_key")}
    return Authority(**kept, fingerprint=fingerprint(row.public_key))


def fingerprint(public_key: bytes) -> str:
    """By which two people on the telephone compare a key."""
    text = hashlib.sha256(public_key).hexdigest()[:32].upper()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


async def list_authorities(db: Database, scope: Scope, cursor: str | None, limit: int | None) -> Page[Authority]:
    """Those of one's own unit and below, in the order in which they were registered."""
    limit = clamp(limit)
    key = decode_cursor(cursor, tuple[int])
    async with scoped(db, scope) as conn:
        rows = await store.authorities(scope, conn, after=key[0] if key else 0, limit=limit + 1)
    return page([shown(row) for row in rows], limit, lambda row: (row.id,))


async def register(db: Database, scope: Scope, account_id: int, new: NewAuthority) -> Authority:
    """Registers a key. It counts once somebody above has confirmed it."""
    errors = [FieldError("kinds", "unknown", UNKNOWN_KIND, {"kind": kind}) for kind in new.kinds if kind not in KINDS]
    name = " ".join(new.name.split())
    if not name:
        errors.append(wrong_field("name", "empty", "请填写名称。", "Please give it a name."))
    if errors:
        raise invalid(*errors)
    public_key = _public_key(new.public_key)
    async with scoped(db, scope) as conn:
        place = await organisations.find_place(scope, conn, new.unit_id)
        if place is None:
            raise NOT_FOUND()
        kinds = [kind for kind in KINDS if kind in new.kinds]
        authority_id = await store.insert_authority(
            scope, conn, unit_id=place.id, ord=place.lo, name=name, public_key=public_key, kinds=kinds, by=account_id
        )
        if authority_id is None:
            raise KEY_TAKEN()
        await audit.record(scope, conn, "authorities.register", f"authority:{authority_id}", unit=place.id, kinds=kinds)
        return shown(await _existing(scope, conn, authority_id))


async def confirm(db: Database, scope: Scope, account_id: int, authority_id: int) -> Authority:
    """A second administrator, of a unit above, has compared the fingerprint with the authority. Problem `second_person`."""
    async with scoped(db, scope) as conn:
        row = await _existing(scope, conn, authority_id)
        if row.registered_by == account_id or row.ord == scope.lo:
            raise SECOND_PERSON()
        if not await store.confirm_authority(scope, conn, authority_id, account_id):
            raise DECIDED()
        await audit.record(
            scope, conn, "authorities.confirm", f"authority:{authority_id}", registered_by=row.registered_by
        )
        return shown(await _existing(scope, conn, authority_id))


async def void(db: Database, scope: Scope, account_id: int, authority_id: int) -> Authority:
    """The key counts no longer; what it signed before stays."""
    async with scoped(db, scope) as conn:
        await _existing(scope, conn, authority_id)
        if not await store.void_authority(scope, conn, authority_id, account_id):
            raise DECIDED()
        await audit.record(scope, conn, "authorities.void", f"authority:{authority_id}")
        return shown(await _existing(scope, conn, authority_id))


async def _existing(scope: Scope, conn: Connection, authority_id: int) -> StoredAuthority:
    rows = await store.authorities(scope, conn, id=authority_id)
    if not rows:
        raise NOT_FOUND()
    return rows[0]


def _public_key(text: str) -> bytes:
    """The 32 bytes; Problem `key_wrong`."""
    try:
        if "BEGIN" in text:
            key = load_pem_public_key(text.encode())
        else:
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode("".join(text.split()), validate=True))
    except (ValueError, TypeError, binascii.Error, UnsupportedAlgorithm):
        raise KEY_WRONG() from None
    if not isinstance(key, Ed25519PublicKey):
        raise KEY_WRONG()
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)
