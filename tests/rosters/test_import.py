"""A file of people becomes a roster: every row is stored, unchanged, or given back with its reason."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest

from lianfang.kit.crypto import Keys
from lianfang.kit.errors import Problem, render
from lianfang.people.store import document_index
from lianfang.rosters import importing, reading
from tests.rosters.conftest import Import
from tests.rosters.files import HEADER, cells, csv, row_of, workers, xlsx
from tests.support.house import Client, House
from tests.support.people import Resident, somebody
from tests.support.runs import download, upload, work_off
from tests.support.story import LONGGUAN

COUNTS = ("rows", "created", "changed", "unchanged", "rejected", "left", "absent")


def counts(run: dict[str, Any]) -> dict[str, int]:
    """What is not nought."""
    return {name: run["summary"][name] for name in COUNTS if run["summary"][name]}


async def members(client: Client, roster: int, **search: Any) -> list[dict[str, Any]]:
    answer = await client.post(f"/rosters/{roster}/members/search", {"limit": 200} | search)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def people(owner: psycopg.Connection) -> list[tuple[Any, ...]]:
    return owner.execute("SELECT id, consented_at, document_index FROM people ORDER BY id").fetchall()


@pytest.mark.parametrize("write", [xlsx, csv, lambda rows: csv(rows, "gb18030")], ids=["xlsx", "utf-8", "gbk"])
async def test_a_list_is_imported_from_any_file(
    longguan: Client, roster: int, import_file: Import, owner: psycopg.Connection, write: Any
) -> None:
    run = await import_file(write(workers(12)))
    assert counts(run) == {"rows": 12, "created": 12}
    assert run["files"] == []
    assert [member["number"] for member in await members(longguan, roster)] == [f"A{n:04d}" for n in range(1, 13)]
    assert len(people(owner)) == 12
    assert all(consented is None for _, consented, _ in people(owner)), "nobody has been asked yet"
    assert (await longguan.get(f"/rosters/{roster}")).json()["members"] == 12


async def test_the_same_file_again_changes_nothing(import_file: Import, owner: psycopg.Connection) -> None:
    rows = workers(12)
    await import_file(rows)
    before = owner.execute("SELECT * FROM roster_members ORDER BY id").fetchall(), people(owner)
    assert counts(await import_file(rows)) == {"rows": 12, "unchanged": 12}
    assert (owner.execute("SELECT * FROM roster_members ORDER BY id").fetchall(), people(owner)) == before


async def test_a_dry_run_counts_and_stores_nothing(
    longguan: Client, roster: int, import_file: Import, owner: psycopg.Connection
) -> None:
    rows = workers(5)
    rows[2][3] = "1"
    run = await import_file(rows, dry_run=True)
    assert counts(run) == {"rows": 5, "created": 4, "rejected": 1}
    assert run["summary"]["dry_run"] is True
    assert [file["name"] for file in run["files"]] == ["错误行.xlsx"]
    assert await members(longguan, roster) == []
    assert people(owner) == []


async def test_bad_rows_come_back_as_they_were_and_are_imported_once_corrected(
    longguan: Client, roster: int, import_file: Import
) -> None:
    rows = workers(6)
    good = [list(row) for row in rows]
    rows[1][3] = rows[1][3][:17] + ("0" if rows[1][3][17] != "0" else "1")
    rows[3][4] = "12345678901"
    rows[4][1] = "=cmd|' /C calc'!A0"
    rows[4][3] = 130732199001011234.0
    run = await import_file(rows)
    assert counts(run) == {"rows": 6, "created": 3, "rejected": 3}
    content = await download(longguan, run["id"], "错误行.xlsx")
    header, *bad = cells(content)
    assert header == [*HEADER, "错误原因"]
    assert [row[:7] for row in bad] == [rows[1], rows[3], [*rows[4][:3], "1.30732E+17", *rows[4][4:]]]
    assert [row[7][:8] for row in bad] == ["D3 证件号码：", "E5 手机号：手", "D6 证件号码："] or all(
        "：" in row[7] for row in bad
    )
    assert [row[7].split(" ")[0] for row in bad] == ["D3", "E5", "D6"]
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert {cell.data_type for row in book.worksheets[0].iter_rows() for cell in row} == {"s"}, "no cell is a formula"
    again = await import_file(content)  # as it is: nothing passes that did not pass before
    assert counts(again) == {"rows": 3, "rejected": 3, "absent": 3}
    corrected = [row[:7] for row in bad]
    corrected[0][3], corrected[1][4], corrected[2][1], corrected[2][3] = good[1][3], good[3][4], good[4][1], good[4][3]
    assert counts(await import_file(corrected)) == {"rows": 3, "created": 3, "absent": 3}
    assert counts(await import_file(good)) == {"rows": 6, "unchanged": 6}


async def test_a_row_given_twice_names_the_other_row(longguan: Client, import_file: Import) -> None:
    rows = workers(4)
    rows.append(["", *rows[0][1:]])  # the same document, written in another way
    rows[-1][3] = rows[-1][3][:6] + " " + rows[-1][3][6:]
    rows.append(row_of(somebody(), "A0002"))
    run = await import_file(rows)
    assert counts(run) == {"rows": 6, "created": 4, "rejected": 2}
    _, one, other = cells(await download(longguan, run["id"], "错误行.xlsx"))
    assert one[7].startswith("D6 证件号码：与第 2 行是同一证件")
    assert other[7].startswith("A7 工号：与第 3 行的编号相同（A0002）")


async def test_a_corrected_row_repairs(longguan: Client, roster: int, import_file: Import) -> None:
    rows = workers(3)
    await import_file(rows)
    before = await members(longguan, roster)
    rows[1][5], rows[2][4] = "二车间", ""
    assert counts(await import_file(rows)) == {"rows": 3, "changed": 2, "unchanged": 1}
    after = await members(longguan, roster)
    assert [member["id"] for member in after] == [member["id"] for member in before]
    assert [(member["department"], bool(member["phone"])) for member in after] == [
        ("一车间", True), ("二车间", True), ("一车间", False)
    ]  # fmt: skip


async def test_a_corrected_document_is_the_same_member(
    longguan: Client, roster: int, import_file: Import, owner: psycopg.Connection, keys: Keys
) -> None:
    rows = workers(2)
    await import_file(rows)
    [before, _] = await members(longguan, roster)
    right = somebody(rows[0][1])
    rows[0][3] = right.document
    assert counts(await import_file(rows)) == {"rows": 2, "changed": 1, "unchanged": 1}
    [found] = await members(longguan, roster, document=right.document)
    assert found["id"] == before["id"]
    linked = owner.execute(
        "SELECT p.document_index FROM roster_members m JOIN people p ON p.id = m.person_id WHERE m.id = %s",
        [found["id"]],
    ).fetchone()
    assert linked == (document_index(keys, "resident_id", right.document),)


async def test_a_number_that_somebody_else_holds_is_refused(longguan: Client, roster: int, import_file: Import) -> None:
    rows = workers(2)
    await import_file(rows)
    run = await import_file([row_of(somebody(), "A0001")])
    assert counts(run) == {"rows": 1, "rejected": 1, "absent": 2}
    reason = cells(await download(longguan, run["id"], "错误行.xlsx"))[1][7]
    assert "A0001" in reason
    assert rows[0][1] not in reason, "masked"
    assert len(await members(longguan, roster)) == 2


async def test_two_who_swap_their_numbers_are_both_right(longguan: Client, roster: int, import_file: Import) -> None:
    rows = workers(2)
    await import_file(rows)
    rows[0][0], rows[1][0] = rows[1][0], rows[0][0]
    assert counts(await import_file(rows)) == {"rows": 2, "changed": 2}
    assert [member["number"] for member in await members(longguan, roster)] == ["A0002", "A0001"]


async def test_who_is_missing_stays_unless_the_list_is_replaced(
    longguan: Client, roster: int, import_file: Import
) -> None:
    rows = workers(4)
    await import_file(rows)
    assert counts(await import_file(rows[:2])) == {"rows": 2, "unchanged": 2, "absent": 2}
    assert counts(await import_file(rows[:2], replace=True, dry_run=True)) == {"rows": 2, "unchanged": 2, "left": 2}
    assert len(await members(longguan, roster)) == 4
    assert counts(await import_file(rows[:2], replace=True)) == {"rows": 2, "unchanged": 2, "left": 2}
    assert [member["number"] for member in await members(longguan, roster)] == ["A0001", "A0002"]
    assert [member["number"] for member in await members(longguan, roster, left=True)] == ["A0003", "A0004"]
    # a number that is free again may be given to somebody else, and who comes back is who they were
    assert counts(await import_file([row_of(somebody(), "A0003")])) == {"rows": 1, "created": 1, "absent": 2}
    assert counts(await import_file([rows[3]])) == {"rows": 1, "changed": 1, "absent": 3}


async def test_a_list_with_a_bad_row_replaces_nothing(longguan: Client, roster: int, import_file: Import) -> None:
    """Whoever stands in the bad row would otherwise have left."""
    rows = workers(3)
    await import_file(rows)
    rows[0][3] = "1"
    run = await import_file(rows[:2], replace=True)
    assert counts(run) == {"rows": 2, "unchanged": 1, "rejected": 1, "absent": 2}
    assert len(await members(longguan, roster)) == 3


async def test_a_person_who_registered_stays_as_they_registered(
    house: House, longguan: Client, roster: int, import_file: Import, owner: psycopg.Connection
) -> None:
    """The unit's words are the unit's: it neither changes nor reads what the person gave elsewhere."""
    who = somebody()
    resident = await house.resident(who)
    before = owner.execute("SELECT * FROM people WHERE id = %s", [resident.id]).fetchone()
    told = Resident("小名", who.document, "13700000001")
    assert counts(await import_file([row_of(told, "A0001")])) == {"rows": 1, "created": 1}
    assert owner.execute("SELECT * FROM people WHERE id = %s", [resident.id]).fetchone() == before
    [member] = await members(longguan, roster)
    assert (member["name"], member["phone"]) == ("小*", "137****0001")
    linked = owner.execute("SELECT person_id FROM roster_members").fetchone()
    assert linked == (resident.id,)
    assert (await longguan.post("/records/search", {"document": who.document})).json()["items"] == []


async def test_nothing_that_was_given_is_readable_in_the_database(
    import_file: Import, owner: psycopg.Connection
) -> None:
    rows = workers(2)
    await import_file(rows)
    dump = repr(owner.execute("SELECT * FROM roster_members").fetchall()).encode().decode("unicode_escape")
    for secret in (rows[0][1], rows[0][3], rows[0][4]):
        assert secret not in dump
        assert secret.encode("utf-8").decode("latin-1") not in dump


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (xlsx([], ["姓名", "电话"]), "证件号码"),
        (xlsx([], HEADER), "没有数据"),
        (xlsx([workers(1)[0]], ["手机", "姓名", "证件类型", "证件号码", "手机号", "部门", "岗位类别"]), "两列"),
        (b"PK\x03\x04broken", "无法读取"),
        (b"\xd0\xcf\x11\xe0 an .xls", "另存为 .xlsx"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "密码"),
        (xlsx([[""] * 60 + ["stray"]]), "BI2"),
        (b"\xff\xfe\x00a\xff\xff", "编码"),
        ('姓名,证件号码\n张三,"1'.encode(), "无法读取"),
    ],
)
async def test_a_file_that_cannot_be_read_says_why(
    house: House, cast: psycopg.Connection, longguan: Client, roster: int, content: bytes, said: str
) -> None:
    body = {"upload_id": await upload(longguan, "people.xlsx", content), "dry_run": False}
    run_id = (await longguan.post(f"/rosters/{roster}/import", body)).json()["run_id"]
    await work_off(house, cast)
    run = (await longguan.get(f"/runs/{run_id}")).json()
    assert run["state"] == "failed"
    assert said in run["error"]
    assert await members(longguan, roster) == []


def test_a_file_that_unpacks_into_too_much_says_so(tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lianfang.kit.sheets.reading.UNPACKED_MAX_MIB", 0)
    path = tmp_path / "people.xlsx"
    path.write_bytes(xlsx(workers(1)))
    with pytest.raises(Problem) as refused:
        list(reading.Reading(path, tmp_path, keys, "en").steps(10))
    assert "larger than 0 MiB" in render(refused.value, "en").detail


async def test_the_template_is_imported_without_its_example(longguan: Client, import_file: Import) -> None:
    for first, language in ((1, "zh-CN"), (3, "en")):
        longguan.http.headers["accept-language"] = language
        content = (await longguan.get("/rosters/template.xlsx")).content
        book = openpyxl.load_workbook(io.BytesIO(content))
        sheet = book.worksheets[1]
        for row in workers(2, first):
            sheet.append([row[0], row[1], "", *row[3:]])
        changed = io.BytesIO()
        book.save(changed)
        run = await import_file(changed.getvalue())
        assert (run["summary"]["created"], run["summary"]["examples"]) == (2, 1)
        assert run["summary"]["unknown"] == []


async def test_columns_and_sheets_that_were_not_read_are_named(import_file: Import) -> None:
    row = workers(1)[0]
    run = await import_file(xlsx([[*row, "A型"]], [*HEADER, "血型"]))
    assert run["summary"]["unknown"] == ["血型"]


async def test_no_row_is_lost_beyond_the_limit_of_old_spreadsheets(import_file: Import, longguan: Client) -> None:
    """A dry run of that many rows, all of them wrong but the last one: each comes back. (tests/kit reads the others.)"""
    count = 65_537
    good = workers(1)[0]
    body = "".join(f"{n},人,身份证,{n},,,\r\n" for n in range(count - 1))
    content = (",".join(HEADER) + "\r\n" + body + ",".join(good) + "\r\n").encode()
    run = await import_file(content, dry_run=True)
    assert counts(run) == {"rows": count, "created": 1, "rejected": count - 1}
    back = cells(await download(longguan, run["id"], "错误行.xlsx"))
    assert len(back) == count
    assert [back[1][0], back[-1][0]] == ["0", str(count - 2)]


async def test_a_file_beyond_the_limit_is_refused_and_nothing_is_stored(
    house: House, cast: psycopg.Connection, longguan: Client, roster: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "ROWS_MAX", 5)
    body = {"upload_id": await upload(longguan, "a.xlsx", xlsx(workers(6))), "dry_run": False}
    run_id = (await longguan.post(f"/rosters/{roster}/import", body)).json()["run_id"]
    await work_off(house, cast)
    run = (await longguan.get(f"/runs/{run_id}")).json()
    assert (run["state"], "超过 5 行" in run["error"]) == ("failed", True)
    assert await members(longguan, roster) == []


async def test_rows_that_do_not_add_up_undo_everything(
    house: House, cast: psycopg.Connection, longguan: Client, roster: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forgets(*args: Any) -> int:
        return len(args[4]) - 1

    monkeypatch.setattr(importing.store, "insert_members", forgets)
    body = {"upload_id": await upload(longguan, "a.xlsx", xlsx(workers(6))), "dry_run": False}
    run_id = (await longguan.post(f"/rosters/{roster}/import", body)).json()["run_id"]
    await work_off(house, cast)
    run = (await longguan.get(f"/runs/{run_id}")).json()
    assert run["state"] == "failed"
    assert "读入 6 行" in run["error"]
    assert await members(longguan, roster) == []
    assert cast.execute("SELECT count(*) FROM audit_log WHERE action = 'rosters.import'").fetchone() == (0,)


async def test_a_run_that_was_interrupted_finds_what_it_stored(
    house: House, cast: psycopg.Connection, longguan: Client, roster: int, import_file: Import
) -> None:
    run = await import_file(workers(4))
    cast.execute("UPDATE runs SET state = 'running' WHERE id = %s", [run["id"]])
    await work_off(house, cast)
    again = (await longguan.get(f"/runs/{run['id']}")).json()
    assert counts(again) == {"rows": 4, "unchanged": 4}


async def test_the_unit_of_the_import_is_the_rosters(import_file: Import, owner: psycopg.Connection) -> None:
    await import_file(workers(1))
    assert owner.execute("SELECT DISTINCT ord FROM roster_members").fetchall() == [(LONGGUAN.lo,)]
