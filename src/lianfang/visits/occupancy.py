"""Who is behind a door now, by floor and tenant: counts, no names."""

from collections import defaultdict
from datetime import datetime, timedelta

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.kit.clock import now as clock_now
from lianfang.kit.db import Database
from lianfang.kit.errors import NOT_FOUND
from lianfang.venues import store as venues
from lianfang.venues.floors import floor_order
from lianfang.visits import store


class TenantCount(msgspec.Struct, frozen=True):
    """A tenant, and how many people are with it."""

    id: int
    name: str
    people: int


class FloorCount(msgspec.Struct, frozen=True):
    floor: str
    people: int
    tenants: list[TenantCount]


class Occupancy(msgspec.Struct, frozen=True, kw_only=True):
    """Who is behind a door at `as_of`: people who checked in and have neither checked out nor, within the reader's area, checked
    in elsewhere, for `usual_minutes` at most. `elsewhere` are those who named no tenant. Every tenant is listed, also one with
    nobody; one that has left only as long as somebody is there."""

    checkpoint_id: int
    as_of: datetime
    people: int
    usual_minutes: int
    floors: list[FloorCount]
    elsewhere: int


async def show(db: Database, scope: Scope, checkpoint_id: int) -> Occupancy:
    now = clock_now()
    async with scoped(db, scope) as conn:
        checkpoint = await venues.find_checkpoint(scope, conn, checkpoint_id)
        if checkpoint is None:
            raise NOT_FOUND()
        tenants = await venues.list_tenants(scope, conn, checkpoint_id)
        minutes = await store.usual_minutes(scope, conn, checkpoint.category)
        present = await store.occupancy(scope, conn, checkpoint_id, since=now - timedelta(minutes=minutes), now=now)
    counts: dict[str, dict[int, TenantCount]] = defaultdict(dict)
    for tenant in tenants:
        counts[tenant.floor][tenant.id] = TenantCount(tenant.id, tenant.name, 0)
    elsewhere = 0
    for row in present:
        if row.tenant_id is None or row.floor is None or row.name is None:
            elsewhere += row.people
        else:
            counts[row.floor][row.tenant_id] = TenantCount(row.tenant_id, row.name, row.people)
    floors = [
        FloorCount(floor, sum(one.people for one in counts[floor].values()), list(counts[floor].values()))
        for floor in sorted(counts, key=floor_order)
    ]
    return Occupancy(
        checkpoint_id=checkpoint_id,
        as_of=now,
        people=sum(row.people for row in present),
        usual_minutes=minutes,
        floors=floors,
        elsewhere=elsewhere,
    )
