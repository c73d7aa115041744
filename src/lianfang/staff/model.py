"""Staff accounts and sessions."""

from datetime import datetime

import msgspec

from lianfang.access.rules import PERMISSIONS, Permission, Role
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

    @property
    def scope(self) -> Scope:
        return Scope(f"staff:{self.account_id}", self.role, self.lo, self.hi)


class OwnUnit(msgspec.Struct, frozen=True):
    """The unit whose subtree an account works on."""

    id: int
    name: str
    level: Level
    code: str | None


class Session(msgspec.Struct, frozen=True):
    """What the console knows of the signed-in account."""

    account_id: int
    username: str
    display_name: str
    role: Role
    permissions: list[Permission]
    unit: OwnUnit
    totp_enabled: bool
    must_change_password: bool


class SignedIn(Session, frozen=True, omit_defaults=True):
    """A new session. `token` is given only to programs that ask for it (`X-Lianfang-Client: api`), for `Authorization: Bearer`."""

    token: str | None = None


def shown(session: StaffSession) -> Session:
    """A session as its owner sees it."""
    return Session(
        session.account_id,
        session.username,
        session.display_name,
        session.role,
        sorted(PERMISSIONS[session.role]),
        OwnUnit(session.unit_id, session.unit_name, session.unit_level, session.unit_code),
        session.totp_enabled,
        session.must_change_password,
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
