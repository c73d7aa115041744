"""Places for a moved subtree: whatever its shape and wherever it goes, it nests as before and touches nobody."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.organisations.places import NoRoom, spread
from lianfang.restructuring.plan import SHARE, Node, Places, enlarged, leaf, replace


@st.composite
def subtrees(draw: st.DrawFn) -> list[Node]:
    """A subtree as it stands somewhere, in tree order."""
    parents = draw(st.lists(st.integers(0, 10**6), max_size=40))
    children: dict[int, list[int]] = {}
    above: dict[int, int] = {}
    for number, parent in enumerate(parents, 1):
        above[number] = parent % number
        children.setdefault(parent % number, []).append(number)
    lo = draw(st.integers(1, 1 << 55))
    placed = spread(0, children, lo, lo + draw(st.integers(1 << 45, 1 << 50)))
    return sorted((Node(n, above.get(n), *placed[n]) for n in placed), key=lambda node: node.lo)


def assert_nests(nodes: list[Node], places: Places, free: tuple[int, int], root_is_leaf: bool = False) -> None:
    assert places.keys() == {node.id for node in nodes}
    assert all(free[0] <= lo <= hi <= free[1] for lo, hi in places.values())
    beside: dict[int | None, list[tuple[int, int]]] = {}
    for node in nodes:
        lo, hi = places[node.id]
        if node.parent_id is not None and not (root_is_leaf and node.parent_id == nodes[0].id):
            above = places[node.parent_id]
            assert above[0] < lo <= hi <= above[1]
            beside.setdefault(node.parent_id, []).append((lo, hi))
        else:
            beside.setdefault(None, []).append((lo, hi))
    for siblings in beside.values():
        assert all(before[1] < after[0] for before, after in pairwise(sorted(siblings)))
    order = sorted(places, key=lambda unit: places[unit][0])
    assert order == [node.id for node in nodes], "the order of the tree stays"


@given(subtrees(), st.integers(1, 1 << 56), st.integers(1, 1 << 58))
def test_a_moved_subtree_nests_inside_what_is_free(nodes: list[Node], free_lo: int, width: int) -> None:
    free = (free_lo, free_lo + width - 1)
    try:
        places = replace(nodes, *free)
    except NoRoom:
        assert width < 4096 * 2 ** len(nodes)
        return
    assert_nests(nodes, places, free)
    assert_nests(nodes, leaf(places, nodes[0].id), free, root_is_leaf=True)
    if nodes[0].hi - nodes[0].lo < width // SHARE:
        assert len({places[node.id][0] - node.lo for node in nodes}) == 1, "shifted in parallel"


@given(subtrees(), st.integers(1, 1 << 54), st.integers(1, 1 << 56), st.integers(1, 1 << 58))
def test_an_enlarged_unit_is_larger_and_keeps_its_children(
    nodes: list[Node], wanted: int, free_lo: int, width: int
) -> None:
    free = (free_lo, free_lo + width - 1)
    try:
        places = enlarged(nodes, wanted, *free)
    except NoRoom:
        assert width // 2 <= nodes[0].hi - nodes[0].lo + 1
        return
    assert_nests(nodes, places, free)
    lo, hi = places[nodes[0].id]
    assert hi - lo > nodes[0].hi - nodes[0].lo
    assert hi - lo + 1 <= width // 2


def test_a_narrow_place_makes_the_subtree_narrower() -> None:
    nodes = [Node(1, None, 1000, 1999), Node(2, 1, 1001, 1400), Node(3, 2, 1002, 1100), Node(4, 1, 1500, 1600)]
    places = replace(nodes, 10, 109)
    assert_nests(nodes, places, (10, 109))
    with pytest.raises(NoRoom):
        replace(nodes, 10, 12)
