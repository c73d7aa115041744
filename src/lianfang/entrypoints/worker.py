"""The worker process: runs, jobs on a schedule (both by procrastinate), and the outbox of notices."""

import asyncio
import contextlib
from datetime import timedelta

import structlog
from procrastinate import App, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException

from lianfang.adoptions.deciding import carry_out as adopt_agreed
from lianfang.alerts.tell import Teller
from lianfang.areas import stays
from lianfang.bootstrap import open_databases, retention
from lianfang.channels import service as channels
from lianfang.codes.derive import apply_due_plans, recolour
from lianfang.codes.manual import carry_out
from lianfang.config import Settings, master_secret
from lianfang.credentials import shelf as credentials
from lianfang.credentials.shelf import Publisher
from lianfang.devices import service as devices
from lianfang.entrypoints.handlers import RUN_HANDLERS
from lianfang.entrypoints.process import await_orders, await_turn, configure_logging, until_stopped
from lianfang.evidence import store as evidence
from lianfang.intake import taking as intake
from lianfang.interviews import service as interviews
from lianfang.kit.clock import now as clock_now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import UNAVAILABLE, Database
from lianfang.kit.metrics import gauge
from lianfang.migrations.roles import role_dsn
from lianfang.notices import service as notices
from lianfang.notices.deliver import deliver_due
from lianfang.notices.open import open_senders
from lianfang.notices.sender import Senders
from lianfang.restructuring.follow import sweep
from lianfang.resumption import jobs as resumption
from lianfang.runs import work as runs
from lianfang.runs.service import oldest_job_s
from lianfang.runs.service import resume as resume_runs
from lianfang.runs.service import tidy as tidy_runs
from lianfang.runs.work import Means
from lianfang.staff import service as staff
from lianfang.statistics.jobs import sum_up
from lianfang.terminals import service as terminals
from lianfang.tickets.attend import attend
from lianfang.visits.jobs import tend_days
from lianfang.warnings import service as warnings

log = structlog.get_logger()
OUTBOX_EVERY_S = 1.0
AGAIN_AFTER_S = 1.0
JOBS_WATCHED_EVERY_S = 10.0
OLDEST_JOB = gauge("lianfang_oldest_job_seconds", "For how long the oldest job that is due has been waiting.")


# with how many jobs at once: scheduled ones must not wait for an hour's import, nor for sums that are made anew
QUEUES = [("runs", 2), ("default", 1), ("statistics", 1), ("codes", 1)]
STALLED_S = 30  # without a sign of life from its worker
FINISH_WITHIN_S = 3  # jobs that are not done by then when the worker is stopped are begun again later


def create_app(dsn: str, means: Means, lane: Database) -> App:
    """procrastinate's app with every job: runs as they are started, the others by schedule (UTC cron)."""
    app = App(connector=PsycopgConnector(conninfo=dsn, min_size=1, max_size=8))
    settings, worker = means.settings, means.worker

    # what a run cannot do it says itself; only a database that is away makes the job fail, and begin again
    @app.task(name="runs.work", queue="runs", retry=RetryStrategy(wait=5))
    async def work(run_id: int) -> None:
        await runs.execute(run_id, RUN_HANDLERS, means)

    # one batch may have been taken along by the one before: then there is nothing left to do
    @app.task(name="codes.recolour", queue="codes", retry=RetryStrategy(wait=5))
    async def recolour_people(batch_id: int) -> None:
        await recolour(worker)

    @app.periodic(cron="* * * * *")
    @app.task(name="codes.plans", queue="codes", queueing_lock="codes.plans")
    async def apply_plans(timestamp: int) -> None:
        await adopt_agreed(worker)
        await apply_due_plans(worker)
        await carry_out(worker)

    @app.periodic(cron="* * * * *")
    @app.task(name="resume", queueing_lock="resume")
    async def resume(timestamp: int) -> None:
        # a worker that was killed leaves its jobs behind: they are begun again
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
            await app.job_manager.retry_job(job)
        await resume_runs(worker)
        async with worker.transaction() as conn:
            await evidence.worker_resume(conn)

    @app.task(name="intake.adopt", retry=RetryStrategy(wait=5))
    async def adopt(person_ids: list[int]) -> None:
        await intake.adopt(worker, means.identity, means.keys, person_ids)

    @app.periodic(cron="17 * * * *")
    @app.task(name="intake.sweep", queueing_lock="intake.sweep")
    async def sweep_evidence(timestamp: int) -> None:
        await intake.sweep(worker, means.identity, means.keys)

    @app.periodic(cron="*/5 * * * *")
    @app.task(name="units.sweep", queueing_lock="units.sweep")
    async def sweep_moves(timestamp: int) -> None:
        await sweep(worker)

    @app.periodic(cron="* * * * *")
    @app.task(name="statistics.sum_up", queue="statistics", queueing_lock="statistics.sum_up", lock="statistics.sum_up")
    async def sum_visits(timestamp: int) -> None:
        await sum_up(lane, settings.zone, retention(settings))

    @app.periodic(cron="*/5 * * * *")
    @app.task(name="resumption.remind", queueing_lock="resumption.remind")
    async def remind(timestamp: int) -> None:
        await resumption.remind(worker, means.keys, settings)

    @app.periodic(cron="*/5 * * * *")
    @app.task(name="areas.follow", queueing_lock="areas.follow")
    async def follow_areas(timestamp: int) -> None:
        await stays.follow(worker)

    # by whoever answers or signs, too
    @app.periodic(cron="* * * * *")
    @app.task(name="tickets.attend", queueing_lock="tickets.attend")
    async def attend_tickets(timestamp: int = 0) -> None:
        await attend(worker, means.keys, settings)

    @app.periodic(cron="11 * * * *")
    @app.task(name="resumption.forget", queueing_lock="resumption.forget")
    async def forget(timestamp: int) -> None:
        await resumption.forget(worker, settings)

    @app.periodic(cron="7 * * * *")
    @app.task(name="visits.tend_days", queueing_lock="visits.tend_days")
    async def tend(timestamp: int) -> None:
        await tend_days(worker, retention(settings))

    @app.periodic(cron="*/5 * * * *")
    @app.task(name="tracing.tend", queueing_lock="tracing.tend", lock="tracing.tend")
    async def tend_tracing(timestamp: int) -> None:
        # loaded here and now: the worker has begun by then
        from lianfang.tracing.work import tend

        await tend(settings, lane, worker, retention(settings))
        await interviews.forget(worker, retention(settings))

    @app.periodic(cron="23 */6 * * *")
    @app.task(name="warnings.scan", queueing_lock="warnings.scan", lock="warnings.scan")
    async def scan_warnings(timestamp: int) -> None:
        yesterday = clock_now().astimezone(settings.zone).date() - timedelta(days=1)
        await warnings.scan_day(lane, worker, settings.zone, yesterday)

    @app.periodic(cron="*/10 * * * *")
    @app.task(name="tidy", queueing_lock="tidy")
    async def tidy(timestamp: int) -> None:
        await staff.tidy(worker)
        await notices.tidy(worker)
        await tidy_runs(worker)
        await channels.tidy(worker)
        await devices.forget(worker, retention(settings))
        await terminals.forget(worker)
        await credentials.forget(worker, retention(settings))

    return app


async def _deliver(worker: Database, keys: Keys, senders: Senders) -> None:
    while True:
        with contextlib.suppress(*UNAVAILABLE):
            try:
                await deliver_due(worker, keys, senders)
            except ExceptionGroup as group:
                log.error("notices_failed", errors=[type(error).__name__ for error in group.exceptions])
        await asyncio.sleep(OUTBOX_EVERY_S)


async def _watch_jobs(worker: Database) -> None:
    while True:
        with contextlib.suppress(*UNAVAILABLE):
            OLDEST_JOB.set(await oldest_job_s(worker))
        await asyncio.sleep(JOBS_WATCHED_EVERY_S)


async def _work(app: App, queue: str, many: int) -> None:
    """Begins again where the database went away: to start this process anew would take the seconds of processor time that
    the lane needs just then."""
    while True:
        with contextlib.suppress(ConnectorException):
            await app.run_worker_async(
                queues=[queue],
                concurrency=many,
                install_signal_handlers=False,
                shutdown_graceful_timeout=FINISH_WITHIN_S,
            )
        log.warning("jobs_interrupted", queue=queue)
        await asyncio.sleep(AGAIN_AFTER_S)


async def run(settings: Settings, dsn: str, keys: Keys) -> None:
    """Works until it is stopped."""
    async with open_databases(dsn, keys) as db, open_senders(settings) as senders:
        await tend_days(db.worker, retention(settings))
        means = Means(settings, keys, db.app, db.identity, db.worker, db.lane)
        app = create_app(role_dsn(dsn, "lianfang_worker", keys), means, db.lane)
        await resume_runs(db.worker)
        async with app.open_async():
            tasks = [asyncio.create_task(_work(app, queue, many)) for queue, many in QUEUES]
            tasks.append(asyncio.create_task(_deliver(db.worker, keys, senders)))
            tasks.append(asyncio.create_task(_watch_jobs(db.worker)))
            tasks.append(asyncio.create_task(Publisher(db.worker, keys).run()))
            tasks.append(asyncio.create_task(Teller(db.worker, keys, settings).run()))
            await until_stopped(*tasks)


def main() -> None:
    settings, dsn = await_orders()
    configure_logging()
    await_turn()
    asyncio.run(run(settings, dsn, Keys(master_secret(settings))))
