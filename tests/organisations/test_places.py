"""Places in the tree: whatever is created in whatever order, children lie inside their parents, apart and in order."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.access.scope import FIRST, LAST
from lianfang.organisations.places import NoRoom, allocate, spread

Interval = tuple[int, int]
LEAF = 1 << 32  # what a village gets in a province of 57,000 units


def assert_inside_and_in_order(parent: Interval, children: Sequence[Interval]) -> None:
    """Every child behind its parent's own place, none empty, none overlapping the one before it."""
    assert all(parent[0] < lo <= hi <= parent[1] for lo, hi in children)
    assert all(before[1] < after[0] for before, after in pairwise(children))


@given(
    lo=st.integers(FIRST, LAST // 2), width=st.integers(1, LAST // 2), calls=st.lists(st.integers(1, 40), max_size=30)
)
def test_children_lie_inside_their_parent_apart_and_in_order(lo: int, width: int, calls: list[int]) -> None:
    parent = (lo, lo + width - 1)
    children: list[Interval] = []
    for count in calls:
        used = children[-1][1] if children else None
        try:
            children += allocate(*parent, used, children=count)
        except NoRoom:
            free = parent[1] - (parent[0] if used is None else used)
            assert free < count, "there was a place for each"
            break
    assert_inside_and_in_order(parent, children)


@given(width=st.integers(1, 200), count=st.integers(1, 200))
def test_no_room_is_said_only_where_there_is_none(width: int, count: int) -> None:
    if count <= width - 1:
        assert len(allocate(1, width, None, children=count)) == count
    else:
        with pytest.raises(NoRoom):
            allocate(1, width, None, children=count)


def test_a_village_has_room_for_thousands_of_children_and_three_levels_below_the_first_thousand() -> None:
    parent, used = (0, LEAF - 1), None
    children: list[Interval] = []
    while True:
        try:
            [child] = allocate(*parent, used)
        except NoRoom:
            break
        children.append(child)
        used = child[1]
    assert len(children) >= 2_800
    assert_inside_and_in_order(parent, children)
    widths = [hi - lo + 1 for lo, hi in children]
    assert widths == sorted(widths, reverse=True)
    assert sum(depth_below(child) >= 3 for child in children) > 1_000
    assert sum(depth_below(child) >= 2 for child in children) > 2_000
    assert sum(depth_below(child) >= 1 for child in children) > 4_000


def depth_below(place: Interval) -> int:
    """How many generations of first children fit below."""
    depth = 0
    while True:
        try:
            [place] = allocate(*place, None)
        except NoRoom:
            return depth
        depth += 1


Tree = Mapping[str, Sequence[str]]


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """A tree by parent → children, from a list in which each node names one before it."""
    parents = draw(st.lists(st.integers(0, 10**6), max_size=60))
    children: dict[str, list[str]] = {}
    for number, parent in enumerate(parents, 1):
        children.setdefault(str(parent % number), []).append(str(number))
    return children


def descendants(node: str, children: Tree) -> set[str]:
    """By walking down from parent to child."""
    found = set()
    for child in children.get(node, ()):
        found |= {child} | descendants(child, children)
    return found


@given(trees(), st.integers(1 << 20, 1 << 60))
def test_a_spread_tree_nests_and_its_intervals_say_who_is_below_whom(children: Tree, width: int) -> None:
    try:
        placed = spread("0", children, 1, width)
    except NoRoom:
        assert len(descendants("0", children)) > 15, "a small tree fits into a million places"
        return
    assert placed.keys() == {"0"} | descendants("0", children)
    assert placed["0"] == (1, width)
    for node, (lo, hi) in placed.items():
        assert_inside_and_in_order((lo, hi), [placed[child] for child in children.get(node, ())])
        inside = {other for other, (place, _) in placed.items() if lo < place <= hi}
        assert inside == descendants(node, children)


@given(trees())
def test_half_of_every_spread_parent_stays_free_for_units_to_come(children: Tree) -> None:
    placed = spread("0", children, 1, 1 << 60)
    for node, below in children.items():
        lo, hi = placed[node]
        used = max(placed[child][1] for child in below)
        assert used - lo <= (hi - lo) // 2 + 1
        assert_inside_and_in_order((lo, hi), [placed[child] for child in below] + allocate(lo, hi, used, children=100))


def test_a_tree_that_does_not_fit_is_refused_whole() -> None:
    with pytest.raises(NoRoom):
        spread("0", {"0": [str(number) for number in range(1, 100)]}, 1, 50)
