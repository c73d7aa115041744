"""/residents/me/family, /guardianships"""

from litestar import Router, delete, get, post

from lianfang.access.rules import RESIDENT, staff
from lianfang.access.scope import Scope
from lianfang.family import service
from lianfang.family.model import EndReason, Family, Guardianship, NewMember, SeenGuardianship
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.paging import Page


@get("/residents/me/family", tags=["residents"], **RESIDENT)
async def show_family(db: Database, identity: Database, lane_db: Database, keys: Keys, acting: Scope) -> Family:
    """Whom the resident looks after, and who looks after them."""
    return await service.show(db, identity, lane_db, keys, acting)


@post("/residents/me/family", tags=["residents"], **RESIDENT)
async def add_member(
    db: Database, identity: Database, lane_db: Database, keys: Keys, acting: Scope, data: NewMember
) -> Family:
    """Adds somebody without a phone. Whoever is registered already agrees by a code on their own phone, or before an official."""
    await service.add(identity, keys, acting, data)
    return await service.show(db, identity, lane_db, keys, acting)


@delete("/residents/me/family/{guardianship_id:int}", status_code=204, tags=["residents"], **RESIDENT)
async def end_own_guardianship(identity: Database, acting: Scope, guardianship_id: int) -> None:
    """Ends a guardianship: the guardian no longer wants it, or the member doesn't."""
    await service.end(identity, acting, guardianship_id, "")


@post("/guardianships", tags=["codes"], **staff("family.prove"))
async def prove_guardianship(
    db: Database, identity: Database, keys: Keys, acting: Scope, importer_id: int, data: SeenGuardianship
) -> Guardianship:
    """The official has seen both documents: makes the guardianship, or proves the one that was only said."""
    return await service.prove(db, identity, keys, acting, importer_id, data)


@get("/guardianships", tags=["codes"], **staff("family.prove"))
async def list_guardianships(
    db: Database, identity: Database, keys: Keys, acting: Scope, cursor: str | None = None, limit: int | None = None
) -> Page[Guardianship]:
    """Guardianships that officials of the account's units have proven, newest first."""
    return await service.list_proven(db, identity, keys, acting, cursor, limit)


@post("/guardianships/{guardianship_id:int}/end", status_code=204, tags=["codes"], **staff("family.prove"))
async def end_guardianship(identity: Database, acting: Scope, guardianship_id: int, data: EndReason) -> None:
    """Ends a guardianship that an official of these units has proven."""
    await service.end(identity, acting, guardianship_id, data.reason)


router = Router(
    "/",
    route_handlers=[
        show_family,
        add_member,
        end_own_guardianship,
        prove_guardianship,
        list_guardianships,
        end_guardianship,
    ],
)
