"""A networked thermometer measures somebody: the temperature is theirs, and a scan of theirs that waits for it goes on.

In the caller's transaction, as lianfang_lane (docs/adr/0007).
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from lianfang.codes import store as codes
from lianfang.codes.model import worst_active
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Connection
from lianfang.visits import own, store
from lianfang.visits.decide import Undecided, Wants, decide
from lianfang.visits.problems import CODE_EXPIRED
from lianfang.visits.ringer import Ringer
from lianfang.visits.rows import NewAlert, NewTemperature, NewWaiting
from lianfang.visits.settle import settle

WAITED_AT_MOST = timedelta(seconds=60)
"""Whoever waits for longer has gone, or is not the one who stands before the thermometer."""


class Taken(NamedTuple):
    """A plausible measurement by one of our thermometers."""

    id: UUID
    celsius: float
    at: datetime
    device_id: int
    checkpoint_id: int
    ord: int


class Came(NamedTuple):
    """What came of it, to be told after the commit."""

    person_id: int
    alerts: list[int]
    decided: UUID | None


async def holder(conn: Connection, keys: Keys, token: str, at: datetime) -> int:
    """The person whose code was shown to the thermometer; Problem `code_expired`."""
    found = own.holder(keys, token, at)
    person = (await store.lane_people(conn, [found.person_id])).get(found.person_id) if found else None
    if found is None or person is None or person.epoch != found.epoch:
        raise CODE_EXPIRED()
    return found.person_id


async def oldest_waiting(conn: Connection, checkpoint_id: int, now: datetime) -> NewWaiting | None:
    """Who has waited longest for a temperature at this door, locked; one whom somebody decides right now is passed by."""
    return await store.lane_oldest_waiting(conn, checkpoint_id, now - WAITED_AT_MOST)


async def waiting_of(conn: Connection, person_id: int, checkpoint_id: int, now: datetime) -> NewWaiting | None:
    """The person's own scan that waits for a temperature at this door."""
    return await store.lane_oldest_waiting(conn, checkpoint_id, now - WAITED_AT_MOST, person_id=person_id)


async def measure(
    conn: Connection,
    keys: Keys,
    taken: Taken,
    person_id: int,
    waiting: NewWaiting | None,
    *,
    fever: float,
    now: datetime,
) -> Came:
    """Writes the temperature down as this person's, and what follows for the scan that waited for it."""
    temperature = NewTemperature(
        person_id=person_id,
        id=taken.id,
        celsius=taken.celsius,
        at=taken.at,
        ord=taken.ord,
        checkpoint_id=taken.checkpoint_id,
        device_id=taken.device_id,
    )
    await store.lane_insert_temperatures(conn, [temperature])
    if waiting is None:
        return Came(person_id, await _apart(conn, taken, person_id, fever), None)
    waiting = msgspec.structs.replace(
        waiting,
        celsius=taken.celsius,
        celsius_at=max(taken.at, waiting.at),
        celsius_checkpoint_id=taken.checkpoint_id,
    )
    holds = await codes.lane_holds(conn, [person_id], now)
    decision = decide(
        worst_active(holds.get(person_id, ()), now),
        Wants(waiting.needs_temperature, waiting.needs_review),
        celsius=waiting.celsius,
        fever=fever,
    )
    if isinstance(decision, Undecided):  # an attendant still has to look
        await store.lane_measure_waiting(conn, waiting)
        return Came(person_id, [], None)
    alerts = await settle(conn, keys, waiting, decision, decided_by=None, note="", now=now)
    return Came(person_id, alerts, waiting.scan_id)


async def _apart(conn: Connection, taken: Taken, person_id: int, fever: float) -> list[int]:
    """A fever of somebody who has not scanned here is an alert all the same."""
    if taken.celsius < fever:
        return []
    alert = NewAlert(
        ord=taken.ord,
        checkpoint_id=taken.checkpoint_id,
        person_id=person_id,
        scan_id=None,
        celsius=taken.celsius,
        at=taken.at,
        celsius_checkpoint_id=taken.checkpoint_id,
    )
    return await store.lane_insert_alerts(conn, [alert])


def ring(ringer: Ringer, checkpoint_id: int, came: Came) -> None:
    """Tells what was committed."""
    ringer.checkpoint(checkpoint_id)
    ringer.alerts(came.alerts)
    if came.decided:
        ringer.decided(came.decided)
