"""/authorities, /feed"""

from typing import Any

from litestar import Request, Router, get, post

from lianfang.access.rules import AUTHORITY, staff
from lianfang.access.scope import Scope
from lianfang.intake import authorities, feed
from lianfang.intake.model import Authority, AuthoritySession, Batch, BatchAnswer, NewAuthority
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.paging import Page
from lianfang.staff.model import StaffSession


@get("/authorities", **staff("evidence.trust"))
async def list_authorities(
    db: Database, acting: Scope, cursor: str | None = None, limit: int | None = None
) -> Page[Authority]:
    """Keys of authorities that may send evidence."""
    return await authorities.list_authorities(db, acting, cursor, limit)


@post("/authorities", **staff("evidence.trust"))
async def register_authority(db: Database, acting: Scope, session: StaffSession, data: NewAuthority) -> Authority:
    """Registers a key; somebody above has to confirm it."""
    return await authorities.register(db, acting, session.account_id, data)


@post("/authorities/{authority_id:int}/confirm", status_code=200, **staff("evidence.trust"))
async def confirm_authority(db: Database, acting: Scope, session: StaffSession, authority_id: int) -> Authority:
    """From now on its signature counts."""
    return await authorities.confirm(db, acting, session.account_id, authority_id)


@post("/authorities/{authority_id:int}/void", status_code=200, **staff("evidence.trust"))
async def void_authority(db: Database, acting: Scope, session: StaffSession, authority_id: int) -> Authority:
    """Its signature counts no longer."""
    return await authorities.void(db, acting, session.account_id, authority_id)


@post("/feed", status_code=200, **AUTHORITY)
async def receive_batch(
    request: Request[Any, Any, Any],
    worker_db: Database,
    identity: Database,
    keys: Keys,
    authority: AuthoritySession,
    language: Language,
    data: Batch,
) -> BatchAnswer:
    """A signed batch of evidence (`Lianfang-Authority`: the key's number; `Lianfang-Signature`: Ed25519 of the whole body, in
    Base64). The same batch again gets the same answer and changes nothing."""
    return await feed.receive(worker_db, identity, keys, authority, data, await request.body(), language)


router = Router(
    "/",
    route_handlers=[list_authorities, register_authority, confirm_authority, void_authority, receive_batch],
    tags=["evidence"],
)
