"""/printed-codes, /residents/me/printed-codes"""

from litestar import Response, Router, get, post

from lianfang.access.rules import FAMILY, staff
from lianfang.access.scope import Scope
from lianfang.cards import service
from lianfang.cards.model import Layout, PrintedCode, VoidReason
from lianfang.config import Settings
from lianfang.credentials.keyring import KeyRing
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.paging import Page
from lianfang.people.model import ImportedPerson
from lianfang.staff.model import StaffSession

PDF = "application/pdf"


@post("/printed-codes", tags=["codes"], **staff("codes.print"))
async def issue_printed_code(
    db: Database,
    identity: Database,
    lane_db: Database,
    keys: Keys,
    key_ring: KeyRing,
    session: StaffSession,
    acting: Scope,
    language: Language,
    data: ImportedPerson,
) -> PrintedCode:
    """A printed code for the person whose document the clerk holds. The one before ends with it."""
    return await service.issue_for(db, identity, lane_db, keys, key_ring, acting, session.account_id, data, language)


@get("/printed-codes", tags=["codes"], **staff("codes.print"))
async def list_printed_codes(
    db: Database, keys: Keys, acting: Scope, cursor: str | None = None, limit: int | None = None
) -> Page[PrintedCode]:
    """Printed codes of the account's units, newest first."""
    return await service.list_codes(db, keys, acting, cursor, limit)


@post("/printed-codes/{number:int}/void", status_code=200, tags=["codes"], **staff("codes.print"))
async def void_printed_code(db: Database, keys: Keys, acting: Scope, number: int, data: VoidReason) -> PrintedCode:
    """Makes a printed code void."""
    return await service.void(db, keys, acting, number, data.reason)


@get("/printed-codes/{number:int}/pdf", tags=["codes"], media_type=PDF, **staff("codes.print"))
async def printed_code_pdf(
    db: Database, keys: Keys, settings: Settings, acting: Scope, number: int, layout: Layout = "a4"
) -> Response[bytes]:
    """The paper: an A4 page, or a card."""
    return _file(await service.pdf(db, keys, settings, acting, number, layout), number)


@post("/residents/me/printed-codes", tags=["residents"], **FAMILY)
async def issue_own_code(
    db: Database,
    identity: Database,
    lane_db: Database,
    keys: Keys,
    key_ring: KeyRing,
    acting: Scope,
    language: Language,
) -> PrintedCode:
    """A printed code of the resident's own; the one before ends with it."""
    assert acting.person_id is not None
    return await service.issue(db, identity, lane_db, keys, key_ring, acting, acting.person_id, language)


@get("/residents/me/printed-codes", tags=["residents"], **FAMILY)
async def own_codes(
    db: Database, keys: Keys, acting: Scope, cursor: str | None = None, limit: int | None = None
) -> Page[PrintedCode]:
    """The resident's printed codes, whoever printed them, newest first."""
    return await service.list_codes(db, keys, acting, cursor, limit)


@post("/residents/me/printed-codes/{number:int}/void", status_code=200, tags=["residents"], **FAMILY)
async def void_own_code(db: Database, keys: Keys, acting: Scope, number: int, data: VoidReason) -> PrintedCode:
    """The resident ends a printed code of theirs."""
    return await service.void(db, keys, acting, number, data.reason)


@get("/residents/me/printed-codes/{number:int}/pdf", tags=["residents"], media_type=PDF, **FAMILY)
async def own_code_pdf(
    db: Database, keys: Keys, settings: Settings, acting: Scope, number: int, layout: Layout = "a4"
) -> Response[bytes]:
    """The paper of a printed code of the resident's own."""
    return _file(await service.pdf(db, keys, settings, acting, number, layout), number)


def _file(content: bytes, number: int) -> Response[bytes]:
    disposition = {"content-disposition": f'attachment; filename="health-code-{number:08d}.pdf"'}
    return Response(content, media_type=PDF, headers=disposition)


router = Router(
    "/",
    route_handlers=[
        issue_printed_code,
        list_printed_codes,
        void_printed_code,
        printed_code_pdf,
        issue_own_code,
        own_codes,
        void_own_code,
        own_code_pdf,
    ],
)
