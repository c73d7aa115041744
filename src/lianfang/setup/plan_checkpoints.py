"""What the rows of 登记点 would do. Pure. A checkpoint is known by its door code, else by its unit and number, else by its unit
and name."""

from collections import defaultdict
from typing import Any

from lianfang.setup import words
from lianfang.setup.model import CheckpointNow, FormNow, Line, Node, Planned, Present, Value
from lianfang.setup.problems import (
    DOOR_AMBIGUOUS,
    DOOR_MOVED,
    DOOR_UNKNOWN,
    FORM_UNKNOWN,
    REF_TAKEN,
    TWICE,
)
from lianfang.setup.tree import Tree

_FORMS_SHOWN = 12


class _Doors:
    """The checkpoints that exist, and which row has claimed which of them."""

    def __init__(self, present: Present) -> None:
        self.by_id = {now.id: now for now in present.checkpoints}
        self.by_code = present.replaced_codes | {now.code: now.id for now in present.checkpoints}
        self.by_ref = {(now.unit_id, now.ref): now for now in present.checkpoints if now.ref}
        self.by_name: dict[tuple[int, str], list[CheckpointNow]] = defaultdict(list)
        for now in present.checkpoints:
            self.by_name[now.unit_id, now.name].append(now)
        self.claimed: dict[int, Line] = {}
        self.new: dict[tuple[int, str, str], Line] = {}

    def free(self, unit_id: int, name: str) -> list[CheckpointNow]:
        """Those of a name that no row has claimed; the ones without a number first, as the row has none."""
        found = [now for now in self.by_name[unit_id, name] if now.id not in self.claimed]
        return [now for now in found if now.ref is None] or found


def plan_checkpoints(lines: list[Line], tree: Tree, present: Present) -> list[Planned]:
    doors = _Doors(present)
    forms = _Forms(present.forms)
    nodes = {}
    fields = {}
    for line in lines:
        words.required(line, "unit", "name", "category", "form")
        nodes[id(line)] = node = tree.find(line, "unit") if line.given("unit") else None
        fields[id(line)] = _fields(line, node, forms)
    known: dict[int, CheckpointNow] = {}
    # the surest key first: a row that is known by its name only must not take what another row names by its number
    for match in (_by_code, _by_ref, _by_name):
        for line in lines:
            node = nodes[id(line)]
            if node and id(line) not in known and not line.faults and (now := match(line, node, doors)):
                if now.id in doors.claimed:
                    line.fault("name", "twice", TWICE, cell=doors.claimed[now.id].cell("name"))
                else:
                    doors.claimed[now.id] = line
                    known[id(line)] = now
    return [_planned(line, nodes[id(line)], known.get(id(line)), fields[id(line)], doors) for line in lines]


def _by_code(line: Line, node: Node, doors: _Doors) -> CheckpointNow | None:
    code = line.given("code").upper()
    if not code:
        return None
    checkpoint_id = doors.by_code.get(code)
    if checkpoint_id is None:
        line.fault("code", "door_unknown", DOOR_UNKNOWN)
        return None
    now = doors.by_id[checkpoint_id]
    if now.unit_id != node.id:
        line.fault("code", "door_moved", DOOR_MOVED, unit=now.name)
        return None
    return now


def _by_ref(line: Line, node: Node, doors: _Doors) -> CheckpointNow | None:
    return doors.by_ref.get((node.id, line.given("ref"))) if node.id is not None and line.given("ref") else None


def _by_name(line: Line, node: Node, doors: _Doors) -> CheckpointNow | None:
    if node.id is None:
        return None
    found = doors.free(node.id, line.given("name"))
    if line.given("ref"):  # a checkpoint that has no number yet gets it
        found = [now for now in found if now.ref is None]
    if len(found) > 1:
        line.fault("name", "ambiguous", DOOR_AMBIGUOUS)
        return None
    return found[0] if found else None


def _fields(line: Line, node: Node | None, forms: "_Forms") -> dict[str, Any]:
    """The values that the row gives; `form` is the form itself."""
    fields: dict[str, Any] = {"name": words.name(line, "name"), "category": words.word(line, "category")}
    if line.given("ref"):
        fields["ref"] = words.ref(line) or None
    if line.given("temperature_valid_min"):
        fields["temperature_valid_min"] = words.minutes(line)
    for key in ("review", "checkout"):
        if line.given(key):
            fields[key] = words.yes_no(line, key)
    for key in words.REQUIRED_MAX:
        if line.given(key):
            fields[key] = words.required_figure(line, key)
    if line.given("address"):
        fields["address"] = words.address(line)
    fields |= words.coordinates(line)
    if node and line.given("form"):
        fields["form"] = forms.find(line, node)
    return fields


class _Forms:
    """Forms by name, nearest unit first."""

    def __init__(self, forms: list[FormNow]) -> None:
        self._by_name: dict[str, list[FormNow]] = defaultdict(list)
        for form in sorted(forms, key=lambda form: form.hi - form.lo):
            for name in {form.name.casefold(), form.name_en.casefold()}:
                self._by_name[name].append(form)
        self._all = forms

    def find(self, line: Line, node: Node) -> FormNow | None:
        place = node.anchor.lo
        name = line.given("form")
        for form in self._by_name.get(name.casefold(), ()):
            if form.lo <= place <= form.hi:
                return form
        usable = sorted({form.name for form in self._all if form.lo <= place <= form.hi})
        shown = "、".join(usable[:_FORMS_SHOWN]) or "-"
        line.fault("form", "form_unknown", FORM_UNKNOWN, unit=node.name, value=name[:60], choices=shown)
        return None


def _planned(
    line: Line, node: Node | None, now: CheckpointNow | None, fields: dict[str, Any], doors: _Doors
) -> Planned:
    label = line.given("name")
    if node and not line.faults and now is None:
        key = (id(node), line.given("ref"), "" if line.given("ref") else label)
        if key in doors.new:
            line.fault("name", "twice", TWICE, cell=doors.new[key].cell("name"))
        doors.new.setdefault(key, line)
    if now and (ref := fields.get("ref")) and ref != now.ref:
        other = doors.by_ref.get((now.unit_id, ref))
        if other:
            line.fault("ref", "ref_taken", REF_TAKEN, ref=ref)
    if line.faults or node is None:
        return Planned(line, "error", label)
    if now is None:
        return Planned(line, "create", label, fields=fields, node=node)
    changes = _differences(now, fields)
    return Planned(
        line,
        "change" if changes else "unchanged",
        label,
        changes,
        {key: fields[key] for key in changes},
        node=node,
        id=now.id,
    )


def _differences(now: CheckpointNow, fields: dict[str, Any]) -> dict[str, tuple[Value, Value]]:
    changes: dict[str, tuple[Value, Value]] = {}
    for key, value in fields.items():
        if key == "form":
            if (value.unit_id, value.name) != (now.form_unit_id, now.form_name):
                changes[key] = (now.form_name, value.name)
        elif getattr(now, key) != value:
            changes[key] = (getattr(now, key), value)
    return changes
