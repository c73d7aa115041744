"""Three thermometers at the story's door, one of which has drifted."""

import random
from datetime import datetime, timedelta

from lianfang.access.scope import Scope
from lianfang.bootstrap import Databases
from lianfang.devices import service, store
from lianfang.devices.model import NewDevice
from lianfang.kit import ids
from lianfang.kit.crypto import Keys

DEVICES = (("1 号热像仪", 0.0), ("2 号热像仪", 0.1), ("手持测温枪", 0.6))
READINGS = 40


async def add_devices(db: Databases, keys: Keys, scope: Scope, checkpoint_id: int, now: datetime) -> None:
    """Nobody knows their tokens: they have read what the console shows and read no more."""
    dice = random.Random(checkpoint_id)  # noqa: S311  (temperatures of a story)
    for name, offset in DEVICES:
        made = await service.add_device(db.app, keys, scope, NewDevice(name, checkpoint_id))
        device = await service.authenticate(db.identity, keys, made.token, "demo")
        async with db.lane.transaction() as conn:
            for minute in range(READINGS):
                at = now - timedelta(minutes=7 * minute + 3)
                celsius = round(dice.gauss(36.5, 0.15) + offset, 1)
                await store.lane_insert(conn, device, ids.uuid7(), celsius, at, at, "used")
