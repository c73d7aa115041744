"""/devices, /temperatures"""

from litestar import Router, get, patch, post

from lianfang.access.rules import DEVICE, staff
from lianfang.access.scope import Scope
from lianfang.devices import service
from lianfang.devices.model import (
    Device,
    DeviceChange,
    DeviceSecret,
    DeviceSession,
    NewDevice,
    Reading,
    ReadingTaken,
)
from lianfang.devices.readings import Thermometers
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.paging import Page


@get("/devices", **staff("devices.manage"))
async def list_devices(
    db: Database, acting: Scope, unit_id: int | None = None, cursor: str | None = None, limit: int | None = None
) -> Page[Device]:
    """Thermometers of a unit and everything below it, with their drift against their neighbours."""
    return await service.list_devices(db, acting, unit_id=unit_id, cursor=cursor, limit=limit)


@post("/devices", **staff("devices.manage"))
async def add_device(db: Database, keys: Keys, acting: Scope, data: NewDevice) -> DeviceSecret:
    """Adds a thermometer; its token is in the answer, and nowhere else."""
    return await service.add_device(db, keys, acting, data)


@patch("/devices/{device_id:int}", **staff("devices.manage"))
async def change_device(db: Database, acting: Scope, device_id: int, data: DeviceChange) -> Device:
    """Another name, or another checkpoint."""
    return await service.change_device(db, acting, device_id, data)


@post("/devices/{device_id:int}/renew", status_code=200, **staff("devices.manage"))
async def renew_token(db: Database, keys: Keys, acting: Scope, device_id: int) -> DeviceSecret:
    """A new token; the old one ends at once."""
    return await service.renew_token(db, keys, acting, device_id)


@post("/devices/{device_id:int}/revoke", status_code=204, **staff("devices.manage"))
async def revoke_token(db: Database, acting: Scope, device_id: int) -> None:
    """Its token ends at once."""
    await service.revoke(db, acting, device_id)


@post("/temperatures", status_code=200, **DEVICE)
async def take_reading(thermometers: Thermometers, device: DeviceSession, data: Reading) -> ReadingTaken:
    """A measurement by a thermometer (`Authorization: Bearer` with its token). The same id again changes nothing."""
    return await thermometers.take(device, data)


router = Router(
    "/",
    route_handlers=[list_devices, add_device, change_device, renew_token, revoke_token, take_reading],
    tags=["devices"],
)
