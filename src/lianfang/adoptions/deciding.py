"""Adopting a plan: one official proposes it, after a comparison, and one of another unit agrees. At least one of the two acts for a
whole tree, since a plan colours everybody in it."""

from datetime import datetime, timedelta

from lianfang.access.scope import Scope, scoped
from lianfang.adoptions import store
from lianfang.adoptions.comparing import in_force
from lianfang.adoptions.model import NewProposal, Proposal, ProposalDecision, State
from lianfang.adoptions.problems import COMPARE_FIRST, PROPOSAL_CLOSED, SECOND_OFFICIAL
from lianfang.adoptions.store import ProposalRow
from lianfang.audit import store as audit
from lianfang.kit.clock import now as clock_now
from lianfang.kit.db import Connection, Database
from lianfang.kit.errors import NOT_FOUND, invalid, wrong_field
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.organisations import store as organisations
from lianfang.plans import packs
from lianfang.plans import store as plans
from lianfang.plans.model import Pack
from lianfang.staff import store as staff

SEEN_WITHIN = timedelta(hours=24)
LAPSES = timedelta(days=3)
AHEAD = timedelta(days=90)


async def propose(db: Database, worker: Database, scope: Scope, account_id: int, new: NewProposal) -> int:
    """By itself it changes nothing. Problem `plan_compare_first`."""
    at = clock_now()
    starts_at = new.starts_at or at
    if not at - timedelta(minutes=5) <= starts_at <= at + AHEAD:
        raise invalid(
            wrong_field(
                "starts_at",
                "range",
                "启用时间须在今后 {days} 天内。",
                "Choose a time within the next {days} days.",
                days=AHEAD.days,
            )
        )
    counts = await in_force(worker)
    async with scoped(db, scope) as conn:
        found = await store.comparisons(scope, conn, id=new.comparison_id)
        if not found:
            raise NOT_FOUND()
        [seen] = found
        if seen.finished_at is None or seen.finished_at < at - SEEN_WITHIN or seen.a != counts or not _pack(seen.b):
            raise COMPARE_FIRST()
        own = await organisations.own_unit(scope, conn)
        if own is None or scope.behalf:
            raise SECOND_OFFICIAL()
        number = await store.insert_proposal(
            scope,
            conn,
            comparison_id=seen.id,
            plan=seen.b,
            starts_at=starts_at,
            reason=new.reason.strip() or "—",
            unit_id=own.id,
            whole=await organisations.is_top(scope, conn),
            proposed_by=account_id,
        )
        await audit.record(scope, conn, "plans.propose", f"proposal:{number}", plan=seen.b, since=starts_at.isoformat())
    return number


def _pack(plan: str) -> Pack | None:
    return next((pack for pack in packs.packs().values() if pack.id == plan), None)


async def decide(
    db: Database, worker: Database, scope: Scope, account_id: int, proposal_id: int, decision: ProposalDecision
) -> None:
    """Problems `plan_second_official`, `plan_proposal_closed`."""
    async with scoped(db, scope) as conn:
        row, unit_id, top = await _standing(scope, conn, proposal_id)
        if _state(row, clock_now()) != "proposed":
            raise PROPOSAL_CLOSED()
        if unit_id is None or not _may(row, scope, account_id, unit_id, top=top):
            raise SECOND_OFFICIAL()
        if not await store.decide(
            scope, conn, proposal_id, account_id=account_id, unit_id=unit_id, agreed=decision.agreed
        ):
            raise PROPOSAL_CLOSED()
        action = "plans.agree" if decision.agreed else "plans.decline"
        await audit.record(
            scope, conn, action, f"proposal:{proposal_id}", plan=row.plan,
            asked_by=f"staff:{row.proposed_by}", signed_by=f"staff:{account_id}",
        )  # fmt: skip
    await carry_out(worker)


async def carry_out(worker: Database) -> None:
    """Writes the adoptions that two have agreed on; when their time has come, the rules colour everybody by them. Again and again,
    if need be: the worker does it too, in case whoever agreed was cut off in between."""
    async with worker.transaction() as conn:
        for proposal_id, plan, starts_at, officials in await store.worker_agreed(conn):
            pack = _pack(plan)
            if pack is None:  # another release of the product has another version of it
                continue
            adoption = await plans.worker_adopt(
                conn, pack, province="", parameters={}, starts_at=starts_at, decided_by=officials
            )
            await store.worker_adopted(conn, proposal_id, adoption)


async def show(db: Database, identity: Database, scope: Scope, account_id: int, proposal_id: int) -> Proposal:
    async with scoped(db, scope) as conn:
        row, unit_id, top = await _standing(scope, conn, proposal_id)
    return (await _shown(identity, scope, account_id, [row], unit_id, top=top))[0]


async def latest(
    db: Database, identity: Database, scope: Scope, account_id: int, cursor: str | None, limit: int | None
) -> Page[Proposal]:
    limit = clamp(limit)
    (before,) = decode_cursor(cursor, tuple[int]) or (store.NEWEST,)
    async with scoped(db, scope) as conn:
        rows = await store.proposals(scope, conn, before=before, limit=limit + 1)
        own = await organisations.own_unit(scope, conn)
        top = await organisations.is_top(scope, conn)
    shown = await _shown(identity, scope, account_id, rows, own.id if own else None, top=top)
    return page(shown, limit, lambda row: (row.id,))


async def _standing(scope: Scope, conn: Connection, proposal_id: int) -> tuple[ProposalRow, int | None, bool]:
    rows = await store.proposals(scope, conn, id=proposal_id)
    if not rows:
        raise NOT_FOUND()
    own = await organisations.own_unit(scope, conn)
    return rows[0], own.id if own else None, await organisations.is_top(scope, conn)


def _may(row: ProposalRow, scope: Scope, account_id: int, unit_id: int, *, top: bool) -> bool:
    return not scope.behalf and account_id != row.proposed_by and unit_id != row.unit_id and (top or row.whole)


def _state(row: ProposalRow, at: datetime) -> State:
    if row.agreed is not None:
        return "agreed" if row.agreed else "declined"
    return "lapsed" if row.proposed_at < at - LAPSES else "proposed"


async def _shown(
    identity: Database, scope: Scope, account_id: int, rows: list[ProposalRow], unit_id: int | None, *, top: bool
) -> list[Proposal]:
    at = clock_now()
    async with identity.transaction() as conn:
        names = await staff.identity_names(conn, {x for row in rows for x in (row.proposed_by, row.decided_by) if x})
    return [
        Proposal(
            row.id,
            row.comparison_id,
            row.plan,
            row.starts_at,
            row.reason,
            row.unit,
            names[row.proposed_by],
            row.proposed_at,
            row.decided_unit,
            names[row.decided_by] if row.decided_by else "",
            row.decided_at,
            _state(row, at),
            row.people,
            row.changed,
            unit_id is not None and _state(row, at) == "proposed" and _may(row, scope, account_id, unit_id, top=top),
        )
        for row in rows
    ]
