"""/residents/me/colour, /holds"""

from litestar import Router, get, post

from lianfang.access.rules import FAMILY, staff
from lianfang.access.scope import Scope
from lianfang.codes import explain, manual
from lianfang.codes.manual_model import Case, CaseQuery, HoldDecision, HoldRequest, NewHoldRequest
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
    db: Database, identity: Database, worker_db: Database, keys: Keys, acting: Scope, data: CaseQuery
) -> Case:
    """What is known of somebody, by their document; recorded with its purpose."""
    return await manual.look(db, identity, worker_db, keys, acting, data)


@get("/holds/requests", tags=["holds"], **staff("holds.manage"))
async def list_requests(
    db: Database, keys: Keys, acting: Scope, importer_id: int, cursor: str | None = None, limit: int | None = None
) -> Page[HoldRequest]:
    """Holds and releases by hand that one's own unit asks for, or is asked to sign."""
    return await manual.requests(db, keys, acting, importer_id, cursor=cursor, limit=limit)


@post("/holds/requests", tags=["holds"], **staff("holds.manage"))
async def ask_for_hold(
    db: Database, worker_db: Database, keys: Keys, acting: Scope, importer_id: int, data: NewHoldRequest
) -> HoldRequest:
    """Asks another unit to sign a hold or a release."""
    return await manual.ask(db, worker_db, keys, acting, importer_id, data)


@post("/holds/requests/{request_id:int}/decision", status_code=200, tags=["holds"], **staff("holds.manage"))
async def decide_request(
    db: Database,
    worker_db: Database,
    keys: Keys,
    acting: Scope,
    importer_id: int,
    request_id: int,
    data: HoldDecision,
) -> HoldRequest:
    """Signs or declines what another unit asks for."""
    return await manual.decide(db, worker_db, keys, acting, importer_id, request_id, data)


router = Router("/", route_handlers=[my_colour, look_at_case, list_requests, ask_for_hold, decide_request])
