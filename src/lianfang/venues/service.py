"""Verbs on checkpoints and templates."""

import math

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.config import Settings
from lianfang.kit import ids
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, FieldError, Language, invalid, wrong_field
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.organisations import store as organisations
from lianfang.organisations.model import Place
from lianfang.venues import store
from lianfang.venues.model import (
    Category,
    Checkpoint,
    CheckpointChange,
    CheckpointImport,
    CheckpointsImported,
    ImportedCode,
    NewCheckpoint,
    RejectedCheckpoint,
    StoredCheckpoint,
    Template,
)
from lianfang.venues.problems import TEMPLATE_UNKNOWN, TOO_MANY
from lianfang.venues.store import NewRow

BULK_MAX = 1000
IMPORT_TEMPLATE = "导入登记点", "Imported checkpoint"


def shown(settings: Settings, row: StoredCheckpoint) -> Checkpoint:
    values = {name: getattr(row, name) for name in StoredCheckpoint.__struct_fields__ if name != "ord"}
    return Checkpoint(**values, link=door_link(settings, row.code))


def door_link(settings: Settings, code: str) -> str:
    """What the QR code at a door says: a plain link, good for every camera and every app."""
    return f"{settings.base_url}/v/{code}"


async def list_checkpoints(
    db: Database,
    settings: Settings,
    scope: Scope,
    *,
    unit_id: int | None,
    category: Category | None,
    text: str | None,
    cursor: str | None,
    limit: int | None,
    template_id: int | None = None,
) -> Page[Checkpoint]:
    """Checkpoints of a unit and everything below it (default: the whole scope)."""
    limit = clamp(limit)
    after = decode_cursor(cursor, tuple[int, int]) or (0, 0)
    async with scoped(db, scope) as conn:
        part = await _part(scope, conn, unit_id)
        rows = await store.list_checkpoints(
            part,
            conn,
            category=category,
            text=(text or "").strip() or None,
            template_id=template_id,
            after=after,
            limit=limit + 1,
        )
    listed = page(rows, limit, lambda row: (row.ord, row.id))
    return Page([shown(settings, row) for row in listed.items], listed.next)


async def find_checkpoint(db: Database, scope: Scope, checkpoint_id: int) -> StoredCheckpoint:
    async with scoped(db, scope) as conn:
        return await _existing(scope, conn, checkpoint_id)


async def create_checkpoint(db: Database, settings: Settings, scope: Scope, new: NewCheckpoint) -> Checkpoint:
    async with scoped(db, scope) as conn:
        place = await _place_to_add(scope, conn, new.unit_id)
        await _require_template(scope, conn, new.template_id)
        row = NewRow(
            trimmed("name", new.name),
            new.category,
            new.template_id,
            new.address.strip(),
            new.lat,
            new.lon,
            temperature_valid_min=new.temperature_valid_min,
            review=new.review,
            checkout=new.checkout,
            test_hours=new.test_hours,
            doses=new.doses,
            risk_days=new.risk_days,
        )
        [(checkpoint_id, _)] = await store.insert_checkpoints(
            scope, conn, unit_id=place.id, ord=place.lo, rows=[row], codes=[ids.code()]
        )
        await audit.record(scope, conn, "checkpoints.create", f"checkpoint:{checkpoint_id}", unit=place.id)
        return shown(settings, await _existing(scope, conn, checkpoint_id))


async def change_checkpoint(
    db: Database, settings: Settings, scope: Scope, checkpoint_id: int, change: CheckpointChange
) -> Checkpoint:
    changed = {
        name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not msgspec.UNSET
    }
    if "name" in changed:
        changed["name"] = trimmed("name", changed["name"])
    if "address" in changed:
        changed["address"] = changed["address"].strip()
    async with scoped(db, scope) as conn:
        before = await _existing(scope, conn, checkpoint_id)
        if changed.get("open"):
            await organisations.hold_place(scope, conn, before.unit_id)
        if "template_id" in changed:
            await _require_template(scope, conn, changed["template_id"])
        await store.update_checkpoint(scope, conn, msgspec.structs.replace(before, **changed))
        await audit.record(scope, conn, "checkpoints.change", f"checkpoint:{checkpoint_id}", fields=sorted(changed))
        return shown(settings, await _existing(scope, conn, checkpoint_id))


async def replace_code(db: Database, settings: Settings, scope: Scope, checkpoint_id: int) -> Checkpoint:
    """A new code; whoever scans the old print is told that it was replaced."""
    async with scoped(db, scope) as conn:
        before = await _existing(scope, conn, checkpoint_id)
        await store.replace_code(scope, conn, before, ids.code())
        await audit.record(scope, conn, "checkpoints.replace_code", f"checkpoint:{checkpoint_id}")
        return shown(settings, await _existing(scope, conn, checkpoint_id))


async def import_checkpoints(
    db: Database, scope: Scope, request: CheckpointImport, language: Language
) -> CheckpointsImported:
    """Places of another system as checkpoints of a unit, with an empty form. Idempotent by unit and ref."""
    if len(request.checkpoints) > BULK_MAX:
        raise TOO_MANY(max=BULK_MAX)
    rejected = []
    async with scoped(db, scope) as conn:
        place = await _place_to_add(scope, conn, request.unit_id)
        good: dict[str, NewRow] = {}
        template = await _import_template(scope, conn, place)
        for index, given in enumerate(request.checkpoints):
            error = _place_error(given.name.strip(), given.lat, given.lon)
            if error:
                rejected.append(RejectedCheckpoint(index, error.field, error.code, error.text.show(language)))
            else:
                row = NewRow(given.name.strip(), given.category, template.id, "", given.lat, given.lon, given.ref)
                good.setdefault(given.ref, row)
        codes = [ids.code() for _ in good]
        created = await store.insert_checkpoints(
            scope, conn, unit_id=place.id, ord=place.lo, rows=list(good.values()), codes=codes
        )
        known = await store.by_refs(scope, conn, place.id, list(good))
        await audit.record(
            scope,
            conn,
            "checkpoints.import",
            f"unit:{place.id}",
            created=len(created),
            existing=len(known) - len(created),
        )
    items = [ImportedCode(ref, *known[ref]) for ref in good]
    return CheckpointsImported(items, len(created), len(items) - len(created), rejected)


async def _part(scope: Scope, conn: Connection, unit_id: int | None) -> Scope:
    """The scope, or the part of it below a unit."""
    if unit_id is None:
        return scope
    place = await existing_place(scope, conn, unit_id)
    return scope.narrowed(place.lo, place.hi)


async def _place_to_add(scope: Scope, conn: Connection, unit_id: int) -> Place:
    place = await organisations.hold_place(scope, conn, unit_id)
    if place is None:
        raise NOT_FOUND()
    return place


async def existing_place(scope: Scope, conn: Connection, unit_id: int) -> Place:
    place = await organisations.find_place(scope, conn, unit_id)
    if place is None:
        raise NOT_FOUND()
    return place


async def _existing(scope: Scope, conn: Connection, checkpoint_id: int) -> StoredCheckpoint:
    row = await store.find_checkpoint(scope, conn, checkpoint_id)
    if row is None:
        raise NOT_FOUND()
    return row


async def _require_template(scope: Scope, conn: Connection, template_id: int) -> None:
    if await store.find_template(scope, conn, template_id) is None:
        raise TEMPLATE_UNKNOWN(id=template_id)


async def _import_template(scope: Scope, conn: Connection, place: Place) -> Template:
    name, name_en = IMPORT_TEMPLATE
    for template in await store.list_templates(scope, conn):
        if template.name == name:
            return template
    await organisations.lock_parent(scope, conn, place.id)
    for template in await store.list_templates(scope, conn):  # another import may have been first
        if template.name == name:
            return template
    return await store.insert_template(scope, conn, place=place, name=name, name_en=name_en, fields=[])


def trimmed(path: str, name: str) -> str:
    if not name.strip():
        raise invalid(wrong_field(path, "empty", "请填写名称。", "Enter a name."))
    return name.strip()


def _name_error(path: str) -> FieldError:
    return wrong_field(path, "length", "名称应为 1 至 100 个字。", "A name has 1 to 100 characters.")


def _place_error(name: str, lat: float | None, lon: float | None) -> FieldError | None:
    if not 1 <= len(name) <= 100 or "\0" in name:
        return _name_error("name")
    for field, value, limit in (("lat", lat, 90.0), ("lon", lon, 180.0)):
        if value is not None and not (math.isfinite(value) and -limit <= value <= limit):
            return wrong_field(field, "range", "坐标超出范围。", "The coordinate is out of range.")
    return None
