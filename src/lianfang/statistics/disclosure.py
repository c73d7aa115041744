"""Which figures of a table may be shown to everybody: those of ten people or more, and none from which others follow.

A table is one day of one county: a cell for each of its parts, and their total. What is hidden must not come back as the
total minus the rest. So where a small cell is hidden, the smallest of the others is hidden with it; together they stand for
ten people at least, because that other cell alone does. Where there is no other, the total is hidden too.

Every table of a county is decided whole and by the county alone: a town that publishes without its county shows the same cell
as the county would, so that two pages laid side by side tell no more than one.
"""

from collections.abc import Sequence
from typing import NamedTuple

SMALLEST = 10
"""How many people a figure must stand for."""


class Cell(NamedTuple):
    """One part on one day. `people` are distinct."""

    scans: int
    people: int


class Shown(NamedTuple):
    """What may be shown: scans, or None where they are hidden."""

    total: int | None
    cells: tuple[int | None, ...]


def disclose(total: Cell, cells: Sequence[Cell]) -> Shown:
    """The part of a day's table that may be shown; an empty part is shown as 0."""
    if 0 < total.people < SMALLEST:
        return Shown(None, (None,) * len(cells))  # an empty part would narrow down where those few were
    small = {at for at, cell in enumerate(cells) if 0 < cell.people < SMALLEST}
    hidden = set(small)
    show_total = True
    if small:
        others = [at for at, cell in enumerate(cells) if cell.people >= SMALLEST]
        if others:
            hidden.add(min(others, key=lambda at: (cells[at].people, cells[at].scans, at)))
        else:
            show_total = False
    shown = tuple(None if at in hidden else cell.scans for at, cell in enumerate(cells))
    return Shown(total.scans if show_total else None, shown)
