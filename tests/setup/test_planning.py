"""The plan itself, without a database: how rows refer to units, and what stands twice."""

from typing import Any

import pytest

from lianfang.setup.columns import COLUMNS, Kind
from lianfang.setup.model import Book, FormNow, Line, Plan, Present, Table, UnitNow
from lianfang.setup.plan import make_plan

ROOT = UnitNow(1, None, "130732000000", "赤城县", "county", 1, 1000)
TOWN = UnitNow(2, 1, "130732102000", "龙关镇", "town", 10, 500)
VILLAGE = UnitNow(3, 2, "130732102201", "一街村", "village", 11, 20)
TWIN = UnitNow(4, 1, None, "一街村", "unit", 600, 700)
FORM = FormNow(1, 1, 1, 1000, "村口登记", "Village entry")


def plan(units: list[dict[str, str]] = [], doors: list[dict[str, str]] = [], **present: Any) -> Plan:  # noqa: B006
    """Rows as {key: text} against a county with a town, and two units of the same name."""
    lines = []
    kinds: list[tuple[Kind, list[dict[str, str]]]] = [("unit", units), ("checkpoint", doors)]
    for kind, rows in kinds:
        table = Table(kind, kind, {column.key: chr(65 + n) for n, column in enumerate(COLUMNS[kind])})
        lines += [Line(table, number, row) for number, row in enumerate(rows, 2)]
    now = Present(ROOT, [ROOT, TOWN, VILLAGE, TWIN], [], [], [FORM], **present)
    return make_plan(Book(lines), now)


def unit(name: str, parent: str = "", level: str = "unit", code: str = "") -> dict[str, str]:
    return {"parent": parent, "name": name, "level": level, "code": code}


def door(unit: str, name: str = "门", **more: str) -> dict[str, str]:
    return {"unit": unit, "name": name, "category": "estate", "form": "村口登记"} | more


def outcome(plan: Plan) -> list[str]:
    """The state of each row, or the code of its first fault."""
    return [row.line.faults[0].code if row.line.faults else row.state for row in plan.rows]


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("龙关镇", "create"),
        ("龙关镇/一街村", "create"),
        ("赤城县/龙关镇/一街村", "create"),
        (" 龙关镇 ／ 一街村 ", "create"),
        ("/龙关镇/一街村/", "create"),
        ("130732102201", "create"),
        ("130732102", "create"),
        ("赤城县/一街村", "create"),
        ("赤城县", "create"),
        ("一街村", "unit_ambiguous"),
        ("关镇", "unit_unknown"),
        ("龙关镇/二街村", "unit_unknown"),
        ("130709000000", "unit_unknown"),
    ],
)
def test_a_unit_is_named_by_its_name_its_path_or_its_code(reference: str, found: str) -> None:
    assert outcome(plan(doors=[door(reference)])) == [found]


def test_a_parent_may_stand_further_down() -> None:
    rows = [unit("三层", "二层"), unit("二层", "一层"), unit("一层", "龙关镇")]
    made = plan(rows, [door("一层/二层/三层"), door("三层", "后门")])
    assert outcome(made) == ["create"] * 5
    assert made.rows[0].node
    assert made.rows[0].node.path == "赤城县/龙关镇/一层/二层/三层"


def test_units_that_are_each_others_parents_are_refused() -> None:
    assert outcome(plan([unit("甲", "乙"), unit("乙", "甲"), unit("丙", "丙")])) == ["unit_broken"] * 3


def test_what_depends_on_a_wrong_row_names_that_row() -> None:
    made = plan([unit("甲", "", "town", "1"), unit("乙", "甲"), unit("丙", "乙")], [door("丙"), door("龙关镇")])
    assert outcome(made) == ["code", "unit_broken", "unit_broken", "unit_broken", "create"]
    assert "unit!B2" in made.rows[1].line.faults[0].zh


def test_a_name_that_becomes_ambiguous_by_the_file_itself_is_refused() -> None:
    rows = [unit("东院", "龙关镇"), unit("甲楼", "东院"), unit("东院", "130732102201")]
    assert outcome(plan(rows)) == ["create", "unit_ambiguous", "create"]


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (unit("新镇", level="town", code="130732109000"), "create"),
        (unit("新镇", level="town", code="130733109000"), "code"),
        (unit("新镇", level="乡镇（街道）"), "create"),
        (unit("新镇", level="Town"), "create"),
        (unit("新市", level="city"), "level_order"),
        (unit("新村", "龙关镇/一街村", level="village"), "level_order"),
        (unit("小区", code="130732109000"), "code"),
        (unit("赤城县", level="county", code="130732000000"), "root"),
        (unit("龙关镇", level="town"), "unchanged"),
        (unit("龙关镇", level="town", code="130732103000"), "code_other"),
        (unit("龙关新镇", level="town", code="130732102000"), "change"),
        (unit("一街村", level="town", code="130732102000"), "name_taken"),
        (unit("龙关镇", level="village"), "level_below"),
        (unit("一街村", "赤城县", level="village"), "change"),
        (unit("龙关镇", "龙关镇/一街村", level="town", code="130732102000"), "moved"),
        (unit("乙\n镇", level="town"), "length"),
        (unit("丁镇", level="town", code="130732110000"), "code_taken"),
    ],
)
def test_a_unit_s_level_and_code_fit_its_place(row: dict[str, str], found: str) -> None:
    made = plan([row], taken_codes={"130732110000"})
    assert outcome(made) == [found]


def test_a_unit_stands_once_in_a_file() -> None:
    rows = [unit("甲"), unit("甲"), unit("龙关镇", level="town"), unit("龙关镇", level="town", code="130732102000")]
    assert outcome(plan(rows)) == ["create", "twice", "unchanged", "twice"]


def test_a_checkpoint_stands_once_in_a_file() -> None:
    doors = [
        door("龙关镇"),
        door("龙关镇"),
        door("龙关镇", ref="1"),
        door("龙关镇", "别的", ref="1"),
        door("龙关镇/一街村"),
    ]
    assert outcome(plan(doors=doors)) == ["create", "twice", "create", "twice", "create"]


def test_too_many_levels_are_refused() -> None:
    rows = [unit("0"), *(unit(str(n), str(n - 1)) for n in range(1, 40))]
    assert outcome(plan(rows))[18:22] == ["create", "create", "depth", "unit_broken"]


def test_planning_again_says_the_same() -> None:
    table = Table("unit", "u", {column.key: "A" for column in COLUMNS["unit"]})
    book = Book([Line(table, 2, unit("", "", "")), Line(table, 3, unit("甲"))])
    present = Present(ROOT, [ROOT], [], [], [FORM])
    once = [len(row.line.faults) for row in make_plan(book, present).rows]
    assert [len(row.line.faults) for row in make_plan(book, present).rows] == once == [2, 0]
