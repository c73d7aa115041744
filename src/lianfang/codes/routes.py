"""/residents/me/colour, /holds"""

from litestar import Router, get, post

from lianfang.access.rules import FAMILY, staff
from lianfang.access.scope import Scope
from lianfang.codes import cases, explain, manual
from lianfang.codes.manual_model import Case, CaseQuery, HoldDecision, HoldRequest, NewHoldRequest, RequestFile
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.errors import Language
from lianfang.kit.paging import Page


@get("/residents/me/colour", tags=["residents"], **FAMILY)
async def my_colour(db: Database, acting: Scope, language: Language) -> explain.MyColour:
    """The resident's colour, and why: rule, plan, evidence, until when, what ends it earlier."""
    return await explain.my_colour(db, acting, language)


@post("/holds/cases", status_code=200, tags=["holds"], **staff("holds.manage"))
async def look_at_case(
    db: Database,
    identity: Database,
    worker_db: Database,
    keys: Keys,
    acting: Scope,
    language: Language,
    data: CaseQuery,
) -> Case:
    """What is known of somebody and what holds them, by their document; recorded with its purpose."""
    return await cases.look(db, identity, worker_db, keys, acting, data, language)


@get("/holds/requests", tags=["holds"], **staff("holds.manage"))
async def list_requests(
    db: Database,
    identity: Database,
    keys: Keys,
    acting: Scope,
    importer_id: int,
    waiting: bool = False,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[HoldRequest]:
    """Holds and releases by hand that one's own unit asks for, or is asked to sign; `waiting`: those to be decided here."""
    return await manual.requests(db, identity, keys, acting, importer_id, waiting=waiting, cursor=cursor, limit=limit)


@post("/holds/requests", tags=["holds"], **staff("holds.manage"))
async def ask_for_hold(
    db: Database,
    identity: Database,
    worker_db: Database,
    keys: Keys,
    acting: Scope,
    importer_id: int,
    data: NewHoldRequest,
) -> HoldRequest:
    """Asks another unit to sign a hold or a release."""
    request_id = await manual.ask(db, worker_db, keys, acting, importer_id, data)
    return await manual.show(db, identity, keys, acting, importer_id, request_id)


@get("/holds/requests/{request_id:int}", tags=["holds"], **staff("holds.manage"))
async def open_request(
    db: Database,
    identity: Database,
    worker_db: Database,
    keys: Keys,
    acting: Scope,
    importer_id: int,
    language: Language,
    request_id: int,
) -> RequestFile:
    """A request with the evidence that it rests on, for both units; recorded."""
    return await cases.open_request(db, identity, worker_db, keys, acting, importer_id, request_id, language)


@post("/holds/requests/{request_id:int}/decision", status_code=200, tags=["holds"], **staff("holds.manage"))
async def decide_request(
    db: Database,
    identity: Database,
    worker_db: Database,
    keys: Keys,
    acting: Scope,
    importer_id: int,
    request_id: int,
    data: HoldDecision,
) -> HoldRequest:
    """Signs or declines what another unit asks for."""
    await manual.decide(db, worker_db, acting, importer_id, request_id, data)
    return await manual.show(db, identity, keys, acting, importer_id, request_id)


router = Router(
    "/", route_handlers=[my_colour, look_at_case, list_requests, ask_for_hold, open_request, decide_request]
)
