"""The units below the one that is set up, as they are and as the file adds to them: found by name, path or code. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from lianfang.setup.model import Line, Node, UnitNow
from lianfang.setup.problems import CLOSED, UNIT_AMBIGUOUS, UNIT_BROKEN, UNIT_UNKNOWN

_SHOWN = 4  # of several units of one name


class Tree:
    """Nodes by every end of their path: 一街村, 龙关镇/一街村, 赤城县/龙关镇/一街村."""

    def __init__(self, root: UnitNow, units: Iterable[UnitNow], renamed: dict[int, str]) -> None:
        """`renamed`: units whose name the file changes; they are known by the new one, as they will be afterwards."""
        self.root = Node(root.name, root.level, root.code, None, root.id, root.lo, root.hi, closed=root.closed)
        self._ends: dict[str, list[Node]] = defaultdict(list)
        self._full: dict[str, list[Node]] = defaultdict(list)
        self.by_code: dict[str, Node] = {}
        self.by_id: dict[int, Node] = {}
        self._children: dict[tuple[int, str], list[Node]] = defaultdict(list)
        self._broken: dict[str, Line] = {}
        self.add(self.root)
        for unit in sorted(units, key=lambda unit: unit.lo):  # parents before their children
            if unit.id != root.id and unit.parent_id in self.by_id:
                name = renamed.get(unit.id, unit.name)
                above = self.by_id[unit.parent_id]
                self.add(Node(name, unit.level, unit.code, above, unit.id, unit.lo, unit.hi, closed=unit.closed))

    def add(self, node: Node) -> None:
        path = node.path
        self._full[path].append(node)
        for end in _ends(path):
            self._ends[end].append(node)
        if node.code:
            self.by_code[node.code] = node
        if node.id is not None:
            self.by_id[node.id] = node
        if node.parent:
            self._children[id(node.parent), node.name].append(node)

    def named(self, parent: Node, name: str) -> list[Node]:
        """The children of a name: more than one only where a renamed unit took another's name."""
        return self._children.get((id(parent), name), [])

    def children(self, parent: Node) -> list[Node]:
        return [node for (key, _), nodes in self._children.items() if key == id(parent) for node in nodes]

    def mark_broken(self, line: Line) -> None:
        """A row of the file that creates nothing: who refers to it is told so."""
        self._broken.setdefault(line.given("name"), line)

    def matches(self, text: str) -> list[Node]:
        """The units that a reference can mean."""
        text = _tidy(text)
        if text.isascii() and text.isdecimal() and (node := self.by_code.get(text.ljust(12, "0"))):
            return [node]
        return self._full.get(text) or self._ends.get(text) or []

    def shortest(self, node: Node) -> str:
        """The shortest end of its path by which a unit is found: what a workbook that goes out says."""
        path = node.path
        for end in reversed(list(_ends(path))):
            if self.matches(end) == [node]:
                return end
        return node.code or path

    def find(self, line: Line, key: str) -> Node | None:
        """The unit that a cell names; else a fault at the cell."""
        text = line.given(key)
        found = self.matches(text)
        if len(found) == 1 and not found[0].wrong and not found[0].closed:
            return found[0]
        broken = self._broken.get(_tidy(text).rpartition("/")[2])
        if len(found) > 1:
            shown = "、".join(node.path for node in found[:_SHOWN])
            line.fault(key, "unit_ambiguous", UNIT_AMBIGUOUS, value=text[:100], choices=shown)
        elif found and found[0].closed:
            line.fault(key, "closed", CLOSED, name=found[0].name)
        elif wrong := (found[0].wrong if found else broken):
            line.fault(key, "unit_broken", UNIT_BROKEN, value=text[:100], cell=wrong.cell("name"))
        else:
            line.fault(key, "unit_unknown", UNIT_UNKNOWN, value=text[:100], root=self.root.name)
        return None


def _tidy(text: str) -> str:
    return "/".join(part.strip() for part in text.replace("／", "/").strip("/").split("/"))


def _ends(path: str) -> Iterator[str]:
    parts = path.split("/")
    for begin in range(len(parts)):
        yield "/".join(parts[begin:])
