"""The trust list in the database. With a Scope: the console. `worker_…`: whoever verifies."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from lianfang.access.scope import Scope
from lianfang.certificates.model import Format, Signer, Usage
from lianfang.kit.db import Connection, fetch_all, fetch_value
from lianfang.kit.sql import Queries

Q = Queries(__package__)


class ListedSigner(msgspec.Struct, frozen=True):
    """A key of the trust list, as the console shows it."""

    id: int
    format: Format
    kid: str
    issuer: str
    country: str
    usages: list[Usage]
    not_before: datetime
    not_after: datetime
    added_at: datetime
    voided_at: datetime | None


async def insert_signer(scope: Scope, conn: Connection, signer: Signer, by: int) -> int | None:
    """None where it is on the list already, or was and is void."""
    params = {name: getattr(signer, name) for name in signer.__struct_fields__ if name not in ("usages", "voided")}
    value = await fetch_value(
        conn, Q.insert_signer, params | {"usages": sorted(signer.usages), "ord": scope.lo, "by": by}
    )
    return None if value is None else int(value)


async def signers(scope: Scope, conn: Connection, *, after: int, limit: int) -> list[ListedSigner]:
    params = {"lo": scope.lo, "hi": scope.hi, "after": after, "limit": limit}
    return await fetch_all(conn, ListedSigner, Q.signers, params)


async def void_signer(scope: Scope, conn: Connection, signer_id: int, by: int) -> bool:
    params = {"lo": scope.lo, "hi": scope.hi, "id": signer_id, "by": by}
    return (await conn.execute(Q.void_signer, params)).rowcount == 1


async def insert_revocations(scope: Scope, conn: Connection, marks: Collection[bytes], by: int) -> int:
    """How many were new."""
    params = {"marks": [mark.hex() for mark in marks], "ord": scope.lo, "by": by}
    return (await conn.execute(Q.insert_revocations, params)).rowcount


async def worker_signers(conn: Connection, format: Format, kid: str) -> list[Signer]:
    return await fetch_all(conn, Signer, Q.worker_signers, {"format": format, "kid": kid})


async def worker_revoked(conn: Connection, marks: Collection[bytes]) -> list[bytes]:
    """Those of the marks that are on the list."""
    rows = await (await conn.execute(Q.worker_revoked, {"marks": list(marks)})).fetchall()
    return [bytes(row[0]) for row in rows]
