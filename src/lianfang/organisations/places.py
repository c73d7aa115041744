"""Places in the preorder, with gaps: pure arithmetic on intervals."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

N = TypeVar("N", bound=Hashable)

# A new child takes this share of its parent's free tail. In 2^32 places, a village's, 2,800 children find at least 256 places
# each; with every one the next becomes narrower, so the first have three levels below them and the last one.
SHARE = 256


class NoRoom(ValueError):
    """The parent's interval is used up."""


def allocate(parent_lo: int, parent_hi: int, used_hi: int | None, *, children: int = 1) -> list[tuple[int, int]]:
    """Intervals for new children at the free end of a parent's interval.

    `used_hi` is the largest place that the parent's existing children take (None: it has none).
    Raises NoRoom where not every child can have at least its own place.
    """
    start = (parent_lo if used_hi is None else used_hi) + 1
    span = (parent_hi - start + 1) // max(SHARE, 2 * children)
    if span < 1:
        if parent_hi - start + 1 < children:
            raise NoRoom(f"no place left under [{parent_lo}, {parent_hi}]")
        span = 1
    return [(start + i * span, start + (i + 1) * span - 1) for i in range(children)]


def allocate_shares(
    parent_lo: int, parent_hi: int, used_hi: int | None, weights: Sequence[int]
) -> list[tuple[int, int]]:
    """The same for new children of whom it is known how many units each brings: a share by that number.

    A few units take little of the free tail, so that many small imports fit; many take half of it.
    """
    start = (parent_lo if used_hi is None else used_hi) + 1
    free = parent_hi - start + 1
    total = sum(weights)
    # a subtree needs twice its number: `spread` leaves half of each interval free
    unit = free // max(SHARE, 2 * total) or (2 if free >= 2 * total else 1)
    if free < unit * total:
        raise NoRoom(f"no place left under [{parent_lo}, {parent_hi}]")
    shares = []
    for weight in weights:
        shares.append((start, start + unit * weight - 1))
        start += unit * weight
    return shares


def spread(root: N, children: Mapping[N, Sequence[N]], lo: int, hi: int) -> dict[N, tuple[int, int]]:
    """Places for a whole subtree inside [lo, hi]: the root at lo, half of the rest for its children by their number of leaves.

    The other half stays free for units to come. Raises NoRoom where the interval is too small for the tree.
    """
    weight = _leaves(root, children)
    placed: dict[N, tuple[int, int]] = {}
    waiting = [(root, lo, hi)]
    while waiting:
        node, node_lo, node_hi = waiting.pop()
        if node_hi < node_lo:
            raise NoRoom(f"[{lo}, {hi}] is too small for the tree of {root}")
        placed[node] = (node_lo, node_hi)
        below = children.get(node, ())
        if not below:
            continue
        unit = (node_hi - node_lo) // 2 // sum(weight[child] for child in below)
        start = node_lo + 1
        for child in below:
            span = unit * weight[child]
            waiting.append((child, start, start + span - 1))
            start += span
    return placed


def _leaves(root: N, children: Mapping[N, Sequence[N]]) -> dict[N, int]:
    order = [root]
    for node in order:
        order.extend(children.get(node, ()))
    weight: dict[N, int] = {}
    for node in reversed(order):
        weight[node] = sum(weight[child] for child in children.get(node, ())) or 1
    return weight
