"""What the workbook says, what is there already, and what the one would do to the other."""

from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from lianfang.kit.errors import LANGUAGES, Text
from lianfang.organisations.model import Level
from lianfang.setup.columns import COLUMNS, Kind

RowState = Literal["create", "change", "unchanged", "error"]
STATES: tuple[RowState, ...] = ("create", "change", "unchanged", "error")
Value = str | int | float | bool | None


@dataclass(slots=True)
class Table:
    """A sheet (or CSV file) of one kind: where its columns stand."""

    kind: Kind
    name: str
    letters: dict[str, str]


@dataclass(slots=True)
class Fault:
    """What is wrong with a row: at which cell, and what to do. `code` is stable."""

    cell: str
    code: str
    zh: str
    en: str


@dataclass(slots=True)
class Line:
    """A row as it was read. `cells` has the columns that the sheet has, blank ones as ''; `faults` are of the reading."""

    table: Table
    number: int
    cells: dict[str, str]
    faults: list[Fault] = field(default_factory=list)

    @property
    def kind(self) -> Kind:
        return self.table.kind

    def given(self, key: str) -> str:
        """What is typed in a column; '' where there is nothing, or no such column."""
        return self.cells.get(key, "")

    def cell(self, key: str) -> str:
        """登记点!D17"""
        return f"{self.table.name}!{self.table.letters.get(key, 'A')}{self.number}"

    def fault(self, key: str, code: str, text: Text, **values: object) -> None:
        """A value may be a Text of its own, which is then said in the same language."""
        zh, en = (
            text.show(language, **{k: v.show(language) if isinstance(v, Text) else v for k, v in values.items()})
            for language in LANGUAGES
        )
        self.faults.append(Fault(self.cell(key), code, zh, en))


@dataclass(slots=True)
class Book:
    """Everything that was read. `examples` rows were skipped; `ignored` sheets and columns hold text that nobody asked for."""

    lines: list[Line]
    examples: int = 0
    ignored: list[str] = field(default_factory=list)

    def fresh_lines(self) -> list[Line]:
        """The rows with the faults of the reading only: a plan adds its own, and a file may be planned again."""
        return [Line(line.table, line.number, line.cells, list(line.faults)) for line in self.lines]


class UnitNow(msgspec.Struct, frozen=True):
    """A unit that exists."""

    id: int
    parent_id: int | None
    code: str | None
    name: str
    level: Level
    lo: int
    hi: int
    closed: bool = False


class CheckpointNow(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint that exists. Its form is told by owner and name: a newer version of the form is no change."""

    id: int
    unit_id: int
    ref: str | None
    name: str
    category: str
    form_unit_id: int
    form_name: str
    address: str
    lat: float | None
    lon: float | None
    temperature_valid_min: int | None
    review: bool
    checkout: bool
    test_hours: int | None
    doses: int | None
    risk_days: int | None
    code: str


class AccountNow(msgspec.Struct, frozen=True):
    """An account that exists."""

    id: int
    unit_id: int
    username: str
    display_name: str
    role: str


class FormNow(msgspec.Struct, frozen=True):
    """The newest version of a form, usable by the units in [lo, hi]. id 0: a ready-made one that nobody has copied yet."""

    id: int
    unit_id: int
    lo: int
    hi: int
    name: str
    name_en: str


@dataclass
class Present:
    """What is there below (and including) `root`, and what is taken elsewhere."""

    root: UnitNow
    units: list[UnitNow]
    checkpoints: list[CheckpointNow]
    accounts: list[AccountNow]
    forms: list[FormNow]
    replaced_codes: dict[str, int] = field(default_factory=dict)
    """An old code of a door → its checkpoint."""
    taken_codes: set[str] = field(default_factory=set)
    """Division codes of the file that units elsewhere have."""
    taken_usernames: set[str] = field(default_factory=set)
    """User names of the file that accounts elsewhere have."""
    full: set[int] = field(default_factory=set)
    """Units with no place left for those that the file adds."""
    actor: str = ""


@dataclass(slots=True)
class Node:
    """A unit of the tree as it will be: one that exists (`id`), or a row that would create it."""

    name: str
    level: Level
    code: str | None
    parent: "Node | None"
    id: int | None = None
    lo: int = 0
    hi: int = 0
    closed: bool = False
    line: Line | None = None
    """The row that names it."""

    @property
    def path(self) -> str:
        return f"{self.parent.path}/{self.name}" if self.parent else self.name

    @property
    def depth(self) -> int:
        return self.parent.depth + 1 if self.parent else 0

    @property
    def anchor(self) -> "Node":
        """The nearest unit that exists already."""
        return self if self.id is not None or self.parent is None else self.parent.anchor

    @property
    def wrong(self) -> Line | None:
        """The row because of which this unit can't be created: its own, or one of a unit above it."""
        if self.id is not None:
            return None
        if self.line and self.line.faults:
            return self.line
        return self.parent.wrong if self.parent else None


@dataclass(slots=True)
class Planned:
    """What one row would do. `fields` are the new values (`create`: all that are given; `change`: those that differ)."""

    line: Line
    state: RowState
    label: str
    changes: dict[str, tuple[Value, Value]] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    node: Node | None = None
    """The unit itself, or the unit of the checkpoint or account."""
    id: int | None = None
    """The checkpoint or account that exists."""

    @property
    def place(self) -> str:
        """The unit it belongs to, as a path; what was typed where there is no such unit."""
        if self.node is None:
            return self.line.given("parent" if self.line.kind == "unit" else "unit")
        above = self.node.parent if self.line.kind == "unit" else self.node
        return above.path if above else ""


@dataclass
class Plan:
    """Every row of the file, in its order, and the counts."""

    rows: list[Planned]
    examples: int
    ignored: list[str]

    def of(self, kind: Kind, *states: RowState) -> list[Planned]:
        return [row for row in self.rows if row.line.kind == kind and row.state in states]

    def counts(self) -> dict[str, dict[str, int]]:
        """kind → state → rows"""
        counts: dict[str, dict[str, int]] = {kind: dict.fromkeys(STATES, 0) for kind in COLUMNS}
        for row in self.rows:
            counts[row.line.kind][row.state] += 1
        return counts
