"""What the rows of 账号 would do. Pure. An account is known by its user name, which is unique in the whole system."""

from lianfang.setup import words
from lianfang.setup.model import AccountNow, Line, Node, Planned, Present, Value
from lianfang.setup.problems import OWN_ACCOUNT, TWICE, USERNAME, USERNAME_TAKEN
from lianfang.setup.tree import Tree
from lianfang.staff.service import DISPLAY_NAME_MAX
from lianfang.staff.service import USERNAME as USERNAME_RULE


def plan_accounts(lines: list[Line], tree: Tree, present: Present) -> list[Planned]:
    known = {now.username: now for now in present.accounts}
    seen: dict[str, Line] = {}
    return [_planned(line, tree, present, known, seen) for line in lines]


def username_of(line: Line) -> str:
    return line.given("username").lower()


def _planned(line: Line, tree: Tree, present: Present, known: dict[str, AccountNow], seen: dict[str, Line]) -> Planned:
    words.required(line, "username", "display_name", "role", "unit")
    username = username_of(line)
    fields = {"display_name": words.name(line, "display_name", DISPLAY_NAME_MAX), "role": words.word(line, "role")}
    node = tree.find(line, "unit") if line.given("unit") else None
    now = known.get(username)
    if username and not USERNAME_RULE.fullmatch(username):
        line.fault("username", "username", USERNAME)
    elif username in seen:
        line.fault("username", "twice", TWICE, cell=seen[username].cell("username"))
    elif username in present.taken_usernames:
        line.fault("username", "username_taken", USERNAME_TAKEN, username=username)
    seen.setdefault(username, line)
    if now and node and f"staff:{now.id}" == present.actor and (now.role, now.unit_id) != (fields["role"], node.id):
        line.fault("role", "own_account", OWN_ACCOUNT)
    if line.faults or node is None:
        return Planned(line, "error", username)
    if now is None:
        return Planned(line, "create", username, fields=fields, node=node)
    changes: dict[str, tuple[Value, Value]] = {
        key: (getattr(now, key), value) for key, value in fields.items() if getattr(now, key) != value
    }
    if now.unit_id != node.id:
        changes["unit"] = (_name_of(now.unit_id, tree), node.path)
    return Planned(line, "change" if changes else "unchanged", username, changes, fields, node=node, id=now.id)


def _name_of(unit_id: int, tree: Tree) -> str:
    unit: Node | None = tree.by_id.get(unit_id)
    return unit.path if unit else ""
