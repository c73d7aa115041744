"""The worker process: jobs of procrastinate on a schedule, and the outbox of notices."""

import asyncio
import contextlib

import structlog
from procrastinate import App, PsycopgConnector

from lianfang.bootstrap import open_databases, retention
from lianfang.config import Settings, master_secret
from lianfang.entrypoints.process import await_orders, configure_logging, until_stopped
from lianfang.kit.crypto import Keys
from lianfang.kit.db import UNAVAILABLE, Database
from lianfang.migrations.roles import role_dsn
from lianfang.notices import service as notices
from lianfang.notices.deliver import deliver_due
from lianfang.notices.sms import SmsGateway, open_gateway
from lianfang.staff import service as staff
from lianfang.visits.jobs import tend_days

log = structlog.get_logger()
OUTBOX_EVERY_S = 1.0


def create_app(settings: Settings, dsn: str, worker: Database) -> App:
    """procrastinate's app with every scheduled job (UTC cron)."""
    app = App(connector=PsycopgConnector(conninfo=dsn, min_size=1, max_size=3))

    @app.periodic(cron="7 * * * *")
    @app.task(name="visits.tend_days", queueing_lock="visits.tend_days")
    async def tend(timestamp: int) -> None:
        await tend_days(worker, retention(settings))

    @app.periodic(cron="*/10 * * * *")
    @app.task(name="tidy", queueing_lock="tidy")
    async def tidy(timestamp: int) -> None:
        await staff.tidy(worker)
        await notices.tidy(worker)

    return app


async def _deliver(worker: Database, keys: Keys, gateway: SmsGateway) -> None:
    while True:
        with contextlib.suppress(*UNAVAILABLE):
            try:
                await deliver_due(worker, keys, gateway)
            except ExceptionGroup as group:
                log.error("notices_failed", errors=[type(error).__name__ for error in group.exceptions])
        await asyncio.sleep(OUTBOX_EVERY_S)


async def run(settings: Settings, dsn: str, keys: Keys) -> None:
    """Works until it is stopped."""
    async with open_databases(dsn, keys) as db, open_gateway(settings) as gateway:
        await tend_days(db.worker, retention(settings))
        app = create_app(settings, role_dsn(dsn, "lianfang_worker", keys), db.worker)
        async with app.open_async():
            tasks = [asyncio.create_task(app.run_worker_async(install_signal_handlers=False))]
            if gateway:
                tasks.append(asyncio.create_task(_deliver(db.worker, keys, gateway)))
            await until_stopped(*tasks)


def main() -> None:
    settings, dsn = await_orders()
    configure_logging()
    asyncio.run(run(settings, dsn, Keys(master_secret(settings))))
