"""Checkpoints and templates in the database."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from lianfang.access.scope import Scope
from lianfang.kit.db import Connection, fetch_all, fetch_one
from lianfang.kit.sql import Queries
from lianfang.organisations.model import Place
from lianfang.venues.model import (
    Category,
    Field,
    ListedTemplate,
    NewTenant,
    StoredCheckpoint,
    Template,
    TemplateVersion,
    Tenant,
)

Q = Queries(__package__)

TOLD_AT_ONCE = 300  # ids: a notification has room for 8,000 bytes


class TemplateRow(msgspec.Struct, frozen=True):
    id: int
    name: str
    name_en: str
    version: int
    fields: list[dict[str, Any]]

    def template(self) -> Template:
        return msgspec.convert(self, Template, from_attributes=True)


class ListedRow(TemplateRow, frozen=True, kw_only=True):
    unit_id: int
    unit_name: str | None
    own: bool
    created_at: datetime
    checkpoints: int
    outdated: int


class VersionRow(TemplateRow, frozen=True, kw_only=True):
    created_at: datetime
    checkpoints: int


class DoorRow(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    replaced: bool
    checkpoint_id: int
    name: str
    category: Category
    ord: int
    open: bool
    temperature_valid_min: int | None
    review: bool
    checkout: bool
    test_hours: int | None
    doses: int | None
    risk_days: int | None
    former_requirements: list[dict[str, Any]]
    site: str | None
    template_id: int
    template_name: str
    template_name_en: str
    template_version: int
    fields: list[dict[str, Any]]


class DoorTenant(Tenant, frozen=True):
    """`open`: it has not left."""

    checkpoint_id: int
    open: bool


class NewRow(msgspec.Struct, frozen=True):
    """A checkpoint to insert."""

    name: str
    category: Category
    template_id: int
    address: str = ""
    lat: float | None = None
    lon: float | None = None
    ref: str | None = None
    temperature_valid_min: int | None = None
    review: bool = False
    checkout: bool = False
    test_hours: int | None = None
    doses: int | None = None
    risk_days: int | None = None


async def list_checkpoints(
    scope: Scope,
    conn: Connection,
    *,
    category: Category | None,
    text: str | None,
    template_id: int | None,
    after: tuple[int, int],
    limit: int,
) -> list[StoredCheckpoint]:
    """Checkpoints of the scope behind (ord, id) `after`."""
    params = {
        "lo": scope.lo,
        "hi": scope.hi,
        "category": category,
        "text": text,
        "template_id": template_id,
        "after_ord": after[0],
        "after_id": after[1],
        "limit": limit,
    }
    return await fetch_all(conn, StoredCheckpoint, Q.list_checkpoints, params)


async def find_checkpoint(scope: Scope, conn: Connection, checkpoint_id: int) -> StoredCheckpoint | None:
    params = {"id": checkpoint_id, "lo": scope.lo, "hi": scope.hi}
    return await fetch_one(conn, StoredCheckpoint, Q.find_checkpoint, params)


async def insert_checkpoints(
    scope: Scope, conn: Connection, *, unit_id: int, ord: int, rows: list[NewRow], codes: list[str]
) -> list[tuple[int, str | None]]:
    """(id, ref) of the checkpoints that were created, each with one of the codes; a ref that the unit already has is left out."""
    params = {
        "unit_id": unit_id,
        "ord": ord,
        "names": [row.name for row in rows],
        "categories": [row.category for row in rows],
        "addresses": [row.address for row in rows],
        "lats": [row.lat for row in rows],
        "lons": [row.lon for row in rows],
        "template_ids": [row.template_id for row in rows],
        "refs": [row.ref for row in rows],
        "temperature_valid_mins": [row.temperature_valid_min for row in rows],
        "reviews": [row.review for row in rows],
        "checkouts": [row.checkout for row in rows],
        "test_hours": [row.test_hours for row in rows],
        "doses": [row.doses for row in rows],
        "risk_days": [row.risk_days for row in rows],
    }
    created = [(row[0], row[1]) for row in await (await conn.execute(Q.insert_checkpoints, params)).fetchall()]
    await _insert_codes(conn, ord, codes[: len(created)], [checkpoint_id for checkpoint_id, _ in created])
    return created


async def by_refs(scope: Scope, conn: Connection, unit_id: int, refs: list[str]) -> dict[str, tuple[int, str]]:
    """ref → (id, code) of a unit's imported checkpoints."""
    params = {"unit_id": unit_id, "refs": refs, "lo": scope.lo, "hi": scope.hi}
    return {row[0]: (row[1], row[2]) for row in await (await conn.execute(Q.by_refs, params)).fetchall()}


async def update_checkpoint(scope: Scope, conn: Connection, checkpoint: StoredCheckpoint) -> None:
    await conn.execute(Q.update_checkpoint, msgspec.structs.asdict(checkpoint) | {"lo": scope.lo, "hi": scope.hi})
    await tell_doors(scope, conn, [checkpoint.id])


async def lock_checkpoint(scope: Scope, conn: Connection, checkpoint_id: int) -> None:
    params = {"checkpoint_id": checkpoint_id, "lo": scope.lo, "hi": scope.hi}
    await conn.execute(Q.lock_checkpoint, params)


async def replace_code(scope: Scope, conn: Connection, checkpoint: StoredCheckpoint, code: str) -> None:
    params = {"checkpoint_id": checkpoint.id, "lo": scope.lo, "hi": scope.hi}
    await lock_checkpoint(scope, conn, checkpoint.id)
    await conn.execute(Q.retire_code, params)
    await _insert_codes(conn, checkpoint.ord, [code], [checkpoint.id])
    await tell_doors(scope, conn, [checkpoint.id])


async def tell_doors(scope: Scope, conn: Connection, checkpoint_ids: list[int]) -> None:
    """When this transaction commits, every process forgets what it keeps about the checkpoints' doors."""
    some = [checkpoint_ids[start : start + TOLD_AT_ONCE] for start in range(0, len(checkpoint_ids), TOLD_AT_ONCE)]
    await conn.execute(Q.tell_doors, {"notifications": [",".join(map(str, part)) for part in some]})


async def tell_all_doors(scope: Scope, conn: Connection) -> None:
    """The same of every door: something that many of them say has changed."""
    await conn.execute(Q.tell_doors, {"notifications": [""]})


async def _insert_codes(conn: Connection, ord: int, codes: list[str], checkpoint_ids: list[int]) -> None:
    await conn.execute(Q.insert_codes, {"ord": ord, "codes": codes, "checkpoint_ids": checkpoint_ids})


async def find_template(scope: Scope, conn: Connection, template_id: int) -> Template | None:
    row = await fetch_one(conn, TemplateRow, Q.find_template, {"id": template_id})
    return row.template() if row else None


async def list_templates(scope: Scope, conn: Connection) -> list[ListedTemplate]:
    """The newest version of each template of the scope and of the units above it."""
    rows = await fetch_all(conn, ListedRow, Q.list_templates, {"lo": scope.lo, "hi": scope.hi})
    return msgspec.convert(rows, list[ListedTemplate], from_attributes=True)


async def template_versions(scope: Scope, conn: Connection, template_id: int) -> list[TemplateVersion]:
    params = {"id": template_id, "lo": scope.lo, "hi": scope.hi}
    rows = await fetch_all(conn, VersionRow, Q.template_versions, params)
    return msgspec.convert(rows, list[TemplateVersion], from_attributes=True)


async def newest_version(scope: Scope, conn: Connection, unit_id: int, name: str) -> Template | None:
    row = await fetch_one(conn, TemplateRow, Q.newest_version, {"unit_id": unit_id, "name": name})
    return row.template() if row else None


async def find_usable_template(scope: Scope, conn: Connection, place: int, name: str) -> Template | None:
    row = await fetch_one(conn, TemplateRow, Q.find_usable_template, {"place": place, "name": name.strip()})
    return row.template() if row else None


async def move_checkpoints(scope: Scope, conn: Connection, template_id: int, *, from_id: int | None) -> list[int]:
    """Ids of the checkpoints that changed to this version."""
    params = {"id": template_id, "from": from_id, "lo": scope.lo, "hi": scope.hi}
    moved = [int(row[0]) for row in await (await conn.execute(Q.move_checkpoints, params)).fetchall()]
    await tell_doors(scope, conn, moved)
    return moved


async def insert_template(
    scope: Scope, conn: Connection, *, place: Place, name: str, name_en: str, fields: Sequence[Field]
) -> Template:
    params = {
        "unit_id": place.id,
        "ord": place.lo,
        "hi": place.hi,
        "name": name,
        "name_en": name_en,
        "fields": Jsonb(msgspec.to_builtins(fields)),
    }
    row = await fetch_one(conn, TemplateRow, Q.insert_template, params)
    assert row is not None
    return row.template()


async def lane_find_doors(conn: Connection, codes: Collection[str]) -> list[DoorRow]:
    return await fetch_all(conn, DoorRow, Q.lane_find_doors, {"codes": list(codes)})


async def lane_find_version(conn: Connection, template_id: int, wanted: int) -> Template | None:
    """Version `wanted` of the form that a template is a version of."""
    row = await fetch_one(conn, TemplateRow, Q.lane_find_version, {"id": template_id, "wanted": wanted})
    return row.template() if row else None


async def lane_open_codes(conn: Connection, *, after: str, limit: int) -> list[str]:
    """The next codes of open doors, in their order."""
    cursor = await conn.execute(Q.lane_open_codes, {"after": after, "limit": limit})
    return [row[0] for row in await cursor.fetchall()]


async def lane_unit_paths(conn: Connection, ords: Collection[int]) -> dict[int, tuple[str, ...]]:
    """A unit's place in the tree → names from the top down to it."""
    cursor = await conn.execute(Q.lane_unit_paths, {"ords": list(ords)})
    return {row[0]: tuple(row[1]) for row in await cursor.fetchall()}


async def close_all(scope: Scope, conn: Connection, entry: int) -> int:
    """Closes the doors of a part of the tree, as an entry of its unit's history says; how many."""
    params = {"lo": scope.lo, "hi": scope.hi, "entry": entry}
    return (await conn.execute(Q.close_all, params)).rowcount


async def reopen_all(scope: Scope, conn: Connection, entry: int) -> int:
    """Opens again the doors that were closed by that entry."""
    params = {"lo": scope.lo, "hi": scope.hi, "entry": entry}
    return (await conn.execute(Q.reopen_all, params)).rowcount


async def list_tenants(scope: Scope, conn: Connection, checkpoint_id: int) -> list[Tenant]:
    """Those that have not left."""
    params = {"checkpoint_id": checkpoint_id, "lo": scope.lo, "hi": scope.hi}
    return await fetch_all(conn, Tenant, Q.list_tenants, params)


async def insert_tenants(
    scope: Scope, conn: Connection, checkpoint: StoredCheckpoint, rows: Sequence[NewTenant]
) -> None:
    params = {
        "checkpoint_id": checkpoint.id,
        "ord": checkpoint.ord,
        "floors": [row.floor for row in rows],
        "names": [row.name for row in rows],
    }
    await conn.execute(Q.insert_tenants, params)


async def change_tenant(scope: Scope, conn: Connection, tenant_id: int, row: NewTenant) -> None:
    params = {"id": tenant_id, "floor": row.floor, "name": row.name, "lo": scope.lo, "hi": scope.hi}
    await conn.execute(Q.change_tenant, params)


async def close_tenant(scope: Scope, conn: Connection, tenant_id: int) -> None:
    await conn.execute(Q.close_tenant, {"id": tenant_id, "lo": scope.lo, "hi": scope.hi})


async def lane_tenants(conn: Connection, checkpoint_ids: Collection[int]) -> dict[int, list[DoorTenant]]:
    """By checkpoint, where there are any."""
    found: dict[int, list[DoorTenant]] = {}
    for tenant in await fetch_all(conn, DoorTenant, Q.lane_tenants, {"ids": list(checkpoint_ids)}):
        found.setdefault(tenant.checkpoint_id, []).append(tenant)
    return found
