"""Holds and releases by hand: one official asks, with a reason and evidence, and one of another unit signs. Neither alone changes
a colour: what does is the evidence that is written of a signed request, by the same rules as all other."""

from datetime import datetime, timedelta
from typing import get_args
from uuid import UUID

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.audit.purpose import checked_purpose
from lianfang.codes.derive import recolour
from lianfang.codes.manual_model import HoldDecision, HoldRequest, NewHoldRequest, State
from lianfang.codes.model import HoldColour
from lianfang.codes.problems import (
    ALREADY_DECIDED,
    GROUNDS_STALE,
    NOT_YOURS,
    ONE_UNIT,
    REQUEST_SHAPE,
    UNIT_UNKNOWN,
)
from lianfang.codes.store import Q
from lianfang.evidence import store as evidence
from lianfang.evidence.model import Evidence, NewEvidence
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database, fetch_all, fetch_one, fetch_value
from lianfang.kit.errors import NOT_FOUND
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.organisations import store as organisations
from lianfang.plans import store as plans
from lianfang.plans.vocabulary import Kind
from lianfang.staff import store as staff

FRESH = timedelta(days=14)
"""Evidence that is older is no ground for a request."""
LAPSES = timedelta(days=3)
"""A request that nobody has decided by then is none any more."""
KINDS: tuple[Kind, ...] = get_args(Kind)


class RequestRow(msgspec.Struct, frozen=True):
    id: int
    ord: int
    unit_id: int
    second_unit_id: int
    unit: str
    second_unit: str
    person_id: int
    colour: HoldColour | None
    until: datetime | None
    target: UUID | None
    grounds: list[UUID]
    reason: bytes
    asked_by: int
    asked_at: datetime
    decided_by: int | None
    decided_at: datetime | None
    signed: bool | None
    asked_of_me: bool


def fresh(known: Evidence, at: datetime) -> bool:
    """Whether a request may rest on it."""
    return at - FRESH <= (known.until or known.at) <= at and known.kind != "decision"


async def ask(db: Database, worker: Database, keys: Keys, scope: Scope, account_id: int, new: NewHoldRequest) -> int:
    """A request to an official of another unit. By itself it changes nothing."""
    at = clock_now()
    reason = checked_purpose(new.reason)
    async with worker.transaction() as conn:
        known = {e.id: e for e in await evidence.worker_standing(conn, [new.person_id], KINDS)}
        longest = (await plans.worker_in_force(conn, at)).get("")
    days = longest.pack.manual_days if longest else 14
    held = new.colour is not None and new.until is not None and at < new.until <= at + timedelta(days=days)
    released = new.colour is None and new.until is None and new.target in known
    if not (held and new.target is None) and not released:
        raise REQUEST_SHAPE(days=days)
    grounds = [known.get(ground) for ground in new.grounds]
    if not grounds or len(grounds) > 10 or not all(ground and fresh(ground, at) for ground in grounds):
        raise GROUNDS_STALE(days=FRESH.days)
    async with scoped(db, scope) as conn:
        own = await fetch_value(conn, Q.own_unit, {"lo": scope.lo})
        if own is None or await fetch_value(conn, Q.unit_label, {"id": new.second_unit_id}) is None:
            raise UNIT_UNKNOWN()
        inside = await organisations.find_place(scope, conn, new.second_unit_id)
        if inside is not None or own == new.second_unit_id:
            raise ONE_UNIT()
        params = msgspec.structs.asdict(new) | {
            "ord": scope.lo,
            "unit_id": own,
            "reason": keys.encrypt(reason, f"hold_requests.reason:{new.person_id}"),
            "asked_by": account_id,
        }
        request_id = int(await fetch_value(conn, Q.insert_request, params))
        await audit.record(
            scope,
            conn,
            "holds.ask",
            f"person:{new.person_id}",
            request=request_id,
            colour=new.colour,
            second_unit=new.second_unit_id,
        )
    return request_id


async def decide(
    db: Database, worker: Database, scope: Scope, account_id: int, request_id: int, decision: HoldDecision
) -> None:
    """Signs or declines what another unit asks. Both officials are named in the record; the colour follows at once."""
    async with scoped(db, scope) as conn:
        row = await find(scope, conn, request_id)
        if scope.behalf or account_id == row.asked_by or not row.asked_of_me:
            raise NOT_YOURS()
        if scope.covers(row.ord):  # whoever stands above both units could make accounts in each
            raise ONE_UNIT()
        if row.signed is not None or row.asked_at < clock_now() - LAPSES:
            raise ALREADY_DECIDED()
        params = {"id": request_id, "account_id": account_id, "signed": decision.signed}
        if await fetch_value(conn, Q.decide_request, params) is None:
            raise ALREADY_DECIDED()
        await audit.record(
            scope,
            conn,
            "holds.sign" if decision.signed else "holds.decline",
            f"person:{row.person_id}",
            request=request_id,
            colour=row.colour,
            asked_by=f"staff:{row.asked_by}",
            signed_by=f"staff:{account_id}",
        )
    await carry_out(worker)


async def carry_out(worker: Database) -> None:
    """Writes the evidence of signed requests that have none yet, and colours their people. Again and again, if need be: the
    worker does it too, in case whoever signed was cut off in between."""
    async with worker.transaction() as conn:
        await conn.execute(Q.lock)
        rows = await (await conn.execute(Q.signed_without_evidence)).fetchall()
        await evidence.worker_insert(
            conn,
            [
                NewEvidence(
                    person_id=person_id,
                    kind="decision",
                    at=decided_at,
                    result="hold" if is_hold else "release",
                    subject=str(request_id),
                    source=units,
                    provenance=f"request:{request_id}",
                )
                for request_id, person_id, is_hold, decided_at, units in rows
            ],
        )
    if rows:
        await recolour(worker)


async def requests(
    db: Database,
    identity: Database,
    keys: Keys,
    scope: Scope,
    account_id: int,
    *,
    waiting: bool,
    cursor: str | None,
    limit: int | None,
) -> Page[HoldRequest]:
    """What one's own unit asks, or is asked, newest first; `waiting`: what this account may decide."""
    limit = clamp(limit)
    key = decode_cursor(cursor, tuple[int])
    params = {"before": key[0] if key else audit.BEGINNING, "limit": limit + 1, "id": None, "waiting": waiting}
    more = {"since": clock_now() - LAPSES, "account_id": account_id, "lo": scope.lo, "hi": scope.hi}
    async with scoped(db, scope) as conn:
        rows = await fetch_all(conn, RequestRow, Q.requests, params | more)
    return page(await shown(identity, keys, scope, account_id, rows), limit, lambda row: (row.id,))


async def show(
    db: Database, identity: Database, keys: Keys, scope: Scope, account_id: int, request_id: int
) -> HoldRequest:
    async with scoped(db, scope) as conn:
        row = await find(scope, conn, request_id)
    return (await shown(identity, keys, scope, account_id, [row]))[0]


async def find(scope: Scope, conn: Connection, request_id: int) -> RequestRow:
    """Problem `not_found`, where neither unit is of the scope."""
    params = {"before": audit.BEGINNING, "limit": 1, "id": request_id, "waiting": False, "since": None}
    row = await fetch_one(conn, RequestRow, Q.requests, params | {"account_id": None, "lo": scope.lo, "hi": scope.hi})
    if row is None:
        raise NOT_FOUND()
    return row


async def shown(
    identity: Database, keys: Keys, scope: Scope, account_id: int, rows: list[RequestRow]
) -> list[HoldRequest]:
    """As both units see them: who asked and who decided are named to either."""
    async with identity.transaction() as conn:
        names = await staff.identity_names(conn, [one for row in rows for one in (row.asked_by, row.decided_by) if one])
    return [_request(row, keys, scope, account_id, names) for row in rows]


def _request(row: RequestRow, keys: Keys, scope: Scope, account_id: int, names: dict[int, str]) -> HoldRequest:
    state: State = "asked"
    if row.signed is not None:
        state = "signed" if row.signed else "declined"
    elif row.asked_at < clock_now() - LAPSES:
        state = "lapsed"
    mine = state == "asked" and row.asked_of_me and account_id != row.asked_by and not scope.covers(row.ord)
    return HoldRequest(
        row.id,
        row.unit,
        row.second_unit,
        row.person_id,
        row.colour,
        row.until,
        keys.decrypt(row.reason, f"hold_requests.reason:{row.person_id}"),
        names[row.asked_by],
        row.asked_at,
        names[row.decided_by] if row.decided_by else "",
        row.decided_at,
        state,
        mine,
    )
