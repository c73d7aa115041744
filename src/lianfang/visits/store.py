"""Visits in the database. `lane_…` run as lianfang_lane, which may write visits; everything else under a Scope."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from psycopg import AsyncCursor
from psycopg.rows import class_row

from lianfang.access.scope import Scope
from lianfang.codes import store as codes
from lianfang.codes.model import Hold
from lianfang.evidence import store as evidence
from lianfang.kit.db import Connection, ask, bigints, fetch_all, fetch_one, fetch_value
from lianfang.kit.ids import uuid7_floor
from lianfang.kit.sql import Queries
from lianfang.requirements.model import Known
from lianfang.venues.model import Category
from lianfang.visits.decide import Reading
from lianfang.visits.rows import (
    CountedVisit,
    DetailRow,
    Existing,
    FeverRow,
    GivenAnswers,
    Key,
    LanePerson,
    NewAlert,
    NewDecision,
    NewTemperature,
    NewVisit,
    NewWaiting,
    Number,
    OwnStamp,
    OwnVisit,
    Present,
    ReadingRow,
    SeenVisit,
    WaitingRow,
)

Q = Queries(__package__)

# How far a scan id's time may be from the scan's: the lane refuses more, so readers may bound scan ids by times
SKEW = timedelta(hours=24)
VALID_AT_MOST = timedelta(minutes=1440)  # the longest interval that a checkpoint can have


class Facts(NamedTuple):
    """What decides a batch, by person and by scan."""

    people: dict[int, LanePerson]
    holds: dict[int, list[Hold]]
    readings: dict[int, list[Reading]]
    earlier: dict[Number, Existing]
    known: dict[int, list[Known]]


class Reusing(NamedTuple):
    """Of whom a temperature may be reused, and the first and last instant at which one is wanted."""

    people: Collection[int]
    first: datetime
    last: datetime


class Asked(NamedTuple):
    """Whose evidence doors ask for, and the first instant at which."""

    people: Collection[int]
    first: datetime


async def lane_facts(
    conn: Connection,
    people: Collection[int],
    since: datetime,
    reusing: Reusing | None,
    keys: Sequence[Key],
    asked: Asked | None,
) -> Facts:
    """All of it in one journey to the database. Holds that had ended before `since` are left out; `keys` are scans that may
    have been sent before."""
    async with conn.pipeline():
        persons = await ask(conn, LanePerson, Q.lane_people, {"ids": bigints(people)})
        holds = await codes.lane_ask_holds(conn, people, since)
        readings = await ask(conn, ReadingRow, Q.lane_readings, _readings(*reusing)) if reusing else None
        earlier = await _ask_existing(conn, keys) if keys else None
        known = await evidence.lane_ask_known(conn, asked.people, asked.first) if asked else None
    return Facts(
        {row.id: row for row in await persons.fetchall()},
        codes.by_person(await holds.fetchall()),
        _by_person(await readings.fetchall()) if readings else {},
        _by_number(await earlier.fetchall()) if earlier else {},
        evidence.by_person(await known.fetchall()) if known else {},
    )


async def lane_people(conn: Connection, ids: list[int]) -> dict[int, LanePerson]:
    return {row.id: row for row in await fetch_all(conn, LanePerson, Q.lane_people, {"ids": bigints(ids)})}


async def lane_insert(conn: Connection, visits: list[NewVisit]) -> set[Number]:
    """Keys of the visits that were stored now; the others were there before."""
    params = {"visits": msgspec.json.encode(visits).decode()}  # bytes become base64
    return {(row[0], row[1].int) for row in await (await conn.execute(Q.lane_insert, params, binary=True)).fetchall()}


async def lane_insert_waiting(conn: Connection, waiting: list[NewWaiting]) -> set[Number]:
    """Keys of the scans that wait since now; the others waited before."""
    params = {"waiting": msgspec.json.encode(waiting).decode()}
    return {(row[0], row[1].int) for row in await (await conn.execute(Q.lane_insert_waiting, params)).fetchall()}


async def lane_readings(
    conn: Connection, person_ids: list[int], first: datetime, last: datetime
) -> dict[int, list[Reading]]:
    """person → their reusable temperatures from a day before `first` until `last`: none is valid for longer."""
    return _by_person(await fetch_all(conn, ReadingRow, Q.lane_readings, _readings(person_ids, first, last)))


def _readings(person_ids: Collection[int], first: datetime, last: datetime) -> dict[str, object]:
    return {"ids": bigints(person_ids), "since": first - VALID_AT_MOST, "until": last}


def _by_person(rows: Iterable[ReadingRow]) -> dict[int, list[Reading]]:
    found: dict[int, list[Reading]] = defaultdict(list)
    for row in rows:
        found[row.person_id].append(Reading(row.celsius, row.at, row.checkpoint_id, row.place))
    return found


async def lane_insert_temperatures(conn: Connection, temperatures: list[NewTemperature]) -> None:
    """Stores measurements; one that is there already stays as it is."""
    await conn.execute(Q.lane_insert_temperatures, {"temperatures": msgspec.json.encode(temperatures).decode()})


async def lane_insert_alerts(conn: Connection, alerts: list[NewAlert]) -> list[int]:
    """Ids of the alerts that are new: one for each measurement and door."""
    params = {"alerts": msgspec.json.encode(alerts).decode()}
    return [row[0] for row in await (await conn.execute(Q.lane_insert_alerts, params)).fetchall()]


async def lane_lock_waiting(conn: Connection, key: Key, checkpoint_id: int) -> NewWaiting | None:
    """A scan that waits at a checkpoint, locked until the end of the transaction."""
    params = {"person_id": key[0], "scan_id": key[1], "checkpoint_id": checkpoint_id}
    return await fetch_one(conn, NewWaiting, Q.lane_lock_waiting, params)


async def lane_oldest_waiting(
    conn: Connection, checkpoint_id: int, since: datetime, *, person_id: int | None = None
) -> NewWaiting | None:
    """Locked until the end of the transaction; one that somebody else holds is passed by."""
    params = {"checkpoint_id": checkpoint_id, "since": since, "person_id": person_id}
    return await fetch_one(conn, NewWaiting, Q.lane_oldest_waiting, params)


async def lane_measure_waiting(conn: Connection, waiting: NewWaiting) -> None:
    """The temperature that was measured while somebody waits for more."""
    params = {
        "person_id": waiting.person_id,
        "scan_id": waiting.scan_id,
        "celsius": waiting.celsius,
        "at": waiting.celsius_at,
        "checkpoint_id": waiting.celsius_checkpoint_id,
    }
    await conn.execute(Q.lane_measure_waiting, params)


async def lane_drop_waiting(conn: Connection, key: Key) -> None:
    await conn.execute(Q.lane_drop_waiting, {"person_id": key[0], "scan_id": key[1]})


async def lane_decision(conn: Connection, person_id: int, decision_id: UUID) -> bytes | None:
    """The digest of what was sent under this id."""
    found: bytes | None = await fetch_value(conn, Q.lane_decision, {"person_id": person_id, "id": decision_id})
    return found


async def lane_insert_decision(conn: Connection, decision: NewDecision) -> None:
    await conn.execute(Q.lane_insert_decision, msgspec.structs.asdict(decision))


async def lane_check_out(conn: Connection, key: Key, left_at: datetime, now: datetime) -> datetime | None:
    """When the person left; None where there is no visit that let them in."""
    params = {"person_id": key[0], "scan_id": key[1]}
    await conn.execute(Q.lane_check_out, params | {"left_at": left_at, "now": now})
    found: datetime | None = await fetch_value(conn, Q.lane_left, params)
    return found


async def lane_existing(conn: Connection, keys: Sequence[Key]) -> dict[Number, Existing]:
    return _by_number(await (await _ask_existing(conn, keys)).fetchall())


async def _ask_existing(conn: Connection, keys: Sequence[Key]) -> AsyncCursor[Existing]:
    scan_ids = [key[1] for key in keys]
    params = {
        "person_id": bigints(key[0] for key in keys),
        "scan_id": f"{{{','.join(map(str, scan_ids))}}}",
        "first": min(scan_ids),
        "last": max(scan_ids),
    }
    return await conn.cursor(row_factory=class_row(Existing)).execute(Q.lane_existing, params)


def _by_number(rows: Iterable[Existing]) -> dict[Number, Existing]:
    return {(row.person_id, row.scan_id.int): row for row in rows}


async def lane_days(conn: Connection) -> set[date]:
    """The UTC days that can take visits."""
    return {row[0] for row in await (await conn.execute(Q.days)).fetchall()}


async def lane_ensure_day(conn: Connection, day: date) -> None:
    await conn.execute(Q.ensure_day, {"day": day})


async def lane_ring(conn: Connection, channel: str, payloads: list[str]) -> None:
    await conn.execute(Q.ring, {"channel": channel, "payloads": payloads})


async def lane_checkpoint_names(conn: Connection, ids: list[int]) -> dict[int, tuple[str, str]]:
    """checkpoint → (its name, its unit's name)"""
    rows = await (await conn.execute(Q.lane_checkpoint_names, {"ids": ids})).fetchall()
    return {row[0]: (row[1], row[2]) for row in rows}


async def gate_recent(
    scope: Scope, conn: Connection, checkpoint_id: int, *, since: datetime, midnight: datetime, limit: int
) -> list[CountedVisit]:
    """The last visits at a checkpoint since an instant, newest first, with the number of all since midnight."""
    params = _gate(scope, checkpoint_id, since, limit) | {"since": since, "midnight": midnight}
    return await fetch_all(conn, CountedVisit, Q.gate_recent, params)


async def gate_since(
    scope: Scope,
    conn: Connection,
    checkpoint_id: int,
    *,
    floor: datetime,
    after: tuple[datetime, int, UUID],
    limit: int,
) -> list[SeenVisit]:
    """Visits at a checkpoint that happened after `floor`, in the order of (recorded_at, person, scan id) behind `after`."""
    params = _gate(scope, checkpoint_id, floor, limit) | {
        "since": after[0],
        "after_person": after[1],
        "after_scan": after[2],
    }
    return await fetch_all(conn, SeenVisit, Q.gate_since, params)


async def gate_waiting(
    scope: Scope, conn: Connection, checkpoint_id: int, *, since: datetime, limit: int
) -> list[WaitingRow]:
    """Who came to a checkpoint since an instant and waits, longest first."""
    params = {"checkpoint_id": checkpoint_id, "lo": scope.lo, "hi": scope.hi, "since": since, "limit": limit}
    return await fetch_all(conn, WaitingRow, Q.gate_waiting, params)


async def gate_fevers(
    scope: Scope, conn: Connection, checkpoint_id: int, *, since: datetime, limit: int
) -> list[FeverRow]:
    """Alerts that a checkpoint has raised since an instant."""
    params = {"checkpoint_id": checkpoint_id, "lo": scope.lo, "hi": scope.hi, "since": since, "limit": limit}
    return await fetch_all(conn, FeverRow, Q.gate_fevers, params)


def _gate(scope: Scope, checkpoint_id: int, floor: datetime, limit: int) -> dict[str, Any]:
    return {
        "checkpoint_id": checkpoint_id,
        "lo": scope.lo,
        "hi": scope.hi,
        "floor": uuid7_floor(floor, -SKEW),
        "limit": limit,
    }


async def my_visits(scope: Scope, conn: Connection, *, before: UUID, limit: int) -> list[OwnVisit]:
    params = {"person_id": scope.person_id, "before": before, "limit": limit}
    return await fetch_all(conn, OwnVisit, Q.my_visits, params)


async def own_stamp(scope: Scope, conn: Connection, scan_id: UUID) -> OwnStamp | None:
    return await fetch_one(conn, OwnStamp, Q.own_stamp, {"person_id": scope.person_id, "scan_id": scan_id})


async def my_last_answers(scope: Scope, conn: Connection, *, since: datetime, limit: int) -> list[GivenAnswers]:
    params = {"person_id": scope.person_id, "floor": uuid7_floor(since), "limit": limit}
    return await fetch_all(conn, GivenAnswers, Q.my_last_answers, params)


async def my_last_tenant(scope: Scope, conn: Connection, checkpoint_id: int, *, since: datetime) -> int | None:
    params = {"person_id": scope.person_id, "checkpoint_id": checkpoint_id, "floor": uuid7_floor(since)}
    found: int | None = await fetch_value(conn, Q.my_last_tenant, params)
    return found


async def usual_minutes(scope: Scope, conn: Connection, category: Category) -> int:
    """How long people stay at doors of a category, where nothing tells."""
    found: int = await fetch_value(conn, Q.usual_minutes, {"category": category})
    return found


async def occupancy(
    scope: Scope, conn: Connection, checkpoint_id: int, *, since: datetime, now: datetime
) -> list[Present]:
    """People behind a door, by tenant, of those who came after `since`."""
    params = _gate(scope, checkpoint_id, since, 0) | {"since": since, "now": now}
    return await fetch_all(conn, Present, Q.occupancy, params)


async def find_record(scope: Scope, conn: Connection, person_id: int, scan_id: UUID) -> DetailRow | None:
    params = {"person_id": person_id, "scan_id": scan_id, "lo": scope.lo, "hi": scope.hi}
    return await fetch_one(conn, DetailRow, Q.find_record, params)


async def worker_forget(conn: Connection, before: datetime) -> int:
    """Deletes what is kept beside visits and as long as they are. How many rows."""
    deleted = 0
    for query in (
        Q.worker_forget_temperatures,
        Q.worker_forget_waiting,
        Q.worker_forget_decisions,
        Q.worker_forget_checkouts,
        Q.worker_forget_alerts,
    ):
        deleted += (await conn.execute(query, {"before": before})).rowcount
    return deleted


async def worker_drop_days(conn: Connection, first: date) -> list[str]:
    """Drops the partitions of the days before `first`."""
    return [row[0] for row in await (await conn.execute(Q.worker_drop_days, {"first": first})).fetchall()]


async def acknowledge_alert(scope: Scope, conn: Connection, alert_id: int, account_id: int, note: bytes | None) -> bool:
    """False where somebody else was first, or it is not in the scope."""
    params = {"id": alert_id, "account_id": account_id, "note": note, "lo": scope.lo, "hi": scope.hi}
    return (await conn.execute(Q.acknowledge_alert, params)).rowcount == 1


async def worker_told(conn: Connection, alert_id: int) -> None:
    await conn.execute(Q.alert_told, {"id": alert_id})
