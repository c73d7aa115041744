"""Batches: what is committed together is answered apart, after the commit, and one broken scan harms nobody else."""

import asyncio

import psycopg
import pytest
from psycopg import sql

from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.visits.lane import Lane
from tests.support.house import Answer, House, scan, until
from tests.support.people import somebody
from tests.support.story import ANSWERS, CHICHENG_DOOR, LONGGUAN_DOOR, YIJIE_DOOR
from tests.support.visits import add_people, add_person
from tests.visits.conftest import HeldLane, row_of, stored, trigger


async def together(
    held: HeldLane, house: House, bodies: list[dict[str, object]], *, by: str = "import"
) -> list[Answer]:
    """Sends scans so that they meet in one batch."""
    first, sender = await house.resident(), await house.staff(by)
    occupying = await held.occupied_by(first)
    tasks = [asyncio.create_task(sender.post("/scans", body)) for body in bodies]
    await held.waiting(len(bodies))
    held.release()
    answers = await asyncio.gather(*tasks)
    assert held.batches[len(occupying)] == len(bodies)
    assert [(await task).status_code for task in occupying] == [201] * len(occupying)
    return answers


def of_person(person: int, **changed: object) -> dict[str, object]:
    return scan(CHICHENG_DOOR, person=person, **changed)


async def test_scans_of_different_people_share_a_batch(
    house: House, held: HeldLane, cast: psycopg.Connection, keys: Keys
) -> None:
    people = add_people(cast, keys, [somebody() for _ in range(30)])
    bodies = [of_person(person) for person in people]
    answers = await together(held, house, bodies)
    assert [answer.status_code for answer in answers] == [201] * 30
    assert [answer.json()["scan_id"] for answer in answers] == [body["scan_id"] for body in bodies]
    rows = cast.execute("SELECT person_id, scan_id::text FROM visits WHERE source = 'import'").fetchall()
    assert set(rows) == {(person, body["scan_id"]) for person, body in zip(people, bodies, strict=True)}


async def test_the_same_scan_twice_in_one_batch_is_one_visit(
    house: House, held: HeldLane, cast: psycopg.Connection, keys: Keys
) -> None:
    body = of_person(add_person(cast, keys))
    one, two, three = await together(held, house, [body, body, body])
    assert sorted(answer.status_code for answer in (one, two, three)) == [200, 200, 201]
    stamps = [answer.json() | {"replayed": None} for answer in (one, two, three)]
    assert stamps[0] == stamps[1] == stamps[2]
    row_of(cast, str(body["scan_id"]), "person_id")


async def test_the_same_id_with_other_content_in_one_batch_is_refused(
    house: House, held: HeldLane, cast: psycopg.Connection, keys: Keys
) -> None:
    person = add_person(cast, keys)
    body = scan(YIJIE_DOOR, person=person)
    other = body | {"answers": dict(ANSWERS) | {"reason": "visit"}}
    # whichever reaches the lane first is the one that counts
    taken, refused = sorted(await together(held, house, [body, other]), key=lambda answer: answer.status_code)
    assert (taken.status_code, refused.status_code, refused.json()["code"]) == (201, 409, "scan_id_reused")


async def test_the_same_scan_in_two_batches_at_once_is_one_visit(
    house: House, cast: psycopg.Connection, keys: Keys
) -> None:
    importer = await house.staff("import")
    bodies = [of_person(person) for person in add_people(cast, keys, [somebody() for _ in range(20)])]
    sent = [importer.post("/scans", body) for body in bodies * 5]
    answers = await asyncio.gather(*sent)
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(201), statuses.count(200)) == (20, 80)
    assert stored(cast) == 20


async def test_a_row_that_the_database_refuses_fails_alone(
    house: House, held: HeldLane, cast: psycopg.Connection, keys: Keys
) -> None:
    people = add_people(cast, keys, [somebody() for _ in range(8)])
    poisoned = people[3]
    with trigger(cast, "TRIGGER BEFORE INSERT", f"IF NEW.person_id = {poisoned} THEN RAISE 'made up'; END IF;"):
        answers = await together(held, house, [of_person(person) for person in people])
    statuses = {person: answer.status_code for person, answer in zip(people, answers, strict=True)}
    assert statuses == dict.fromkeys(people, 201) | {poisoned: 500}
    problem = answers[3].json()
    assert problem["code"] == "internal"
    assert "made up" not in str(problem)
    assert {row[0] for row in cast.execute("SELECT person_id FROM visits WHERE source = 'import'")} == {*people} - {
        poisoned
    }


async def test_a_person_who_cannot_be_read_fails_alone(
    house: House, held: HeldLane, cast: psycopg.Connection, keys: Keys
) -> None:
    people = add_people(cast, keys, [somebody() for _ in range(5)])
    cast.execute("UPDATE people SET name = '\\x0102' WHERE id = %s", [people[2]])
    answers = await together(held, house, [of_person(person) for person in people])
    assert [answer.status_code for answer in answers] == [201, 201, 500, 201, 201]
    assert stored(cast) == 4 + house.services.settings.lane_connections


async def test_unknown_people_and_ended_sessions_in_a_batch_harm_nobody(
    house: House, held: HeldLane, cast: psycopg.Connection, keys: Keys
) -> None:
    person = add_person(cast, keys)
    unknown, known = await together(held, house, [of_person(424242), of_person(person)])
    assert (unknown.status_code, known.status_code) == (422, 201)


async def test_nobody_is_answered_before_the_commit(house: House, cast: psycopg.Connection) -> None:
    resident = await house.resident()
    await resident.scan(LONGGUAN_DOOR)  # today's partition is there
    part = f"visits_{now():%Y%m%d}"
    cast.execute("SELECT pg_advisory_lock(4711)")
    with trigger(cast, "CONSTRAINT TRIGGER AFTER INSERT", "PERFORM pg_advisory_xact_lock(4711);", part):
        task = asyncio.create_task(resident.scan(LONGGUAN_DOOR))
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        await until(lambda: cast.execute(waiting).fetchone() == (1,))  # the transaction stands in its COMMIT
        assert stored(cast) == 1
        done, _ = await asyncio.wait([task], timeout=0.2)
        assert not done
        cast.execute("SELECT pg_advisory_unlock(4711)")
        assert (await task).status_code == 201
        assert stored(cast) == 2


async def test_a_commit_that_is_lost_is_answered_busy_and_the_retry_is_stored_once(
    house: House, cast: psycopg.Connection
) -> None:
    resident = await house.resident()
    await resident.scan(LONGGUAN_DOOR)
    body = scan(LONGGUAN_DOOR)
    part = f"visits_{now():%Y%m%d}"
    with trigger(cast, "CONSTRAINT TRIGGER AFTER INSERT", "PERFORM pg_terminate_backend(pg_backend_pid());", part):
        lost = await resident.post("/scans", body)
    assert (lost.status_code, lost.json()["code"]) == (503, "busy")
    assert int(lost.headers["retry-after"]) >= 1
    assert stored(cast) == 1
    assert (await resident.post("/scans", body)).status_code == 201
    assert (await resident.post("/scans", body)).status_code == 200
    assert stored(cast) == 2


async def test_a_commit_that_fails_for_one_fails_for_one(
    house: House, held: HeldLane, cast: psycopg.Connection, keys: Keys
) -> None:
    people = add_people(cast, keys, [somebody() for _ in range(4)])
    first = await house.resident()
    held.release()
    await first.scan(LONGGUAN_DOOR)
    part = f"visits_{now():%Y%m%d}"
    importer = await house.staff("import")
    body = f"IF NEW.person_id = {people[1]} THEN RAISE 'made up'; END IF;"
    with trigger(cast, "CONSTRAINT TRIGGER AFTER INSERT", body, part):
        answers = await asyncio.gather(*(importer.post("/scans", of_person(person)) for person in people))
    assert [answer.status_code for answer in answers] == [201, 500, 201, 201]


async def test_a_full_queue_says_when_to_come_back(
    house: House, held: HeldLane, cast: psycopg.Connection, keys: Keys
) -> None:
    lane: Lane = house.services.lane
    lane._limit = 3
    resident, importer = await house.resident(), await house.staff("import")
    people = add_people(cast, keys, [somebody() for _ in range(3)])
    occupying = await held.occupied_by(resident)
    queued = [asyncio.create_task(importer.post("/scans", of_person(person))) for person in people]
    await held.waiting(3)
    async with asyncio.timeout(10):
        refused = await resident.scan(LONGGUAN_DOOR)
    assert (refused.status_code, refused.json()["code"]) == (503, "busy")
    assert int(refused.headers["retry-after"]) >= 1
    held.release()
    assert [answer.status_code for answer in await asyncio.gather(*occupying, *queued)] == [201] * (3 + len(occupying))
    assert (await resident.scan(LONGGUAN_DOOR)).status_code == 201


async def test_who_would_wait_too_long_is_sent_away_and_those_before_are_served(house: House, held: HeldLane) -> None:
    lane: Lane = house.services.lane
    resident = await house.resident()
    occupying = await held.occupied_by(resident)
    queued = asyncio.create_task(resident.scan(LONGGUAN_DOOR))
    await held.waiting(1)
    assert not lane.full
    lane._wait_s = 0  # the first in the queue waits for longer than that
    assert (await resident.scan(LONGGUAN_DOOR)).status_code == 503
    held.release()
    assert [answer.status_code for answer in await asyncio.gather(*occupying, queued)] == [201] * (1 + len(occupying))
    assert (await resident.scan(LONGGUAN_DOOR)).status_code == 201


async def test_stopping_commits_what_was_taken(house: House, held: HeldLane, cast: psycopg.Connection) -> None:
    resident = await house.resident()
    occupying = await held.occupied_by(resident)
    taken = [asyncio.create_task(resident.scan(LONGGUAN_DOOR)) for _ in range(3)]
    await held.waiting(3)
    stopping = asyncio.create_task(house.services.lane.stop())
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        assert (await resident.scan(LONGGUAN_DOOR)).status_code == 503
    held.release()
    await stopping
    assert [answer.status_code for answer in await asyncio.gather(*occupying, *taken)] == [201] * (3 + len(occupying))
    assert stored(cast) == 3 + len(occupying)


async def test_a_phone_that_hangs_up_has_scanned_all_the_same(
    house: House, held: HeldLane, cast: psycopg.Connection
) -> None:
    resident = await house.resident()
    occupying = await held.occupied_by(resident)
    body = scan(LONGGUAN_DOOR)
    gone = asyncio.create_task(resident.post("/scans", body))
    await held.waiting(1)
    gone.cancel()
    held.release()
    await asyncio.gather(*occupying)
    await until(lambda: stored(cast) == 1 + len(occupying))
    assert (await resident.post("/scans", body)).status_code == 200


class DatabaseAway:
    """The database takes no connections of ours and has cut those there were."""

    def __init__(self, elsewhere: psycopg.Connection, name: str) -> None:
        self._elsewhere = elsewhere
        self._name = name

    def __enter__(self) -> None:
        self._allow(False)
        self._elsewhere.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND starts_with(usename, 'lianfang')",
            [self._name],
        )

    def __exit__(self, *_: object) -> None:
        self._allow(True)

    def _allow(self, allowed: bool) -> None:
        query = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        self._elsewhere.execute(query.format(sql.Identifier(self._name), sql.Literal(allowed)))


@pytest.fixture
def away(migrated: str, cast: psycopg.Connection, cluster: object) -> DatabaseAway:
    return DatabaseAway(psycopg.connect(cluster.superuser_dsn(), autocommit=True), cast.info.dbname)  # type: ignore[attr-defined]


async def test_while_the_database_is_away_scans_are_put_off_and_afterwards_taken(
    house: House, cast: psycopg.Connection, keys: Keys, away: DatabaseAway
) -> None:
    resident, importer, clerk = await house.resident(), await house.staff("import"), await house.staff("clerk")
    person = add_person(cast, keys)
    assert (await resident.scan(LONGGUAN_DOOR)).status_code == 201
    for database in (house.services.db.lane, house.services.db.identity, house.services.db.app):
        database.pool.timeout = 0.3  # instead of five seconds
    body = scan(LONGGUAN_DOOR)
    await house.services.doors.stop()
    house.services.doors.forget([YIJIE_DOOR.id])
    with away:
        for answer in (
            await resident.post("/scans", body),
            await resident.scan(YIJIE_DOOR),  # a door that is not in memory yet
            await importer.scan(CHICHENG_DOOR, person=person),
            await resident.get("/residents/me"),
            await clerk.post("/records/search", {}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (503, "busy"), answer.text
            assert int(answer.headers["retry-after"]) >= 1
        assert (await resident.get("/health/ready")).status_code == 503
        assert (await resident.get("/health/live")).status_code == 200
    assert stored(cast) == 1
    async with asyncio.timeout(30):
        while (answer := await resident.post("/scans", body)).status_code == 503:
            pass
    assert answer.status_code == 201
    assert stored(cast) == 2


async def test_after_the_connections_were_cut_doors_are_heard_of_again(
    house: House, cast: psycopg.Connection, away: DatabaseAway
) -> None:
    """Who listens has missed what was told meanwhile, so everything kept in memory is dropped."""
    resident = await house.resident()
    assert (await resident.scan(LONGGUAN_DOOR)).status_code == 201
    with away:
        await until(lambda: house.services.doors.known(LONGGUAN_DOOR.code) is None)
        cast.execute("UPDATE checkpoints SET open = false WHERE id = %s", [LONGGUAN_DOOR.id])
    async with asyncio.timeout(30):
        while (answer := await resident.scan(LONGGUAN_DOOR)).status_code == 503:
            pass
    assert (answer.status_code, answer.json()["code"]) == (409, "door_closed")
