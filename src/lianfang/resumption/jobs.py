"""The worker's part: reminding those who have not reported, once a day, and forgetting what is past its time."""

from datetime import datetime

import structlog

from lianfang.access.scope import Scope
from lianfang.audit import store as audit
from lianfang.config import Settings
from lianfang.kit.clock import local_day
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.notices.service import post_sms
from lianfang.resumption import store
from lianfang.resumption.decide import instant, local_date
from lianfang.resumption.model import KEPT_DAYS
from lianfang.resumption.service import first_kept

log = structlog.get_logger()
BATCH = 500


async def remind(worker: Database, keys: Keys, settings: Settings, now: datetime | None = None) -> int:
    """Messages to members who must report today and have not, from each roster's hour on; how many.

    The note that a member was reminded and the message are one transaction: whoever is started again, or works beside, sends
    no second one. Nothing is done without a gateway: a note would then be a lie.
    """
    if not settings.sms_url:
        return 0
    now = now or clock_now()
    local = now.astimezone(settings.zone)
    day, hour = local.date(), local.time().replace(tzinfo=None)
    async with worker.transaction() as conn:
        plans = await store.worker_plans(conn, day, hour)
    return sum([await _remind_roster(worker, keys, settings, plan, now) for plan in plans])


async def _remind_roster(worker: Database, keys: Keys, settings: Settings, plan: store.Reminding, now: datetime) -> int:
    local = now.astimezone(settings.zone)
    day, hour = local.date(), local.time().replace(tzinfo=None)
    until = local_day(day, settings.zone)[1]
    sent = 0
    while True:
        async with worker.transaction() as conn:
            await store.worker_lock_plan(conn, plan.roster_id)
            counted = {p.roster_id: p.reminded for p in await store.worker_plans(conn, day, hour)}
            left = plan.quota - counted.get(plan.roster_id, 0)
            limit = max(0, min(BATCH, left))
            ids = await store.worker_remind(conn, plan.roster_id, day=day, until=until, local=hour, limit=limit)
            for member_id, phone, due in await store.worker_phones(conn, plan.roster_id, ids, day=day, until=until):
                number = keys.decrypt(phone, f"roster_members.phone:{member_id}")
                words = {"company": plan.company[:20], "time": f"{due:%H:%M}"}
                # a reminder that comes after the hour it speaks of helps nobody
                await post_sms(
                    conn, keys, number, settings.sms_reminder_template, words, instant(day, due, settings.zone)
                )
        sent += len(ids)
        if len(ids) < BATCH:
            if sent:
                log.info("reminded", roster=plan.roster_id, members=sent, quota_left=left - len(ids))
            return sent


async def forget(worker: Database, settings: Settings, now: datetime | None = None) -> int:
    """Deletes reports, follow-ups and reminders of days before those that are kept; how many versions of reports."""
    first = first_kept(local_date(now or clock_now(), settings.zone), KEPT_DAYS)
    async with worker.transaction() as conn:
        dropped = await store.worker_drop(conn, first)
        if dropped:
            await audit.record(Scope.system("worker"), conn, "resumption.forget", "reports", dropped=dropped)
    return dropped
