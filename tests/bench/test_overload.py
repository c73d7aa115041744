"""What the benchmarks under fire make of what they saw. Their speeds are not judged here."""

from pathlib import Path

import psycopg
from psycopg import sql

from lianfang.bench import overload
from lianfang.bench.crowd import Second, Seen
from tests.support.house import House
from tests.support.story import LONGGUAN_DOOR


def seen(*after: tuple[int, int]) -> Seen:
    """Seconds after a surge: turned away, waiting."""
    seconds = [Second(number, "after", turned_away=away, waiting=wait) for number, (away, wait) in enumerate(after)]
    return Seen([Second(0, "surge", turned_away=9_999), *seconds], 0, 0, 0)


def test_a_surge_is_over_when_nobody_is_turned_away_any_more_and_it_stays_so() -> None:
    assert overload.recovery(seen((500, 9000), (0, 5000), (0, 900), (30, 800), (5, 100), (0, 0)), 1000) == 4
    assert overload.recovery(seen((0, 0), (0, 0)), 1000) == 0
    assert overload.recovery(seen((0, 0), (500, 0)), 1000) is None


async def test_lost_scans_and_wrong_verdicts_are_found(
    house: House, cast: psycopg.Connection, migrated: str, tmp_path: Path
) -> None:
    resident = await house.resident()
    scans = [(await resident.scan(LONGGUAN_DOOR)).json()["scan_id"] for _ in range(3)]
    acked = tmp_path / "acked"
    acked.write_text("".join(f"{scan}\n" for scan in scans))
    assert overload.check(migrated, [acked]) == (0, 0)
    cast.execute("DELETE FROM visits WHERE scan_id = %s", [scans[0]])
    cast.execute(
        "INSERT INTO holds (person_id, colour, rule, plan, reason_zh, reason_en, starts_at, ends_at)"
        " VALUES (%s, 'red', 'r', 'p', 'zh', 'en', now(), now() + interval '1 d')",
        [resident.id],
    )
    assert overload.check(migrated, [acked]) == (1, 2)


def test_the_verdict_that_everybody_is_to_be_given(cast: psycopg.Connection, migrated: str, tmp_path: Path) -> None:
    for person, colour in ((7, "red"), (8, "yellow")):
        cast.execute(sql.SQL("ALTER TABLE holds DISABLE TRIGGER ALL"))
        cast.execute(
            "INSERT INTO holds (person_id, colour, rule, plan, reason_zh, reason_en, starts_at, ends_at)"
            " VALUES (%s, %s, 'r', 'p', 'zh', 'en', now(), now() + interval '1 d')",
            [person, colour],
        )
        cast.execute(sql.SQL("ALTER TABLE holds ENABLE TRIGGER ALL"))
    scans, target = tmp_path / "scans", tmp_path / "expected"
    scans.write_text("7\tDOOR\t{}\n8\tDOOR\t{}\n9\tDOOR\t{}\n")
    overload.expect(scans, target, migrated, int)
    assert [line.split("\t")[3] for line in target.read_text().splitlines()] == ["refuse", "observe", "pass"]
