"""Importing division codes: any order, any encoding, again and again; every row is stored or has a reason."""

import csv
import gzip
from collections.abc import Iterable
from pathlib import Path

import psycopg
import pytest

from lianfang.access.scope import Scope, scoped
from lianfang.kit.db import Database
from lianfang.kit.sheets.reading import read_csv
from lianfang.organisations import store
from lianfang.organisations.divisions import COLUMNS, ImportResult, import_divisions, parse
from tests.support.story import CHICHENG, LONGGUAN

SYSTEM = Scope.system("test")
HEBEI_CSV = Path(__file__).parents[3] / "shared" / "data" / "divisions" / "hebei.csv.gz"

SICHUAN = [
    ("51", "四川省", "province", ""),
    ("5133", "甘孜藏族自治州", "city", "51"),
    ("513337", "稻城县", "county", "5133"),
    ("513337100", "金珠镇", "town", "513337"),
    ("513337100201", "自龙村民委员会", "village", "513337100"),
    ("513337100202", "傍河村民委员会", "village", "513337100"),
    ("513337101", "香格里拉镇", "town", "513337"),
]


async def load(db: Database, rows: Iterable[tuple[str, ...]]) -> ImportResult:
    """Rows as a file would give them: line 1 is the header."""
    numbered = [(line, dict(zip(COLUMNS, row, strict=True))) for line, row in enumerate(rows, 2)]
    result = await import_divisions(db, SYSTEM, numbered)
    assert result.rows == result.created + result.renamed + result.unchanged + len(result.rejected) == len(numbered)
    return result


def tree(owner: psycopg.Connection) -> dict[str, tuple[str, str, str | None]]:
    """code → name, level, parent's code"""
    rows = owner.execute("SELECT u.code, u.name, u.level, p.code FROM units u LEFT JOIN units p ON p.id = u.parent_id")
    return {code: (name, level, parent) for code, name, level, parent in rows.fetchall()}


def assert_intervals_are_the_tree(owner: psycopg.Connection) -> None:
    """For every unit: the units whose place lies in its interval are those that a walk down the parents finds."""
    [wrong] = owner.execute(
        """
        WITH RECURSIVE walk AS (
          SELECT id AS top, id AS below, lo, hi FROM units
          UNION ALL
          SELECT w.top, u.id, w.lo, w.hi FROM walk w JOIN units u ON u.parent_id = w.below
        ), counted AS (
          SELECT top, count(*) AS walked, count(*) FILTER (WHERE b.lo BETWEEN walk.lo AND walk.hi AND b.hi <= walk.hi) AS inside
          FROM walk JOIN units b ON b.id = walk.below GROUP BY top
        ), spans AS (
          SELECT u.id, (SELECT count(*) FROM units o WHERE o.lo BETWEEN u.lo AND u.hi) AS spanned FROM units u
        )
        SELECT count(*) FROM counted JOIN spans ON spans.id = counted.top WHERE NOT (walked = inside AND walked = spanned)
        """
    ).fetchone() or [None]
    assert wrong == 0


async def test_a_province_is_stored_with_its_levels_and_parents(db: Database, owner: psycopg.Connection) -> None:
    result = await load(db, SICHUAN)
    assert (result.created, result.renamed, result.unchanged, result.rejected) == (7, 0, 0, [])
    stored = tree(owner)
    assert stored["510000000000"] == ("四川省", "province", None)
    assert stored["513337100201"] == ("自龙村民委员会", "village", "513337100000")
    assert_intervals_are_the_tree(owner)


async def test_the_order_of_the_rows_does_not_matter(db: Database, owner: psycopg.Connection) -> None:
    assert (await load(db, reversed(SICHUAN))).created == 7
    assert tree(owner)["513337100201"][2] == "513337100000"
    assert_intervals_are_the_tree(owner)


async def test_the_same_file_again_changes_nothing(db: Database, owner: psycopg.Connection) -> None:
    await load(db, SICHUAN)
    before = owner.execute("SELECT * FROM units ORDER BY id").fetchall()
    again = await load(db, SICHUAN)
    assert (again.created, again.renamed, again.unchanged) == (0, 0, 7)
    assert owner.execute("SELECT * FROM units ORDER BY id").fetchall() == before


async def test_a_new_name_is_a_renaming(db: Database, owner: psycopg.Connection) -> None:
    await load(db, SICHUAN)
    renamed = [(code, name.replace("委员会", ""), level, parent) for code, name, level, parent in SICHUAN]
    result = await load(db, renamed)
    assert (result.renamed, result.unchanged) == (2, 5)
    assert tree(owner)["513337100202"][0] == "傍河村民"


async def test_new_rows_are_placed_beside_those_that_are_there(db: Database, owner: psycopg.Connection) -> None:
    await load(db, SICHUAN[:4])
    result = await load(db, [*SICHUAN, ("130732104", "独石口镇", "town", "130732")])
    assert (result.created, result.unchanged) == (4, 4)
    assert tree(owner)["130732104000"][2] == CHICHENG.code
    assert_intervals_are_the_tree(owner)


async def test_twelve_digits_are_the_same_as_few(db: Database, owner: psycopg.Connection) -> None:
    await load(db, SICHUAN)
    full = [(c.ljust(12, "0"), name, level, p and p.ljust(12, "0")) for c, name, level, p in SICHUAN]
    assert (await load(db, full)).unchanged == 7


async def test_an_orphan_is_rejected_with_everything_below_it(db: Database, owner: psycopg.Connection) -> None:
    orphans = [row for row in SICHUAN if row[0] != "513337"]
    result = await load(db, orphans)
    assert (result.created, [entry.line for entry in result.rejected]) == (2, [4, 5, 6, 7])
    assert result.rejected[0].reason.endswith("its parent 513337000000 is neither in the file nor in the tree")
    assert_intervals_are_the_tree(owner)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("5134", "凉山州", "empire", "51"), "level 'empire' is none of province, city, county, town, village"),
        (("5134", "凉山州", "unit", "51"), "level 'unit' is none of province, city, county, town, village"),
        (("51341", "凉山州", "city", "51"), "a city code has 4 digits (or 12, zero-filled)"),
        (("513410000000", "凉山州", "city", "51"), "a city code has 4 digits (or 12, zero-filled)"),
        (("51a4", "凉山州", "city", "51"), "a city code has 4 digits (or 12, zero-filled)"),
        (("５１３４", "凉山州", "city", "51"), "a city code has 4 digits (or 12, zero-filled)"),
        (("", "凉山州", "city", "51"), "a city code has 4 digits (or 12, zero-filled)"),
        (("5134", "", "city", "51"), "the name is missing or longer than 100 characters"),
        (("5134", "长" * 101, "city", "51"), "the name is missing or longer than 100 characters"),
        (("5134", "凉\0山", "city", "51"), "the name holds a control character"),
        (("5134", "凉山州", "city", "13"), "parent_code 13 is not the beginning of code 5134"),
        (("5134", "凉山州", "city", ""), "parent_code (none) is not the beginning of code 5134"),
        (("5134", "凉山州", "city", "5134"), "parent_code 5134 is not the beginning of code 5134"),
        (("52", "贵州省", "province", "51"), "a province has no parent, 51 was given"),
        (("51", "四川", "province", ""), "code 51 was already given in line 2"),
        (("510000000000", "四川", "province", ""), "code 510000000000 was already given in line 2"),
    ],
    ids=str,
)
async def test_a_row_that_cannot_be_is_rejected_alone(
    db: Database, owner: psycopg.Connection, row: tuple[str, ...], reason: str
) -> None:
    result = await load(db, [*SICHUAN, row])
    # in Chinese, then in English
    assert [(e.line, e.code, e.reason.partition("· ")[2]) for e in result.rejected] == [(9, row[0], reason)]
    assert result.created == 7


async def test_a_full_parent_rejects_its_new_children_with_a_reason(db: Database, owner: psycopg.Connection) -> None:
    owner.execute("UPDATE units SET hi = lo WHERE id = %s", [LONGGUAN.id])
    owner.execute("DELETE FROM units WHERE parent_id = %s", [LONGGUAN.id])
    rows = [("130732102299", "新村", "village", "130732102"), ("130732104", "独石口镇", "town", "130732")]
    result = await load(db, rows)
    assert (result.created, [entry.line for entry in result.rejected]) == (1, [2])
    assert "no place left" in result.rejected[0].reason


def write(path: Path, encoding: str) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([COLUMNS, *SICHUAN])
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
async def test_files_of_every_usual_encoding_are_read(
    db: Database, owner: psycopg.Connection, tmp_path: Path, encoding: str
) -> None:
    rows = read_csv(write(tmp_path / "divisions.csv", encoding), columns=COLUMNS)
    assert (await import_divisions(db, SYSTEM, rows)).created == 7
    assert tree(owner)["513337101000"][0] == "香格里拉镇"


def test_a_zipped_file_with_columns_in_another_order_is_read(tmp_path: Path) -> None:
    path = tmp_path / "divisions.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("parent_code,extra,level,name,code\r\n,x,province,四川省,51\r\n\r\n51,y,city,成都市,5101\r\n")
    good, rejected = parse(read_csv(path, columns=COLUMNS))
    assert ([row.code for row in good], rejected) == (["510000000000", "510100000000"], [])


@pytest.mark.skipif(not HEBEI_CSV.exists(), reason="the division codes of Hebei are not beside this checkout")
async def test_the_whole_of_hebei_is_stored(db: Database, owner: psycopg.Connection) -> None:
    """56,712 rows: 4 s on two cores, half of them for the proof at the end."""
    owner.execute("DELETE FROM units")
    result = await import_divisions(db, SYSTEM, read_csv(HEBEI_CSV, columns=COLUMNS))
    assert (result.rows, result.created, result.rejected) == (56_712, 56_712, [])
    assert owner.execute("SELECT count(*), count(DISTINCT lo) FROM units").fetchone() == (56_712, 56_712)
    before = owner.execute("SELECT md5(string_agg(units::text, '' ORDER BY id)) FROM units").fetchone()
    again = await import_divisions(db, SYSTEM, read_csv(HEBEI_CSV, columns=COLUMNS))
    assert (again.created, again.renamed, again.unchanged, again.rejected) == (0, 0, 56_712, [])
    assert owner.execute("SELECT md5(string_agg(units::text, '' ORDER BY id)) FROM units").fetchone() == before
    assert_intervals_are_the_tree(owner)
    async with scoped(db, SYSTEM) as conn:
        county = await store.find_by_code(SYSTEM, conn, "130732000000")
        assert county is not None
        below = await conn.execute("SELECT count(*) FROM units WHERE lo BETWEEN %s AND %s", [county.lo, county.hi])
        by_code = await conn.execute("SELECT count(*) FROM units WHERE starts_with(code, '130732')")
        assert await below.fetchone() == await by_code.fetchone()
    [narrowest] = owner.execute("SELECT min(hi - lo + 1) FROM units").fetchone() or [0]
    assert narrowest >= 1 << 32  # test_places: room for thousands of institutions below each village
