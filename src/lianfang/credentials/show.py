"""What a resident's code shows now: the colour, until when, and how new the gates' lists are."""

from datetime import datetime

import msgspec

from lianfang.access.scope import Scope
from lianfang.codes import store as codes
from lianfang.codes.model import worst_active
from lianfang.credentials.model import Colour
from lianfang.credentials.shelf import Shelf
from lianfang.kit.clock import now as clock_now
from lianfang.kit.db import Database


class ShownColour(msgspec.Struct, frozen=True):
    """`until`: when the hold ends that decides the colour; null where it is green."""

    colour: Colour
    until: datetime | None
    status_version: int
    server_time: datetime


async def show(lane_db: Database, shelf: Shelf, scope: Scope) -> ShownColour:
    assert scope.person_id is not None
    now = clock_now()
    async with lane_db.transaction() as conn:
        hold = worst_active((await codes.lane_holds(conn, [scope.person_id], now)).get(scope.person_id, ()), now)
    return ShownColour(hold.colour if hold else "green", hold.ends_at if hold else None, await shelf.version(), now)
