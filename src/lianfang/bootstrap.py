"""The only place where concrete parts are joined."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta

import psycopg

from lianfang.alerts.feed import AlertBell
from lianfang.channels.registry import Channels, open_channels
from lianfang.config import Settings, master_secret
from lianfang.credentials.keyring import KeyRing
from lianfang.credentials.service import Reader
from lianfang.credentials.shelf import Shelf
from lianfang.credentials.show import ShowDesk
from lianfang.devices.readings import Thermometers
from lianfang.kit.cluster import Cluster
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.listen import Listener
from lianfang.migrations.roles import role_dsn
from lianfang.staff.sessions import Sessions
from lianfang.venues.doors import Doors
from lianfang.visits.decisions import Desk
from lianfang.visits.feed import Bell
from lianfang.visits.lane import Lane
from lianfang.visits.ringer import Ringer
from lianfang.visits.staff_scan import StaffScans

DATABASE = "lianfang"
APP_CONNECTIONS = 12
IDENTITY_CONNECTIONS = 6
PATIENCE_S = 120.0
"""No request needs a transaction of two minutes; what takes longer is a run."""
LANE_PATIENCE_S = 10.0


@dataclass(frozen=True)
class Databases:
    """One pool per database role."""

    app: Database
    identity: Database
    lane: Database
    worker: Database


@dataclass(frozen=True)
class Services:
    """What a web process works with."""

    settings: Settings
    keys: Keys
    db: Databases
    sessions: Sessions
    doors: Doors
    bell: Bell
    decided: Bell
    ringer: Ringer
    lane: Lane
    channels: Channels
    desk: Desk
    staff_scans: StaffScans
    alert_bell: AlertBell
    thermometers: Thermometers
    key_ring: KeyRing
    shelf: Shelf
    show_desk: ShowDesk


@contextmanager
def running_database(settings: Settings, own: Cluster | None = None) -> Iterator[str]:
    """The owner's DSN of a database that runs: the external one, or the embedded one, started where it is not running.

    `own`: this process owns it (`lianfang up`); otherwise it joins the one that another process owns.
    """
    if settings.database_url:
        yield settings.database_url
        return
    cluster = own or Cluster(settings.home_path)
    with cluster.start() if own else cluster.join():
        with psycopg.connect(cluster.superuser_dsn(), autocommit=True) as conn:
            if conn.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                conn.execute(f"CREATE DATABASE {DATABASE}".encode())
        yield cluster.superuser_dsn(DATABASE)


@contextmanager
def prepared_database(settings: Settings, own: Cluster | None = None) -> Iterator[tuple[str, Keys]]:
    """A running database of today's schema, and the keys."""
    from lianfang.migrations.apply import migrate  # the child processes need not load it

    keys = Keys(master_secret(settings))
    with running_database(settings, own) as dsn:
        migrate(dsn, keys, may_forget=settings.development)
        yield dsn, keys


@asynccontextmanager
async def open_databases(
    owner_dsn: str, keys: Keys, *, lane_connections: int = 2, patient: bool = True
) -> AsyncIterator[Databases]:
    """The pools of every role. `patient`: for work that may take long, as a run's."""

    def database(role: str, size: int, patience_s: float = PATIENCE_S) -> Database:
        conninfo = role_dsn(owner_dsn, f"lianfang_{role}", keys)
        return Database(conninfo, size=size, patience_s=None if patient else patience_s)

    databases = Databases(
        database("app", APP_CONNECTIONS),
        database("identity", IDENTITY_CONNECTIONS),
        database(
            "lane", lane_connections + 4, LANE_PATIENCE_S
        ),  # beside the batches: doors, the bell, attendants, residents who wait
        database("worker", 4),
    )
    pools = [databases.app, databases.identity, databases.lane, databases.worker]
    try:
        await asyncio.gather(*(pool.open() for pool in pools))
        yield databases
    finally:
        await asyncio.gather(*(pool.close() for pool in pools))


@asynccontextmanager
async def open_services(settings: Settings, owner_dsn: str, keys: Keys) -> AsyncIterator[Services]:
    """Everything of a web process, started; stopped in order at the end: first the lane commits what it took."""
    async with (
        open_databases(owner_dsn, keys, lane_connections=settings.lane_connections, patient=False) as db,
        open_channels(settings) as channels,
    ):
        sessions = Sessions(db.identity, keys)
        doors = Doors(db.lane)
        bell, decided = Bell(), Bell()
        ringer = Ringer(db.lane)
        alert_bell = AlertBell()
        lane = Lane(
            db.lane,
            keys,
            ringer,
            queue=settings.lane_queue,
            wait_s=settings.lane_wait_s,
            batch=settings.lane_batch,
            gather_s=settings.lane_gather_ms / 1000,
            connections=settings.lane_connections,
            fever_celsius=settings.fever_celsius,
        )

        thermometers = Thermometers(db.lane, keys, ringer, bell, settings.fever_celsius)
        desk = Desk(db.app, db.lane, keys, ringer, settings.fever_celsius)
        key_ring, shelf = KeyRing(db.identity, keys), Shelf(db.lane)
        reader = Reader(db.lane, key_ring)
        staff_scans = StaffScans(db.app, db.identity, db.lane, lane, doors, keys, reader, retention(settings))

        def units_changed(_: str) -> None:
            # names, places, and whether they are open: also of the units that sessions belong to
            doors.forget_all()
            sessions.clear()

        def gap() -> None:
            doors.forget_all()
            sessions.clear()
            bell.ring_all()
            decided.ring_all()
            alert_bell.ring()
            shelf.forget()

        listener = Listener(
            db.lane.conninfo,
            {
                # without numbers: something that many of them tell has changed, such as where tests can be taken
                "lianfang_doors": lambda payload: (
                    doors.forget({int(part) for part in payload.split(",")}) if payload else doors.forget_all()
                ),
                "lianfang_units": units_changed,
                "lianfang_sessions": lambda payload: sessions.forget(int(payload)),
                "lianfang_visits": bell.ring,
                "lianfang_decided": decided.ring,
                "lianfang_alerts": lambda _: alert_bell.ring(),
                "lianfang_status": lambda _: shelf.forget(),
            },
            gap,
        )
        await listener.start()
        await ringer.start()
        await lane.start()
        await doors.start()
        show_desk = ShowDesk(db.lane, keys, shelf)
        try:
            yield Services(
                settings,
                keys,
                db,
                sessions,
                doors,
                bell,
                decided,
                ringer,
                lane,
                channels,
                desk,
                staff_scans,
                alert_bell,
                thermometers,
                key_ring,
                shelf,
                show_desk,
            )
        finally:
            bell.close()
            decided.close()
            alert_bell.close()
            await thermometers.stop()
            await lane.stop()
            await doors.stop()
            await ringer.stop()
            await show_desk.stop()
            with contextlib.suppress(Exception):
                await listener.stop()


def retention(settings: Settings) -> timedelta | None:
    """How long visits are kept; None: for ever."""
    return timedelta(days=settings.retention_days) if settings.retention_days else None
