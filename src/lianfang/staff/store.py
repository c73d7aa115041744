"""Accounts and sessions in the database. With a Scope: as lianfang_app, under row-level security, without a look at any secret.
`identity_…`: as lianfang_identity, before anybody is known or on one's own account. `worker_…`: as lianfang_worker."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from psycopg import errors as pg

from lianfang.access.rules import Role
from lianfang.access.scope import Scope
from lianfang.kit.db import Connection, bigints, fetch_all, fetch_one, fetch_value
from lianfang.kit.sql import Queries
from lianfang.staff.model import Account, StaffSession
from lianfang.staff.problems import USERNAME_TAKEN

Q = Queries(__package__)


class Listed(Account, frozen=True):
    """An account and its unit's place, by which lists page."""

    place: int

    def account(self) -> Account:
        return Account(*(getattr(self, name) for name in Account.__struct_fields__))


class Secrets(msgspec.Struct, frozen=True):
    """What a login is checked against."""

    id: int
    password_hash: str
    disabled: bool
    totp_secret: bytes | None
    totp_confirmed: bool
    totp_last_step: int
    role: Role
    lo: int
    hi: int

    @property
    def scope(self) -> Scope:
        return Scope(f"staff:{self.id}", self.role, self.lo, self.hi)


def _interval(scope: Scope) -> dict[str, int]:
    return {"lo": scope.lo, "hi": scope.hi}


async def list_accounts(
    scope: Scope, conn: Connection, *, text: str, after: tuple[int, int], limit: int
) -> list[Listed]:
    """Accounts whose place and id are behind `after`."""
    params = {"text": text, "after_place": after[0], "after_id": after[1], "limit": limit}
    return await fetch_all(conn, Listed, Q.list_accounts, _interval(scope) | params)


async def find(scope: Scope, conn: Connection, account_id: int) -> Account | None:
    return await fetch_one(conn, Account, Q.find, _interval(scope) | {"id": account_id})


async def insert(
    scope: Scope,
    conn: Connection,
    *,
    unit_id: int,
    ord: int,
    username: str,
    display_name: str,
    role: Role,
    password_hash: str,
    must_change: bool,
) -> int:
    """The new account's id. Problem `username_taken` where the name exists anywhere, in or out of this scope."""
    params = {
        "unit_id": unit_id,
        "ord": ord,
        "username": username,
        "display_name": display_name,
        "role": role,
        "password_hash": password_hash,
        "must_change": must_change,
    }
    try:
        return int(await fetch_value(conn, Q.insert, params))
    except pg.UniqueViolation:
        raise USERNAME_TAKEN(username=username) from None


async def change(
    scope: Scope,
    conn: Connection,
    account_id: int,
    *,
    display_name: str | None,
    role: Role | None,
    disabled: bool | None,
) -> None:
    """What is not None; disabling voids every session of the account."""
    params = {"id": account_id, "display_name": display_name, "role": role, "disabled": disabled}
    await conn.execute(Q.change, _interval(scope) | params)


async def reset_password(scope: Scope, conn: Connection, account_id: int, password_hash: str) -> None:
    """An initial password; voids every session and removes the authenticator, which may be what was lost."""
    await conn.execute(Q.reset_password, _interval(scope) | {"id": account_id, "password_hash": password_hash})


async def identity_find_session(conn: Connection, digest: bytes) -> StaffSession | None:
    return await fetch_one(conn, StaffSession, Q.find_session, {"digest": digest})


async def identity_find_login(conn: Connection, username: str) -> Secrets | None:
    return await fetch_one(conn, Secrets, Q.find_login, {"username": username})


async def identity_names(conn: Connection, account_ids: Iterable[int]) -> dict[int, str]:
    """What accounts are called, wherever they are: two who signed together are named to each other."""
    return dict(await (await conn.execute(Q.account_names, {"ids": bigints(account_ids)})).fetchall())


async def identity_lock(conn: Connection, account_id: int) -> Secrets:
    """The account's secrets; whoever else wants to use or change them waits until this transaction ends."""
    secrets = await fetch_one(conn, Secrets, Q.lock, {"id": account_id})
    assert secrets is not None
    return secrets


async def identity_begin_session(
    conn: Connection, account_id: int, *, digest: bytes, expires_at: datetime, totp_step: int | None
) -> StaffSession:
    await conn.execute(Q.record_login, {"id": account_id, "totp_step": totp_step})
    await conn.execute(Q.insert_session, {"digest": digest, "account_id": account_id, "expires_at": expires_at})
    session = await identity_find_session(conn, digest)
    assert session is not None
    return session


async def identity_end_session(conn: Connection, digest: bytes) -> None:
    await conn.execute(Q.end_session, {"digest": digest})


async def identity_set_password(conn: Connection, account_id: int, password_hash: str, *, keep: bytes) -> None:
    """One's own new password: ends every session but the one that changed it."""
    await conn.execute(Q.set_password, {"id": account_id, "password_hash": password_hash})
    await conn.execute(Q.end_other_sessions, {"account_id": account_id, "keep": keep})


async def identity_set_totp(
    conn: Connection, account_id: int, *, secret: bytes | None, confirmed: bool, last_step: int
) -> None:
    params = {"id": account_id, "secret": secret, "confirmed": confirmed, "last_step": last_step}
    await conn.execute(Q.set_totp, params)


async def worker_tidy(conn: Connection) -> None:
    """Drops sessions that have run out."""
    await conn.execute(Q.drop_old_sessions)


async def close_all(scope: Scope, conn: Connection, entry: int) -> int:
    """Closes the accounts of a part of the tree, as an entry of its unit's history says; how many."""
    params = {"lo": scope.lo, "hi": scope.hi, "entry": entry}
    return (await conn.execute(Q.close_all, params)).rowcount


async def reopen_all(scope: Scope, conn: Connection, entry: int) -> int:
    """Opens again the accounts that were closed by that entry."""
    params = {"lo": scope.lo, "hi": scope.hi, "entry": entry}
    return (await conn.execute(Q.reopen_all, params)).rowcount
