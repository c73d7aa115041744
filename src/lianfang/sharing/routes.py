"""/shares (giving) and /shared (reading)"""

from litestar import Response, Router, get, post
from litestar.response import File, Stream

from lianfang.access.rules import staff
from lianfang.access.scope import Scope
from lianfang.config import Settings
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.paging import Page
from lianfang.sharing import service
from lianfang.sharing.model import Addressee, NewShare, Share, SharedAlert, SharedExport, SharedSearch
from lianfang.visits.model import Record
from lianfang.visits.routes import file_of


@get("/", **staff("shares.manage"))
async def list_shares(db: Database, acting: Scope, cursor: str | None = None, limit: int | None = None) -> Page[Share]:
    """What one's own unit and those below share, newest first."""
    return await service.list_given(db, acting, cursor=cursor, limit=limit)


@get("/addressees", **staff("shares.manage"))
async def find_addressees(db: Database, acting: Scope, q: str) -> list[Addressee]:
    """Units anywhere with exactly this name or division code."""
    return await service.find_addressees(db, acting, q)


@post("/", **staff("shares.manage"))
async def give_share(db: Database, acting: Scope, data: NewShare) -> Share:
    """Lets another unit see fever alerts or records for a purpose and a period."""
    return await service.give(db, acting, data)


@post("/{share_id:int}/revoke", status_code=204, **staff("shares.manage"))
async def take_share_back(db: Database, acting: Scope, share_id: int) -> None:
    """Ends a share at once."""
    await service.take_back(db, acting, share_id)


@get("/", **staff("records.read"))
async def list_shared(db: Database, acting: Scope, cursor: str | None = None, limit: int | None = None) -> Page[Share]:
    """What others show to one's own unit and those below, newest first."""
    return await service.list_received(db, acting, cursor=cursor, limit=limit)


@post("/{share_id:int}/records", status_code=200, **staff("records.read"))
async def read_shared_records(
    db: Database, keys: Keys, acting: Scope, language: Language, share_id: int, data: SharedSearch
) -> Page[Record]:
    """A page of shared records, masked; recorded on both sides."""
    return await service.read_records(db, keys, acting, share_id, data, language)


@get("/{share_id:int}/alerts", **staff("records.read"))
async def read_shared_alerts(
    db: Database, keys: Keys, acting: Scope, share_id: int, cursor: str | None = None, limit: int | None = None
) -> Page[SharedAlert]:
    """A page of shared fever alerts, masked; recorded on both sides."""
    return await service.read_alerts(db, keys, acting, share_id, cursor=cursor, limit=limit)


@post("/{share_id:int}/export", status_code=200, **staff("records.export"))
async def export_shared_records(
    db: Database, keys: Keys, settings: Settings, acting: Scope, language: Language, share_id: int, data: SharedExport
) -> Response[bytes] | Stream | File:
    """The shared records as a file, where the share allows it; recorded on both sides with the purpose."""
    condition, owner = await service.prepare_export(db, keys, acting, share_id, data)
    return await file_of(db, keys, settings, owner, condition, language, data.format)


shares_router = Router(
    "/shares", route_handlers=[list_shares, find_addressees, give_share, take_share_back], tags=["sharing"]
)
shared_router = Router(
    "/shared",
    route_handlers=[list_shared, read_shared_records, read_shared_alerts, export_shared_records],
    tags=["sharing"],
)
