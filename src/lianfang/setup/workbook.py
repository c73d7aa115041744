"""The workbook that goes out: empty to fill in, with what is there already, or with the rows that were wrong. Each comes back in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from lianfang.kit.errors import Language, Text
from lianfang.kit.sheets.forms import FormSheet, SheetColumn, write_form
from lianfang.kit.sheets.writing import write_xlsx
from lianfang.setup.columns import (
    CLEAR,
    COLUMNS,
    EXAMPLES,
    GUIDE_SHEET,
    LEVEL_WORDS,
    NOT_MEASURED,
    NOT_REQUIRED,
    REASON,
    ROLE_WORDS,
    SHEETS,
    YES_NO,
    Column,
    Kind,
    words,
)
from lianfang.setup.guide import GUIDE
from lianfang.setup.model import AccountNow, CheckpointNow, Node, Planned, Present
from lianfang.setup.tree import Tree
from lianfang.setup.words import REQUIRED_MAX
from lianfang.venues.model import CATEGORIES

UNITS_LISTED = 5000
"""In the drop-down of units; any other may be typed."""

Rows = Sequence[Sequence[str]]


def write_template(path: Path, present: Present, language: Language, *, filled: bool) -> int:
    """The workbook for a unit; `filled` with what is at and below it. Returns the rows written."""
    tree = Tree(present.root, present.units, {})
    rows = _present_rows(present, tree, language) if filled else {}
    sheets = [
        FormSheet(
            SHEETS[kind].show(language),
            _columns(kind, present, tree, language),
            rows.get(kind, ()),
            example=_example(kind, language),
        )
        for kind in COLUMNS
    ]
    return write_form(path, guide=_guide(language), sheets=sheets)


def write_errors(path: Path, rows: Sequence[Planned], present: Present, language: Language) -> int:
    """The rows that are wrong, as they were typed, with the reason at their end and the wrong cells in red."""
    tree = Tree(present.root, present.units, {})
    sheets = []
    for kind, columns in COLUMNS.items():
        wrong = [row for row in rows if row.line.kind == kind and row.state == "error"]
        if not wrong:
            continue
        reason = SheetColumn(f"{REASON.zh}\n{REASON.en}", width=60)
        sheets.append(
            FormSheet(
                SHEETS[kind].show(language),
                [*_columns(kind, present, tree, language), reason],
                [[*(row.line.given(column.key) for column in columns), _reasons(row, language)] for row in wrong],
                marked={n: _marked(row, columns) for n, row in enumerate(wrong)},
            )
        )
    return write_form(path, guide=_guide(language), sheets=sheets)


ACCOUNT_HEADER = {
    "zh-CN": ("账号", "姓名或岗位", "角色", "所属单位", "初始密码"),
    "en": ("User name", "Name or post", "Role", "Unit", "Initial password"),
}


def write_accounts(path: Path, rows: Sequence[Planned], language: Language, password: Callable[[str], str]) -> int:
    """The accounts that were made, with their initial passwords."""
    return write_xlsx(
        path,
        ACCOUNT_HEADER[language],
        (
            (
                row.label,
                row.line.given("display_name"),
                ROLE_WORDS[row.fields["role"]].show(language) if "role" in row.fields else row.line.given("role"),
                row.place,
                password(row.label),
            )
            for row in rows
        ),
        sheet=SHEETS["account"].show(language),
    )


def _guide(language: Language) -> tuple[str, Sequence[tuple[str, str]]]:
    return GUIDE_SHEET.show(language), [
        (topic.show(each), text.show(each)) for each in _both(language) for topic, text in GUIDE
    ]


def _both(language: Language) -> tuple[Language, Language]:
    return ("zh-CN", "en") if language == "zh-CN" else ("en", "zh-CN")


def _columns(kind: Kind, present: Present, tree: Tree, language: Language) -> list[SheetColumn]:
    return [
        SheetColumn(
            title=f"{column.title.zh}\n{column.title.en}",
            note="\n".join(column.note.show(each) for each in _both(language)),
            width=column.width,
            required=column.required,
            choices=_choices(column, present, tree, language),
            strict=column.choices in ("level", "category", "role", "yes_no"),
        )
        for column in COLUMNS[kind]
    ]


def _choices(column: Column, present: Present, tree: Tree, language: Language) -> Sequence[str]:
    if column.choices == "form":
        return sorted({form.name for form in present.forms})
    if column.choices == "unit":
        nodes = [node for node in tree.by_id.values() if not node.closed]
        return [tree.shortest(node) for node in nodes] if len(nodes) <= UNITS_LISTED else []
    return words(column, language)


def _example(kind: Kind, language: Language) -> Sequence[str]:
    return list(EXAMPLES[kind][language == "en"].values())


def _reasons(row: Planned, language: Language) -> str:
    return "\n".join(
        f"{fault.cell}：{fault.zh}" if language == "zh-CN" else f"{fault.cell}: {fault.en}" for fault in row.line.faults
    )


def _marked(row: Planned, columns: Sequence[Column]) -> frozenset[int]:
    cells = {fault.cell for fault in row.line.faults}
    return frozenset(n for n, column in enumerate(columns) if row.line.cell(column.key) in cells)


def _present_rows(present: Present, tree: Tree, language: Language) -> Mapping[Kind, Rows]:
    units: list[Node] = [node for node in tree.by_id.values() if node.parent and not node.closed]
    return {
        "unit": [
            [_parent(node, tree), node.name, LEVEL_WORDS[node.level].show(language), node.code or ""] for node in units
        ],
        "checkpoint": [
            _checkpoint(now, tree, language) for now in present.checkpoints if not tree.by_id[now.unit_id].closed
        ],
        "account": [
            list(_account(now, tree, language)) for now in present.accounts if not tree.by_id[now.unit_id].closed
        ],
    }


def _parent(node: Node, tree: Tree) -> str:
    assert node.parent is not None
    return tree.shortest(node.parent) if node.parent.parent else ""


def _checkpoint(now: CheckpointNow, tree: Tree, language: Language) -> list[str]:
    minutes = now.temperature_valid_min
    values: dict[str, str] = {
        "unit": tree.shortest(tree.by_id[now.unit_id]),
        "name": now.name,
        "ref": now.ref or "",
        "category": _category(now.category).show(language),
        "form": now.form_name,
        "temperature_valid_min": NOT_MEASURED.show(language) if minutes is None else str(minutes),
        "review": YES_NO[now.review].show(language),
        "checkout": YES_NO[now.checkout].show(language),
        "address": now.address,
        "lat": _degrees(now.lat),
        "lon": _degrees(now.lon),
        **{
            key: NOT_REQUIRED.show(language) if (wanted := getattr(now, key)) is None else str(wanted)
            for key in REQUIRED_MAX
        },
        "code": now.code,
    }
    return ["" if value == CLEAR else value for value in values.values()]


def _category(code: str) -> Text:
    return next(text for category, text in CATEGORIES.items() if category == code)


def _degrees(value: float | None) -> str:
    return "" if value is None else format(Decimal(repr(value)), "f")


def _account(now: AccountNow, tree: Tree, language: Language) -> Iterator[str]:
    yield now.username
    yield now.display_name
    yield ROLE_WORDS[now.role].show(language)
    yield tree.shortest(tree.by_id[now.unit_id])
