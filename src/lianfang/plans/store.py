"""Plans that were decided. They are of nobody, so no scope hides them; the worker writes them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from lianfang.access.scope import Scope
from lianfang.kit.db import Connection, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries
from lianfang.plans.model import Pack, Parameters

Q = Queries(__package__)


class _Row(msgspec.Struct, frozen=True):
    id: int
    province: str
    key: str
    version: int
    pack: dict[str, Any]
    parameters: Parameters
    starts_at: datetime
    decided_by: str
    applied_at: datetime | None


class Adoption(msgspec.Struct, frozen=True):
    """A plan that was decided, with the province's figures in it."""

    id: int
    province: str
    pack: Pack
    parameters: Parameters
    starts_at: datetime
    decided_by: str
    applied_at: datetime | None

    @property
    def plan(self) -> str:
        """As a hold names it: `v9.1`, `v9.1-13`."""
        return f"{self.pack.id}-{self.province}" if self.province else self.pack.id


def _adoption(row: _Row) -> Adoption:
    pack = msgspec.convert(row.pack, Pack)
    return Adoption(row.id, row.province, pack, row.parameters, row.starts_at, row.decided_by, row.applied_at)


async def worker_adopt(
    conn: Connection, pack: Pack, *, province: str, parameters: Parameters, starts_at: datetime, decided_by: str
) -> int:
    """`pack` with the province's figures in it already."""
    params = {
        "province": province,
        "key": pack.key,
        "version": pack.version,
        "pack": Jsonb(msgspec.to_builtins(pack)),
        "parameters": Jsonb(parameters),
        "starts_at": starts_at,
        "decided_by": decided_by,
    }
    return int(await fetch_value(conn, Q.insert_adoption, params))


async def worker_in_force(conn: Connection, at: datetime) -> dict[str, Adoption]:
    """province → what counted at an instant; a province's figures lapse with the plan that they were in."""
    found = {row.province: _adoption(row) for row in await fetch_all(conn, _Row, Q.in_force, {"at": at})}
    return effective(found)


def effective(found: dict[str, Adoption]) -> dict[str, Adoption]:
    country = found.get("")
    return {province: a for province, a in found.items() if country and a.pack.id == country.pack.id}


async def worker_due(conn: Connection, at: datetime) -> list[Adoption]:
    return [_adoption(row) for row in await fetch_all(conn, _Row, Q.due, {"at": at})]


async def worker_coming(conn: Connection) -> list[Adoption]:
    """Decided, and not counting yet."""
    return [_adoption(row) for row in await fetch_all(conn, _Row, Q.coming)]


async def worker_set_applied(conn: Connection, ids: Iterable[int], at: datetime) -> None:
    await conn.execute(Q.set_applied, {"ids": list(ids), "at": at})


async def find(scope: Scope, conn: Connection, adoption_id: int) -> Adoption | None:
    row = await fetch_one(conn, _Row, Q.find_adoption, {"id": adoption_id})
    return _adoption(row) if row else None


async def latest(scope: Scope, conn: Connection, *, limit: int) -> list[Adoption]:
    """Newest first."""
    return [_adoption(row) for row in await fetch_all(conn, _Row, Q.latest_adoptions, {"limit": limit})]
