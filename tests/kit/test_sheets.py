"""What we write is opened again by another program's reader; what others send is read or refused aloud."""

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.kit.sheets import xlsx
from lianfang.kit.sheets.reading import EXTRA, SheetError, read_csv, read_workbook
from lianfang.kit.sheets.writing import write_csv, write_xlsx

STARTS = ["=", "+", "-", "@", "\t", "\r", "\x00", "＝", "＋", "－", "＠"]
CORPUS = [
    *(start + rest for start in STARTS for rest in ("1+1", "SUM(A1:A9)", "cmd|' /C calc'!A0", "")),
    *(space + "=1+1" for space in (" ", "\u3000", "\xa0", "\n", "\x01", "\x00\t", "\ufeff", "\u200b", "\x1f ")),
    '=HYPERLINK("http://example.org?"&A1,"点我")',
    '",=1+1',
    "+8613812341234",
]
NUMBERS = ["007", "130732199001011234", "11010519491231002X", "1E5", "0.10", "2022-11-22", "TRUE", "3/4"]


def read_back(pieces: Iterator[bytes]) -> list[list[str]]:
    raw = b"".join(pieces)
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True))


def cells(path: Path) -> dict[str, list[list[object]]]:
    """Every sheet of a workbook as openpyxl sees it, which gives a formula cell the type `f`."""
    book = openpyxl.load_workbook(path)
    assert not [c.value for ws in book for row in ws.iter_rows() for c in row if c.data_type not in ("s", "n")]
    assert not [
        c.value for ws in book for row in ws.iter_rows() for c in row if c.data_type == "n" and c.value is not None
    ]
    return {ws.title: [list(row) for row in ws.values] for ws in book}


def test_csv_has_windows_line_ends_and_keeps_chinese() -> None:
    raw = b"".join(write_csv([["张三", "1"]], ["姓名", "次数"]))
    assert raw == "\ufeff姓名,次数\r\n张三,1\r\n".encode()


@pytest.mark.parametrize("text", CORPUS)
def test_no_csv_cell_begins_a_formula(text: str) -> None:
    header, row = read_back(write_csv([[text, "next"]], [text, "b"]))
    assert row[1] == "next"
    for cell in (header[0], row[0]):
        assert cell.strip("\u200b\ufeff \u3000\xa0\n")[:1] not in set("=+-@＝＋－＠")
        assert not [c for c in cell if ord(c) < 32 and c != "\n"]


@pytest.mark.parametrize("text", ["=1+1", "+8613812341234", "-5", "@x", "＝1", " =1"])
def test_the_apostrophe_is_all_that_is_added(text: str) -> None:
    assert read_back(write_csv([[text]], ["a"]))[1] == ["'" + text]


@pytest.mark.parametrize(
    "text", [*NUMBERS, "张*三", "赤城镇-南大村", "a=b", "", "x\ny", "'quoted'", '"', "京礼高速,赤城"]
)
def test_ordinary_csv_cells_stay_as_they_are(text: str) -> None:
    assert read_back(write_csv([[text, "."]], ["a", "b"]))[1] == [text, "."]


def test_numbers_and_gaps_in_csv_are_no_formulas() -> None:
    assert read_back(write_csv([[-5, -1.5, None, 0]], list("abcd")))[1] == ["-5", "-1.5", "", "0"]


@given(st.lists(st.lists(st.text(max_size=20), min_size=3, max_size=3), max_size=5))
def test_any_csv_text_comes_back_with_as_many_rows_and_no_formula(rows: list[list[str]]) -> None:
    back = read_back(write_csv(rows, ["a", "b", "c"]))
    assert len(back) == 1 + len(rows)
    for row in back:
        assert len(row) == 3
        assert not [cell for cell in row if cell.strip()[:1] in set("=+-@＝＋－＠") - {""}]


def test_csv_is_streamed() -> None:
    taken = 0

    def rows() -> Iterator[list[str]]:
        nonlocal taken
        for _ in range(10_000):
            taken += 1
            yield ["x"]

    pieces = write_csv(rows(), ["a"])
    first = next(pieces) + next(pieces)
    assert 0 < taken < 1_000
    assert (first + b"".join(pieces)).count(b"\r\n") == 10_001


def test_a_row_of_the_wrong_width_fails_aloud(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2 cells under 1 columns"):
        list(write_csv([["a", "b"]], ["a"]))
    with pytest.raises(ValueError, match="1 cells under 2 columns"):
        write_xlsx(tmp_path / "x.xlsx", ["a", "b"], [["a"]])
    with pytest.raises(ValueError, match="twice"):
        write_xlsx(tmp_path / "x.xlsx", ["a", "a"], [["1", "2"]])


def test_xlsx_holds_text_and_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    texts = CORPUS + NUMBERS
    assert write_xlsx(path, ["=值", "n"], ([text, str(i)] for i, text in enumerate(texts))) == len(texts)
    header, *rows = cells(path)["数据"]
    assert header == ["=值", "n"]
    assert [row[1] for row in rows] == [str(i) for i in range(len(texts))]
    by_text = {text: row[0] for text, row in zip(texts, rows, strict=True)}
    assert {text: by_text[text] for text in NUMBERS} == {text: text for text in NUMBERS}
    assert by_text["=1+1"] == "=1+1"
    assert by_text["+8613812341234"] == "+8613812341234"
    assert not [text for text in by_text.values() if isinstance(text, str) and "\x00" in text]


def test_xlsx_numbers_become_text(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    write_xlsx(path, ["a", "b", "c"], [[130732199001011234, -1.5, None]], sheet="记录")
    assert cells(path) == {"记录": [["a", "b", "c"], ["130732199001011234", "-1.5", None]]}


def test_an_empty_xlsx_still_has_its_header(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    assert write_xlsx(path, ["姓名", "时间"], []) == 0
    assert cells(path)["数据"][0] == ["姓名", "时间"]


def test_rows_past_a_sheet_go_on_to_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "SHEET_ROWS", 10)
    for count, per_sheet in ((9, [9]), (10, [10]), (11, [10, 1]), (30, [10, 10, 10]), (31, [10, 10, 10, 1])):
        path = tmp_path / f"{count}.xlsx"
        assert write_xlsx(path, ["n"], ([str(i)] for i in range(count))) == count
        book = cells(path)
        assert [len(rows) - 1 for rows in book.values()] == per_sheet
        assert [row[0] for rows in book.values() for row in rows[1:]] == [str(i) for i in range(count)]
    assert list(book) == ["数据", "数据 2", "数据 3", "数据 4"]


def test_a_real_second_sheet_begins_where_the_first_ends(tmp_path: Path) -> None:
    path = tmp_path / "big.xlsx"
    count = 1_048_577
    assert write_xlsx(path, ["n"], ([str(i)] for i in range(count))) == count
    # openpyxl takes half a minute for it
    first, second = (list(sheet.rows) for sheet in read_workbook(path))
    assert [cells[0] for _, cells in first] == ["n", *map(str, range(1_048_575))]
    assert second == [(1, ["n"]), (2, ["1048575"]), (3, ["1048576"])]
    assert sum(piece.count(b"\r\n") for piece in write_csv(([str(i)] for i in range(count)), ["n"])) == count + 1


def test_a_failing_source_leaves_no_file(tmp_path: Path) -> None:
    def rows() -> Iterator[list[str]]:
        yield ["1"]
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError, match="went away"):
        write_xlsx(tmp_path / "x.xlsx", ["a"], rows())
    with pytest.raises(RuntimeError, match="32,767"):
        write_xlsx(tmp_path / "x.xlsx", ["a"], [["x" * 32_768]])
    assert not (tmp_path / "x.xlsx").exists()


TABLE = "code,name\r\n130732,赤城县\r\n\r\n130709,崇礼区\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        TABLE.encode(),
        TABLE.encode("utf-8-sig"),
        TABLE.encode("gbk"),
        TABLE.replace("\r\n", "\n").encode(),
        gzip.compress(TABLE.encode()),
        gzip.compress(TABLE.encode("gbk")),
    ],
    ids=["utf-8", "bom", "gbk", "unix", "gz", "gz-gbk"],
)
def test_a_table_is_read_in_its_encoding(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(raw)
    assert list(read_csv(path, columns=["name"])) == [
        (2, {"code": "130732", "name": "赤城县"}),
        (4, {"code": "130709", "name": "崇礼区"}),
    ]


def test_chinese_after_a_megabyte_of_ascii_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"n,name\n" + b"1,a\n" * 300_000 + "2,㛃\n".encode("gb18030"))
    assert list(read_csv(path))[-1] == (300_002, {"n": "2", "name": "㛃"})


def test_short_and_long_rows_and_line_numbers(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text('a,b\n1\n"x\ny",2\n3,4,5,6\n', encoding="utf-8")
    assert list(read_csv(path)) == [
        (2, {"a": "1"}),
        (3, {"a": "x\ny", "b": "2"}),
        (5, {"a": "3", "b": "4", EXTRA: "5,6"}),
    ]


@pytest.mark.parametrize(
    ("raw", "code", "line"),
    [
        (b"", "empty", 1),
        (b"code,other\n1,2\n", "columns", 1),
        (b"code,code,name\n1,2,3\n", "columns", 1),
        (b"code,name\n\xff\xff,x\n", "encoding", 1),
        (b'code,name\n1,a\n2,"never closed\n3,c\n4,d\n', "malformed", 3),
        (gzip.compress(b"code,name\n" + bytes(range(48, 58)) * 5_000)[:40], "malformed", 1),
    ],
    ids=["empty", "missing column", "double column", "no encoding", "open quote", "cut gzip"],
)
def test_an_unreadable_table_is_refused_aloud(tmp_path: Path, raw: bytes, code: str, line: int) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(raw)
    with pytest.raises(SheetError) as error:
        list(read_csv(path, columns=["code", "name"]))
    assert (error.value.code, error.value.line) == (code, line)


def test_what_we_write_we_read(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_bytes(b"".join(write_csv([["007", "赤城"], ["130732199001011234", "㛃"]], ["id", "名"])))
    assert [row for _, row in read_csv(path)] == [
        {"id": "007", "名": "赤城"},
        {"id": "130732199001011234", "名": "㛃"},
    ]
