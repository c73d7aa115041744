"""New places for a subtree: pure arithmetic on intervals."""

from collections.abc import Sequence

import msgspec

from lianfang.organisations.places import NoRoom, spread

# Of what is free under the new parent a subtree takes at most this share without being made narrower, so that the parent has
# room for a hundred more moves before it needs a larger place itself.
SHARE = 8


class Node(msgspec.Struct, frozen=True):
    """A unit of the subtree and its interval."""

    id: int
    parent_id: int | None
    lo: int
    hi: int


Places = dict[int, tuple[int, int]]


def replace(nodes: Sequence[Node], free_lo: int, free_hi: int) -> Places:
    """Places inside [free_lo, free_hi] for a subtree, whose root is the first node.

    Shifted in parallel where that is roomy; else narrower, in the same order. Raises NoRoom where not even that fits.
    """
    root, free = nodes[0], free_hi - free_lo + 1
    if root.hi - root.lo < free // SHARE:
        return shifted(nodes, free_lo - root.lo)
    children: dict[int, list[int]] = {}
    for node in sorted(nodes[1:], key=lambda node: node.lo):
        assert node.parent_id is not None
        children.setdefault(node.parent_id, []).append(node.id)
    for share in (SHARE, 2, 1):
        if free // share < len(nodes):
            continue
        try:
            return spread(root.id, children, free_lo, free_lo + free // share - 1)
        except NoRoom:
            continue
    raise NoRoom(f"[{free_lo}, {free_hi}] is too small for {len(nodes)} units")


def enlarged(nodes: Sequence[Node], wanted: int, free_lo: int, free_hi: int) -> Places:
    """The same subtree shifted to [free_lo, free_hi], with `wanted` places behind its children, or half of what is free.

    Raises NoRoom where it would not become larger.
    """
    root = nodes[0]
    width = min(root.hi - root.lo + 1 + wanted, (free_hi - free_lo + 1) // 2)
    if width <= root.hi - root.lo + 1:
        raise NoRoom(f"[{free_lo}, {free_hi}] is too small to enlarge [{root.lo}, {root.hi}]")
    return shifted(nodes, free_lo - root.lo) | {root.id: (free_lo, free_lo + width - 1)}


def shifted(nodes: Sequence[Node], by: int) -> Places:
    return {node.id: (node.lo + by, node.hi + by) for node in nodes}


def leaf(places: Places, root_id: int) -> Places:
    """The root alone at its place, with its children beside it: they become those of the unit it merges into."""
    lo, _ = places[root_id]
    return places | {root_id: (lo, lo)}
