"""Notices in the database. `identity_…`: written as lianfang_identity; `worker_…`: delivered as lianfang_worker."""

from datetime import datetime
from typing import Literal

import msgspec

from lianfang.kit.db import Connection, fetch_all, fetch_value
from lianfang.kit.sql import Queries

Q = Queries(__package__)
Channel = Literal["sms", "wecom"]


class Due(msgspec.Struct, frozen=True):
    """A notice that this worker has taken on; `tries` counts this one."""

    id: int
    channel: Channel
    recipient: bytes
    template: str
    parameters: bytes
    tries: int


async def identity_reserve_id(conn: Connection) -> int:
    return int(await fetch_value(conn, Q.reserve_id))


async def identity_insert(
    conn: Connection,
    notice_id: int,
    *,
    channel: Channel,
    recipient: bytes,
    template: str,
    parameters: bytes,
    expires_at: datetime,
) -> None:
    params = {
        "id": notice_id,
        "channel": channel,
        "recipient": recipient,
        "template": template,
        "parameters": parameters,
        "expires_at": expires_at,
    }
    await conn.execute(Q.insert, params)


async def worker_claim(conn: Connection, channels: list[Channel], *, limit: int, lease_s: int) -> list[Due]:
    """Notices by these channels to send now. No other worker gets them until the lease ends."""
    return await fetch_all(conn, Due, Q.claim, {"channels": channels, "limit": limit, "lease_s": lease_s})


async def worker_sent(conn: Connection, notice_id: int, receipt: str) -> None:
    await conn.execute(Q.sent, {"id": notice_id, "receipt": receipt})


async def worker_failed(conn: Connection, notice_id: int, error: str) -> None:
    await conn.execute(Q.failed, {"id": notice_id, "error": error})


async def worker_postpone(conn: Connection, notice_id: int, error: str, *, after_s: int) -> None:
    await conn.execute(Q.postpone, {"id": notice_id, "error": error, "after_s": after_s})


async def worker_drop_old(conn: Connection) -> int:
    return (await conn.execute(Q.drop_old)).rowcount
