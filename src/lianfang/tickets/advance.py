"""One step of a ticket: what the table allows, what it changes, and the line in its history."""

from datetime import datetime
from typing import Any

import msgspec

from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection
from lianfang.kit.errors import invalid, wrong_field
from lianfang.tickets import store
from lianfang.tickets.machine import TRANSITIONS, Actor, TransitionName
from lianfang.tickets.model import DUE
from lianfang.tickets.problems import NOT_NOW
from lianfang.tickets.store import NewStep, TicketRow


def check(row: TicketRow, name: TransitionName, actor: Actor, text: str) -> str:
    """The words of it; a problem where the table does not allow it."""
    one = TRANSITIONS[name]
    if actor not in one.of.get(row.state, ()) or (one.holds and row.hold_id is None):
        raise NOT_NOW()
    text = text.strip()
    if "\0" in text or (one.says and not text):
        raise invalid(wrong_field("text", "empty", "请填写说明。", "Please write what it is about."))
    return text


def changes(row: TicketRow, name: TransitionName, account_id: int | None, at: datetime) -> dict[str, Any]:
    """What a step changes besides the state."""
    if name == "take":
        return {"handler_id": account_id}
    if name in ("hand_over", "escalate"):
        return {"handler_id": None}
    if name == "ask":
        return {"asked_at": at}
    if name == "reply":
        assert row.asked_at is not None
        return {"asked_at": None, "due_at": row.due_at + (at - row.asked_at)}
    if name in ("answer", "sign"):
        return {"answered_at": at, "outcome": "granted"}
    if name == "decline":
        return {"request_id": None}
    if name == "reopen":
        return {"handler_id": None, "outcome": None, "answered_at": None, "due_at": at + DUE[row.kind]}
    return {}


async def advance(
    conn: Connection,
    keys: Keys,
    row: TicketRow,
    name: TransitionName,
    actor: Actor,
    *,
    text: str = "",
    account_id: int | None = None,
    unit_id: int | None = None,
    **further: Any,
) -> None:
    """Does it to a locked row. `unit_id`: where it goes to, for the line in the history."""
    text = check(row, name, actor, text)
    one, at = TRANSITIONS[name], clock_now()
    changed = msgspec.structs.replace(row, state=one.to, **changes(row, name, account_id, at) | further)
    await store.worker_change(conn, changed)
    step = NewStep(
        at,
        name,
        one.to,
        "staff" if actor in ("handler", "colleague") else actor,
        unit_id or row.unit_id,
        text,
        account_id,
        one.tells,
    )
    await store.worker_add_step(conn, keys, row.id, row.ord, row.person_id, step)
