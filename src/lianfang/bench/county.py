"""A workbook as large as a province's: units three deep, their checkpoints, an account for a third of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from lianfang.kit.sheets.forms import FormSheet, SheetColumn, write_form
from lianfang.setup.columns import COLUMNS, SHEETS, Kind

Rows = Sequence[Sequence[str]]
TOWNS, VILLAGES = 20, 32
_DOORS = (
    ("村庄", "村口登记", "村口"),
    ("小区", "小区出入登记", "南门"),
    ("商铺", "商铺进店登记", "入口"),
    ("学校", "学校入校登记", "校门"),
)


def write_workbook(path: Path, rows: dict[Kind, Rows]) -> int:
    """The rows under the template's titles; how many there are."""
    sheets = [
        FormSheet(
            SHEETS[kind].zh,
            [SheetColumn(f"{c.title.zh}\n{c.title.en}", required=c.required) for c in columns],
            rows[kind],
        )
        for kind, columns in COLUMNS.items()
    ]
    return write_form(path, guide=("填写说明", []), sheets=sheets)


def rows(checkpoints: int, accounts: int) -> dict[Kind, Rows]:
    """Counties, towns and villages enough for four checkpoints a village at most."""
    units = list(_units(max(1, checkpoints // 3)))
    villages = [f"{parent}/{name}" for parent, name, level, _ in units if level == "单位"]
    return {
        "unit": units,
        "checkpoint": [_checkpoint(n, villages[n % len(villages)]) for n in range(checkpoints)],
        "account": [[f"bench-{n:06}", f"门岗 {n}", "门岗", villages[n % len(villages)]] for n in range(accounts)],
    }


def _units(villages: int) -> Iterator[list[str]]:
    counties = -(-villages // (TOWNS * VILLAGES))
    left = villages
    for county in range(counties):
        yield ["", f"第 {county} 县", "县（区）", ""]
        for town in range(TOWNS):
            yield [f"第 {county} 县", f"第 {town} 镇", "乡镇（街道）", ""]
            for village in range(min(VILLAGES, left)):
                yield [f"第 {county} 县/第 {town} 镇", f"第 {village} 村", "单位", ""]
            left -= min(VILLAGES, left)


def _checkpoint(n: int, unit: str) -> list[str]:
    category, form, door = _DOORS[n % len(_DOORS)]
    place = [f"{40 + n % 997 / 1000:.6f}", f"{115 + n % 991 / 1000:.6f}"]
    return [unit, f"{n} 号{door}", f"K{n:06}", category, form, "240", "否", "否", f"人民路 {n} 号", *place, ""]
