"""Verbs on accounts, by whoever administers their unit."""

import re

from lianfang.access import throttle
from lianfang.access.rules import Role
from lianfang.access.scope import Scope, scoped
from lianfang.audit import store as audit
from lianfang.kit.db import Database
from lianfang.kit.errors import NOT_FOUND, FieldError, invalid, wrong_field
from lianfang.kit.paging import Page, clamp, decode_cursor, page
from lianfang.organisations import store as units
from lianfang.staff import passwords, store
from lianfang.staff.model import Account, AccountChange, CreatedAccount, InitialPassword, NewAccount, StaffSession
from lianfang.staff.problems import OWN_ACCOUNT
from lianfang.staff.sessions import Sessions

DISPLAY_NAME_MAX = 60
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")  # as the table's own check


async def list_accounts(
    db: Database, scope: Scope, *, unit_id: int | None, text: str | None, cursor: str | None, limit: int | None
) -> Page[Account]:
    """Accounts of the own unit, or of the given one, and of everything below."""
    limit = clamp(limit)
    after = decode_cursor(cursor, tuple[int, int]) or (0, 0)
    text = (text or "").strip().replace("\0", "")
    async with scoped(db, scope) as conn:
        if unit_id is not None:
            place = await units.find_place(scope, conn, unit_id)
            if place is None:
                raise NOT_FOUND()
            scope = scope.narrowed(place.lo, place.hi)
        rows = await store.list_accounts(scope, conn, text=text, after=after, limit=limit + 1)
    listed = page(rows, limit, lambda row: (row.place, row.id))
    return Page([row.account() for row in listed.items], listed.next)


async def create_account(db: Database, scope: Scope, new: NewAccount) -> CreatedAccount:
    """An account with an initial password that its owner has to change."""
    username, display_name = new.username.strip().lower(), new.display_name.strip()
    if errors := _username_errors(username) + _display_name_errors(display_name):
        raise invalid(*errors)
    password = passwords.generate()
    password_hash = passwords.hash_initial(password)
    account = await add_account(
        db,
        scope,
        unit_id=new.unit_id,
        username=username,
        display_name=display_name,
        role=new.role,
        password_hash=password_hash,
        must_change=True,
    )
    return CreatedAccount(account, password)


async def create_first_admin(
    db: Database,
    scope: Scope,
    *,
    unit_id: int,
    username: str,
    password: str,
    display_name: str = "管理员",
    role: Role = "admin",
    must_change: bool = False,
) -> Account:
    """An account whose password is chosen by whoever sets the system up."""
    username = username.strip().lower()
    errors = _username_errors(username) + _display_name_errors(display_name)
    if errors := errors + passwords.faults("password", password, username=username):
        raise invalid(*errors)
    return await add_account(
        db,
        scope,
        unit_id=unit_id,
        username=username,
        display_name=display_name,
        role=role,
        password_hash=await passwords.hash_password(password),
        must_change=must_change,
    )


async def add_account(
    db: Database,
    scope: Scope,
    *,
    unit_id: int,
    username: str,
    display_name: str,
    role: Role,
    password_hash: str,
    must_change: bool,
) -> Account:
    """An account with a password that is hashed already. Problem `not_found` for a unit outside the scope."""
    async with scoped(db, scope) as conn:
        place = await units.hold_place(scope, conn, unit_id)
        if place is None:
            raise NOT_FOUND()
        account_id = await store.insert(
            scope,
            conn,
            unit_id=unit_id,
            ord=place.lo,
            username=username,
            display_name=display_name,
            role=role,
            password_hash=password_hash,
            must_change=must_change,
        )
        await audit.record(scope, conn, "staff.create", f"staff:{account_id}", unit=unit_id, role=role)
        account = await store.find(scope, conn, account_id)
    assert account is not None
    return account


async def change_account(
    db: Database, sessions: Sessions, session: StaffSession, account_id: int, change: AccountChange
) -> Account:
    """Another name, role, or state; a disabled account's sessions end at once."""
    display_name = None if change.display_name is None else change.display_name.strip()
    if display_name is not None and (errors := _display_name_errors(display_name)):
        raise invalid(*errors)
    scope = session.scope
    async with scoped(db, scope) as conn:
        before = await store.find(scope, conn, account_id)
        if before is None:
            raise NOT_FOUND()
        if account_id == session.account_id and (change.disabled or change.role not in (None, before.role)):
            raise OWN_ACCOUNT()
        if change.disabled is False:
            await units.hold_place(scope, conn, before.unit_id)
        await store.change(
            scope, conn, account_id, display_name=display_name, role=change.role, disabled=change.disabled
        )
        after = await store.find(scope, conn, account_id)
        assert after is not None
        await audit.record(scope, conn, "staff.change", f"staff:{account_id}", **_difference(before, after))
    sessions.forget(account_id)
    return after


async def reset_password(db: Database, sessions: Sessions, session: StaffSession, account_id: int) -> InitialPassword:
    """A new initial password for someone who lost theirs, or their authenticator; ends their sessions."""
    if account_id == session.account_id:
        raise OWN_ACCOUNT()
    password = passwords.generate()
    password_hash = passwords.hash_initial(password)
    scope = session.scope
    async with scoped(db, scope) as conn:
        if await store.find(scope, conn, account_id) is None:
            raise NOT_FOUND()
        await store.reset_password(scope, conn, account_id, password_hash)
        await audit.record(scope, conn, "staff.reset_password", f"staff:{account_id}")
    sessions.forget(account_id)
    return InitialPassword(password)


async def list_audit(db: Database, scope: Scope, *, cursor: str | None, limit: int | None) -> Page[audit.Entry]:
    """What was done under the own unit, newest first."""
    limit = clamp(limit)
    key = decode_cursor(cursor, tuple[int])
    async with scoped(db, scope) as conn:
        rows = await audit.latest(scope, conn, before=key[0] if key else audit.BEGINNING, limit=limit + 1)
    return page(rows, limit, lambda row: (row.id,))


async def tidy(worker: Database) -> None:
    """Drops sessions and counted tries that no longer matter."""
    async with worker.transaction() as conn:
        await store.worker_tidy(conn)
        await throttle.worker_tidy(conn)


def _difference(before: Account, after: Account) -> dict[str, list[str | bool]]:
    """The fields that changed, as [before, after]; the name only as the fact, the log holds no names."""
    changed: dict[str, list[str | bool]] = {}
    if before.role != after.role:
        changed["role"] = [before.role, after.role]
    if before.disabled != after.disabled:
        changed["disabled"] = [before.disabled, after.disabled]
    if before.display_name != after.display_name:
        changed["display_name"] = []
    return changed


def _username_errors(username: str) -> list[FieldError]:
    if USERNAME.fullmatch(username):
        return []
    zh = "用户名为 3 至 40 位小写字母、数字、点、横线或下划线，以字母或数字开头。"
    en = (
        "A user name has 3 to 40 small letters, digits, dots, hyphens or underscores and begins with a letter or digit."
    )
    return [wrong_field("username", "format", zh, en)]


def _display_name_errors(name: str) -> list[FieldError]:
    if 1 <= len(name) <= DISPLAY_NAME_MAX and name.isprintable():
        return []
    zh, en = "显示名称应为 1 至 {max} 个字。", "A display name has 1 to {max} characters."
    return [wrong_field("display_name", "length", zh, en, max=DISPLAY_NAME_MAX)]
