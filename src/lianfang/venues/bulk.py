"""Checkpoints by the thousand: of many units in one statement. For an import that has looked at what is there, and must notice
when that has changed meanwhile."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from psycopg import errors as pg

from lianfang.access.scope import Scope
from lianfang.kit import ids
from lianfang.kit.db import Changed, Connection, fetch_all
from lianfang.organisations import bulk as units
from lianfang.venues.model import Category
from lianfang.venues.store import NewRow, Q, tell_doors


class _Changeable(msgspec.Struct, frozen=True, kw_only=True):
    """What an import may change of a checkpoint."""

    id: int
    name: str
    category: Category
    template_id: int
    address: str
    lat: float | None
    lon: float | None
    ref: str | None
    temperature_valid_min: int | None
    review: bool
    checkout: bool
    test_hours: int | None
    doses: int | None
    risk_days: int | None


async def insert_many(scope: Scope, conn: Connection, rows: Sequence[tuple[int, NewRow]]) -> list[int]:
    """(unit id, checkpoint) → the new ids. Changed where a unit is gone or already has such a checkpoint."""
    # who holds the units' rows is the only one who imports into them: two imports of one file make each checkpoint once
    places = await units.lock(scope, conn, {unit_id for unit_id, _ in rows})
    news = [row for _, row in rows]
    params = {
        "unit_ids": [unit_id for unit_id, _ in rows],
        "ords": [places[unit_id] for unit_id, _ in rows],
        "names": [row.name for row in news],
        "categories": [row.category for row in news],
        "addresses": [row.address for row in news],
        "lats": [row.lat for row in news],
        "lons": [row.lon for row in news],
        "template_ids": [row.template_id for row in news],
        "refs": [row.ref for row in news],
        "temperature_valid_mins": [row.temperature_valid_min for row in news],
        "reviews": [row.review for row in news],
        "checkouts": [row.checkout for row in news],
        "test_hours": [row.test_hours for row in news],
        "doses": [row.doses for row in news],
        "risk_days": [row.risk_days for row in news],
    }
    created = await (await conn.execute(Q.insert_many, params)).fetchall()
    if len(created) != len(rows):
        raise Changed()
    codes = [ids.code() for _ in created]
    by_id = {"codes": codes, "checkpoint_ids": [row[0] for row in created], "ords": [row[1] for row in created]}
    await conn.execute(Q.insert_many_codes, by_id)
    return by_id["checkpoint_ids"]


async def change_many(scope: Scope, conn: Connection, changes: Mapping[int, Mapping[str, Any]]) -> None:
    """id → the fields that get another value. Changed where one is gone, or a number is another's."""
    params: dict[str, Any] = {"ids": list(changes), "lo": scope.lo, "hi": scope.hi}
    before = await fetch_all(conn, _Changeable, Q.lock_many, params)
    if len(before) != len(changes):
        raise Changed()
    after = [msgspec.structs.replace(row, **changes[row.id]) for row in before]
    params |= {f"new_{name}": [getattr(row, name) for row in after] for name in _Changeable.__struct_fields__}
    try:
        await conn.execute(Q.change_many, params)
    except pg.UniqueViolation:
        raise Changed() from None
    await tell_doors(scope, conn, list(changes))
