"""The dry run: the file against what is there. Pure, and the same for looking and for applying."""

from lianfang.setup.model import Book, Plan, Present
from lianfang.setup.plan_accounts import plan_accounts
from lianfang.setup.plan_checkpoints import plan_checkpoints
from lianfang.setup.plan_units import plan_units
from lianfang.setup.problems import ROWS_LOST


def make_plan(book: Book, present: Present) -> Plan:
    """Every row's outcome, in the order of the file. The book's own faults (of the reading) stay; those of an earlier plan go."""
    lines = book.fresh_lines()
    of = {kind: [line for line in lines if line.kind == kind] for kind in ("unit", "checkpoint", "account")}
    tree, units = plan_units(of["unit"], present)
    rows = [*units, *plan_checkpoints(of["checkpoint"], tree, present), *plan_accounts(of["account"], tree, present)]
    by_line = {id(row.line): row for row in rows}
    if len(by_line) != len(lines):
        raise ROWS_LOST(read=len(lines), counted=len(by_line))
    for line in lines:
        line.faults.sort(key=lambda fault: (len(fault.cell), fault.cell))  # as they stand in the row
    return Plan([by_line[id(line)] for line in lines], book.examples, book.ignored)
