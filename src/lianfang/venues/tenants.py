"""Verbs on tenants: who has rooms on which floor behind a checkpoint, so that a visitor can say whom they visit."""

from collections.abc import Container, Iterable, Sequence

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, FieldError, Text, invalid
from lianfang.kit.paging import Page
from lianfang.venues import store
from lianfang.venues.floors import by_floor
from lianfang.venues.model import TENANTS_MAX, NewTenant, NewTenants, StoredCheckpoint, Tenant
from lianfang.venues.problems import TOO_MANY_TENANTS

FLOOR_MAX = 10
NAME_MAX = 60
FLOOR_LENGTH = Text("楼层应为 1 至 10 个字。", "A floor has 1 to 10 characters.")
NAME_LENGTH = Text("单位名称应为 1 至 60 个字。", "A tenant's name has 1 to 60 characters.")
DUPLICATE = Text(
    "{floor} 已有“{tenant}”，请去掉重复的，或改用其他名称。",
    "“{tenant}” is on {floor} already; leave it out, or use another name.",
)


async def list_tenants(db: Database, scope: Scope, checkpoint_id: int) -> Page[Tenant]:
    """Those that have not left, floor by floor."""
    async with scoped(db, scope) as conn:
        await _existing(scope, conn, checkpoint_id)
        return Page(by_floor(await store.list_tenants(scope, conn, checkpoint_id)))


async def add(db: Database, scope: Scope, checkpoint_id: int, new: NewTenants) -> Page[Tenant]:
    """Enters tenants, all or none. Returns the checkpoint's tenants as they are then."""
    rows = [NewTenant(row.floor.strip(), row.name.strip()) for row in new.rows]
    async with scoped(db, scope) as conn:
        checkpoint, there = await _held(scope, conn, checkpoint_id)
        _check(rows, there, listed=True)
        if len(there) + len(rows) > TENANTS_MAX:
            raise TOO_MANY_TENANTS(max=TENANTS_MAX, there=len(there))
        await store.insert_tenants(scope, conn, checkpoint, rows)
        await audit.record(scope, conn, "tenants.add", f"checkpoint:{checkpoint_id}", tenants=len(rows))
        await store.tell_doors(scope, conn, [checkpoint_id])
        return Page(by_floor(await store.list_tenants(scope, conn, checkpoint_id)))


async def change(db: Database, scope: Scope, checkpoint_id: int, tenant_id: int, to: NewTenant) -> Page[Tenant]:
    """Another name, or another floor. Records show it as it is called now."""
    row = NewTenant(to.floor.strip(), to.name.strip())
    async with scoped(db, scope) as conn:
        _, there = await _held(scope, conn, checkpoint_id)
        before = _one(there, tenant_id)
        _check([row], [tenant for tenant in there if tenant.id != tenant_id], listed=False)
        await store.change_tenant(scope, conn, tenant_id, row)
        changed = {"before": f"{before.floor} {before.name}", "after": f"{row.floor} {row.name}"}
        await audit.record(scope, conn, "tenants.change", f"checkpoint:{checkpoint_id}", **changed)
        await store.tell_doors(scope, conn, [checkpoint_id])
        return Page(by_floor(await store.list_tenants(scope, conn, checkpoint_id)))


async def close(db: Database, scope: Scope, checkpoint_id: int, tenant_id: int) -> Page[Tenant]:
    """It has left: nobody can choose it any more, and records keep its name."""
    async with scoped(db, scope) as conn:
        _, there = await _held(scope, conn, checkpoint_id)
        left = _one(there, tenant_id)
        await store.close_tenant(scope, conn, tenant_id)
        name = f"{left.floor} {left.name}"
        await audit.record(scope, conn, "tenants.close", f"checkpoint:{checkpoint_id}", tenant=name)
        await store.tell_doors(scope, conn, [checkpoint_id])
        return Page(by_floor(tenant for tenant in there if tenant.id != tenant_id))


async def _existing(scope: Scope, conn: Connection, checkpoint_id: int) -> StoredCheckpoint:
    row = await store.find_checkpoint(scope, conn, checkpoint_id)
    if row is None:
        raise NOT_FOUND()
    return row


async def _held(scope: Scope, conn: Connection, checkpoint_id: int) -> tuple[StoredCheckpoint, list[Tenant]]:
    """A checkpoint and its tenants; two who change them do so one after the other."""
    await store.lock_checkpoint(scope, conn, checkpoint_id)
    row = await _existing(scope, conn, checkpoint_id)
    return row, await store.list_tenants(scope, conn, checkpoint_id)


def _one(there: Iterable[Tenant], tenant_id: int) -> Tenant:
    for tenant in there:
        if tenant.id == tenant_id:
            return tenant
    raise NOT_FOUND()


def _check(rows: Sequence[NewTenant], there: Iterable[Tenant], *, listed: bool) -> None:
    """Problem `invalid` that names every wrong row of a list, or the wrong field of one."""
    errors: list[FieldError] = []
    known = {(tenant.floor, tenant.name) for tenant in there}
    for index, row in enumerate(rows):
        if wrong := _wrong(row, known):
            field, code, text = wrong
            values: dict[str, object] = {"n": index + 1, "floor": row.floor, "tenant": row.name}
            if listed:
                field = f"rows.{index}.{field}"
            if len(rows) > 1:
                text = Text("第 {n} 行：" + text.zh, "Row {n}: " + text.en)
            errors.append(FieldError(field, code, text, values))
        known.add((row.floor, row.name))
    if errors:
        raise invalid(*errors)


def _wrong(row: NewTenant, known: Container[tuple[str, str]]) -> tuple[str, str, Text] | None:
    if not 1 <= len(row.floor) <= FLOOR_MAX or "\0" in row.floor:
        return "floor", "length", FLOOR_LENGTH
    if not 1 <= len(row.name) <= NAME_MAX or "\0" in row.name:
        return "name", "length", NAME_LENGTH
    return ("name", "duplicate", DUPLICATE) if (row.floor, row.name) in known else None
