"""Telling the contacts: the worker writes their notices within a moment of the alert, each once, and the outbox sends them.

A message says where, when and how hot. Who it is stands in the console alone.
"""

import asyncio
import contextlib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from lianfang.alerts import store
from lianfang.alerts.store import Above, ContactRow, Untold
from lianfang.config import Settings
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import DecryptionError, Keys
from lianfang.kit.db import UNAVAILABLE, Connection, Database
from lianfang.kit.errors import Language, Text
from lianfang.kit.listen import Listener
from lianfang.notices import wecom
from lianfang.notices.service import post
from lianfang.visits import store as visits

log = structlog.get_logger(__name__)

HOUR = timedelta(hours=1)
BATCH = 50
SWEEP_S = 5.0  # a notification may be lost with its connection; nothing stays untold for longer than this
WORTH_TELLING = timedelta(
    hours=12
)  # after that the console alone has it: a message at night about the morning alarms nobody

MESSAGE = Text(
    "【发热预警】{place}（{unit}）{time} 测得 {celsius} ℃{reused}。请登录联防控制台处理。",
    "[Fever alert] {place} ({unit}), {time}: {celsius} °C {reused}. Please open the Lianfang console.",
)
REUSED = Text("（此前在其他登记点测得）", "(measured earlier at another checkpoint)")
TEST = Text(
    "【发热预警】这是一条测试消息：有人发热时，这里会收到通知。",
    "[Fever alert] This is a test: you will be told here when somebody has a fever.",
)


class Teller:
    """Works in the worker process: woken by NOTIFY lianfang_alerts, and by the clock."""

    def __init__(self, worker: Database, keys: Keys, settings: Settings) -> None:
        self._worker = worker
        self._keys = keys
        self._settings = settings
        self._rung = asyncio.Event()

    async def run(self) -> None:
        listener = Listener(
            self._worker.conninfo, {"lianfang_alerts": lambda _: self._rung.set()}, on_gap=self._rung.set
        )
        await listener.start()
        try:
            while True:
                self._rung.clear()
                with contextlib.suppress(*UNAVAILABLE):
                    while await tell(self._worker, self._keys, self._settings) == BATCH:
                        pass
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._rung.wait(), SWEEP_S)
        finally:
            await listener.stop()


async def tell(worker: Database, keys: Keys, settings: Settings) -> int:
    """Writes the notices of alerts that nobody was told of; how many alerts."""
    async with worker.transaction() as conn:
        alerts = await store.worker_untold(conn, limit=BATCH)
        for alert in alerts:
            if alert.recorded_at + WORTH_TELLING > clock_now():
                for contact in await store.worker_contacts_above(conn, alert.id, alert.ord):
                    await _tell(conn, keys, settings, alert, contact)
            await visits.worker_told(conn, alert.id)
    return len(alerts)


async def _tell(conn: Connection, keys: Keys, settings: Settings, alert: Untold, contact: Above) -> None:
    try:
        target = keys.decrypt(contact.target, target_place(contact.id))
    except DecryptionError:  # must not keep the other contacts from hearing of it
        log.error("contact_undecipherable", contact=contact.id)
        return
    if contact.channel == "sms":
        template = settings.sms_alert_template
        values = {
            "place": alert.checkpoint,
            "time": _time(alert.at, settings.zone),
            "celsius": f"{alert.celsius:.1f}",
        }
    else:
        template, values = wecom.TEXT, {"content": message(alert, settings.zone, contact.language)}
    notice_id = await post(conn, keys, contact.channel, target, template, values, alert.recorded_at + WORTH_TELLING)
    await store.worker_note_told(conn, alert.id, contact.id, notice_id)


async def post_test(conn: Connection, keys: Keys, settings: Settings, contact: ContactRow, now: datetime) -> None:
    """A message that says it is one, to one contact."""
    target = keys.decrypt(contact.target, target_place(contact.id))
    if contact.channel == "sms":
        test = Text("测试", "test").show(contact.language)
        template = settings.sms_alert_template
        values = {"place": test, "time": _time(now, settings.zone), "celsius": test}
    else:
        template, values = wecom.TEXT, {"content": TEST.show(contact.language)}
    await post(conn, keys, contact.channel, target, template, values, now + HOUR)


def message(alert: Untold, zone: ZoneInfo, language: Language) -> str:
    """What a group reads. No name, no number."""
    text = MESSAGE.show(
        language,
        place=alert.checkpoint,
        unit=alert.unit,
        time=_time(alert.at, zone),
        celsius=f"{alert.celsius:.1f}",
        reused=REUSED.show(language) if alert.reused else "",
    )
    return text.replace(" .", ".")  # where nothing is added


def target_place(contact_id: int) -> str:
    return f"alert_contacts.target:{contact_id}"


def _time(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%m-%d %H:%M}"
