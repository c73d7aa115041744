"""/vehicles"""

from datetime import date

from litestar import Router, get, post, put
from litestar.response import File, Stream

from lianfang.access.rules import staff
from lianfang.access.scope import Scope
from lianfang.config import Settings
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.paging import Page
from lianfang.kit.sheets import downloads
from lianfang.staff.model import StaffSession
from lianfang.vehicles import service
from lianfang.vehicles.model import (
    DayTrips,
    Riders,
    RidersRequest,
    StartedTrip,
    TripTap,
    Vehicle,
    VehicleChange,
    VehicleNow,
)


@get("/", **staff("checkpoints.read"))
async def list_vehicles(
    db: Database, acting: Scope, unit_id: int | None = None, cursor: str | None = None, limit: int | None = None
) -> Page[Vehicle]:
    """Vehicles of a unit and everything below it."""
    return await service.list_vehicles(db, acting, unit_id=unit_id, cursor=cursor, limit=limit)


@put("/{checkpoint_id:int}", **staff("checkpoints.manage"))
async def change_vehicle(db: Database, acting: Scope, checkpoint_id: int, data: VehicleChange) -> Vehicle:
    """Line, plate, seats and timetable of a vehicle."""
    return await service.change_vehicle(db, acting, checkpoint_id, data)


@get("/{checkpoint_id:int}/trips", **staff("records.read"))
async def day_trips(db: Database, settings: Settings, acting: Scope, checkpoint_id: int, day: date) -> DayTrips:
    """The trips of a local day, with the number of riders."""
    return await service.day_trips(db, settings, acting, checkpoint_id, day)


@get("/{checkpoint_id:int}/now", **staff("gate.watch"))
async def vehicle_now(db: Database, acting: Scope, checkpoint_id: int) -> VehicleNow:
    """Line and plate of a vehicle, and the trip that its driver has under way, with the number of riders."""
    return await service.under_way(db, acting, checkpoint_id)


@post("/{checkpoint_id:int}/trips", **staff("gate.watch"))
async def tap_trip(
    db: Database, acting: Scope, session: StaffSession, checkpoint_id: int, data: TripTap
) -> StartedTrip:
    """The driver begins a trip, which ends one that is still under way, or ends it; sent twice it counts once."""
    return await service.tap_trip(db, acting, session.account_id, checkpoint_id, data)


@post("/riders", status_code=200, **staff("records.read"))
async def find_riders(db: Database, keys: Keys, settings: Settings, acting: Scope, data: RidersRequest) -> Riders:
    """Who rode a vehicle on a day, a part of it, or a trip; masked, and recorded with the purpose."""
    return await service.riders(db, keys, settings, acting, data)


@post("/riders/file", status_code=200, **staff("records.export"))
async def export_riders(
    db: Database, keys: Keys, settings: Settings, acting: Scope, language: Language, data: RidersRequest
) -> Stream | File:
    """The same as a workbook; recorded with the purpose."""
    found = await service.riders(db, keys, settings, acting, data, exported=True)
    trips = await service.day_trips(db, settings, acting, data.checkpoint_id, data.day)
    rows = service.table(found, trips, settings.zone, language)
    return await downloads.table(f"lianfang-riders-{data.day:%Y%m%d}", "xlsx", service.HEADER[language], rows)


router = Router(
    "/vehicles",
    route_handlers=[
        list_vehicles,
        change_vehicle,
        day_trips,
        vehicle_now,
        tap_trip,
        find_riders,
        export_riders,
    ],
    tags=["vehicles"],
)
