"""/signers, /revocations"""

from litestar import Router, get, post

from lianfang.access.rules import staff
from lianfang.access.scope import Scope
from lianfang.certificates import service
from lianfang.certificates.service import NewRevocations, NewSigners, RevocationsAdded, SignersAdded
from lianfang.certificates.store import ListedSigner
from lianfang.kit.db import Database
from lianfang.kit.paging import Page
from lianfang.staff.model import StaffSession


@get("/signers", **staff("evidence.trust"))
async def list_signers(
    db: Database, acting: Scope, cursor: str | None = None, limit: int | None = None
) -> Page[ListedSigner]:
    """The trust list: who may sign certificates of other countries."""
    return await service.list_signers(db, acting, cursor, limit)


@post("/signers", status_code=200, **staff("evidence.trust"))
async def add_signers(db: Database, acting: Scope, session: StaffSession, data: NewSigners) -> SignersAdded:
    """Adds signer certificates, or an issuer's key set."""
    return await service.add_signers(db, acting, session.account_id, data)


@post("/signers/{signer_id:int}/void", status_code=204, **staff("evidence.trust"))
async def void_signer(db: Database, acting: Scope, session: StaffSession, signer_id: int) -> None:
    """Trusts a signer no longer."""
    await service.void_signer(db, acting, session.account_id, signer_id)


@post("/revocations", status_code=200, **staff("evidence.trust"))
async def add_revocations(db: Database, acting: Scope, session: StaffSession, data: NewRevocations) -> RevocationsAdded:
    """Adds certificates to the revocation list."""
    return await service.add_revocations(db, acting, session.account_id, data)


router = Router("/", route_handlers=[list_signers, add_signers, void_signer, add_revocations], tags=["certificates"])
