"""The checkpoints whose posters are printed."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from lianfang.access.scope import Scope
from lianfang.kit.db import Connection, fetch_all, fetch_value
from lianfang.kit.sql import Queries
from lianfang.posters.model import PosterFilter

Q = Queries(__package__)
BEGINNING = (0, 0)


class PosterRow(msgspec.Struct, frozen=True):
    ord: int
    id: int
    name: str
    code: str
    unit: str
    above: str | None


async def list_posters(
    scope: Scope, conn: Connection, zone: ZoneInfo, wanted: PosterFilter, *, after: tuple[int, int], limit: int
) -> list[PosterRow]:
    """Checkpoints of the scope behind (ord, id) `after`; the filter's unit is the caller's business."""
    params = _params(scope, zone, wanted) | {"after_ord": after[0], "after_id": after[1], "limit": limit}
    return await fetch_all(conn, PosterRow, Q.list_posters, params)


async def count_posters(scope: Scope, conn: Connection, zone: ZoneInfo, wanted: PosterFilter) -> int:
    return int(await fetch_value(conn, Q.count_posters, _params(scope, zone, wanted)))


def _params(scope: Scope, zone: ZoneInfo, wanted: PosterFilter) -> dict[str, Any]:
    since = wanted.since and datetime.combine(wanted.since, datetime.min.time(), zone)
    return {"lo": scope.lo, "hi": scope.hi, "category": wanted.category, "text": wanted.q.strip(), "since": since}
