"""What can happen to a ticket: the one table that the service, the pages' buttons, the diagram and the tests go by. Pure."""

from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple, get_args

from lianfang.access.rules import Permission

State = Literal["open", "taken", "asked", "releasing", "answered", "withdrawn", "lapsed"]
Actor = Literal["citizen", "handler", "colleague", "system"]
"""handler: the account that has taken it; colleague: any other account at whose unit, or below, it stands."""
TransitionName = Literal[
    "take",
    "hand_over",
    "escalate",
    "ask",
    "reply",
    "answer",
    "release",
    "sign",
    "decline",
    "withdraw",
    "reopen",
    "lapse",
]
STATES: tuple[State, ...] = get_args(State)
STAFF: frozenset[Actor] = frozenset({"handler", "colleague"})
HANDLER: frozenset[Actor] = frozenset({"handler"})
COLLEAGUE: frozenset[Actor] = frozenset({"colleague"})
CITIZEN: frozenset[Actor] = frozenset({"citizen"})
SYSTEM: frozenset[Actor] = frozenset({"system"})


class Transition(NamedTuple):
    """`of`: from which state, and who. `permission`: of the accounts that do it. `says`: needs words. `tells`: the citizen gets
    a message. `holds`: only where the ticket appeals against a hold."""

    of: Mapping[State, frozenset[Actor]]
    to: State
    permission: Permission | None = None
    says: bool = False
    tells: bool = False
    holds: bool = False


TRANSITIONS: Mapping[TransitionName, Transition] = {
    "take": Transition({"open": COLLEAGUE, "taken": COLLEAGUE}, "taken", "tickets.work"),
    "hand_over": Transition({"open": COLLEAGUE, "taken": HANDLER}, "open", "tickets.work"),
    "escalate": Transition({"open": COLLEAGUE, "taken": HANDLER}, "open", "tickets.work", says=True),
    "ask": Transition({"taken": HANDLER}, "asked", "tickets.work", says=True, tells=True),
    # a citizen without the H5 calls back: whoever takes the call writes it down
    "reply": Transition({"asked": CITIZEN | STAFF}, "taken", "tickets.work", says=True),
    "answer": Transition({"taken": HANDLER}, "answered", "tickets.work", says=True, tells=True),
    "release": Transition({"taken": HANDLER}, "releasing", "holds.manage", says=True, holds=True),
    "sign": Transition({"releasing": SYSTEM}, "answered", tells=True),
    "decline": Transition({"releasing": SYSTEM}, "taken"),
    "withdraw": Transition({"open": CITIZEN, "taken": CITIZEN, "asked": CITIZEN}, "withdrawn"),
    "reopen": Transition({"answered": CITIZEN}, "open", says=True),
    "lapse": Transition({"asked": SYSTEM}, "lapsed", tells=True),
}


def possible(
    state: State, actor: Actor, *, permissions: Collection[Permission] = (), held: bool = False
) -> list[TransitionName]:
    """What this actor may do with a ticket in this state: the buttons of a page. `held`: it appeals against a hold."""
    return [
        name
        for name, one in TRANSITIONS.items()
        if actor in one.of.get(state, ())
        and (actor not in STAFF or one.permission in permissions)
        and (held or not one.holds)
    ]


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "  [*] --> open: file (citizen, staff)"]
    for name, one in TRANSITIONS.items():
        for state, actors in one.of.items():
            who = ", ".join(sorted(actors))
            lines.append(f"  {state} --> {one.to}: {name} ({who})")
    ends = [state for state in STATES if not any(state in one.of for one in TRANSITIONS.values())]
    return "\n".join([*lines, *(f"  {state} --> [*]" for state in ends)]) + "\n"
