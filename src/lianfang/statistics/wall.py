"""Today for a screen on the wall."""

from datetime import timedelta

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.config import Settings
from lianfang.kit import ids
from lianfang.kit.clock import local_day
from lianfang.kit.clock import now as clock_now
from lianfang.kit.db import Database
from lianfang.kit.errors import NOT_FOUND
from lianfang.organisations import store as organisations
from lianfang.statistics import store
from lianfang.statistics.model import SilentUnit, Wall
from lianfang.visits import dashboard, presence
from lianfang.visits.store import SKEW

SHOWN = 12


async def show(db: Database, settings: Settings, scope: Scope, unit_id: int | None) -> Wall:
    """The wall of a unit (default: the scope's own)."""
    board = await dashboard.show(db, settings, scope, unit_id=unit_id, day=None)
    now = clock_now()
    since, until = local_day(board.day, settings.zone)
    async with scoped(db, scope) as conn:
        place = await organisations.find_place(scope, conn, board.unit.id)
        if place is None:
            raise NOT_FOUND()
        part = scope.narrowed(place.lo, place.hi)
        bounds = {
            "since": since,
            "until": until,
            "now": now,
            "floor": ids.uuid7_floor(since - timedelta(days=2), -SKEW),
            "ceiling": ids.uuid7_floor(until, SKEW),
        }
        fevers = await store.wall_fevers(part, conn, bounds)
        places = await store.wall_fever_places(part, conn, bounds, SHOWN)
        gone = await presence.offline(part, conn, now, limit=SHOWN)
        silent = await store.wall_silent_checkpoints(part, conn, bounds, SHOWN)
    return Wall(
        at=now,
        board=msgspec.structs.replace(board, units=board.units[:SHOWN]),
        fevers=fevers.today,
        fevers_last_week=fevers.last_week,
        fevers_open=fevers.unseen,
        fever_places=places,
        silent_units=[
            SilentUnit(unit.id, unit.name, unit.checkpoints)
            for unit in board.units
            if unit.checkpoints and not unit.scans
        ],
        silent_checkpoints=silent,
        offline_gates=gone.items,
    )
