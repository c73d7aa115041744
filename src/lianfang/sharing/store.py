"""Shares in the database, under the owner's Scope or the receiver's."""

from datetime import datetime
from uuid import UUID

import msgspec

from lianfang.access.scope import Scope
from lianfang.kit.db import Connection, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries
from lianfang.sharing.model import Addressee, Kind, NewShare, Share
from lianfang.venues.model import Category

Q = Queries(__package__)


class Opened(msgspec.Struct, frozen=True):
    """What a share opens now, and for which places."""

    kind: Kind
    categories: list[Category]
    export: bool
    lo: int
    hi: int


class AlertRow(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    checkpoint: str
    category: Category
    unit: str
    person_id: int
    celsius: float
    at: datetime
    scan_id: UUID | None
    acknowledged_at: datetime | None


def _interval(scope: Scope) -> dict[str, int]:
    return {"lo": scope.lo, "hi": scope.hi}


async def given(scope: Scope, conn: Connection, *, before: int, limit: int) -> list[Share]:
    """What units of the scope share, newest first."""
    return await fetch_all(conn, Share, Q.given, _interval(scope) | {"before": before, "limit": limit})


async def received(scope: Scope, conn: Connection, *, before: int, limit: int) -> list[Share]:
    """What units of the scope are shown, newest first."""
    return await fetch_all(conn, Share, Q.received, _interval(scope) | {"before": before, "limit": limit})


async def addressees(scope: Scope, conn: Connection, words: str) -> list[Addressee]:
    """Units anywhere with exactly this name or code: nothing else is told of them."""
    return await fetch_all(conn, Addressee, Q.addressees, {"words": words})


async def addressee(scope: Scope, conn: Connection, unit_id: int) -> Addressee | None:
    return await fetch_one(conn, Addressee, Q.addressee, {"id": unit_id})


async def insert(scope: Scope, conn: Connection, new: NewShare, *, ord: int, purpose: str) -> int:
    params = msgspec.structs.asdict(new) | {
        "ord": ord,
        "purpose": purpose,
        "categories": sorted(set(new.categories)),
        "created_by": scope.actor,
    }
    return int(await fetch_value(conn, Q.insert_share, params))


async def revoke(scope: Scope, conn: Connection, share_id: int) -> bool:
    """Whether it was in force, or waiting, until now."""
    params = _interval(scope) | {"id": share_id, "by": scope.actor}
    return await fetch_value(conn, Q.revoke_share, params) is not None


async def is_known(scope: Scope, conn: Connection, share_id: int) -> bool:
    """Whether the share is addressed to a unit of the scope, in force or not."""
    return await fetch_value(conn, Q.is_known, _interval(scope) | {"id": share_id}) is not None


async def open_share(scope: Scope, conn: Connection, share_id: int) -> Opened | None:
    """What the share opens now to a receiver within the transaction's scope."""
    return await fetch_one(conn, Opened, Q.open_share, {"id": share_id})


async def alerts(scope: Scope, conn: Connection, *, before: int, limit: int) -> list[AlertRow]:
    return await fetch_all(conn, AlertRow, Q.alerts, _interval(scope) | {"before": before, "limit": limit})
