"""Tables from the files that people have: every row is read, and a sheet that may have been cut off says so."""

import gzip
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from lianfang.kit.sheets import reading
from lianfang.kit.sheets.cells import column_letters
from lianfang.kit.sheets.reading import SheetError, csv_lines, read_table
from lianfang.kit.sheets.writing import write_xlsx

Cells = dict[tuple[int, int], str | float]


def workbook(path: Path, **sheets: Cells) -> Path:
    """A workbook; row by row, so that a last row far below costs nothing."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    for name, cells in sheets.items():
        sheet = book.add_worksheet(name)
        for (row, column), value in sorted(cells.items()):
            sheet.write(row, column, value)
    book.close()
    return path


def rows_of(path: Path) -> list[tuple[int, list[object]]]:
    return [(number, list(cells)) for number, cells in read_table(path).rows]


def test_rows_have_the_spreadsheets_numbers_and_columns(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", 数据={(2, 1): "姓名", (2, 2): "证件", (4, 1): "张三", (4, 2): 7.0})
    assert rows_of(path) == [(3, ["", "姓名", "证件"]), (5, ["", "张三", 7.0])]


def test_the_sheet_of_data_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", 填写说明={(0, 0): "x"}, Sheet2={(0, 0): "b"}, 数据={(0, 0): "a"})
    table = read_table(path)
    assert [cells for _, cells in table.rows] == [["a"]]
    assert table.unread == ["Sheet2"]


def test_what_a_file_is_its_content_says(tmp_path: Path) -> None:
    book = workbook(tmp_path / "book.csv", 数据={(0, 0): "甲"})
    text = tmp_path / "text.xlsx"
    text.write_bytes("姓名,证件\r\n\r\n张三,1\r\n".encode("gb18030"))
    zipped = tmp_path / "zipped.xlsx"
    zipped.write_bytes(gzip.compress("姓名\n李四\n".encode()))
    assert rows_of(book) == [(1, ["甲"])]
    assert rows_of(text) == [(1, ["姓名", "证件"]), (3, ["张三", "1"])]
    assert rows_of(zipped) == [(1, ["姓名"]), (2, ["李四"])]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04nothing", "malformed"),
        (b"\xd0\xcf\x11\xe0 an .xls", "not_xlsx"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "locked"),
        (b"\xff\xfe\x00a\xff\xff", "encoding"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "bad.xlsx"
    path.write_bytes(content)
    assert refusal(path)[0] == code


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", 填写说明={(0, 0): "x"}, 数据={})
    assert refusal(path) == ("empty", "")


def test_a_workbook_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", "<office:document-content/>")
    assert refusal(path) == ("not_xlsx", "")


def test_a_zip_that_unfolds_without_end_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 1000)
    size, claimed = struct.pack("<I", 1000), struct.pack("<I", (reading.UNPACKED_MAX_MIB << 20) + 1)
    begin, entry, end = path.read_bytes().rpartition(b"PK\x01\x02")  # the directory says how large each part is
    path.write_bytes(begin + entry + end.replace(size, claimed, 1))
    assert refusal(path) == ("too_large", "1024")


@pytest.mark.parametrize(
    ("tag", "far"),
    [
        ('<c r="XFD2" t="inlineStr">', True),
        ("<c t='inlineStr' r = 'BA2'>", True),
        ('<c r="xfd2">', True),
        ('<c r="AZ2" t="inlineStr">', False),
    ],
)
@pytest.mark.parametrize("within", [0, (4 << 20) - 130], ids=["at the beginning", "across two chunks"])
def test_a_cell_far_out_is_named_before_it_fills_the_memory(tmp_path: Path, tag: str, far: bool, within: int) -> None:
    path = workbook(tmp_path / "a.xlsx", 数据={(0, 0): "姓名"})
    other = tmp_path / "far.xlsx"
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(other, "w") as out:
        for name in archive.namelist():
            content = archive.read(name).decode()
            if name == "xl/worksheets/sheet1.xml":
                begin, end = content.split("</sheetData>")
                row = f'{" " * (within - len(begin))}<row r="2">{tag}<is><t>x</t></is></c></row>'
                content = begin + row + "</sheetData>" + end
            out.writestr(name, content)
    if far:
        code, detail = refusal(other)
        assert (code, detail.lower()) == ("far_cell", re.findall("[A-Za-z]+2", tag)[0].lower())
    else:
        assert rows_of(other)[1][0] == 2


def refusal(path: Path) -> tuple[str, str]:
    with pytest.raises(SheetError) as refused:
        rows_of(path)
    return refused.value.code, refused.value.detail


@pytest.mark.parametrize(
    ("last", "full"), [(65_535, False), (65_536, True), (65_537, False), (1_048_575, False), (1_048_576, True)]
)
def test_a_full_sheet_says_so(tmp_path: Path, last: int, full: bool) -> None:
    """65,536 rows is what a sheet of Excel 97 holds, and what was cut off by one stays so in a newer file."""
    path = workbook(tmp_path / "a.xlsx", 数据={(0, 0): "姓名", (last - 1, 0): "末"})
    table = read_table(path)
    assert (table.height, table.full) == (last, full)
    assert [number for number, _ in table.rows] == [1, last]


def of_csv(path: Path, rows: int) -> None:
    with path.open("w") as file:
        file.writelines(f"{n}\n" for n in range(rows))


def of_xlsx(path: Path, rows: int) -> None:
    write_xlsx(path, ["0"], ([str(n)] for n in range(1, rows)))


@pytest.mark.parametrize("write", [of_csv, of_xlsx], ids=["csv", "xlsx"])
@pytest.mark.parametrize("rows", [65_535, 65_536, 65_537])
def test_every_row_is_read(tmp_path: Path, write: Callable[[Path, int], None], rows: int) -> None:
    path = tmp_path / "rows"
    write(path, rows)
    seen = [(number, cells[0]) for number, cells in read_table(path).rows]
    assert seen == [(n + 1, str(n)) for n in range(rows)]


def test_more_rows_than_a_sheet_can_hold_are_read_from_csv(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    of_csv(path, 1_048_577)
    table = read_table(path)
    assert table.height is None
    last = (0, [""])
    count = 0
    for last in table.rows:  # noqa: B007
        count += 1
    assert (count, last) == (1_048_577, (1_048_577, ["1048576"]))


def test_a_quote_that_is_never_closed_swallows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,"2\n3,4\n', "utf-8")
    with pytest.raises(SheetError) as refused:
        list(csv_lines(path))
    assert (refused.value.code, refused.value.line) == ("malformed", 2)


@pytest.mark.parametrize(("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_are_named_as_in_the_spreadsheet(index: int, letters: str) -> None:
    assert column_letters(index) == letters
