"""Delivering messages: the worker's part."""

import asyncio

import msgspec
import structlog

from lianfang.kit.crypto import DecryptionError, Keys
from lianfang.kit.db import Database
from lianfang.notices import store
from lianfang.notices.sender import TIMEOUT_S, DelayedError, RefusedError, Sender, Senders

BATCH = 20
# All of a batch are sent at once, so each is done long before another worker may think that this one has died
LEASE_S = int(6 * TIMEOUT_S)
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5, 300

log = structlog.get_logger(__name__)


async def deliver_due(worker: Database, keys: Keys, senders: Senders) -> int:
    """Sends what is due by these channels; how many were taken. What it did not take now is due again later, until it expires.

    A worker that dies between the gateway's answer and the note of it sends that message a second time after the lease.
    """
    sent = 0
    while True:
        async with worker.transaction() as conn:
            claimed = await store.worker_claim(conn, list(senders), limit=BATCH, lease_s=LEASE_S)
        # every message is seen to its end before a failure of one of them (of the database, say) goes up
        results = await asyncio.gather(
            *(_deliver(worker, keys, senders[due.channel], due) for due in claimed), return_exceptions=True
        )
        sent += sum(result is True for result in results)
        if errors := [result for result in results if isinstance(result, Exception)]:
            raise ExceptionGroup("notices", errors)
        if len(claimed) < BATCH:
            return sent


async def _deliver(worker: Database, keys: Keys, sender: Sender, due: store.Due) -> bool:
    """Whether it was taken."""
    try:
        recipient = keys.decrypt(due.recipient, f"notices.recipient:{due.id}")
        parameters = msgspec.json.decode(
            keys.decrypt(due.parameters, f"notices.parameters:{due.id}"), type=dict[str, str]
        )
        receipt = await sender.send(recipient, due.template, parameters, str(due.id))
    except DelayedError as error:
        after_s = max(error.after_s, pause(due.tries))
        log.warning("notice_delayed", notice=due.id, reason=error.code, tries=due.tries, next_in_s=after_s)
        async with worker.transaction() as conn:
            await store.worker_postpone(conn, due.id, error.code, after_s=after_s)
        return False
    except (RefusedError, DecryptionError) as error:
        reason = error.code if isinstance(error, RefusedError) else "undecipherable"
        log.error("notice_refused", notice=due.id, reason=reason, tries=due.tries)
        async with worker.transaction() as conn:
            await store.worker_failed(conn, due.id, reason)
        return False
    async with worker.transaction() as conn:
        await store.worker_sent(conn, due.id, receipt)
    return True


def pause(tries: int) -> int:
    """Seconds until the next try: 5, 10, 20 … 300."""
    return int(min(FIRST_PAUSE_S * 2 ** min(tries - 1, 10), LONGEST_PAUSE_S))
