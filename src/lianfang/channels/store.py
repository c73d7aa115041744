"""Channels in the database. With a Scope: as lianfang_app (one's own). `identity_…`: as lianfang_identity; `worker_…`: tidying."""

from datetime import datetime

import msgspec

from lianfang.access.scope import Scope
from lianfang.channels.model import ChannelName, Linked
from lianfang.kit.db import Connection, fetch_all, fetch_one
from lianfang.kit.sql import Queries

Q = Queries(__package__)


class Names(msgspec.Struct, frozen=True):
    """An identity as it is stored: blind indexes. What the provider calls somebody is of no use to anybody else here."""

    channel: ChannelName
    subjects: list[bytes]
    union: bytes | None


class Known(msgspec.Struct, frozen=True):
    """The person behind an identity."""

    person_id: int
    epoch: int
    name: bytes


class Pending(msgspec.Struct, frozen=True):
    """A login on its way."""

    browser_digest: bytes
    return_path: str
    expires_at: datetime


async def identity_begin(
    conn: Connection,
    *,
    state_digest: bytes,
    channel: ChannelName,
    browser_digest: bytes,
    return_path: str,
    expires_at: datetime,
) -> None:
    params = {
        "state_digest": state_digest,
        "channel": channel,
        "browser_digest": browser_digest,
        "return_path": return_path,
        "expires_at": expires_at,
    }
    await conn.execute(Q.begin, params)


async def identity_take(conn: Connection, state_digest: bytes, channel: ChannelName) -> Pending | None:
    return await fetch_one(conn, Pending, Q.take, {"state_digest": state_digest, "channel": channel})


async def identity_find(conn: Connection, names: Names) -> Known | None:
    return await fetch_one(conn, Known, Q.find, msgspec.structs.asdict(names))


async def identity_link(conn: Connection, names: Names, person_id: int) -> int:
    """How many names are new. A name that belongs to somebody stays theirs."""
    rows = await (await conn.execute(Q.link, msgspec.structs.asdict(names) | {"person_id": person_id})).fetchall()
    return sum(row[0] for row in rows)


async def identity_unlink(conn: Connection, channel: ChannelName, person_id: int) -> int:
    return (await conn.execute(Q.unlink, {"channel": channel, "person_id": person_id})).rowcount


async def linked(scope: Scope, conn: Connection) -> list[Linked]:
    """The resident's own channels."""
    return await fetch_all(conn, Linked, Q.linked, {"person_id": scope.person_id})


async def worker_drop_old(conn: Connection) -> int:
    return (await conn.execute(Q.drop_old)).rowcount
