"""Verbs on devices: list with their drift, add, change, renew and revoke their token; who a token belongs to."""

import secrets
from datetime import timedelta

from lianfang.access.scope import Scope, scoped
from lianfang.access.throttle import Limit, spend
from lianfang.audit import store as audit
from lianfang.devices import drift, store
from lianfang.devices.model import Device, DeviceChange, DeviceSecret, DeviceSession, NewDevice, ShownDrift
from lianfang.devices.store import DeviceRow
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, NOT_SIGNED_IN, invalid, wrong_field
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.organisations import store as organisations
from lianfang.venues import store as venues
from lianfang.venues.model import StoredCheckpoint

PREFIX = "LFD1."
"""So that a token that leaked is recognised for what it is."""
DAY = timedelta(days=1)
BAD_TOKENS_PER_ADDRESS = Limit("device tokens by address", 60, timedelta(minutes=10))


async def authenticate(identity: Database, keys: Keys, token: str, client_address: str) -> DeviceSession:
    """The device whose token this is. Whoever tries others' is slowed."""
    if token.startswith(PREFIX):
        async with identity.transaction() as conn:
            device = await store.identity_authenticate(conn, _digest(keys, token))
        if device:
            return device
    await spend(identity, keys, BAD_TOKENS_PER_ADDRESS, client_address)
    raise NOT_SIGNED_IN()


async def list_devices(
    db: Database, scope: Scope, *, unit_id: int | None, cursor: str | None, limit: int | None
) -> Page[Device]:
    """Devices of a unit and everything below it, each compared with its neighbours."""
    size = clamp(limit)
    after = decode_cursor(cursor, tuple[int]) or (0,)
    async with scoped(db, scope) as conn:
        part = scope
        if unit_id is not None:
            place = await organisations.find_place(scope, conn, unit_id)
            if place is None:
                raise NOT_FOUND()
            part = scope.narrowed(place.lo, place.hi)
        rows = await store.devices(part, conn, after=after[0], limit=size + 1)
        shown = await _shown(scope, conn, rows)
    return page(shown, size, lambda device: (device.id,))


async def add_device(db: Database, keys: Keys, scope: Scope, new: NewDevice) -> DeviceSecret:
    """A device at a checkpoint, with its token."""
    name, token = _name(new.name), _new_token()
    async with scoped(db, scope) as conn:
        checkpoint = await _checkpoint(scope, conn, new.checkpoint_id)
        device_id = await store.insert(
            scope, conn, ord=checkpoint.ord, checkpoint_id=checkpoint.id, name=name, token_digest=_digest(keys, token)
        )
        await audit.record(scope, conn, "devices.create", f"device:{device_id}", checkpoint=checkpoint.id)
    return DeviceSecret(device_id, token)


async def change_device(db: Database, scope: Scope, device_id: int, change: DeviceChange) -> Device:
    """Another name, or another checkpoint."""
    async with scoped(db, scope) as conn:
        row = await _existing(scope, conn, device_id)
        checkpoint = await _checkpoint(scope, conn, change.checkpoint_id or row.checkpoint_id)
        name = _name(change.name) if change.name is not None else row.name
        await store.change(scope, conn, device_id, name=name, checkpoint_id=checkpoint.id, ord=checkpoint.ord)
        await audit.record(scope, conn, "devices.change", f"device:{device_id}", checkpoint=checkpoint.id)
        return (await _shown(scope, conn, [await _existing(scope, conn, device_id)]))[0]


async def renew_token(db: Database, keys: Keys, scope: Scope, device_id: int) -> DeviceSecret:
    """A new token; the old one ends at once."""
    token = _new_token()
    async with scoped(db, scope) as conn:
        if not await store.replace_token(scope, conn, device_id, _digest(keys, token)):
            raise NOT_FOUND()
        await audit.record(scope, conn, "devices.renew", f"device:{device_id}")
    return DeviceSecret(device_id, token)


async def revoke(db: Database, scope: Scope, device_id: int) -> None:
    """Its token ends at once."""
    async with scoped(db, scope) as conn:
        if not await store.replace_token(scope, conn, device_id, None):
            raise NOT_FOUND()
        await audit.record(scope, conn, "devices.revoke", f"device:{device_id}")


async def forget(worker: Database, retention: timedelta | None) -> None:
    """Readings are kept as long as visits."""
    if retention is not None:
        async with worker.transaction() as conn:
            await store.worker_forget(conn, clock_now() - retention)


async def _shown(scope: Scope, conn: Connection, rows: list[DeviceRow]) -> list[Device]:
    known = await store.series(scope, conn, rows, clock_now() - DAY) if rows else []
    own = {one.device_id: one for one in known}
    shown = []
    for row in rows:
        mine = own.get(row.id) or drift.Series(row.id, row.unit_id, row.parent_id, ())
        shown.append(
            Device(
                id=row.id,
                name=row.name,
                checkpoint_id=row.checkpoint_id,
                checkpoint=row.checkpoint,
                unit_id=row.unit_id,
                unit=row.unit,
                revoked=row.revoked,
                created_at=row.created_at,
                seen_at=row.seen_at,
                drift=ShownDrift(*drift.drift(mine, known), drift.NEEDED),
            )
        )
    return shown


async def _existing(scope: Scope, conn: Connection, device_id: int) -> DeviceRow:
    row = await store.find(scope, conn, device_id)
    if row is None:
        raise NOT_FOUND()
    return row


async def _checkpoint(scope: Scope, conn: Connection, checkpoint_id: int) -> StoredCheckpoint:
    checkpoint = await venues.find_checkpoint(scope, conn, checkpoint_id)
    if checkpoint is None:
        raise invalid(wrong_field("checkpoint_id", "unknown", "没有这个登记点。", "There is no such checkpoint."))
    return checkpoint


def _name(text: str) -> str:
    if not text.strip() or "\0" in text:
        raise invalid(wrong_field("name", "empty", "请填写名称。", "Enter a name."))
    return text.strip()


def _new_token() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def _digest(keys: Keys, token: str) -> bytes:
    return keys.code_digest("device token", token)
