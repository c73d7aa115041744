"""Staff accounts and sessions."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from lianfang.access.rules import NEVER_LENT, PERMISSIONS, Permission, Role
from lianfang.access.scope import Scope
from lianfang.organisations.model import Level


class StaffSession(msgspec.Struct, frozen=True):
    """A signed-in account as it is now: role and place are read with the session, not remembered by it."""

    account_id: int
    username: str
    display_name: str
    role: Role
    unit_id: int
    lo: int
    hi: int
    must_change_password: bool
    totp_enabled: bool
    expires_at: datetime
    unit_name: str = ""
    unit_level: Level = "unit"
    unit_code: str | None = None
    key: bytes = b""
    """The digest under which the session is stored."""
    delegation_id: int | None = None
    """Set: the session acts for another account; unit, place and permissions are what that one lends."""
    giver_id: int | None = None
    giver_name: str | None = None
    giver_role: Role | None = None
    lent: list[Permission] | None = None
    lent_until: datetime | None = None
    loan_over: bool = False
    """It has acted for another account, which can go on no longer: it does nothing until it acts for itself again."""

    @property
    def scope(self) -> Scope:
        behalf = "" if self.giver_id is None else f"staff:{self.giver_id}"
        return Scope(f"staff:{self.account_id}", self.role, self.lo, self.hi, behalf=behalf)

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the account may do: by its role, or what it was lent of what its giver may do now."""
        if self.giver_role is None or self.lent is None:
            return PERMISSIONS[self.role]
        return PERMISSIONS[self.giver_role] & frozenset(self.lent) - NEVER_LENT

    @property
    def valid_until(self) -> datetime:
        return min(self.expires_at, self.lent_until) if self.lent_until else self.expires_at


class OwnUnit(msgspec.Struct, frozen=True):
    """The unit whose subtree an account works on."""

    id: int
    name: str
    level: Level
    code: str | None


class ActingFor(msgspec.Struct, frozen=True):
    """The account whose powers are used, and until when."""

    delegation_id: int
    name: str
    until: datetime


class Session(msgspec.Struct, frozen=True):
    """What the console knows of the signed-in account. While it acts for another one, unit and permissions are what it was
    lent."""

    account_id: int
    username: str
    display_name: str
    role: Role
    permissions: list[Permission]
    unit: OwnUnit
    totp_enabled: bool
    must_change_password: bool
    acting_for: ActingFor | None = None
    loan_over: bool = False


class SignedIn(Session, frozen=True):
    """A new session. `token` is given only to programs that ask for it (`X-Lianfang-Client: api`), for `Authorization: Bearer`."""

    token: str | msgspec.UnsetType = msgspec.UNSET


def shown(session: StaffSession) -> Session:
    """A session as its owner sees it."""
    acting = None
    if session.delegation_id and session.giver_name and session.lent_until:
        acting = ActingFor(session.delegation_id, session.giver_name, session.lent_until)
    return Session(
        session.account_id,
        session.username,
        session.display_name,
        session.role,
        sorted(session.permissions),
        OwnUnit(session.unit_id, session.unit_name, session.unit_level, session.unit_code),
        session.totp_enabled,
        session.must_change_password,
        acting,
        session.loan_over,
    )


class Login(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`totp`: the six digits of the authenticator app, for accounts that have one."""

    username: str
    password: str
    totp: str | None = None


class PasswordChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One's own new password."""

    old_password: str
    new_password: str


class TotpSecret(msgspec.Struct, frozen=True):
    """For the authenticator app: typed, opened as a link, or scanned."""

    secret: str
    uri: str
    qr_svg: str


class TotpCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The six digits that the authenticator app shows now."""

    code: str


class Account(msgspec.Struct, frozen=True):
    """An account as lists show it."""

    id: int
    unit_id: int
    unit_name: str
    username: str
    display_name: str
    role: Role
    disabled: bool
    totp_enabled: bool
    created_at: datetime
    last_login_at: datetime | None


class NewAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account to create, in the own unit or below."""

    unit_id: int
    username: str
    display_name: str
    role: Role


class CreatedAccount(msgspec.Struct, frozen=True):
    """The initial password is shown this once; it has to be changed at the first login."""

    account: Account
    initial_password: str


class InitialPassword(msgspec.Struct, frozen=True):
    """Shown this once; it has to be changed at the next login."""

    initial_password: str


class AccountChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is given changes; the rest stays."""

    display_name: str | None = None
    role: Role | None = None
    disabled: bool | None = None


Reason = Annotated[str, msgspec.Meta(min_length=2, max_length=200)]


class NewDelegation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Powers to lend: which of one's own permissions, over which unit of one's own, to which account (its exact user name,
    anywhere), from when (default: now) until when (a year at most)."""

    unit_id: int
    username: str
    permissions: Annotated[list[Permission], msgspec.Meta(min_length=1)]
    reason: Reason
    ends_at: Annotated[datetime, msgspec.Meta(tz=True)]
    starts_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class Delegation(msgspec.Struct, frozen=True, kw_only=True):
    """Lent powers, as the giving side sees them."""

    id: int
    unit_id: int
    unit_name: str
    giver_id: int
    giver_name: str | None
    taker_name: str
    permissions: list[Permission]
    reason: str
    starts_at: datetime
    ends_at: datetime
    revoked_at: datetime | None
    state: Literal["waiting", "running", "over", "revoked"]


class Loan(msgspec.Struct, frozen=True):
    """Powers that the signed-in account may use now."""

    delegation_id: int
    giver_name: str
    unit_name: str
    permissions: list[Permission]
    until: datetime


class ActFor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose powers to use."""

    delegation_id: int
