"""Verbs on lent powers: lending, taking back, using, and putting them down."""

from datetime import timedelta

from lianfang.access.rules import NEVER_LENT
from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.kit.clock import now as clock_now
from lianfang.kit.db import Database
from lianfang.kit.errors import NOT_FOUND, FieldError, invalid, wrong_field
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.organisations import store as units
from lianfang.staff import delegation_store as store
from lianfang.staff.model import Delegation, Loan, NewDelegation, StaffSession
from lianfang.staff.problems import NOT_LENT_ON, NOT_YOURS_TO_LEND, TAKER_UNKNOWN
from lianfang.staff.sessions import Sessions

LONGEST = timedelta(days=366)


async def list_delegations(db: Database, scope: Scope, *, cursor: str | None, limit: int | None) -> Page[Delegation]:
    """What was lent over one's own unit and those below, newest first."""
    limit = clamp(limit)
    key = decode_cursor(cursor, tuple[int])
    async with scoped(db, scope) as conn:
        rows = await store.list_delegations(scope, conn, before=key[0] if key else audit.BEGINNING, limit=limit + 1)
    return page(rows, limit, lambda row: (row.id,))


async def lend(db: Database, identity: Database, session: StaffSession, new: NewDelegation) -> Delegation:
    """Lends powers of one's own; never more than one has, and never on."""
    if session.delegation_id is not None:
        raise NOT_LENT_ON()
    if excess := set(new.permissions) - (session.permissions - NEVER_LENT):
        raise NOT_YOURS_TO_LEND(permissions=", ".join(sorted(excess)))
    if errors := _period_errors(new):
        raise invalid(*errors)
    username = new.username.strip().lower()
    async with identity.transaction() as conn:
        taker = None if "\0" in username else await store.identity_find_taker(conn, username)
    if taker is None or taker.id == session.account_id:
        raise TAKER_UNKNOWN(username=username[:40])
    scope = session.scope
    async with scoped(db, scope) as conn:
        place = await units.hold_place(scope, conn, new.unit_id)
        if place is None:
            raise NOT_FOUND()
        delegation_id = await store.insert(
            scope,
            conn,
            ord=place.lo,
            unit_id=place.id,
            giver_id=session.account_id,
            taker_id=taker.id,
            taker_name=f"{taker.display_name} ({username})",
            permissions=sorted(set(new.permissions)),
            reason=new.reason.strip(),
            starts_at=new.starts_at,
            ends_at=new.ends_at,
        )
        await audit.record(
            scope,
            conn,
            "delegations.create",
            f"delegation:{delegation_id}",
            unit=place.id,
            taker=f"staff:{taker.id}",
            permissions=sorted(set(new.permissions)),
            until=new.ends_at.isoformat(),
        )
        [made] = await store.list_delegations(scope, conn, before=delegation_id + 1, limit=1)
    return made


async def take_back(db: Database, sessions: Sessions, session: StaffSession, delegation_id: int) -> None:
    """Ends lent powers at once, also those that somebody else lent over a unit of one's own."""
    scope = session.scope
    async with scoped(db, scope) as conn:
        taker_id = await store.revoke(scope, conn, delegation_id, session.account_id)
        if taker_id is None:
            raise NOT_FOUND()
        await audit.record(scope, conn, "delegations.revoke", f"delegation:{delegation_id}", taker=f"staff:{taker_id}")
    sessions.forget(taker_id)


async def loans(identity: Database, session: StaffSession) -> list[Loan]:
    """What the account may use of others' powers now."""
    async with identity.transaction() as conn:
        return await store.identity_loans(conn, session.account_id)


async def act_for(identity: Database, sessions: Sessions, session: StaffSession, delegation_id: int) -> StaffSession:
    """This session uses lent powers from now on. Problem `not_found` where there are none such now."""
    async with identity.transaction() as conn:
        loan = next(
            (
                loan
                for loan in await store.identity_loans(conn, session.account_id)
                if loan.delegation_id == delegation_id
            ),
            None,
        )
        if loan is None:
            raise NOT_FOUND()
        await store.identity_act_for(conn, session.key, delegation_id)
    return await _switched(identity, sessions, session, "session.act_for", delegation_id)


async def act_for_oneself(identity: Database, sessions: Sessions, session: StaffSession) -> StaffSession:
    """Puts lent powers down."""
    async with identity.transaction() as conn:
        await store.identity_act_for(conn, session.key, None)
    return await _switched(identity, sessions, session, "session.act_for_oneself", session.delegation_id or 0)


async def _switched(
    identity: Database, sessions: Sessions, session: StaffSession, action: str, delegation_id: int
) -> StaffSession:
    sessions.forget(session.account_id)
    current = await sessions.current(session.key)
    if current is None:
        raise NOT_FOUND()
    async with identity.transaction() as conn:
        await audit.record(current.scope, conn, action, f"staff:{session.account_id}", delegation=delegation_id)
    return current


def _period_errors(new: NewDelegation) -> list[FieldError]:
    now = clock_now()
    begin = new.starts_at or now
    if now < new.ends_at and begin < new.ends_at <= begin + LONGEST:
        return []
    return [
        wrong_field(
            "ends_at",
            "range",
            "结束时间应晚于现在和开始时间，最长一年。",
            "The end must lie after now and after the beginning, by a year at most.",
        )
    ]
