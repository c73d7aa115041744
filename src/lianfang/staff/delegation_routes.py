"""/delegations, /session/loans, /session/acting"""

from litestar import Router, delete, get, post, put

from lianfang.access.rules import STAFF, staff
from lianfang.access.scope import Scope
from lianfang.kit.db import Database
from lianfang.kit.paging import Page
from lianfang.staff import delegations
from lianfang.staff.model import ActFor, Delegation, Loan, NewDelegation, Session, StaffSession, shown
from lianfang.staff.routes import BEFORE_PASSWORD_CHANGE
from lianfang.staff.sessions import Sessions


@get("/", **staff("staff.manage"))
async def list_delegations(
    db: Database, acting: Scope, cursor: str | None = None, limit: int | None = None
) -> Page[Delegation]:
    """Powers lent over one's own unit and those below, newest first."""
    return await delegations.list_delegations(db, acting, cursor=cursor, limit=limit)


@post("/", **staff("staff.manage"))
async def lend_powers(db: Database, identity: Database, session: StaffSession, data: NewDelegation) -> Delegation:
    """Lends powers of one's own to another account for a while."""
    return await delegations.lend(db, identity, session, data)


@post("/{delegation_id:int}/revoke", status_code=204, **staff("staff.manage"))
async def take_powers_back(db: Database, sessions: Sessions, session: StaffSession, delegation_id: int) -> None:
    """Ends lent powers at once."""
    await delegations.take_back(db, sessions, session, delegation_id)


@get("/loans", **STAFF)
async def list_loans(identity: Database, session: StaffSession) -> list[Loan]:
    """Powers of others that the signed-in account may use now."""
    return await delegations.loans(identity, session)


@put("/acting", **STAFF)
async def act_for(identity: Database, sessions: Sessions, session: StaffSession, data: ActFor) -> Session:
    """Acts for another account from now on, in this session."""
    return shown(await delegations.act_for(identity, sessions, session, data.delegation_id))


@delete("/acting", status_code=200, **BEFORE_PASSWORD_CHANGE)
async def act_for_oneself(identity: Database, sessions: Sessions, session: StaffSession) -> Session:
    """Acts for oneself again."""
    return shown(await delegations.act_for_oneself(identity, sessions, session))


delegations_router = Router(
    "/delegations", route_handlers=[list_delegations, lend_powers, take_powers_back], tags=["staff"]
)
acting_router = Router("/session", route_handlers=[list_loans, act_for, act_for_oneself], tags=["session"])
