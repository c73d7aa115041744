"""What the rows of 单位 would do. Pure. Rows may stand in any order: a parent further down is found too."""

import re
from typing import cast

from lianfang.organisations.model import Level, code_fits, may_stand_below
from lianfang.setup import words
from lianfang.setup.columns import LEVEL_WORDS
from lianfang.setup.model import Line, Node, Planned, Present, UnitNow
from lianfang.setup.problems import (
    CLOSED,
    CODE,
    CODE_ELSEWHERE,
    CODE_OTHER,
    DEPTH,
    IS_ROOT,
    LEVEL_BELOW,
    LEVEL_ORDER,
    NAME_TAKEN,
    NO_ROOM,
    TWICE,
    UNIT_BROKEN,
    UNIT_MOVED,
)
from lianfang.setup.tree import Tree

DEPTH_MAX = 20
"""Levels below the unit that is set up."""


def plan_units(lines: list[Line], present: Present) -> tuple[Tree, list[Planned]]:
    """The tree as it will be, and what each row does to it."""
    for line in lines:
        words.required(line, "name", "level")
        words.name(line, "name")
        words.word(line, "level")
        if line.given("code") and not re.fullmatch(r"[0-9]{12}", line.given("code")):
            line.fault("code", "code", CODE)
    before = {unit.id: unit for unit in present.units}
    by_code = {unit.code: unit.id for unit in present.units if unit.code}
    good = [line for line in lines if not line.faults]
    renamed = {by_code[code]: line.given("name") for line in good if (code := line.given("code")) in by_code}
    tree = Tree(present.root, present.units, renamed)
    placed = _place(tree, good, present)
    for line in lines:
        if id(line) not in placed:
            tree.mark_broken(line)
    for line in good:
        # also for a row that has its place: what was found when the tree was half grown may mean several units now
        if line.given("parent") and not line.faults:
            tree.find(line, "parent")
    for line in good:
        if not line.faults:
            _check(line, placed[id(line)], tree, before, present.full)
    for line in good:
        node = placed.get(id(line))
        if node and node.parent and not line.faults and (wrong := node.parent.wrong):
            line.fault("parent", "unit_broken", UNIT_BROKEN, value=node.parent.name, cell=wrong.cell("name"))
    return tree, [_planned(line, placed.get(id(line)), before) for line in lines]


def _place(tree: Tree, lines: list[Line], present: Present) -> dict[int, Node]:
    """A node for every row whose parent is there, or comes into being by another row."""
    placed: dict[int, Node] = {}
    waiting = lines
    while waiting:
        later = []
        for line in waiting:
            parents = tree.matches(line.given("parent")) if line.given("parent") else [tree.root]
            if len(parents) != 1 or parents[0].closed:
                later.append(line)
            elif node := _node(tree, line, parents[0], present):
                node.line = line
                placed[id(line)] = node
        if len(later) == len(waiting):
            break
        waiting = later
    return placed


def _node(tree: Tree, line: Line, parent: Node, present: Present) -> Node | None:
    """The unit that a row means, new or not; None with a fault where it can't be."""
    name, code = line.given("name"), line.given("code")
    level = cast(Level, words.word(line, "level"))
    node = tree.by_code.get(code) if code else None
    if node is None and code in present.taken_codes:
        line.fault("code", "code_taken", CODE_ELSEWHERE, taken=code)
        return None
    if node and node.parent is not parent:
        if node.parent is None:
            line.fault("name", "root", IS_ROOT)
        else:
            line.fault("parent", "moved", UNIT_MOVED, parent=node.parent.path)
        return None
    node = node or next(iter(tree.named(parent, name)), None)
    if node and node.closed:
        line.fault("name", "closed", CLOSED, name=node.name)
        return None
    if node and node.line:
        line.fault("name", "twice", TWICE, cell=node.line.cell("name"))
        return None
    if node and node.code and code and node.code != code:
        line.fault("code", "code_other", CODE_OTHER, other=node.code)
        return None
    if node is None:
        if parent.depth >= DEPTH_MAX:
            line.fault("parent", "depth", DEPTH, max=DEPTH_MAX)
            return None
        node = Node(name, level, code or None, parent)
        tree.add(node)
    elif code:
        node.code = code
        tree.by_code[code] = node
    node.level = level
    return node


def _check(line: Line, node: Node, tree: Tree, before: dict[int, UnitNow], full: set[int]) -> None:
    """Rules that need the whole tree."""
    parent = node.parent
    assert parent is not None
    if not may_stand_below(node.level, parent.level):
        line.fault("level", "level_order", LEVEL_ORDER, parent=parent.name, level=LEVEL_WORDS[parent.level])
    if node.code and line.given("code") and not code_fits(node.code, node.level, parent.code, parent.level):
        line.fault("code", "code", CODE)
    if len(tree.named(parent, node.name)) > 1:
        line.fault("name", "name_taken", NAME_TAKEN, name=node.name)
    if node.id is None and parent.id in full:
        line.fault("parent", "no_room", NO_ROOM, parent=parent.name)
    if node.id is not None and before[node.id].level != node.level:
        for child in tree.children(node):
            if not may_stand_below(child.level, node.level):
                line.fault("level", "level_below", LEVEL_BELOW, child=child.name)
                break


def _planned(line: Line, node: Node | None, before: dict[int, UnitNow]) -> Planned:
    label = line.given("name")
    if line.faults or node is None:
        return Planned(line, "error", label)  # its place is what was typed
    if node.id is None:
        return Planned(line, "create", label, node=node)
    now = before[node.id]
    pairs = {"name": (now.name, node.name), "level": (now.level, node.level), "code": (now.code, node.code)}
    changes = {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}
    return Planned(line, "change" if changes else "unchanged", label, dict(changes), node=node, id=node.id)
