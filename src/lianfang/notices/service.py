"""Putting a message on its way."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.notices import store
from lianfang.notices.store import Channel


async def post_sms(
    conn: Connection, keys: Keys, phone: str, template: str, parameters: Mapping[str, str], expires_at: datetime
) -> int:
    """Writes a text message in the caller's transaction: it is sent if and only if that commits."""
    return await post(conn, keys, "sms", phone, template, parameters, expires_at)


async def post(
    conn: Connection,
    keys: Keys,
    channel: Channel,
    recipient: str,
    template: str,
    parameters: Mapping[str, str],
    expires_at: datetime,
) -> int:
    """The same by any channel (as lianfang_identity or lianfang_worker)."""
    notice_id = await store.identity_reserve_id(conn)
    await store.identity_insert(
        conn,
        notice_id,
        channel=channel,
        recipient=keys.encrypt(recipient, f"notices.recipient:{notice_id}"),
        template=template,
        parameters=keys.encrypt(msgspec.json.encode(parameters).decode(), f"notices.parameters:{notice_id}"),
        expires_at=expires_at,
    )
    return notice_id


async def tidy(worker: Database) -> int:
    """Drops notices that nobody needs any more; how many."""
    async with worker.transaction() as conn:
        return await store.worker_drop_old(conn)
