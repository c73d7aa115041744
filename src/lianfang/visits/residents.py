"""What a resident's phone shows: the door in front of them, and where they have been."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.kit import ids
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.people import store as people
from lianfang.people.model import Me, masked, unlock
from lianfang.venues.doors import Door, Doors
from lianfang.venues.model import Category, Template, Tenant
from lianfang.visits import store
from lianfang.visits.model import MyVisit, reason_text
from lianfang.visits.rows import GivenAnswers

REMEMBERED_FOR = timedelta(days=28)
REMEMBERED_VISITS = 20
LAST = UUID(int=(1 << 128) - 1)


class DoorCheckpoint(msgspec.Struct, frozen=True):
    id: int
    name: str
    category: Category
    unit_path: list[str]
    temperature_valid_min: int | None
    review: bool
    checkout: bool
    seats: bool
    test_hours: int | None
    doses: int | None
    risk_days: int | None


class DoorPage(msgspec.Struct, frozen=True):
    """What the link on a door opens: the place, its form, and for a signed-in resident the answers of last time.

    `tenants`: who can be visited there, floor by floor; where there are any, a scan names one.
    """

    code: str
    checkpoint: DoorCheckpoint
    template: Template
    remembered: dict[str, str | int | float]
    me: Me | None
    tenants: list[Tenant]
    remembered_tenant: int | None


async def open_door(db: Database, doors: Doors, keys: Keys, scope: Scope | None, code: str) -> DoorPage:
    door = await doors.find(code)
    me: Me | None = None
    remembered: dict[str, Any] = {}
    tenants = [Tenant(tenant.id, tenant.floor, tenant.name) for tenant in door.tenants.values() if tenant.open]
    last: int | None = None
    if scope is not None and scope.person_id is not None:
        async with scoped(db, scope) as conn:
            row = await people.find(scope, conn, scope.person_id)
            given = await store.my_last_answers(
                scope, conn, since=clock_now() - REMEMBERED_FOR, limit=REMEMBERED_VISITS
            )
            if tenants:
                last = await store.my_last_tenant(scope, conn, door.checkpoint_id, since=clock_now() - REMEMBERED_FOR)
        me = masked(unlock(keys, row)) if row else None
        remembered = _remembered(keys, scope.person_id, door, given)
    checkpoint = DoorCheckpoint(
        door.checkpoint_id,
        door.name,
        door.category,
        list(door.unit_path),
        door.temperature_valid_min,
        door.review,
        door.checkout,
        door.seats,
        *msgspec.structs.astuple(door.requirements),
    )
    known = last if any(tenant.id == last for tenant in tenants) else None
    return DoorPage(door.code, checkpoint, door.template, remembered, me, tenants, known)


def _remembered(keys: Keys, person_id: int, door: Door, given: list[GivenAnswers]) -> dict[str, str | int | float]:
    """The latest answer to each field that wants to be remembered: this form's first, then the same question elsewhere."""
    wanted = {field.key for field in door.template.fields if field.remember}
    found: dict[str, Any] = {}
    for row in sorted(given, key=lambda row: row.template_id != door.template.id):
        if wanted <= found.keys():
            break
        text = keys.decrypt(row.answers, f"visits.answers:{person_id}:{row.scan_id}")
        for key, answer in msgspec.json.decode(text).items():
            if key in wanted:
                found.setdefault(key, answer)
    # an option that this form does not offer would only be refused
    return door.form.recall(found)


async def my_visits(
    db: Database, lane: Database, scope: Scope, cursor: str | None, limit: int | None, language: Language
) -> Page[MyVisit]:
    """The resident's own visits, newest first."""
    limit = clamp(limit)
    key = decode_cursor(cursor, tuple[UUID])
    async with scoped(db, scope) as conn:
        rows = await store.my_visits(scope, conn, before=key[0] if key else LAST, limit=limit + 1)
    async with lane.transaction() as conn:
        names = await store.lane_checkpoint_names(conn, list({row.checkpoint_id for row in rows}))
    listed = page(rows, limit, lambda row: (row.scan_id,))
    items = [
        MyVisit(
            row.scan_id,
            ids.serial(row.scan_id),
            *names[row.checkpoint_id],
            row.at,
            row.verdict,
            row.reason,
            reason_text(row.reason, language),
        )
        for row in listed.items
    ]
    return Page(items, listed.next)
