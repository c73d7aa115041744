"""The rule of a route, and what each staff role may do. The web entrypoint enforces them; a route without one stops the boot."""

from dataclasses import dataclass
from typing import Any, Literal

Permission = Literal[
    "units.read",
    "units.manage",
    "staff.manage",
    "setup.manage",
    "checkpoints.read",
    "checkpoints.manage",
    "records.read",
    "records.export",
    "gate.watch",
    "visits.import",
    "audit.read",
    "rosters.read",
    "rosters.manage",
    "rosters.export",
    "alerts.read",
    "devices.manage",
    "shares.manage",
    "reports.read",
    "reports.manage",
    "areas.read",
    "areas.manage",
    "areas.confirm",
    "evidence.import",
    "evidence.trust",
    "codes.print",
    "holds.manage",
    "family.prove",
    "tickets.work",
    "tracing.run",
    "plans.read",
    "plans.adopt",
]
Role = Literal["admin", "clerk", "attendant", "importer"]

# attendants see the door they stand at; whoever searches records of people is a clerk or an admin
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    "admin": frozenset(
        {
            "units.read",
            "units.manage",
            "staff.manage",
            "setup.manage",
            "checkpoints.read",
            "checkpoints.manage",
            "records.read",
            "records.export",
            "gate.watch",
            "audit.read",
            "rosters.read",
            "rosters.manage",
            "rosters.export",
            "alerts.read",
            "devices.manage",
            "shares.manage",
            "reports.read",
            "reports.manage",
            "holds.manage",
            "tickets.work",
            "tracing.run",
            "areas.read",
            "areas.manage",
            "areas.confirm",
            "evidence.import",
            "evidence.trust",
            "codes.print",
            "family.prove",
            "plans.read",
            "plans.adopt",
        }
    ),
    "clerk": frozenset(
        {
            "units.read",
            "checkpoints.read",
            "checkpoints.manage",
            "records.read",
            "gate.watch",
            "rosters.read",
            "rosters.manage",
            "alerts.read",
            "devices.manage",
            "reports.read",
            "reports.manage",
            "holds.manage",
            "tickets.work",
            "tracing.run",
            "areas.read",
            "areas.manage",
            "evidence.import",
            "codes.print",
            "family.prove",
            "plans.read",
        }
    ),
    "attendant": frozenset({"gate.watch", "checkpoints.read"}),
    # writes what another system recorded, and reads nothing of anybody
    "importer": frozenset({"units.read", "checkpoints.read", "checkpoints.manage", "visits.import"}),
}

# what an account may not lend to another one: accounts, devices and shares made with it would outlive the loan
NEVER_LENT: frozenset[Permission] = frozenset(
    {
        "holds.manage",
        "tracing.run",
        "areas.confirm",
        "plans.adopt",
        "staff.manage",
        "setup.manage",
        "devices.manage",
        "shares.manage",
        "visits.import",
        "evidence.trust",
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call a route: everybody, a signed-in resident (for themselves), or staff (with a permission, within their
    scope), a device of ours, a terminal that signs its requests, an authority that signs what it sends, whoever runs the instance (with the token of the settings)."""

    who: Literal["public", "resident", "staff", "device", "terminal", "authority", "operator"]
    permission: Permission | None = None
    for_members: bool = False
    """A resident may do it for somebody in their care too: `?member=` and their id."""

    @property
    def opt(self) -> dict[str, Any]:
        """For a route's decorator: `@get("/units", **staff("units.read"))`."""
        return {"opt": {"access": self}}


PUBLIC = Rule("public").opt
RESIDENT = Rule("resident").opt
FAMILY = Rule("resident", for_members=True).opt  # for themselves, or for somebody in their care
DEVICE = Rule("device").opt  # a thermometer with its token, for its own checkpoint only
TERMINAL = Rule("terminal").opt  # signs its requests with the key that it was enrolled with
AUTHORITY = Rule("authority").opt  # signs the body with the key that is registered for it
OPERATOR = Rule("operator").opt  # monitoring; nobody, where no token is set
STAFF = Rule("staff").opt  # any signed-in account, on itself only


def staff(permission: Permission) -> dict[str, Any]:
    """The rule of a route for staff with this permission."""
    return Rule("staff", permission).opt
