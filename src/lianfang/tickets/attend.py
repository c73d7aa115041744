"""The worker's part: tickets follow what was decided on their releases, end where nobody replies, and citizens are told."""

from datetime import datetime, timedelta

from lianfang.codes.manual import LAPSES
from lianfang.config import Settings
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection, Database
from lianfang.notices.service import post_sms
from lianfang.tickets import store
from lianfang.tickets.advance import advance
from lianfang.tickets.machine import TRANSITIONS, TransitionName
from lianfang.tickets.model import ASKED_FOR

TOLD_WITHIN = timedelta(days=1)
STATE_WORDS = {"answer": "已答复", "sign": "已答复", "ask": "需要您补充说明", "lapse": "已关闭"}


async def attend(worker: Database, keys: Keys, settings: Settings, now: datetime | None = None) -> int:
    """How many steps were taken or told. Done twice, it does nothing the second time."""
    now = now or clock_now()
    moved = 0
    async with worker.transaction() as conn:
        for ticket_id, signed in await store.worker_decided(conn, now - LAPSES):
            moved += await _move(conn, keys, ticket_id, "sign" if signed else "decline")
        for ticket_id in await store.worker_unheard(conn, now - ASKED_FOR):
            moved += await _move(conn, keys, ticket_id, "lapse")
    return moved + await _tell(worker, keys, settings, now)


async def _move(conn: Connection, keys: Keys, ticket_id: int, name: TransitionName) -> int:
    row = await store.worker_lock(conn, ticket_id)
    if row is None or row.state not in TRANSITIONS[name].of:  # another process was here first
        return 0
    await advance(conn, keys, row, name, "system")
    return 1


async def _tell(worker: Database, keys: Keys, settings: Settings, now: datetime) -> int:
    """The note that somebody was told and the message are one transaction. Nothing is done without a gateway."""
    if not settings.sms_url:
        return 0
    async with worker.transaction() as conn:
        due = await store.worker_to_tell(conn, now - TOLD_WITHIN)
        for step in due:
            number = keys.decrypt(step.phone, f"tickets.phone:{step.ticket_id}")
            parameters = {"number": str(step.ticket_id), "state": STATE_WORDS[step.transition]}
            await post_sms(conn, keys, number, settings.sms_ticket_template, parameters, now + TOLD_WITHIN)
            await store.worker_told(conn, step.id)
    return len(due)
