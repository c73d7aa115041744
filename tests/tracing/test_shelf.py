"""The index on disk follows the database: what is committed is there, what is broken is made anew, what must go goes."""

from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from lianfang.kit.clock import now
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.tracing.index import Index
from lianfang.tracing.segment import Segment
from lianfang.tracing.shelf import Shelf
from tests.support.story import CHICHENG_DOOR, LONGGUAN_DOOR
from tests.support.visits import Visit, add_person, add_visits

DAY = timedelta(days=1)


@pytest.fixture
async def shelf(tmp_path: Path, lane_db: Database) -> Shelf:
    return Shelf(tmp_path / "index", lane_db)


def visits_in(index: Index) -> list[tuple[int, int, int, int]]:
    """(person, place, when, how long as it is stored), of all segments."""
    found = []
    for segment in index.segments:
        rows, length = segment.rows()
        found += zip(rows.person.tolist(), rows.venue.tolist(), rows.at.tolist(), length.tolist(), strict=True)
    return sorted(found)


def at(moment: datetime) -> int:
    return int(moment.timestamp())


async def test_what_is_committed_is_there_and_stays_there_when_it_is_written(
    shelf: Shelf, cast: psycopg.Connection, keys: Keys, lane_db: Database, tmp_path: Path
) -> None:
    person, moment = add_person(cast, keys), (now() - 2 * DAY).replace(hour=23, minute=50)
    add_visits(cast, keys, [Visit(person, LONGGUAN_DOOR, moment)])
    assert visits_in(await shelf.index()) == [(person, LONGGUAN_DOOR.id, at(moment), 86_400)]

    # a scan elsewhere after midnight ends the stay, though its segment is written
    after = moment + timedelta(minutes=20)
    add_visits(cast, keys, [Visit(person, CHICHENG_DOOR, after)])
    cast.execute("UPDATE visits SET recorded_at = now() WHERE at = %s", [after])
    wanted = [(person, CHICHENG_DOOR.id, at(after), 86_400), (person, LONGGUAN_DOOR.id, at(moment), 1200)]
    index = await shelf.index()
    assert visits_in(index) == sorted(wanted)
    assert index.tail is not None

    # a check-out that comes later still
    left = moment + timedelta(minutes=5)
    cast.execute(
        "INSERT INTO checkouts SELECT person_id, scan_id, %s, now(), ord, checkpoint_id FROM visits WHERE at = %s",
        [left, moment],
    )
    wanted[1] = (*wanted[1][:3], -1 - 300)
    assert visits_in(await shelf.index()) == sorted(wanted)

    assert await shelf.write(None, at_once=True) == 2
    again = Shelf(tmp_path / "index", lane_db)
    index = await again.index()
    assert visits_in(index) == sorted(wanted)
    assert index.tail is None


@pytest.mark.parametrize("harm", ["cut", "flip", "gone", "head"])
async def test_a_broken_segment_is_made_anew(
    shelf: Shelf, cast: psycopg.Connection, keys: Keys, lane_db: Database, tmp_path: Path, harm: str
) -> None:
    people = [add_person(cast, keys) for _ in range(3)]
    moment = now() - 3 * DAY
    add_visits(cast, keys, [Visit(person, LONGGUAN_DOOR, moment) for person in people])
    before = visits_in(await shelf.index())
    [file] = (tmp_path / "index").glob("*.seg")
    data = bytearray(file.read_bytes())
    if harm == "gone":
        file.unlink()
    elif harm == "cut":
        file.write_bytes(data[: len(data) // 2])
    else:
        data[12 if harm == "head" else -300] ^= 1
        file.write_bytes(data)
    assert visits_in(await Shelf(tmp_path / "index", lane_db).index()) == before != []


async def test_whoever_is_erased_is_gone_at_once_and_from_the_disk(
    shelf: Shelf, cast: psycopg.Connection, keys: Keys, tmp_path: Path
) -> None:
    erased, other = add_person(cast, keys), add_person(cast, keys)
    add_visits(cast, keys, [Visit(person, LONGGUAN_DOOR, now() - DAY) for person in (erased, other)])
    await shelf.index()
    cast.execute("DELETE FROM people WHERE id = %s", [erased])
    assert {length for person, _, _, length in visits_in(await shelf.index()) if person == erased} == {-1}
    await shelf.write(None, at_once=True)
    assert {person for person, *_ in visits_in(await shelf.index())} == {other}
    [file] = (tmp_path / "index").glob("*.seg")
    assert erased not in Segment.open(file).person


async def test_days_past_the_retention_leave_the_disk(
    shelf: Shelf, cast: psycopg.Connection, keys: Keys, tmp_path: Path
) -> None:
    person = add_person(cast, keys)
    add_visits(cast, keys, [Visit(person, LONGGUAN_DOOR, now() - days * DAY) for days in (3, 40)])
    assert len(visits_in(await shelf.index())) == 2
    await shelf.write(timedelta(days=28))
    [file] = (tmp_path / "index").glob("*.seg")
    assert file.name.startswith(f"{now() - 3 * DAY:%Y%m%d}")
    assert len(visits_in(await shelf.index())) == 1


async def test_an_empty_database_has_an_empty_index(shelf: Shelf, owner: psycopg.Connection) -> None:
    index = await shelf.index()
    assert len(index) == 0
