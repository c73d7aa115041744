"""Every table that leaves the product goes through one of three writers, and through each of them texts stay texts.

The places that make files are found in the code: one that appears is either named here with the fields it can carry, or this
test fails and says so.
"""

import ast
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

import lianfang
from lianfang.kit.sheets.figures import Sheet, write_book
from lianfang.kit.sheets.writing import write_csv, write_xlsx

SOURCE = Path(lianfang.__path__[0])


STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠"]
PREFIXES = ["", " ", "  ", "\u3000", "\xa0", "\ufeff", "\u200b", "\x01", "\x1f", "\x1e", "\t", "\r\n"]
CORPUS = [
    *(
        prefix + start + rest
        for prefix in PREFIXES
        for start in STARTS
        for rest in ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://x","y")')
    ),
    "http://example.org/",
    "mailto:a@example.org",
    "&<>\"'",
    "]]>",
    "_x000D_=1",
]

# who hands a table to a writer → which texts of people and places are in it
EXPORTS = {
    "visits/routes.py": "records: unit, checkpoint, person, seat, floor and tenant, reason and note, question labels, answers",
    "visits/export_run.py": "the same, as a run",
    "statistics/book.py": "unit and child unit names",
    "statistics/routes.py": "the same workbook, as an answer",
    "chains/routes.py": "ids, days and categories; the GEXF beside it is XML",
    "funnels/routes.py": "people masked, and words of steps",
    "tracing/export.py": "contacts masked, and checkpoints",
    "vehicles/routes.py": "riders: person, seat",
    "resumption/routes.py": "employees: name, job, department, what they reported",
    "rosters/routes.py": "members of a list as they were given",
    "rosters/importing.py": "rejected rows as they were uploaded",
    "intake/imports.py": "rejected rows as they were uploaded",
    "intake/routes.py": "the template: fixed words",
    "areas/work.py": "rejected rows as they were uploaded",
    "setup/workbook.py": "rejected rows as they were uploaded",
}
WRITERS = {"write_csv", "write_xlsx", "write_book", "downloads"}
LIBRARIES = {"csv", "xlsxwriter", "openpyxl", "rustpy_xlsxwriter"}
# who speaks to a library that writes tables
LIBRARY_USERS = {
    "kit/sheets/reading.py": "only reads",
    "kit/sheets/writing.py": "the writer of CSV",
    "kit/sheets/figures.py": "the writer of figures",
    "kit/sheets/forms.py": "forms to fill in: fixed words, and names of places as drop-downs",
    "entrypoints/trace_command.py": "only reads",
    "rosters/template.py": "a form to fill in: fixed words",
}
OF_THE_KIT = {"kit/sheets/writing.py", "kit/sheets/figures.py", "kit/sheets/downloads.py"}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module.partition(".")[0], *(alias.name for alias in node.names)}
    return found


def users_of(names: set[str]) -> set[str]:
    return {str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py") if imports(path) & names}


def test_every_place_that_writes_a_table_is_known() -> None:
    assert users_of(WRITERS) - OF_THE_KIT == EXPORTS.keys()


def test_nobody_writes_tables_past_the_writers_and_whoever_knows_a_library_turns_formulas_off() -> None:
    assert users_of(LIBRARIES) == LIBRARY_USERS.keys()
    for name in users_of({"xlsxwriter"}):
        assert '"strings_to_formulas": False' in (SOURCE / name).read_text("utf-8"), name


def xlsx(path: Path, texts: list[str]) -> None:
    # in every position, and as a header
    write_xlsx(path, [f"{n}{text}" for n, text in enumerate(texts[:3])], [[text, "x", text] for text in texts])


def book(path: Path, texts: list[str]) -> None:
    write_book(path, [Sheet("数据", texts[:3], [[text, 1, text] for text in texts])])


@pytest.mark.parametrize("write", [xlsx, book], ids=["write_xlsx", "write_book"])
def test_no_cell_of_a_workbook_is_a_formula_or_a_link(tmp_path: Path, write: Callable[[Path, list[str]], None]) -> None:
    path = tmp_path / "book.xlsx"
    write(path, CORPUS)
    opened = openpyxl.load_workbook(path)
    cells = [cell for sheet in opened for row in sheet.iter_rows() for cell in row]
    assert len(cells) == 3 * (len(CORPUS) + 1)
    assert [cell.value for cell in cells if cell.data_type not in ("s", "n") or cell.hyperlink] == []
    assert [cell.value for cell in cells if cell.data_type == "n" and cell.value not in (None, 1)] == []
    shown = [opened.worksheets[0].cell(at, 1).value for at in range(2, len(CORPUS) + 2)]
    assert [text for text in shown if text and "\x00" in str(text)] == []
    assert shown[0] == "=1+1"


def test_no_cell_of_a_csv_begins_a_formula() -> None:
    import csv
    import io

    text = b"".join(write_csv([[text, text] for text in CORPUS], ["a", "b"])).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert len(rows) == len(CORPUS) + 1
    for row in rows:
        for cell in row:
            assert cell.strip("\u200b\ufeff \u3000\xa0\n")[:1] not in set("=+-@＝＋－＠\t\r") - {""}, cell
