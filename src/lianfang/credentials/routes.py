"""/residents/me/credential, /status"""

from typing import Annotated

from litestar import Response, Router, get, post
from litestar.params import HeaderParameter

from lianfang.access.rules import FAMILY, staff
from lianfang.access.scope import Scope
from lianfang.credentials import service
from lianfang.credentials.keyring import KeyRing
from lianfang.credentials.model import DeviceKey, Kind, PhoneCredential, Trust
from lianfang.credentials.problems import UNKNOWN_LIST
from lianfang.credentials.shelf import Shelf
from lianfang.credentials.show import ShowDesk, ShownColour
from lianfang.credentials.statuslist import TYPE
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database


@post("/residents/me/credential", status_code=200, tags=["residents"], **FAMILY)
async def issue_credential(
    identity: Database, lane_db: Database, keys: Keys, key_ring: KeyRing, acting: Scope, data: DeviceKey
) -> PhoneCredential:
    """A credential of one day for the key that this phone made; with it the phone shows a code that needs no network."""
    return await service.issue(identity, lane_db, keys, key_ring, acting, data)


@get("/residents/me/show", tags=["residents"], polled=True, **FAMILY)
async def show_colour(show_desk: ShowDesk, acting: Scope) -> ShownColour:
    """The colour that the resident's own code shows now."""
    assert acting.person_id is not None
    return await show_desk.show(acting.person_id)


@get("/status", tags=["gate"], **staff("gate.watch"))
async def show_trust(key_ring: KeyRing, status_shelf: Shelf) -> Trust:
    """What a gate judges codes by while the network is down: keys, and the versions of the status lists."""
    return await service.trust(key_ring, status_shelf)


@get("/status/{kind:str}/{number:int}", tags=["gate"], media_type=TYPE, **staff("gate.watch"))
async def status_list(
    status_shelf: Shelf,
    kind: Kind,
    number: int,
    if_none_match: Annotated[str | None, HeaderParameter(name="If-None-Match")] = None,
) -> Response[bytes]:
    """A signed status list (IETF Token Status List as CWT), with its version as ETag."""
    row = await status_shelf.find(kind, number)
    if row is None:
        raise UNKNOWN_LIST()
    etag = f'"{row.version}"'
    headers = {"etag": etag, "cache-control": "private, no-cache"}
    if if_none_match == etag:
        return Response(b"", status_code=304, headers=headers, media_type=TYPE)
    return Response(row.token, headers=headers, media_type=TYPE)


router = Router("/", route_handlers=[issue_credential, show_colour, show_trust, status_list])
