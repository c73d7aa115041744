"""What a void key has stated is taken back: one official asks, another one accepts, and the worker supersedes it."""

from datetime import datetime
from typing import Annotated, Any, Final, get_args

import msgspec

from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.certificates import store as trust_list
from lianfang.evidence import store as evidence
from lianfang.evidence.model import WITHDRAWN
from lianfang.intake import store
from lianfang.intake.problems import ASKED_ALREADY, DECIDED, NOT_VOID, SECOND_PERSON
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database, fetch_all, fetch_one, fetch_value
from lianfang.kit.errors import NOT_FOUND, Language
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.organisations import store as organisations
from lianfang.plans.vocabulary import Kind
from lianfang.runs import service as runs
from lianfang.runs.work import Work

RUN: Final = "evidence.withdraw"


class NewWithdrawal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Since when what the key stated is not to be believed, by when it was sent in, and why."""

    since: datetime
    reason: Annotated[str, msgspec.Meta(min_length=2, max_length=300)]


class WithdrawalDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    accept: bool


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """`accepted`: null while it waits."""

    id: int
    source: str
    provenance: str
    since: datetime
    reason: str
    asked_by: int
    asked_name: str
    asked_at: datetime
    accepted: bool | None
    decided_at: datetime | None
    run_id: int | None
    mine_to_decide: bool


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    ord: int
    source: str
    provenance: str
    since: datetime
    reason: str
    asked_by: int
    asked_name: str
    asked_at: datetime
    accepted: bool | None
    decided_at: datetime | None
    run_id: int | None


async def ask_of_authority(
    db: Database, scope: Scope, account_id: int, authority_id: int, new: NewWithdrawal
) -> Withdrawal:
    """Problems `key_not_void`, `withdrawal_asked`."""
    async with scoped(db, scope) as conn:
        found = await store.authorities(scope, conn, id=authority_id)
        if not found:
            raise NOT_FOUND()
        if found[0].voided_at is None:
            raise NOT_VOID()
        return await _ask(scope, conn, account_id, f"feed:{authority_id}", found[0].name, new)


async def ask_of_signer(db: Database, scope: Scope, account_id: int, signer_id: int, new: NewWithdrawal) -> Withdrawal:
    """The same of a key of the trust list."""
    async with scoped(db, scope) as conn:
        found = await trust_list.signers(scope, conn, after=signer_id - 1, limit=1)
        if not found or found[0].id != signer_id:
            raise NOT_FOUND()
        signer = found[0]
        if signer.voided_at is None:
            raise NOT_VOID()
        way = certificate_way(signer.format, signer.country or signer.issuer, signer.kid)
        return await _ask(scope, conn, account_id, way, f"{signer.issuer} ({signer.country})"[:120], new)


def certificate_way(format: str, whose: str, kid: str) -> str:
    """The provenance of what certificates state that one key has signed."""
    return f"certificate:{format}/{whose}/{kid}"[:110]


async def _ask(
    scope: Scope, conn: Connection, account_id: int, provenance: str, source: str, new: NewWithdrawal
) -> Withdrawal:
    params = {"ord": scope.lo, "provenance": provenance, "source": source, "since": new.since, "by": account_id}
    withdrawal_id = await fetch_value(conn, store.Q.insert_withdrawal, params | {"reason": new.reason.strip()})
    if withdrawal_id is None:
        raise ASKED_ALREADY()
    detail = {"provenance": provenance, "since": new.since.isoformat(), "reason": new.reason}
    await audit.record(scope, conn, "evidence.withdrawal.ask", f"withdrawal:{withdrawal_id}", **detail)
    return (await _listed(scope, conn, account_id, id=withdrawal_id))[0]


async def list_withdrawals(
    db: Database, scope: Scope, account_id: int, cursor: str | None, limit: int | None
) -> Page[Withdrawal]:
    """Those that one's own unit and those below have asked for, newest first."""
    limit = clamp(limit)
    key = decode_cursor(cursor, tuple[int])
    async with scoped(db, scope) as conn:
        rows = await _listed(scope, conn, account_id, before=key[0] if key else 1 << 62, limit=limit + 1)
    return page(rows, limit, lambda row: (row.id,))


async def decide(
    db: Database, keys: Keys, scope: Scope, account_id: int, withdrawal_id: int, *, accept: bool, language: Language
) -> Withdrawal:
    """By an administrator of a unit above, or, where nobody is above, another one of the topmost. Problems `second_person`,
    `intake_decided`."""
    async with scoped(db, scope) as conn:
        found = await _listed(scope, conn, account_id, id=withdrawal_id)
        if not found:
            raise NOT_FOUND()
        if found[0].accepted is not None:
            raise DECIDED()
        if scope.behalf or not found[0].mine_to_decide:
            raise SECOND_PERSON()
        own = {"id": withdrawal_id, "lo": scope.lo, "hi": scope.hi}
        if not (await conn.execute(store.Q.decide_withdrawal, own | {"by": account_id, "accepted": accept})).rowcount:
            raise DECIDED()
        action = f"evidence.withdrawal.{'accept' if accept else 'refuse'}"
        await audit.record(scope, conn, action, f"withdrawal:{withdrawal_id}", asked_by=found[0].asked_by)
        if accept:
            run_id = await runs.start(scope, conn, keys, RUN, {"withdrawal_id": withdrawal_id}, language=language)
            await conn.execute(store.Q.set_withdrawal_run, own | {"run_id": run_id})
        return (await _listed(scope, conn, account_id, id=withdrawal_id))[0]


async def _listed(
    scope: Scope, conn: Connection, account_id: int, *, id: int | None = None, before: int = 1 << 62, limit: int = 1
) -> list[Withdrawal]:
    params = {"lo": scope.lo, "hi": scope.hi, "id": id, "before": before, "limit": limit}
    rows = await fetch_all(conn, _Row, store.Q.withdrawals, params)
    top = await organisations.is_top(scope, conn)
    return [_shown(row, account_id, above=top or row.ord > scope.lo) for row in rows]


def _shown(row: _Row, account_id: int, *, above: bool) -> Withdrawal:
    kept = {name: getattr(row, name) for name in row.__struct_fields__ if name != "ord"}
    return Withdrawal(**kept, mine_to_decide=above and row.accepted is None and row.asked_by != account_id)


class _Accepted(msgspec.Struct, frozen=True):
    provenance: str
    source: str
    since: datetime


async def work(work: Work) -> dict[str, Any]:
    """Begun again after a crash it goes on with what is not superseded yet. Evidence that waits for its person's registration is
    superseded where it waits."""
    withdrawal_id = int(work.parameters["withdrawal_id"])
    written = 0
    async with work.worker.connection() as conn:
        row = await fetch_one(conn, _Accepted, store.Q.worker_withdrawal, {"id": withdrawal_id})
        if row is None:
            return {"evidence": 0, "waiting": 0}
        subject = f"withdrawal:{withdrawal_id}"
        async with conn.transaction():
            waiting = await evidence.worker_withdraw_waiting(
                conn, row.provenance, row.since, subject=subject, source=row.source
            )
        for kind in get_args(Kind):
            await evidence.worker_stage(conn)
            await evidence.worker_withdraw_known(conn, kind, row.provenance, row.since)
            written += await evidence.worker_insert_staged(
                conn, kind=kind, result=WITHDRAWN, subject=subject, source=row.source, provenance=row.provenance
            )
    return {"evidence": written, "waiting": waiting}
